"""What added lines take at least: calls, and strings in their brackets."""

from __future__ import annotations

import pytest

from imgcheck.prediction.sources import additions
from imgcheck.readers import preprocessor


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("f();", 4),
        ("f(a, b, 1);", 4),
        ('f("one", "two" "three");', 20),
        ('f(r, "a", g(), "b");', 24),
        ("if (a) return (b);", 0),
        ("while (f(a)) { }", 4),
        ("x = (a + b) * 2;", 0),
        ('const char *s = "text";', 0),
        ("// f();", 0),
        (")))", 0),
    ],
)
def test_calls_and_strings_count(line: str, size: int) -> None:
    source = preprocessor.parse(f"int a;\n#if A\n\n{line}\n#else\nother();\n#endif\n", "a.c")
    assert additions.least(source, 1) == ({4: size} if size else {})
    assert additions.least(source, 2) == {6: 4}


def test_a_call_over_several_lines_has_them_all() -> None:
    source = preprocessor.parse('f(a,\n  "b",\n  "c" // and\n  "d");\n', "a.c")
    assert additions.least(source, 0) == {1: 4, 2: 8, 3: 8}
