"""Sources that nobody wrote by hand: what reads them ends soon, whatever they nest or repeat."""

from __future__ import annotations

import time

import pytest

from imgcheck.prediction.sources.enumerators import found
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.storage import rooms
from imgcheck.prediction.sources.structure import START, scan

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
