"""What of a file is compiled, token by token, and where do its brackets and functions end?"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property

from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.macros import Macro, State
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.tree import cplusplus

WRITES = frozenset({"=", "|=", "&=", "+=", "-=", "^="})
EFFECTS = frozenset({"++", "--", "="}) | WRITES
CONTROL = frozenset({"if", "for", "while", "switch", "return", "sizeof"})
OPEN, CLOSED = frozenset("([{"), frozenset(")]}")
LONGEST = 20_000  # tokens of a function, or of a bracket


class Code:
    """The tokens of a file that are compiled, with their lines."""

    def __init__(self, blocks: Blocks, path: str, active: Sequence[int], after: Sequence[Visit]) -> None:
        self.tokens: list[str] = []
        self.dead: set[int] = set()
        self._blocks = blocks
        self._path = path
        self._after = after
        self._numbers = active
        self._starts: list[int] = []  # of each block the index of its first token
        for block in active:
            self._starts.append(len(self.tokens))
            self.tokens += blocks.numbered(path, block)[0]

    @cached_property
    def macros(self) -> Mapping[str, State | None]:
        """Those that the code names."""
        return {name: state for visit in self._after for name, state in visit.macros.items()}

    @property
    def cplusplus(self) -> bool:
        """Whether it is C++, in which an assignment may be a call."""
        return cplusplus(self._path)

    @cached_property
    def meant(self) -> Set[str]:
        """The names in what those stand for."""
        return {token for state in self.macros.values() if isinstance(state, Macro) for token in state.tokens}

    @cached_property
    def lines(self) -> array[int]:
        """The line of each token."""
        lines = array("I")
        for block in self._numbers:
            lines.extend(self._blocks.numbered(self._path, block)[1])
        return lines

    def line(self, number: int) -> range:
        """The tokens of a line."""
        return range(bisect_left(self.lines, number), bisect_right(self.lines, number))

    def gap(self, block: int) -> int:
        """The index of the token behind a block that is not compiled, -1 at the end."""
        nth = bisect_right(self._numbers, block)
        found = self._starts[nth] if nth < len(self._starts) else -1
        return found if 0 < found < len(self.tokens) else -1

    def places(self, block: int, names: Set[str]) -> Iterator[int]:
        """The tokens of a block that is compiled which are one of `names`."""
        first = self._starts[bisect_left(self._numbers, block)]
        tokens, _ = self._blocks.numbered(self._path, block)
        yield from (first + index for index, token in enumerate(tokens) if token in names)

    def opening(self, close: int) -> int:
        """The index of the bracket that the one at `close` closes, -1 where there is none."""
        depth = 0
        for index in range(close, max(close - LONGEST, -1), -1):
            depth += (self.tokens[index] in CLOSED) - (self.tokens[index] in OPEN)
            if not depth:
                return index
        return -1

    def closing(self, start: int) -> int:
        """The index of the bracket that closes the one at `start`, -1 where there is none."""
        depth, last = 0, start + LONGEST
        for nth in range(bisect_right(self._starts, start) - 1, len(self._starts)):
            first = self._starts[nth]
            if first >= last:
                break
            here = self._blocks.brackets(self._path, self._numbers[nth])
            if depth > 0 and depth + here.least > 0:  # none in it
                depth += here.all
                continue
            begin = bisect_left(here.at, start - first) if start > first else 0
            for at, step in zip(here.at[begin:], here.steps[begin:], strict=True):
                depth += step
                if not depth:
                    return first + at if first + at < last else -1
        return -1

    def function(self, at: int) -> tuple[str, int, int] | None:
        """Name, and first and last brace, of the function around a token."""
        found = self._head(at)
        if found is None or (end := self.closing(found[1])) < 0:
            return None
        return (*found, end)

    def _head(self, at: int) -> tuple[str, int] | None:
        """Name and first brace of the function around a token."""
        depth, found = 0, None
        for nth in range(bisect_left(self._starts, at) - 1, -1, -1):
            first = self._starts[nth]
            end = self._starts[nth + 1] if nth + 1 < len(self._starts) else len(self.tokens)
            here = self._blocks.brackets(self._path, self._numbers[nth])
            if found is None and at - LONGEST < first and end <= at and depth + here.back >= 0:
                depth += here.closed  # no function that is still open begins in it
                continue
            for index in reversed(here.marks[: bisect_left(here.marks, at - first)]):
                if first + index <= at - LONGEST:
                    return found
                token = self.tokens[first + index]
                depth += (token == "}") - (token == "{")
                if depth < 0:
                    depth = 0
                    found = self._named(first + index) or found
                elif found and not depth and token == ";":
                    return found
        return found

    def _named(self, brace: int) -> tuple[str, int] | None:
        """The name in front of the parameters in front of a brace, where that is a function's."""
        if brace and self.tokens[brace - 1] == ")":
            name = self.tokens[self.opening(brace - 1) - 1]
            if identifier(name) and name not in KEYWORDS and name not in CONTROL:
                return name, brace
        return None

    def pure(self, start: int, end: int) -> bool:
        """Whether leaving these tokens out changes nothing else: no call, nothing is set."""
        for index in range(start, end):
            token = self.tokens[index]
            last = self.tokens[index - 1] if index > start else ""
            called = (
                token == "("
                and last != ""
                and identifier(last)
                and last not in self.macros
                and last not in KEYWORDS
            )
            if called or token in EFFECTS:
                return False
        return True
