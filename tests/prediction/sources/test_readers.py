"""Which features code reads as values: whole names only, their own or those of macros that stand for them."""

from __future__ import annotations

import pytest

from imgcheck.prediction.sources import Tree, readers
from imgcheck.readers import preprocessor

HEADER = "#define ENABLE_A 1\n#define ENABLE_AB 1\n#define MY_ENABLE_A 2\n"


@pytest.mark.parametrize(
    ("header", "code", "values"),
    [
        ("", "int x = ENABLE_A;", {"ENABLE_A"}),
        ("#define HAS_A ENABLE_A\n", "int x = HAS_A;", {"ENABLE_A"}),
        ("#define HAS_A (ENABLE_A)\n#define ALSO HAS_A\n", "int x = ALSO;", {"ENABLE_A"}),
        # Names that end or begin with a feature's are others.
        ("#define OTHER MY_ENABLE_A\n", "int x = OTHER;", set()),
        ("#define OTHER $ENABLE_A\n", "int x = OTHER;", set()),
        ("#define OTHER ENABLE_AB\n", "int x = OTHER;", {"ENABLE_AB"}),
        ("", "int x = MY_ENABLE_A;", set()),
        ("", 'const char *x = "ENABLE_A"; // ENABLE_A', set()),
        ("#define NOTE ENABLE_A\n", "int x;", set()),
    ],
)
def test_whole_names_are_read(header: str, code: str, values: set[str]) -> None:
    tree = Tree({"config.h": HEADER + header, "a.c": f'#include "config.h"\n{code}\n'}, preprocessor.parse)
    assert readers.find(tree, ["ENABLE_A", "ENABLE_AB"], {"a.c"}).values == values
