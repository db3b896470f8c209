"""A static function that is left with one caller is put there: the bar of what hangs on it."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from test_linkage import graph, node

from imgcheck.prediction import single
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources.comparison import unchanged

HELPER, CALLERS = 0, 3
FLASH = 40
HELPED = {"offset": 0, "flash": FLASH, "local": True}
CHANGE = unchanged("a.c")._replace(removed_lines=frozenset({7}))


def losses(lost: int, gone: int = 0, helper: Mapping[str, object] = MappingProxyType({})) -> dict[int, Loss]:
    """What single adds where `lost` of three callers no longer call a helper, and `gone` others go."""
    nodes = [node(0, ".text.helper", **{**HELPED, **helper})]
    nodes += [node(0, f".text.caller{i}", HELPER) for i in range(CALLERS)]
    cut = Cut(
        frozenset(range(1 + lost, 1 + lost + gone)),
        {i: frozenset(nodes[i].edges) for i in range(1, 1 + lost)},
    )
    origins = {0: Origin("a.c", frozenset({"a.c"}))}
    made = graph(nodes, {1, 2, 3})
    return dict(single.extended(made, origins, {"a.c": CHANGE}, bytes(FLASH), Removal(cut, {})).losses)


@pytest.mark.parametrize("lost,gone", [(2, 0), (1, 1), (0, 2)])
def test_one_caller_left(lost: int, gone: int) -> None:
    assert losses(lost, gone) == {HELPER: Loss((), unsure=round(0.8 * FLASH))}


@pytest.mark.parametrize("lost,gone", [(0, 0), (1, 0), (0, 1), (3, 0), (1, 2)])
def test_none_or_several_callers_left(lost: int, gone: int) -> None:
    assert losses(lost, gone) == {}


@pytest.mark.parametrize(
    "helper", [{"local": False}, {"code": False}, {"placed": False}, {"symbols": (("a", 0, 8), ("b", 8, 8))}]
)
def test_only_a_function_that_nobody_else_knows(helper: dict[str, object]) -> None:
    assert losses(2, helper=helper) == {}


def test_nothing_hangs_on_a_function_that_goes_too() -> None:
    nodes = [node(0, ".text.helper", **HELPED)]
    nodes += [node(0, f".text.caller{i}", HELPER) for i in range(CALLERS)]
    cut = Cut(frozenset({HELPER}), {i: frozenset(nodes[i].edges) for i in (1, 2)})
    origins = {0: Origin("a.c", frozenset({"a.c"}))}
    assert single.extended(graph(nodes, {1}), origins, {"a.c": CHANGE}, b"", Removal(cut, {})).losses == {}


def test_an_object_whose_source_stays_as_it_was() -> None:
    nodes = [node(0, ".text.helper", **HELPED)]
    nodes += [node(0, f".text.caller{i}", HELPER) for i in range(CALLERS)]
    removal = Removal(Cut(edges={i: frozenset(nodes[i].edges) for i in (1, 2)}), {})
    origins = {0: Origin("b.c", frozenset({"b.c"}))}
    assert single.extended(graph(nodes, {1}), origins, {"a.c": CHANGE}, b"", removal).losses == {}
