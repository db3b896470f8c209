"""Who holds each box of the map, by columns."""

from __future__ import annotations

from typing import Literal

from imgcheck.model import Atlas, Why
from imgcheck.prediction.retention import Retention
from imgcheck.report.atlas import Ground
from imgcheck.report.why import root_words

_NAMED = 6  # of those that refer to a box


def columns(atlas: Atlas, ground: Ground, held: Retention, source: Literal["graph", "map"]) -> Why:
    """A box is held by the section that it begins in."""
    count = len(atlas.leaves.name)
    nodes = held.graph.nodes
    leaf_of = {node: ground.at(nodes[node].address) for node in held.distance if nodes[node].placed}
    kinds = {kind: number for number, kind in enumerate(sorted(set(held.roots.values())))}
    by, root, flash, ota = [-2] * count, [-1] * count, [0] * count, [0] * count
    holders = [0] * count
    some: list[tuple[int, ...]] = [()] * count
    for leaf, node in _owners(held, leaf_of, count).items():
        retained = held.retained[node]
        flash[leaf], ota[leaf] = retained[0], round(retained[2])
        if node in held.roots:
            by[leaf], root[leaf] = -1, kinds[held.roots[node]]
        else:
            before = [leaf_of.get(one, -1) for one in held.before[node]]
            by[leaf] = next((one for one in before if one >= 0 and one != leaf), -2)
        referring = dict.fromkeys(leaf_of.get(one, -1) for one in held.referrers.get(node, ()))
        named = tuple(one for one in referring if one >= 0 and one != leaf)
        holders[leaf], some[leaf] = len(named), named[:_NAMED]
    roots = tuple(root_words(kind) for kind in kinds)
    return Why(
        source=source,
        roots=roots,
        by=tuple(by),
        root=tuple(root),
        flash=tuple(flash),
        ota=tuple(ota),
        holders=tuple(holders),
        some=tuple(some),
    )


def _owners(held: Retention, leaf_of: dict[int, int], count: int) -> dict[int, int]:
    """The section of each leaf, the largest where several begin in it."""
    nodes = held.graph.nodes
    found: dict[int, int] = {}
    for node, leaf in leaf_of.items():
        if not 0 <= leaf < count:
            continue
        best = found.get(leaf)
        size = max(nodes[node].flash, nodes[node].ram)
        if best is None or size > max(nodes[best].flash, nodes[best].ram):
            found[leaf] = node
    return found
