"""Reads the blocks that a walk comes by, each from the place in the grammar where what is in front ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from imgcheck.prediction.sources.evaluation import Evaluator
from imgcheck.prediction.sources.headers import INCLUDING
from imgcheck.prediction.sources.macros import State
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.reading import visit as read
from imgcheck.prediction.sources.structure import START
from imgcheck.prediction.sources.structure import State as Place
from imgcheck.prediction.sources.tree import cplusplus
from imgcheck.prediction.sources.units import JOINED, Unit
from imgcheck.prediction.sources.walk import Visitor

Again = Callable[[Visit], bool]


def naming(names: AbstractSet[str]) -> Again:
    """Blocks that one of these names could have changed; they are asked for as they are then."""
    return lambda known: not names.isdisjoint(known.reads)


def visitor(
    unit: Unit, blocks: Blocks, evaluator: Evaluator, visits: dict[str, list[Visit]], again: Again | None
) -> Visitor:
    """What reads blocks of `unit` and notes them in `visits`.

    `again` says of a block whether what is known of it does not hold; without it all that is read is known
    from here on. A piece of another file goes on where that file is, and that file where its piece ends.
    """
    members = cplusplus(unit.path)
    states: dict[tuple[str, int], Place] = {}
    latest: dict[str, Place] = {}
    places = _Places(unit, evaluator, latest)

    def visit(path: str, index: int, fork: int, macros: Mapping[str, State | None]) -> None:
        if fork >= 0:
            state = states.get((path, fork), START)
        else:
            state = places.before(path, index) if unit.groups else latest.get(path, START)
        block = blocks.block(path, index)
        if block.tokens:
            key = (path, index, state)
            known = unit.known.get(key)
            if known is None or (again is not None and again(known)):
                earlier = unit.earlier.setdefault(key, [])
                fresh = read(
                    index,
                    block,
                    place=state,
                    macros=macros,
                    members=members,
                    known=earlier,
                    switches=evaluator.switches,
                )
                if again is None:
                    unit.known[key] = fresh
                known = fresh
            visits[path].append(known)
            if unit.grouped(path):
                visits.setdefault(JOINED, []).append(known)
            state = known.uses.after
        states[path, index] = latest[path] = state
        places.here = path

    return visit


class _Places:
    """Where the next block of one of several files that are one text begins."""

    def __init__(self, unit: Unit, evaluator: Evaluator, latest: Mapping[str, Place]) -> None:
        self.here = ""  # the file of the block before
        self._unit = unit
        self._tree = evaluator.tree
        self._latest = latest

    def before(self, path: str, index: int) -> Place:
        """The place in front of a block."""
        other = self.here
        if index and self._unit.grouped(path):
            directive = self._tree.source(path).directives[index - 1]
            if directive.kind in INCLUDING:
                other = (
                    self._tree.resolve(directive.text, path, beyond=directive.kind == "include_next") or ""
                )
                if self._unit.together(path, other) and other in self._latest:
                    return self._latest[other]
        elif not index and self._unit.together(path, other):
            return self._latest[other]
        return self._latest.get(path, START)
