"""Whose code is it: the function's own, or another one's that was put there?"""

import pytest

from imgcheck.prediction.coderows import Code, Inline, Row

CODE = Code({}, (Inline(10, 20, "a.c", 5), Inline(12, 14, "a.h", 9)))


@pytest.mark.parametrize(
    "start,first,expected",
    [
        (9, ("a.c", 1), False),
        (10, ("a.c", 1), True),
        (19, ("a.c", 1), True),
        (20, ("a.c", 1), False),
        (10, ("a.c", 5), False),  # the compiler split the function, and put the part back
        (10, ("a.h", 5), True),  # the line of another file
        (12, ("a.c", 5), True),  # and what was put into that part
    ],
)
def test_what_the_compiler_put_there_is_not_the_functions_own(
    start: int, first: tuple[str, int], expected: bool
) -> None:
    assert CODE.put_in(Row(0, 2, start, start + 2, "a.c", 7), {first}) is expected
