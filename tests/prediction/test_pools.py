"""Strings that share room: what goes with some of them is what the linker's pools would lose."""

from __future__ import annotations

from collections.abc import Set

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import known, needs_fixture

from imgcheck.prediction import pools
from imgcheck.prediction.linkage import Element, Pool, pool_bytes


class _Graph:
    """As much of a graph as pools look at."""

    def __init__(self, texts: tuple[str, ...], align: int) -> None:
        self.elements = tuple(Element(text.encode() + b"\0", align, 0) for text in texts)
        self.pools = (Pool(".rodata", True, True, False, 0, 0, align),)
        self.nodes = ()


def lost(graph: object, before: Set[int], gone: Set[int]) -> int:
    """Bytes that go, were every string with room of its own in the image."""
    found = pools.find(graph, before, b"")  # type: ignore[arg-type]
    own = before - found.hosts.keys()
    size = {i: pools._size(found.elements[i]) for i in before}
    places = {i: pools.Place(0, size[i], 0) for i in own}
    whole = pools.Pools(found.elements, places, found.inside, found.hosts)
    return sum(end - start for start, end in whole.lost(gone).values())


@settings(deadline=None)
@given(
    st.sets(st.text("ab", max_size=5), min_size=1, max_size=14).map(lambda one: tuple(sorted(one))),
    st.sampled_from((1, 4)),
    st.data(),
)
def test_what_goes_is_the_difference_of_two_pools(
    texts: tuple[str, ...], align: int, data: st.DataObject
) -> None:
    graph = _Graph(texts, align)
    before = frozenset(range(len(texts)))
    gone = data.draw(st.sets(st.sampled_from(sorted(before))))
    expected = pool_bytes(graph, before)[0] - pool_bytes(graph, before - gone)[0]  # type: ignore[arg-type]
    assert lost(graph, before, gone) == expected


def test_the_end_of_a_string_stays_while_another_needs_it() -> None:
    graph = _Graph(("no answer", "answer", "swer"), 1)
    assert lost(graph, {0, 1, 2}, {0}) == len("no ")
    assert lost(graph, {0, 1, 2}, {0, 1}) == len("no an")
    assert lost(graph, {0, 1, 2}, {1, 2}) == 0


@needs_fixture
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_pools_of_the_fixture(share: float) -> None:
    base = known().base
    live = sorted(base.reach.elements)
    gone = frozenset(live[: round(share * len(live))])
    expected = sum(pool_bytes(base.graph, live)) - sum(pool_bytes(base.graph, frozenset(live) - gone))
    found = sum(end - start for start, end in base.pools.lost(gone).values())
    assert abs(found - expected) <= 4
