"""What comes in when features are switched off: the other side of an `#if`?

Functions and tables that stay refer to what they did not refer to before (`#else`, `#if !X`), which the
linker then keeps; and bodies that replace others are compiled, whose size nobody knows yet: they are taken to
be as dense as those they replace, and widen the bar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from imgcheck.prediction import anew
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut, Graph
from imgcheck.prediction.mentions import Change, Silent, named, names_unused, owners
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.readers.symbolnames import source_name

_VARIABLES = (".bss", ".sbss", ".data", ".sdata", "COMMON")  # sections in RAM, as compilers name them


Names = Mapping[str, list[int]]  # the sections that define each name


def names(graph: Graph) -> Names:
    """Who defines what, asked for once a build."""
    found: dict[str, list[int]] = {}
    for index, node in enumerate(graph.nodes):
        for name, _, _ in node.symbols:
            found.setdefault(source_name(name), []).append(index)
    return found


def extended(
    graph: Graph,
    origins: Mapping[int, Origin],
    changes: Mapping[str, Change],
    removal: Removal,
    defined: Callable[[], Names],
) -> Removal:
    """The same removal, with what the changes add."""
    coming = {
        path: one
        for path, one in changes.items()
        if any((one.arrivals.appeared, one.arrivals.replaced, one.arrivals.fresh, one.arrivals.texts))
    }
    elsewhere = moved(changes) | deputised(graph, changes, removal.cut, defined)
    grown = {
        path: one for path, one in changes.items() if any(was < now for was, now in one.elements.values())
    }
    if not coming and not grown and not elsewhere:
        return removal
    one = _Gains(graph, changes, removal, defined)
    for number, origin in origins.items():
        touching = [*concerning(origin, {**coming, **grown}).values()]
        if touching:
            one.object(number, origin, touching)
    one.follow(elsewhere)
    return one.removal()


def moved(changes: Mapping[str, Change]) -> frozenset[str]:
    """What one source no longer defines and another one defines only then.

    Another feature comes in where this one kept it out: what refers to the one goes on to the other.
    """
    gone = {name: path for path, one in changes.items() for name in one.vanished_definitions}
    return frozenset(
        name for path, one in changes.items() for name in one.arrivals.fresh if gone.get(name, path) != path
    )


def deputised(
    graph: Graph, changes: Mapping[str, Change], cut: Cut, defined: Callable[[], Names]
) -> frozenset[str]:
    """What goes although another object (weakly) or the script defines it too: references then mean that."""
    if not cut.nodes or not any(one.vanished_definitions for one in changes.values()):
        return frozenset()
    gone = {
        source_name(name)
        for index in cut.nodes
        if not graph.nodes[index].local
        for name, _, _ in graph.nodes[index].symbols
        if name not in graph.nodes[index].hidden
    }
    known = defined()
    return frozenset(
        name
        for name in gone
        if name in graph.offered or any(_shared(graph, cut, name, one) for one in known[name])
    )


def _shared(graph: Graph, cut: Cut, name: str, index: int) -> bool:
    """Whether a section stays that defines a name for all objects."""
    node = graph.nodes[index]
    hidden = node.local or any(source_name(one) == name for one in node.hidden)
    return index not in cut.nodes and not hidden


class _Gains:
    """What is gained, while it is collected."""

    def __init__(
        self, graph: Graph, changes: Mapping[str, Change], removal: Removal, defined: Callable[[], Names]
    ) -> None:
        self.graph = graph
        self.nodes = set(removal.cut.nodes)
        self.edges = dict(removal.cut.edges or {})
        self.losses = dict(removal.losses)
        self.texts = set(removal.texts)
        self.gained: dict[int, frozenset[int]] = {}
        self.fresh = dict(anew.fresh(changes.values()))
        self.replaced = dict(anew.replaced(changes.values()))
        self.compiled: set[str] = set()  # of those what somebody uses
        self.placed: set[int] = set()  # sections that the linker had dropped, and now does not
        self.defined = defined
        self.ram = removal.ram  # of variables that somebody uses anew

    def removal(self) -> Removal:
        """All of it."""
        cut = Cut(frozenset(self.nodes), self.edges, self.gained)
        return Removal(cut, self.losses, frozenset(self.texts), self.ram)

    def object(self, number: int, origin: Origin, changes: Sequence[Change]) -> None:
        """What the sections of one object gain."""
        appeared = {name for one in changes for name in one.arrivals.appeared}
        concerned = appeared.union(
            *(one.arrivals.replaced for one in changes), *(one.elements for one in changes)
        )
        placed = [index for index in self.graph.sections[number] if self.graph.nodes[index].placed]
        known = {index: named(self.graph.nodes[index]) & concerned for index in placed}
        for index, own in known.items():
            bodies = [
                one.arrivals.replaced[name] for one in changes for name in own & one.arrivals.replaced.keys()
            ]
            if index in self.nodes and bodies:
                self._replace(index, number, max(bodies), changes)
            if own and index not in self.nodes:
                self._lengthen(index, changes)
                self._refer(index, number, _appeared(changes, own))
        everyone = frozenset().union(*known.values())
        for one in changes:
            missing = one.arrivals.appeared.keys() - everyone - self.fresh.keys() - one.vanished_definitions
            index = _nearest(origin, set(placed) - self.nodes, one) if missing else -1
            if index >= 0:  # a function that was put into its callers
                self._refer(index, number, _appeared((one,), missing))
        self._say(number, changes)

    def _say(self, number: int, changes: Sequence[Change]) -> None:
        """Strings of functions and tables that the linker keeps, or that are put into such."""
        sections = self.graph.sections[number]
        dropped = {
            name
            for index in sections
            if not self.graph.nodes[index].placed or index in self.nodes
            for name in named(self.graph.nodes[index])
        }
        for one in changes:
            fresh = one.arrivals.fresh.keys() - self.compiled  # which somebody has to use
            for owner, texts in one.arrivals.texts.items():
                if owner not in dropped and owner not in fresh:
                    self.texts.update(text + b"\0" for text in texts)

    def follow(self, names: frozenset[str]) -> None:
        """References that stay, to what another source defines from then on."""
        if not names:
            return
        for index, node in enumerate(self.graph.nodes):
            if not node.placed or index in self.nodes:
                continue
            cut = self.edges.get(index, frozenset())
            used = {
                source_name(edge.symbol) for edge in node.edges if edge.symbol and edge not in cut
            } & names
            if used:
                self._refer(index, node.object, frozenset(used))

    def _replace(self, index: int, number: int, bodies: tuple[int, int], changes: Sequence[Change]) -> None:
        """A body that goes as a whole, and another one that takes its place; both in tokens."""
        node, sections = self.graph.nodes[index], self.graph.sections[number]
        silent = Silent(changes, [self.graph.nodes[one] for one in sections])
        self.nodes.discard(index)
        size, (was, now) = max(node.flash, node.ram), bodies
        self.losses[index] = Loss(((node.address, node.address + size),), round(size * now / was))
        unused = silent.unused(node)
        self.edges[index] = frozenset(
            edge for edge in node.edges if not edge.symbol or names_unused(self.graph, edge, unused)
        )

    def _lengthen(self, index: int, changes: Sequence[Change]) -> None:
        """Arrays that get more elements than they had."""
        node = self.graph.nodes[index]
        for symbol, _, size in node.symbols if not node.code else ():
            for one in changes:
                was, now = next(
                    (one.elements[name] for name in owners(symbol) if name in one.elements), (0, 0)
                )
                step, rest = divmod(size or node.raw, was) if now > was > 0 else (0, 0)
                if step and not rest:
                    loss = self.losses.get(index, Loss(()))
                    self.losses[index] = loss._replace(added=loss.added + step * (now - was))

    def _refer(self, index: int, number: int, names: frozenset[str]) -> None:
        """References that a section makes anew, those of what is compiled only now included."""
        todo, seen, more, unsure = list(names), set(names), 0, 0
        targets: set[int] = set()
        while todo:
            name = todo.pop()
            new = self.fresh.get(name)
            if new is None and name in self.replaced and name not in self.defined():
                new = self.replaced[name]  # it was put into others, and now into this one
            if new is not None:
                if name not in self.compiled:
                    self.compiled.add(name)
                    more += new.size
                    unsure += new.unsure
                    self.ram += new.ram
                todo.extend(new.names - seen)
                seen |= new.names
            else:
                targets.update(self._called(name, number))
        targets -= {index}
        if targets:
            self.gained[index] = self.gained.get(index, frozenset()) | targets
        more += sum(self._comes(target) for target in targets)
        if more:
            loss = self.losses.get(index, Loss(()))
            self.losses[index] = loss._replace(
                added=loss.added + more, unsure=loss.unsure + unsure, elsewhere=loss.elsewhere + more
            )

    def _called(self, name: str, number: int) -> Iterator[int]:
        """The section that a name in the source of an object means."""
        known = self.defined()
        found = [index for index in known.get(name, ()) if index not in self.nodes]
        found = found or [*known.get(self.graph.offered.get(name, ""), ())]
        own = [index for index in found if self.graph.nodes[index].object == number]
        placed = [index for index in found if self.graph.nodes[index].placed]
        for choice in (own, placed, found):
            if len(choice) == 1:
                yield choice[0]
                return

    def _comes(self, index: int) -> int:
        """The bytes of flash of what the linker had dropped and now keeps, with what that refers to."""
        todo, size = [index], 0
        while todo:
            one = todo.pop()
            node = self.graph.nodes[one] if one >= 0 else None
            if node is not None and not node.placed and one not in self.placed:
                self.placed.add(one)
                size += node.raw if node.bits else 0
                self.ram += node.raw if node.name.startswith(_VARIABLES) else 0
                todo.extend(self.graph.targets[one])
        return size


def _appeared(changes: Iterable[Change], names: Iterable[str]) -> frozenset[str]:
    """What functions and objects of these names use anew."""
    wanted = set(names)
    return frozenset().union(
        *(used for one in changes for name, used in one.arrivals.appeared.items() if name in wanted)
    )


def _nearest(origin: Origin, indices: Iterable[int], change: Change) -> int:
    """The section whose lines are nearest to those that come in, -1 for none."""
    added = sorted(change.added_lines - change.removed_lines)
    found: list[tuple[int, int]] = []
    for index in sorted(indices):
        known = origin.code.lines(index).get(change.path, frozenset()) if origin.code else frozenset()
        for line in known if added else ():
            at = bisect_left(added, line)
            found.append((min(abs(line - one) for one in added[max(at - 1, 0) : at + 1]), index))
    return min(found)[1] if found else -1
