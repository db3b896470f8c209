"""What comes with an #else: bodies of another name, their length, lines that macros make code of."""

from __future__ import annotations

from imgcheck.prediction.sources import extents, instead, invoked
from imgcheck.prediction.sources.macros import Macro
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.structure import START, State, scan
from imgcheck.readers import preprocessor


def visit(block: int, text: str, place: State = START) -> Visit:
    tokens = text.split()
    return Visit(block, scan(tokens, place, False), frozenset(), tokens, {})


def test_each_body_has_its_own_tokens() -> None:
    one = visit(0, "int f ( ) { return 1 ; } int g ( ) { return 1 + 2 + 3 ; } int h = 4 ;")
    assert extents.tokens([one], {"f", "g", "h"}) == {"f": 9, "g": 13, "h": 5}


def test_only_what_is_not_defined_any_more_is_called_otherwise() -> None:
    head, other = visit(1, "int old ( ) {"), visit(1, "int fresh ( ) {")
    body = "return again ( ) ; }"
    before = {1: head, 3: visit(3, body, head.uses.after)}
    after = {2: other, 3: visit(3, body, other.uses.after)}
    assert instead.found(before, after).renamed == {"old": "fresh"}
    kept = visit(4, "int old ( ) { return 3 ; }")
    assert instead.found({**before, 4: kept}, {**after, 4: kept}).renamed == {}


def test_a_macro_that_stands_for_nothing_makes_no_code() -> None:
    source = preprocessor.parse("int f(int n) {\n  LOG(n);\n  return LOG(n);\n}\n", "a.c")
    log = {
        "nothing": Macro("LOG", ("x",), ()),
        "a call": Macro("LOG", ("x",), ("say", "(", "x", ")")),
    }
    assert invoked.lines(source, 0, frozenset({"LOG"}), {"LOG": log["nothing"]}) == frozenset()
    assert invoked.lines(source, 0, frozenset({"LOG"}), {"LOG": log["a call"]}) == {2, 3}
