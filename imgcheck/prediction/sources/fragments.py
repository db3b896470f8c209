"""Which files are pieces of what another one is in the middle of: rows of a table, cases, enumerators?

`static const Row rows[] = {`, `#include "rows.inc"`, `};` are one text to the compiler. Read on its own the
piece would be no code of anybody's, and what its lines use would be used by all of its object for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, islice

from imgcheck.errors import FormatError
from imgcheck.prediction.sources.compiled import CLOSED, OPEN
from imgcheck.prediction.sources.headers import INCLUDING
from imgcheck.prediction.sources.reading import Blocks
from imgcheck.prediction.sources.tree import FALLBACK, Tree
from imgcheck.source import Source

_ENDS = frozenset({";", "}"})


class Fragments:
    """Answers for one tree; what it finds in a file it remembers."""

    def __init__(self, tree: Tree, blocks: Blocks) -> None:
        self._tree = tree
        self._blocks = blocks
        self._pieces: dict[str, frozenset[str]] = {}
        self._whole: dict[str, bool] = {}
        self._open: dict[str, tuple[list[bool], Iterator[bool]]] = {}  # in front of directives so far

    def groups(self, files: Iterable[str]) -> tuple[frozenset[str], ...]:
        """Of these files and their pieces those that are one text, by the file that it begins in."""
        found: list[set[str]] = []
        for path in sorted(files):
            together = self._together(path) if self.pieces(path) else set[str]()
            for one in [one for one in found if not one.isdisjoint(together)]:
                found.remove(one)
                together |= one
            found += [together] if together else []
        return tuple(map(frozenset, found))

    def pieces(self, path: str) -> frozenset[str]:
        """The files that `path` includes in the middle of something."""
        if path not in self._pieces:
            self._pieces[path] = frozenset(self._found(path))
        return self._pieces[path]

    def _together(self, path: str) -> set[str]:
        """A file with its pieces, and theirs."""
        found, due = {path}, [path]
        while due:
            new = self.pieces(due.pop()) - found
            found |= new
            due.extend(new)
        return found

    def _found(self, path: str) -> Iterable[str]:
        try:
            source = self._tree.source(path)
        except FormatError:  # whoever walks it says so
            return
        for index, directive in enumerate(source.directives):
            if directive.kind in INCLUDING:
                target = self._tree.resolve(directive.text, path, beyond=directive.kind == "include_next")
                if target is not None and not self._guarded(target) and self._inside(path, index):
                    yield target

    def _guarded(self, path: str) -> bool:
        """Whether a file is read once however often it is included, as headers are and pieces are not."""
        if path not in self._whole:
            try:
                self._whole[path] = _guards(self._tree.source(path))
            except FormatError:
                self._whole[path] = True
        return self._whole[path]

    def _inside(self, path: str, index: int) -> bool:
        """Whether something is open in front of a directive, as far as brackets and the last token tell."""
        seen, more = self._open.setdefault(path, ([], self._opened(path)))
        seen.extend(islice(more, max(index + 1 - len(seen), 0)))
        return seen[index]

    def _opened(self, path: str) -> Iterator[bool]:
        """The same for each directive in turn."""
        last = ""
        depth = 0
        for block in count():
            tokens = self._blocks.block(path, block).tokens
            depth += sum(map(tokens.count, OPEN)) - sum(map(tokens.count, CLOSED))
            last = tokens[-1] if tokens else last
            yield bool(last) and (depth > 0 or last not in _ENDS)


def _guards(source: Source) -> bool:
    if any(one.kind == "pragma" and one.text.split()[:1] == ["once"] for one in source.directives):
        return True
    first = source.directives[0] if source.directives else None
    return first is not None and bool(FALLBACK.match(source.text, first.start))
