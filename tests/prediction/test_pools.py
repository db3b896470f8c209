"""Strings that share room: what goes with some of them is what the linker's pools would lose."""

from __future__ import annotations

from collections.abc import Set

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import known, needs_fixture

from imgcheck.prediction import pools
from imgcheck.prediction.linkage import Element, Node, Pool, pool_bytes


class _Graph:
    """As much of a graph as pools look at."""

    def __init__(self, texts: tuple[str, ...], align: int) -> None:
        self.elements = tuple(Element(text.encode() + b"\0", align, 0) for text in texts)
        self.pools = (Pool(".rodata", True, True, False, 0, 0, align),)
        self.nodes: tuple[Node, ...] = ()


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


@pytest.mark.parametrize(
    ("binary", "ends"),
    [
        (b"b\0\0\0c\0\0\0a\0\0\0", {0: 4, 2: 8, 1: 12}),  # as the map has the sections
        (b"b\0\0\0a\0\0\0c\0\0\0", {0: 4, 2: 4, 1: 8}),  # one of them linked later than it is placed
    ],
)
def test_what_a_linker_gathered_ends_where_the_next_sections_begins(
    binary: bytes, ends: dict[int, int]
) -> None:
    graph = _Graph(("b", "a", "c"), 4)
    rows = ((0, 0x100, 12), (1, 0x120, 0), (2, 0x110, 0))  # element, address, bytes of the image
    graph.nodes = tuple(
        Node(0, 1, ".rodata.str1.4", ".rodata", address, address - 0x100, size, 0, 4, 4, False, True, False,
             True, (), holds=((element, 1),))
        for element, address, size in rows
    )  # fmt: skip
    found = pools.find(graph, {0, 1, 2}, binary)  # type: ignore[arg-type]
    assert found.ends == ends
    assert [found.places[one].start for one in (0, 1, 2)] == [binary.index(one) for one in (b"b", b"a", b"c")]
    assert [found.places[one].holder for one in (0, 1, 2)] == [0, 1, 2]
