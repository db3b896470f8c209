"""Where does each owner's box lie when area stands for bytes of flash?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from imgcheck.model import Node

TITLE = 17.0  # height of a box's title strip
MARGIN = 2.0  # around what is inside a box
ROOM_FOR_TITLE = (54.0, 34.0)  # a smaller box has none
MOST_CHILDREN = 400  # of one box: more could not be told apart


class Box(NamedTuple):
    """One node's place; `left_out` counts its children that are too small to draw."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    titled: bool
    children: tuple[Box, ...]
    left_out: int


def lay(node: Node, width: float, height: float, depth: int, smallest: float) -> Box:
    """Boxes for `depth` levels below `node` in `width` x `height`, none with less area than `smallest`.

    The node itself has neither title nor margin: it is the whole drawing.
    """
    children, left_out = _inside(node, (0.0, 0.0, width, height), depth, smallest)
    return Box(node, 0.0, 0.0, width, height, False, children, left_out)


def _inside(
    node: Node, room: tuple[float, float, float, float], depth: int, smallest: float
) -> tuple[tuple[Box, ...], int]:
    _, _, width, height = room
    if not depth or not node.children or width <= 0 or height <= 0 or node.flash <= 0:
        return (), 0
    area_of_a_byte = width * height / node.flash
    large = [child for child in node.children if child.flash * area_of_a_byte >= smallest]
    large.sort(key=lambda child: (-child.flash, child.name))
    large = large[:MOST_CHILDREN]
    left_out = sum(child.flash > 0 for child in node.children) - len(large)
    if not large:
        return (), left_out
    boxes = []
    for child, (bx, by, bw, bh) in zip(
        large, _squares([c.flash for c in large], room, node.flash), strict=True
    ):
        # What has no room for its own name has none for names inside it.
        titled = bool(child.children) and bw >= ROOM_FOR_TITLE[0] and bh >= ROOM_FOR_TITLE[1]
        children: tuple[Box, ...] = ()
        inside_left_out = 0
        if titled:
            inner = (bx + MARGIN, by + TITLE, bw - 2 * MARGIN, bh - TITLE - MARGIN)
            children, inside_left_out = _inside(child, inner, depth - 1, smallest)
        boxes.append(Box(child, bx, by, bw, bh, titled, children, inside_left_out))
    return tuple(boxes), left_out


def _squares(
    sizes: Sequence[int], room: tuple[float, float, float, float], total: int
) -> list[tuple[float, float, float, float]]:
    if sizes == [total]:
        return [room]
    import squarify

    x, y, width, height = room
    # What is left out keeps its area, empty, so that a byte has the same area everywhere.
    rest = total - sum(sizes)
    before = bisect_left(sizes, -rest, key=lambda size: -size) if rest > 0 else len(sizes)
    every = (
        [*sizes[:before], rest, *sizes[before:]] if rest > 0 else sizes
    )  # largest first, as squarify wants
    scale = width * height / total
    boxes = squarify.squarify([size * scale for size in every], x, y, width, height)
    places = [(box["x"], box["y"], box["dx"], box["dy"]) for box in boxes]
    return [*places[:before], *places[before + 1 :]] if rest > 0 else places
