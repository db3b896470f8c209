"""Which sets of features hold each section and string, so that it goes when one of the sets is off?

`effects.effect` answers for one set at a time. Here the same rules (`linkage.reach`) are followed with
conditions instead of yes and no: what a line of the sources decides is learnt from removals, and what the
linker drops follows from that for every set at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from imgcheck.prediction import pools
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.linkage import Edge, reach
from imgcheck.prediction.study import Study
from imgcheck.prediction.ways import ALWAYS, NEVER, Ways, both, either, holds, one, smallest

_ROUNDS = 80  # each makes conditions stricter; cycles of references settle in a few
_PROBES = (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F, 0x00FF00FF00FF00FF)
_MOST_SEARCHES = 40  # of sets that switch something off only together
Atom = tuple[int, Edge | tuple[int, int] | None]  # a section; one of its references; some of its bytes


@dataclass(slots=True)
class Held:
    """Conditions under which things go; what is not listed stays whatever is off.

    `losses` has, for a section that can lose a part, (start, end, condition) of its bytes by address and
    (bytes added, condition) of what takes their place; `said` those of strings that come in.
    """

    names: tuple[str, ...]
    nodes: dict[int, Ways] = field(default_factory=dict)
    elements: dict[int, Ways] = field(default_factory=dict)
    losses: dict[int, list[tuple[int, int, Ways]]] = field(default_factory=dict)
    added: dict[int, list[tuple[int, Ways]]] = field(default_factory=dict)
    said: list[tuple[int, Ways]] = field(default_factory=list)


def held(known: Study) -> Held:
    """What each set of the features that are on holds."""
    names = tuple(known.configuration.features)
    learnt = _Learnt(known, names)
    learnt.learn()
    made = Held(names, added=learnt.added, said=learnt.said)
    linker = _Linker(known, learnt)
    made.nodes = linker.nodes()
    made.elements = linker.elements(made.nodes)
    for atom, ways in learnt.atoms.items():
        if isinstance(atom[1], tuple) and not isinstance(atom[1], Edge):
            made.losses.setdefault(atom[0], []).append((*atom[1], ways))
    return made


class _Learnt:
    """What the sources say: which sets of features take a section, reference or run of bytes out."""

    def __init__(self, known: Study, names: Sequence[str]) -> None:
        self.known = known
        self.names = names
        self.all = (1 << len(names)) - 1
        self.atoms: dict[Atom, Ways] = {}
        self.added: dict[int, list[tuple[int, Ways]]] = {}
        self.said: list[tuple[int, Ways]] = []
        self.removals: dict[int, Removal] = {}
        # Of an object, without those of some features that can matter to its source; others change nothing.
        self.apart: dict[tuple[int, frozenset[str]], frozenset[Atom]] = {}

    def learn(self) -> None:
        """Each feature alone, those that follow from others, and what else goes only together."""
        order = {name: 1 << bit for bit, name in enumerate(self.names)}
        candidates = list(order.values())
        for define in self.known.configuration.features.values():
            group = sum(order[other] for other in define.derived_from if other in order)
            if group.bit_count() > 1:
                candidates.append(group)
        for off in candidates:
            self.take(off)
        searches = _MOST_SEARCHES
        for probe in (self.all, *(mask & self.all for wide in _PROBES for mask in (wide, ~wide))):
            for atom in self.cut(probe) if probe else ():
                if searches and not holds(self.atoms.get(atom, NEVER), probe):
                    searches -= 1
                    self.take(self.smallest(probe, atom))

    def removal(self, off: int) -> Removal:
        """What goes with a set."""
        if off not in self.removals:
            self.removals[off] = self.known.removal(self.of(off))
        return self.removals[off]

    def of(self, off: int) -> frozenset[str]:
        """The names of a set."""
        return frozenset(name for bit, name in enumerate(self.names) if off >> bit & 1)

    def cut(self, off: int) -> Iterator[Atom]:
        """Everything that a set takes out."""
        return _cut(self.removal(off))

    def take(self, off: int) -> None:
        """Notes what a set takes out that none of its subsets does."""
        for atom in self.cut(off):
            ways = self.atoms.get(atom, NEVER)
            if not holds(ways, off):
                self.atoms[atom] = either(ways, one(off))
        for node, loss in self.removal(off).losses.items():
            _learn(self.added.setdefault(node, []), loss.added, off)
        base = self.known.base
        _learn(self.said, pools.said(base.graph, base.reach.elements, self.removal(off).texts)[1], off)

    def mattering(self, off: int, sources: Iterable[str]) -> frozenset[str]:
        """Those features of a set that can matter to some of these sources."""
        return frozenset().union(*(self.known.comparing.among(self.of(off), one) for one in sources))

    def smallest(self, off: int, atom: Atom) -> int:
        """A smallest subset of `off` that still takes `atom` out."""
        number = self.known.base.graph.nodes[atom[0]].object
        origin = self.known.origins[number]

        def enough(some: int) -> bool:
            """Looks at the one object only."""
            names = self.mattering(some, origin.sources)
            if (number, names) not in self.apart:
                changes = self.known.comparing.changes(names, origin.sources)
                gone = self.known.removed.one(number, changes)
                self.apart[number, names] = frozenset(_cut(gone)) if gone else frozenset()
            return atom in self.apart[number, names]

        if not origin.sources:
            return off
        mattering = self.mattering(off, origin.sources)
        keep = sum(1 << bit for bit, name in enumerate(self.names) if name in mattering)
        # Where it is not enough other objects have a say in it.
        return smallest(keep, enough) if enough(keep) else off


def _learn(rows: list[tuple[int, Ways]], size: int, off: int) -> None:
    """Notes what a set adds beyond what those that are in it do."""
    if rest := size - sum(known for known, ways in rows if holds(ways, off)):
        rows.append((rest, one(off)))


def _cut(removed: Removal) -> Iterator[Atom]:
    yield from ((node, None) for node in removed.cut.nodes)
    for node, edges in (removed.cut.edges or {}).items():
        yield from ((node, edge) for edge in edges)
    for node, loss in removed.losses.items():
        yield from ((node, span) for span in loss.spans)


class _Linker:
    """Follows the linker's rules with conditions."""

    def __init__(self, known: Study, learnt: _Learnt) -> None:
        self.graph = known.base.graph
        self.base = known.base.reach
        self.learnt = learnt
        self.after = reach(self.graph, learnt.removal(learnt.all).cut)
        self.mortal = self.base.nodes - self.after.nodes
        self.touched = {node for node, what in learnt.atoms if isinstance(what, Edge)}

    def cut(self, node: int) -> Ways:
        """When a section is not compiled."""
        return self.learnt.atoms.get((node, None), NEVER)

    def gone(self, node: int, edge: Edge) -> Ways:
        """When a reference is not compiled."""
        return either(self.cut(node), self.learnt.atoms.get((node, edge), NEVER))

    def nodes(self) -> dict[int, Ways]:
        """When each section that can go does."""
        unlinked = self._objects()
        into: dict[int, list[tuple[int, Ways]]] = {node: [] for node in self.mortal}
        for node in self.base.nodes:
            for target in self.graph.targets[node]:
                if target not in into:
                    continue
                ways = NEVER
                if node in self.touched:
                    ways = _all(self.learnt.atoms.get((node, e), NEVER) for e in self._edges(node, target))
                into[target].append((node, ways))
            for member in self.graph.nodes[node].group:
                if member in into and member != node:
                    into[member].append((node, NEVER))
        users: dict[int, set[int]] = {}
        for node, edges in into.items():
            for source, _ in edges:
                users.setdefault(source, set()).add(node)
        found = dict.fromkeys(self.mortal, ALWAYS)

        def settle(node: int) -> Ways:
            compiled = either(self.cut(node), unlinked.get(self.graph.nodes[node].object, NEVER))
            if node in self.graph.roots:
                return compiled
            free = ALWAYS
            for source, ways in sorted(into[node]):
                free = both(free, either(found.get(source, NEVER), ways))
                if not free:
                    break
            return either(compiled, free)

        _settle(found, users, settle)
        return {node: ways for node, ways in found.items() if ways}

    def _edges(self, node: int, target: int) -> Iterator[Edge]:
        return (edge for edge in self.graph.nodes[node].edges if edge.target == target)

    def _objects(self) -> dict[int, Ways]:
        """When archive members are not linked, because nobody asks for them."""
        graph = self.graph
        asked: dict[int, list[tuple[int, str]]] = {}
        for number, needs in enumerate(graph.needs):
            for symbol, target in needs.items():
                asked.setdefault(target, []).append((number, symbol))
        cut = {graph.nodes[node].object for node, _ in self.learnt.atoms}
        mortal = {graph.nodes[node].object for node in self.mortal} - graph.given
        users: dict[int, set[int]] = {}
        for number in mortal:
            for source, _ in asked.get(number, ()):
                users.setdefault(source, set()).add(number)
        found = dict.fromkeys(mortal, ALWAYS)

        def settle(number: int) -> Ways:
            ways = ALWAYS
            for source, symbol in asked.get(number, ()):
                dropped = self._unasked(source, symbol) if source in cut else NEVER
                ways = both(ways, either(found.get(source, NEVER), dropped))
                if not ways:
                    break
            return ways

        _settle(found, users, settle)
        return found

    def _unasked(self, number: int, symbol: str) -> Ways:
        """When an object names a symbol no more; one that never did in its relocations always keeps it."""
        edges = [
            (node, edge)
            for node in self.graph.sections[number]
            for edge in self.graph.nodes[node].edges
            if edge.symbol == symbol
        ]
        return _all(self.gone(node, edge) for node, edge in edges) if edges else NEVER

    def elements(self, nodes: dict[int, Ways]) -> dict[int, Ways]:
        """When each string or constant that can go does."""
        mortal = self.base.elements - self.after.elements
        named: dict[tuple[int, int], list[tuple[int, Edge]]] = {}
        for node, one_node in enumerate(self.graph.nodes):
            for edge in one_node.edges:
                if edge.element in mortal:
                    named.setdefault((edge.target, edge.element), []).append((node, edge))
        found = dict.fromkeys(mortal, ALWAYS)
        for node in self.base.nodes:
            for element, count in self.graph.nodes[node].holds:
                if element not in found:
                    continue
                ways = nodes.get(node, NEVER)
                if count:
                    unnamed = _all(self.gone(*mention) for mention in named.get((node, element), ()))
                    ways = either(ways, unnamed)
                found[element] = both(found[element], ways)
        return {element: ways for element, ways in found.items() if ways}


def _all(conditions: Iterable[Ways]) -> Ways:
    made = ALWAYS
    for ways in conditions:
        made = both(made, ways)
        if not made:
            break
    return made


def _settle(found: dict[int, Ways], users: dict[int, set[int]], settle: Callable[[int], Ways]) -> None:
    """The weakest conditions that agree with each other: what only holds itself up goes."""
    due = set(found)
    for _ in range(_ROUNDS):
        again: set[int] = set()
        for number in sorted(due):
            ways = settle(number)
            if ways != found[number]:
                found[number] = ways
                again |= users.get(number, set()) & found.keys()
        due = again
        if not due:
            return
    # Not settled: rather say that it stays than that it goes.
    found.update(dict.fromkeys(due, NEVER))
