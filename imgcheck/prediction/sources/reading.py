"""What does the code of each block of a file use, once its macros are replaced?"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from contextlib import suppress
from itertools import accumulate
from typing import NamedTuple

from imgcheck.prediction.sources.folding import fold
from imgcheck.prediction.sources.macros import Exploded, Macro, State, expand
from imgcheck.prediction.sources.structure import State as Place
from imgcheck.prediction.sources.structure import Uses, scan
from imgcheck.prediction.sources.tree import Tree

MOST_MACROS = 500  # that one block leads to
_DECIDED = frozenset("01")  # what switches are once they are replaced
_MARKS = frozenset("{};")
_STEPS = {**dict.fromkeys("([{", 1), **dict.fromkeys(")]}", -1)}


class Block(NamedTuple):
    """The tokens of a block as they stand in the file."""

    tokens: list[str]
    words: frozenset[str]


class Brackets(NamedTuple):
    """Where the tokens of a block open and close something, by index among them."""

    marks: array[int]  # braces, and ends of statements
    at: array[int]  # brackets of any kind
    steps: array[int]  # of each of those: 1 opens, -1 closes
    all: int  # the sum of all steps
    least: int  # the least that steps from the first on come to
    closed: int  # braces that close, less those that open
    back: int  # the least that those come to from the last on


class Visit(NamedTuple):
    """A block as one walk met it."""

    block: int
    uses: Uses
    reads: frozenset[str]  # names whose definitions could have made it different
    tokens: list[str]  # macros replaced
    macros: Mapping[str, State | None]  # those that the block itself names


class Blocks:
    """The blocks of a tree's files, each cut into tokens when first asked for."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._blocks: dict[tuple[str, int], Block] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._numbered: dict[tuple[str, int], tuple[list[str], array[int]]] = {}
        self._brackets: dict[tuple[str, int], Brackets] = {}
        self._lines: dict[tuple[str, int], int] = {}

    def block(self, path: str, index: int) -> Block:
        """Block `index` of the file `path`."""
        key = (path, index)
        block = self._blocks.get(key)
        if block is None:
            source = self._tree.source(path)
            text = source.block(index)
            tokens = source.lex(text) if not text.isspace() else []
            block = self._blocks[key] = Block(tokens, frozenset(tokens))
        return block

    def numbered(self, path: str, index: int) -> tuple[list[str], array[int]]:
        """The tokens of a block, and the line of the file that each stands in; read only."""
        key = (path, index)
        found = self._numbered.get(key)
        if found is None:
            source = self._tree.source(path)
            first = source.directives[index - 1].end_line if index else 1
            rows = source.numbered(source.block(index))
            tokens, lines = [token for token, _ in rows], array("I", (first + line for _, line in rows))
            found = self._numbered[key] = (tokens, lines)
        return found

    def lines(self, path: str, index: int) -> int:
        """In how many lines of the file a block has tokens."""
        key = (path, index)
        if key not in self._lines:
            self._lines[key] = len(set(self.numbered(path, index)[1]))
        return self._lines[key]

    def brackets(self, path: str, index: int) -> Brackets:
        """Where the `numbered` tokens of a block open and close something; read only."""
        key = (path, index)
        found = self._brackets.get(key)
        if found is None:
            tokens, _ = self.numbered(path, index)
            at = array("I", (here for here, token in enumerate(tokens) if token in _STEPS))
            steps = array("b", (_STEPS[tokens[here]] for here in at))
            marks = array("I", (here for here, token in enumerate(tokens) if token in _MARKS))
            closed = [-_STEPS.get(tokens[here], 0) for here in reversed(marks)]
            found = self._brackets[key] = Brackets(
                marks,
                at,
                steps,
                all=sum(steps),
                least=min(accumulate(steps), default=0),
                closed=sum(closed),
                back=min(accumulate(closed), default=0),
            )
        return found

    def words(self, path: str) -> frozenset[str]:
        """All tokens of the code of `path`, active or not."""
        words = self._words.get(path)
        if words is None:
            blocks = range(len(self._tree.source(path).directives) + 1)
            words = self._words[path] = frozenset().union(
                *(self.block(path, index).words for index in blocks)
            )
        return words


def visit(
    index: int,
    block: Block,
    *,
    place: Place,
    macros: Mapping[str, State | None],
    members: bool,
    known: list[Visit],
    switches: frozenset[str] = frozenset(),
) -> Visit:
    """Read block `index` from `place`; one of the `known` visits from there with the same tokens stands.

    What none of them has is read anew and added.
    """
    reads: set[str] = set(block.words)
    tokens = block.tokens
    switched = not switches.isdisjoint(block.words)
    if switched:
        tokens = _living(tokens, switches, macros)
    here = {name: macros[name] for name in macros.keys() & block.words}
    if switched:
        _close(here, macros)
        reads |= here.keys()  # what decided a choice is in no token any more
    if here:
        with suppress(Exploded):
            tokens = expand(tokens, macros, reads)
    if switched:  # names that a macro puts together (`##`) are in no replacement, conditions may be in one
        here.update((name, macros[name]) for name in macros.keys() & reads)
        tokens = _living(tokens, _DECIDED, macros)
    for one in known:
        if one.tokens == tokens:
            return Visit(index, one.uses, frozenset(reads), one.tokens, here)
    known.append(Visit(index, scan(tokens, place, members), frozenset(reads), tokens, here))
    return known[-1]


def _living(tokens: list[str], switches: frozenset[str], macros: Mapping[str, State | None]) -> list[str]:
    """The tokens that no constant condition on one of `switches` leaves out; an empty statement for each."""
    dead, _, chosen = fold(tokens, switches, macros)
    if not dead:
        return tokens
    living: list[str] = []
    for index, token in enumerate(tokens):
        if index in chosen:
            continue  # `X ? 40 : 4` is a number
        if index not in dead:
            living.append(token)
        elif index - 1 not in dead and index - 1 not in chosen and living and living[-1] == ")":
            living.append(";")  # or the condition would have the next statement
    return living


def _close(here: dict[str, State | None], macros: Mapping[str, State | None]) -> None:
    """Adds the macros that the replacements of those `here` lead to."""
    due = list(here.values())
    while due and len(here) < MOST_MACROS:
        macro = due.pop()
        for word in macro.tokens if isinstance(macro, Macro) else ():
            if word in macros and word not in here:
                here[word] = macros[word]
                due.append(macros[word])
