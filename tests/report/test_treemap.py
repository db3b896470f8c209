"""Laws of the map: inside each other, never over each other, area proportional to bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcheck.model import Node
from imgcheck.report import treemap
from imgcheck.report.treemap import Box

sizes = st.lists(st.integers(0, 5000), min_size=1, max_size=30)


def node(name: str, children: list[Node]) -> Node:
    return Node(name, sum(child.flash for child in children), 0, None, tuple(children))


def leaves(values: list[int]) -> list[Node]:
    return [Node(f"s{i}", value, 0) for i, value in enumerate(values)]


def overlap(a: Box, b: Box) -> float:
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(width, 0) * max(height, 0)


def check(box: Box) -> None:
    for child in box.children:
        assert child.x >= box.x - 1e-6
        assert child.y >= box.y - 1e-6
        assert child.x + child.width <= box.x + box.width + 1e-6
        assert child.y + child.height <= box.y + box.height + 1e-6
        check(child)
    for i, one in enumerate(box.children):
        assert all(overlap(one, other) < 1e-3 for other in box.children[i + 1 :])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(sizes, min_size=1, max_size=5), min_size=1, max_size=6))
def test_boxes_lie_inside_and_beside_each_other(parts: list[list[list[int]]]) -> None:
    tree = node(
        "all",
        [node(f"c{i}", [node(f"o{j}", leaves(v)) for j, v in enumerate(p)]) for i, p in enumerate(parts)],
    )
    check(treemap.lay(tree, 1200, 600, 3, 400))


@settings(max_examples=60, deadline=None)
@given(sizes.filter(any), st.floats(1, 5000))
def test_area_is_bytes_and_nothing_is_forgotten(values: list[int], smallest: float) -> None:
    tree = node("all", leaves(values))
    laid = treemap.lay(tree, 1200, 600, 1, smallest)
    scale = 1200 * 600 / tree.flash
    for box in laid.children:
        assert box.width * box.height == pytest.approx(box.node.flash * scale)
        assert box.width * box.height >= smallest * 0.999
    assert len(laid.children) + laid.left_out == sum(value > 0 for value in values)


def test_nothing_to_draw() -> None:
    assert treemap.lay(Node("empty", 0, 5), 100, 100, 3, 1).children == ()
