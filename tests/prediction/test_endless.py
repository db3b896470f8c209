"""Sources that nobody wrote by hand: what reads them ends soon, whatever they nest or repeat."""

from __future__ import annotations

import time

import pytest

from imgcheck.model import FeatureSettings
from imgcheck.prediction import sources
from imgcheck.prediction.sources import invoked, settled, standing
from imgcheck.prediction.sources.comparison import unchanged
from imgcheck.prediction.sources.enumerators import found
from imgcheck.prediction.sources.macros import Macro
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.storage import rooms
from imgcheck.prediction.sources.structure import START, scan
from imgcheck.prediction.sources.tree import Tree
from imgcheck.readers import preprocessor

SECONDS = 10  # of CPU: each takes less than one


def visit(tokens: list[str]) -> Visit:
    return Visit(0, scan(tokens, START, False), frozenset(tokens), tokens, {})


@pytest.mark.parametrize(
    "text",
    [
        "struct { " * 3000 + "int x ; " + "} y ; " * 3000,
        "union { " * 3000,
        "int ( * a [ " * 100_000,
        "int x " + "[ 65536 ] " * 100_000 + ";",
        "struct s0 { int x [ 9 ] ; } ; "
        + "".join(f"struct s{one + 1} {{ struct s{one} a ; struct s{one} b ; }} ; " for one in range(20_000)),
    ],
    ids=["nested", "open", "brackets", "dimensions", "doubled"],
)
def test_what_variables_take_is_told_of_any_declaration(text: str) -> None:
    start = time.process_time()
    tokens = [*text.split(), ";", "int", "last", "[", "3", "]", ";"]
    made = rooms([visit(tokens)], frozenset({"last"}), 16)
    assert made.keys() <= {"last"}
    assert time.process_time() - start < SECONDS


def test_structures_that_double_are_too_large_for_any_chip() -> None:
    text = "struct s0 { int x [ 9 ] ; } ; " + "".join(
        f"struct s{one + 1} {{ struct s{one} a ; struct s{one} b ; }} ; " for one in range(3000)
    )
    tokens = [*text.split(), *["struct", "s3000", "huge", ";", "struct", "s4", "small", ";"]]
    made = rooms([visit(tokens)], frozenset({"huge", "small"}), 16)
    assert {name: room.ram for name, room in made.items()} == {"small": 36 << 4}


@pytest.mark.parametrize(
    "text",
    ["enum " * 300_000, "enum { " * 300_000, "enum { A } ; " * 60_000],
    ids=["words", "open", "many"],
)
def test_enumerators_are_found_in_one_pass(text: str) -> None:
    start = time.process_time()
    tokens = text.split()
    once = [visit(tokens)]
    assert set(found(once, once).was) <= {"A"}
    assert time.process_time() - start < SECONDS


def test_enumerators_that_have_values_do_not_ask_for_all_others() -> None:
    start = time.process_time()
    text = "".join(f"enum {{ A{one} = {one} , B{one} = A{one} + 1 }} ; " for one in range(20_000))
    once = [visit(text.split())]
    assert found(once, once).was["B19999"] == 20_000
    assert time.process_time() - start < SECONDS


def test_variables_that_are_a_switch_are_followed_up_to_a_number() -> None:
    many = 2000
    text = (
        "void f ( void ) { "
        + "".join(f"int v{one} = ENABLE ; if ( v{one} ) g ( ) ; " for one in range(many))
        + "}"
    )
    tree = Tree({"a.c": text}, preprocessor.parse)
    tokens = tree.source("a.c").lex(text)
    on, off = (
        [
            Visit(
                0,
                scan(tokens, START, False),
                frozenset(tokens),
                tokens,
                {"ENABLE": Macro("ENABLE", None, (value,))},
            )
        ]
        for value in "10"
    )
    start = time.process_time()
    settled.extended(unchanged("a.c"), Blocks(tree), (on, off), {"ENABLE"})
    assert time.process_time() - start < SECONDS


def test_functions_and_constants_are_read_in_one_pass() -> None:
    text = (
        "static int w ( void ) { return 1 ; } static const int c = ( ( 1 ; " * 20_000 + "{ return " * 50_000
    )
    start = time.process_time()
    found_again = standing.found([visit(text.split())], [visit(text.split())])
    assert found_again.was.keys() <= {"c", "call w"}
    tokens = ["LOG", "("] * 100_000
    assert not invoked.shared(tokens, [1] * len(tokens), {"LOG"})
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "constexpr int c() { return ENABLE_A ? c() : 4; }\nint a[c()];\n"
        + "".join(
            f"constexpr int c{one}() {{ return c{one - 1 if one else ''}(); }}\nint a{one}[c{one}()];\n"
            for one in range(2000)
        ),
        "int f(int x) { switch (x) { " + "case 0: case (ENABLE_A == 1):; " * 4000 + "} }\n",
        "#if ENABLE_A\n"
        + "".join(f"struct t{one} {{ int a; }};\n" for one in range(8000))
        + "#endif\n"
        + "".join(f"struct t{one} x{one};\n" for one in range(8000)),
    ],
    ids=["functions of functions", "checks by cases", "tags that go"],
)
def test_what_checks_and_names_come_to_is_told_of_long_files(text: str) -> None:
    start = time.process_time()
    files = {"c.h": "#define ENABLE_A 1\n", "a.c": f'#include "c.h"\n{text}'}
    tree = sources.Tree(files, preprocessor.parse, ())
    configured = sources.features(tree, FeatureSettings(pattern="ENABLE_*"), "c.h")
    assert "a.c" in sources.Differences(configured).changes(("ENABLE_A",), ("a.c",))
    assert time.process_time() - start < SECONDS
