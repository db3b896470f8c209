"""What do two walks of one file define differently, and which files lose or gain code?"""

from __future__ import annotations

from imgcheck.prediction.sources.evaluation import Evaluator
from imgcheck.prediction.sources.reading import Blocks
from imgcheck.prediction.sources.records import Record


class Pairs:
    """Compares records of one evaluator; what differs in two headers is found out once."""

    def __init__(self, evaluator: Evaluator, blocks: Blocks) -> None:
        self._evaluator = evaluator
        self._blocks = blocks
        # By identity, of headers' records: the evaluator keeps those, `_bare` what stands for a lost one.
        self._known: dict[tuple[int, int], tuple[frozenset[str], tuple[int, ...]]] = {}
        self._bare: dict[int, Record] = {}  # of a record, the file walked by nobody

    def differing(self, before: Record, after: Record) -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
        """The macros that two walks of one file define differently, and the files that lose or gain code.

        Each of those files comes with what tells this difference from others.
        """
        names: set[str] = set()
        paths: dict[str, tuple[int, ...]] = {}
        due = [(before, after)]
        # By identity: all of these records are held, by the two that are compared at the latest.
        done: set[tuple[int, int]] = set()
        while due:
            one, other = due.pop()
            key = (id(one), id(other))
            if one is other or key in done:
                continue
            done.add(key)
            if one is before or other is after:
                mine = self._own(one, other)  # nobody keeps the walks of sources
            else:
                mine = self._known.get(key) or self._known.setdefault(key, self._own(one, other))
            names |= mine[0]
            if mine[1]:
                paths[one.path] = (*paths.get(one.path, ()), *mine[1])
            if one.children or other.children:
                due.extend(self._below(one, other))
        return frozenset(names), paths

    def _below(self, one: Record, other: Record) -> list[tuple[Record, Record]]:
        """The headers of two walks of one file, side by side."""
        found = []
        for index in one.children.keys() | other.children.keys():
            a, b = one.children.get(index), other.children.get(index)
            if a is not None and b is not None and a.path == b.path:
                found.append((a, b))
                continue
            # Lost, new, or both: its name may come from a macro that changed.
            found += [*([(a, self._unwalked(a))] if a else ()), *([(self._unwalked(b), b)] if b else ())]
        return found

    def _unwalked(self, record: Record) -> Record:
        """That file, walked by nobody; the same object each time."""
        if id(record) not in self._bare:
            self._bare[id(record)] = record.unwalked()
        return self._bare[id(record)]

    def _own(self, one: Record, other: Record) -> tuple[frozenset[str], tuple[int, ...]]:
        """What differs between two walks of one file, its headers left out: names, and blocks of code."""
        path = one.path
        directives = self._evaluator.tree.source(path).directives
        names: set[str] = set()
        if path in self._evaluator.configured:
            names.update(
                name
                for name in one.effects.keys() | other.effects.keys()
                if one.effects.get(name) is not other.effects.get(name)
            )
        if one.active == other.active:
            return frozenset(names), ()
        blocks = []
        for index in one.differing(other):
            if index < len(directives) and directives[index].kind in {"define", "undef"}:
                names.add(directives[index].name)
            if self._blocks.block(path, index).tokens:
                blocks.append(index)
        return frozenset(names), tuple(blocks)
