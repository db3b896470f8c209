"""How much is written of each definition, in tokens: lines are as long as a project's style has them.

Of 1,211 functions of a real build nine in ten had 0.6 to 2.2 bytes of code a token, and 3 to 17 a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from imgcheck.prediction.sources.declarators import identifier
from imgcheck.prediction.sources.reading import Visit

_OPENS, _CLOSES = frozenset("{(["), frozenset("})]")


def tokens(visits: Iterable[Visit], names: Set[str]) -> dict[str, int]:
    """The tokens of those of `names` that blocks define; `visits` are in the file's order.

    A definition may go on in the blocks behind its own; blocks that are not among the `visits` are no part.
    What cannot be told apart shares the block's tokens.
    """
    found: dict[str, int] = {}
    scan = _Scan()
    owner = ""  # of the body that the last block ended in
    for visit in visits:
        if owner and owner not in visit.uses.names and owner not in visit.uses.strings:
            scan.leave()
        defined = visit.uses.definitions & names
        scan.wanted.update((name.rsplit("::", 1)[-1], name) for name in defined)
        for token in visit.tokens:
            scan.take(token)
        owner = visit.uses.after.owner if visit.uses.after.depth else ""
        share = -(-len(visit.tokens) // len(visit.uses.definitions)) if defined else 0
        found.update(dict.fromkeys(defined, share))
    scan.end()
    return {**found, **scan.found}


class _Scan:
    """One pass over what stands outside of all braces, from declaration to declaration."""

    def __init__(self) -> None:
        self.wanted: dict[str, str] = {}  # last part of a name -> the name
        self.found: dict[str, int] = {}
        self.depth = 0
        self.size = 0  # tokens of this declaration
        self.here: set[str] = set()  # what it names outside of brackets
        self.function = False
        self.previous = ""

    def take(self, token: str) -> None:
        """Goes over one token."""
        self.size += 1
        if token in _OPENS:
            if not self.depth and token == "{":
                if "namespace" in self.here or self.previous[-1:] == '"':  # of many declarations
                    self.end()
                    return
                self.function = self.function or self.previous == ")"
            self.depth += 1
        elif token in _CLOSES:
            self.depth = max(self.depth - 1, 0)
            if token == "}" and not self.depth and self.function:
                self.end()
        elif not self.depth:
            if token == ";":
                self.end()
            elif identifier(token):
                self.here.add(token)
        self.previous = token

    def leave(self) -> None:
        """Ends a body that is closed somewhere else."""
        self.end()
        self.depth = 0

    def end(self) -> None:
        """Ends a declaration."""
        names = [self.wanted[name] for name in self.here & self.wanted.keys()]
        for name in names:
            self.found[name] = max(self.found.get(name, 0), -(-self.size // len(names)))
        self.size, self.function, self.previous = 0, False, ""
        self.here.clear()
