"""What comes in when features are switched off: the other side of an `#if`?

Functions and tables that stay refer to what they did not refer to before (`#else`, `#if !X`), which the
linker then keeps; and bodies that replace others are compiled, whose size nobody knows yet: they are taken to
be as dense as those they replace, and widen the bar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from imgcheck.prediction import anew
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.definers import Definers, deputised, moved, shared
from imgcheck.prediction.joins import Here, Joins
from imgcheck.prediction.linkage import Cut, Graph
from imgcheck.prediction.mentions import Change, Silent, named, names_unused, owners
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.readers.symbolnames import source_name

_VARIABLES = (".bss", ".sbss", ".data", ".sdata", "COMMON")  # sections in RAM, as compilers name them


def extended(
    graph: Graph,
    origins: Mapping[int, Origin],
    changes: Mapping[str, Change],
    removal: Removal,
    definers: Definers,
) -> Removal:
    """The same removal, with what the changes add."""
    coming = {
        path: one
        for path, one in changes.items()
        if any((one.arrivals.appeared, one.arrivals.replaced, one.arrivals.fresh, one.arrivals.texts))
    }
    elsewhere = moved(changes) | deputised(graph, changes, removal.cut, definers)
    grown = {
        path: one for path, one in changes.items() if any(was < now for was, now in one.elements.values())
    }
    if not coming and not grown and not elsewhere:
        return removal
    one = _Gains(graph, changes, removal, definers)
    for number, origin in origins.items():
        touching = [*concerning(origin, {**coming, **grown}).values()]
        if touching:
            one.object(number, origin, touching)
    one.follow(elsewhere)
    return one.removal()


class _Gains:
    """What is gained, while it is collected."""

    def __init__(
        self,
        graph: Graph,
        changes: Mapping[str, Change],
        removal: Removal,
        definers: Definers,
    ) -> None:
        self.graph = graph
        self.changes = changes
        self.joins = Joins(definers.outsiders)
        self.fast = definers.fast
        self.here = Here(frozenset(), False)  # the object that is looked at
        self.nodes = set(removal.cut.nodes)
        self.edges = dict(removal.cut.edges or {})
        self.losses = dict(removal.losses)
        self.texts = set(removal.texts)
        self.gained: dict[int, frozenset[int]] = {}
        self.fresh = dict(anew.fresh(changes.values()))
        self.replaced = dict(anew.replaced(changes.values()))
        self.compiled: set[str] = set()  # of those what somebody uses
        self.placed: set[int] = set()  # sections that the linker had dropped, and now does not
        self.defined = definers.defined
        self.ram = removal.ram  # of variables that somebody uses anew

    def removal(self) -> Removal:
        """All of it."""
        cut = Cut(frozenset(self.nodes), self.edges, self.gained)
        joined = self.joins.members, frozenset(self.joins.missing)
        return Removal(cut, self.losses, frozenset(self.texts), self.ram, *joined)

    def object(self, number: int, origin: Origin, changes: Sequence[Change]) -> None:
        """What the sections of one object gain."""
        self.here = Here(origin.sources, number in self.fast)
        appeared = {name for one in changes for name in one.arrivals.appeared}
        concerned = appeared.union(
            *(one.arrivals.replaced for one in changes), *(one.elements for one in changes)
        )
        vanished = frozenset().union(*(one.vanished_definitions for one in changes))
        placed = [index for index in self.graph.sections[number] if self.graph.nodes[index].placed]
        known = {index: named(self.graph.nodes[index]) & concerned for index in placed}
        for index, own in known.items():
            bodies = [
                one.arrivals.replaced[name] for one in changes for name in own & one.arrivals.replaced.keys()
            ]
            if index in self.nodes and bodies:
                every = [*concerning(origin, self.changes).values()]  # headers have what was put into it
                self._replace(index, number, max(bodies), every)
            elif index in self.nodes and own & appeared - vanished:
                self._rewrite(index, origin, changes)
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
            edge
            for edge in node.edges
            if not edge.symbol
            or names_unused(self.graph, edge, unused)
            or source_name(edge.symbol) in unused.folded
        )

    def _rewrite(self, index: int, origin: Origin, changes: Sequence[Change]) -> None:
        """A function of which all code goes, and that has other code then: how much, its new lines tell."""
        node = self.graph.nodes[index]
        self.nodes.discard(index)
        size, new = (
            max(node.flash, node.ram),
            anew.written(origin, self.graph.sections[node.object], index, changes),
        )
        self.losses[index] = Loss(((node.address, node.address + size),), new)
        self.edges[index] = frozenset(node.edges)

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
        todo, seen, more, unsure, compiled = list(names), set(names), 0, 0, 0
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
            elif found := [*self._called(name, number)]:
                targets.update(found)
            elif all(one in self.nodes for one in self.defined().get(name, ())):
                came = self.joins.of(name, self.here, self._linked)
                more, compiled, unsure = more + came.flash, compiled + came.flash, unsure + came.unsure
                self.ram, self.texts = self.ram + came.ram, self.texts | came.texts
                targets |= came.targets
        targets -= {index}
        if targets:
            self.gained[index] = self.gained.get(index, frozenset()) | targets
        more += sum(self._comes(target) for target in targets)
        if more or unsure:
            loss = self.losses.get(index, Loss(()))
            self.losses[index] = loss._replace(
                added=loss.added + more,
                unsure=loss.unsure + unsure,
                elsewhere=loss.elsewhere + more,
                compiled=loss.compiled + compiled,
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

    def _linked(self, name: str) -> Iterator[int]:
        """The section of linked objects that an undefined symbol means."""
        cut, called = Cut(frozenset(self.nodes)), source_name(name)
        found = [one for one in self.defined().get(called, ()) if shared(self.graph, cut, called, one)]
        yield from (*(one for one in found if self.graph.nodes[one].placed), *found)[:1]

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
