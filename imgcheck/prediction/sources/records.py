"""What did walking a file do, so that it need not be walked again?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from imgcheck.prediction.sources.macros import State

_ODD = re.compile(rb"[^\0]")
Off = frozenset[tuple[str, int]]  # (path, index of its directive) of each #define that does not count
# A record of the other configuration, what is off, and the names in it that differ, by identity.
Hint = tuple[int, Off | None, tuple[tuple[str, int], ...]]


class Record:
    """What walking one file did: a byte of `active` for each block, `children` by index of their #include."""

    __slots__ = (
        "absent",
        "active",
        "children",
        "effects",
        "files",
        "first",
        "path",
        "present",
        "reads",
        "refusing",
        "switching",
    )

    def __init__(self, path: str, blocks: int) -> None:
        self.path = path
        self.active = bytearray(blocks)
        self.reads: dict[str, State | None] = {}  # names that it looked at, as they were before it
        self.effects: dict[str, State] = {}  # names that it set, as they are after it
        self.children: dict[int, Record] = {}
        self.files: frozenset[str] = frozenset((path,))
        # The #define lines of the configuration that the walk met, those that are off too: one that met
        # none of what is off does the same under another configuration.
        self.switching: frozenset[tuple[str, int]] = frozenset()
        # The #error lines that a compiler would stop at, of what it includes too.
        self.refusing: frozenset[tuple[str, int]] = frozenset()
        self.first: tuple[str, State | None] | None = None
        self.present: dict[str, State | None] = {}
        self.absent: frozenset[str] = frozenset()

    def noted(self, looked: Mapping[str, State | None]) -> None:
        """What a condition looked at and the file had not set itself decides what the file does."""
        for name, state in looked.items():
            if name not in self.effects and name not in self.reads:
                self.reads[name] = state

    def finish(self) -> None:
        """Sort `reads` so that `repeats` is quick."""
        self.first = next(iter(self.reads.items()), None)
        self.present = {name: state for name, state in self.reads.items() if state is not None}
        self.absent = frozenset(self.reads.keys() - self.present.keys())

    def repeats(self, macros: Mapping[str, State | None]) -> bool:
        """Whether a walk from `macros` would do the same."""
        if self.first is None:
            return True
        if macros.get(self.first[0]) is not self.first[1]:
            return False  # mostly the header's guard
        return macros.keys().isdisjoint(self.absent) and self.present.items() <= macros.items()

    def differing(self, other: Record) -> list[int]:
        """The blocks that count in one of two walks of a file only."""
        size = len(self.active)
        odd = int.from_bytes(self.active, "little") ^ int.from_bytes(other.active, "little")
        return [found.start() for found in _ODD.finditer(odd.to_bytes(size, "little"))]

    def unwalked(self) -> Record:
        """That file, walked by nobody."""
        return Record(self.path, len(self.active))
