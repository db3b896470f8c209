"""Which functions does a file define, who uses them, and which does nobody use any more?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from imgcheck.prediction.sources.comparison import SourceChange
from imgcheck.prediction.sources.compiled import Code
from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import identifier
from imgcheck.prediction.sources.reading import Visit

_APART = frozenset({"noclone", "__noclone__", "noipa", "__noipa__", "weak", "__weak__", "used", "__used__"})
_CALLING = frozenset({"return", "else", "do", "case", "throw"})


class Function(NamedTuple):
    """A function of the file: its parameters, and whether nobody else calls it."""

    around: tuple[str, int, int]  # name, and first and last brace
    parameters: tuple[str, ...]
    own: bool


class Call(NamedTuple):
    """A use of a function: what it is in, and what is handed over; None where that is no call."""

    within: str
    arguments: tuple[Sequence[str], ...] | None


class Functions:
    """The functions of a file's code that is compiled, each looked up when first asked for."""

    def __init__(self, code: Code, after: Sequence[Visit]) -> None:
        self.code = code
        self._after = after
        self._known: dict[str, Function | None] = {}
        self._calls: dict[str, list[Call]] = {}

    def places(self, name: str) -> Iterator[int]:
        """Where a name stands."""
        return (i for i, token in enumerate(self.code.tokens) if token == name)

    def of(self, name: str) -> Function | None:
        """The function of that name, where the file defines it."""
        if name not in self._known:
            heads = [one.uses.heads[name] for one in self._after if name in one.uses.heads]
            self._known[name] = self._defined(name, heads[0]) if len(heads) == 1 else None
        return self._known[name]

    def _defined(self, name: str, head: Sequence[str]) -> Function | None:
        tokens = self.code.tokens
        for at in self.places(name):
            close = self.code.closing(at + 1) if tokens[at + 1 : at + 2] == ["("] else -1
            if close > 0 and tokens[close + 1 : close + 2] == ["{"]:
                end = self.code.closing(close + 1)
                ways = parts(tokens[at + 2 : close])
                names = tuple(next((t for t in reversed(one) if identifier(t)), "") for one in ways)
                own = "static" in head and _APART.isdisjoint(head)
                return Function((name, close + 1, end), names, own) if end > 0 else None
        return None

    def uses(self, name: str) -> list[Call]:
        """All uses of a function in the file."""
        if name not in self._calls:
            tokens, made = self.code.tokens, self._calls.setdefault(name, [])
            for at in self.places(name):
                before = tokens[at - 1] if at else ";"
                if (identifier(before) and before not in _CALLING) or (before == "*" and not self._body(at)):
                    continue  # a declaration
                function = self.code.function(at)
                close = self.code.closing(at + 1) if tokens[at + 1 : at + 2] == ["("] else -1
                arguments = tuple(parts(tokens[at + 2 : close])) if close > 0 else None
                made.append(Call(function[0] if function else "", arguments))
        return self._calls[name]

    def _body(self, at: int) -> bool:
        return self.code.function(at) is not None

    def uncalled(self, change: SourceChange) -> SourceChange:
        """A change that knows what nobody in the file uses any more, and which functions nobody calls."""
        lines = set(change.removed_lines)
        gone = frozenset[str]().union(*change.vanished_in.values())
        lost = set[str]()  # functions that nobody calls
        while more := self._unused(change, gone, lost) - lost:
            lost |= more
            for function in filter(None, map(self.of, more)):
                lines.update(self.code.lines[slice(*function.around[1:])])
        used = self._used(lost)
        vanished = change.vanished | self._without(change, gone | used, lost)
        return change._replace(removed_lines=frozenset(lines), vanished=vanished)

    def _used(self, owners: Set[str]) -> frozenset[str]:
        """What these functions use."""
        empty = frozenset[str]()
        return empty.union(*(one.uses.names.get(owner, empty) for one in self._after for owner in owners))

    def _unused(self, change: SourceChange, gone: frozenset[str], lost: Set[str]) -> set[str]:
        """The functions of the file's own that nobody uses but those that are `lost`."""
        every = self._without(change, gone | self._used(lost), lost)
        return {name for name in every if (found := self.of(name)) is not None and found.own}

    def _without(
        self, change: SourceChange, names: frozenset[str], lost: Set[str] = frozenset()
    ) -> frozenset[str]:
        """Those of these names that no function uses but those that are `lost`."""
        for visit in self._after if names else ():
            for owner, used in visit.uses.names.items():
                if owner not in lost:
                    names -= used - change.vanished_in.get(owner, frozenset())
        return names


def parts(tokens: Sequence[str]) -> Iterator[list[str]]:
    """What stands between commas."""
    made: list[str] = []
    depth = 0
    for token in tokens:
        depth += (token in OPEN) - (token in CLOSED)
        if token == "," and not depth:
            yield made
            made = []
        else:
            made.append(token)
    yield made
