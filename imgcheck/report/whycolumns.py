"""Who holds each box of the map, by columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from imgcheck.model import Atlas, Why
from imgcheck.prediction.retention import Retention
from imgcheck.report.atlas import Ground
from imgcheck.report.why import root_words


def columns(atlas: Atlas, ground: Ground, held: Retention, source: Literal["graph", "map"]) -> Why:
    """A box refers to what the sections that begin in it refer to; its largest says what it retains."""
    count = len(atlas.leaves.name)
    leaf_of = _leaves(held, ground, count)
    kinds = {kind: number for number, kind in enumerate(sorted(set(held.roots.values())))}
    root, flash, ota = [-1] * count, [0] * count, [0] * count
    for node, kind in held.roots.items():
        # What has no box, as an empty section has none, hands on that it is a root.
        for leaf in (leaf_of[node],) if node in leaf_of else _beyond(held, leaf_of, node):
            if root[leaf] < 0:
                root[leaf] = kinds[kind]
    for leaf, node in _owners(held, leaf_of).items():
        retained = held.retained[node]
        flash[leaf], ota[leaf] = retained[0], round(retained[2])
    to: list[set[int]] = [set() for _ in range(count)]
    for node, leaf in leaf_of.items():
        to[leaf].update(_beyond(held, leaf_of, node))
    wholes = held.held_by_each(_groups(held, atlas, leaf_of))
    return Why(
        source=source,
        roots=tuple(root_words(kind) for kind in kinds),
        root=tuple(root),
        flash=tuple(flash),
        ota=tuple(ota),
        to=tuple(tuple(sorted(some - {leaf})) for leaf, some in enumerate(to)),
        group_flash=tuple(flash for flash, _, _ in wholes),
        group_ota=tuple(round(ota) for _, _, ota in wholes),
    )


def _groups(held: Retention, atlas: Atlas, leaf_of: Mapping[int, int]) -> list[list[int]]:
    """The sections of each group: an object's are all that came from it, wherever its shared strings lie.

    Of an object that several groups have a part of, each has the sections that begin in it.
    """
    parents, nodes = atlas.groups.parent, held.graph.nodes
    of_leaf = [group for group, count in enumerate(atlas.groups.leaves) for _ in range(count)]
    parts: dict[int, Counter[int]] = {}
    for node, leaf in leaf_of.items():
        if not nodes[node].merged:
            parts.setdefault(nodes[node].object, Counter())[of_leaf[leaf]] += 1
    made: list[list[int]] = [[] for _ in parents]
    for node in held.distance:
        one = nodes[node]
        known = parts.get(one.object)
        if not one.placed or not known:
            continue
        own = of_leaf[leaf_of[node]] if node in leaf_of and not one.merged else -1
        group = own if own >= 0 and len(known) > 1 else known.most_common(1)[0][0]
        while group >= 0:
            made[group].append(node)
            group = parents[group]
    return made


def _leaves(held: Retention, ground: Ground, count: int) -> dict[int, int]:
    """The box that each section begins in, if it has bytes.

    Shared strings lie where the linker put the first of them, which may be the box of some function: that
    is the function's.
    """
    nodes = held.graph.nodes
    made: dict[int, int] = {}
    sized = [node for node in held.distance if nodes[node].placed and (nodes[node].flash or nodes[node].ram)]
    for shared in (False, True):
        taken = frozenset(made.values())
        for node in sized:
            leaf = ground.at(nodes[node].address)
            if nodes[node].merged is shared and 0 <= leaf < count and leaf not in taken:
                made[node] = leaf
    return made


def _beyond(held: Retention, leaf_of: dict[int, int], node: int) -> Iterator[int]:
    """The boxes that a section refers to, also by way of sections that have none."""
    seen, due = {node}, [node]
    while due:
        for target in held.holds(due.pop()):
            if target in seen:
                continue
            seen.add(target)
            leaf = leaf_of.get(target)
            if leaf is None:
                due.append(target)
            else:
                yield leaf


def _owners(held: Retention, leaf_of: dict[int, int]) -> dict[int, int]:
    """The section of each leaf, the largest where several begin in it."""
    nodes = held.graph.nodes
    found: dict[int, int] = {}
    for node, leaf in leaf_of.items():
        best = found.get(leaf)
        size = max(nodes[node].flash, nodes[node].ram)
        if best is None or size > max(nodes[best].flash, nodes[best].ram):
            found[leaf] = node
    return found
