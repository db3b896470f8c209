"""What a C or C++ file is before anybody decides which of its lines count: directives, and code between.

The reader fills these records, prediction walks them. Lines count from 1, offsets are characters of `text`.
A file with n directives has n + 1 blocks of code: block 0 is in front of the first directive, block i behind
directive i - 1. Directives themselves belong to no block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

MARK = "\ufeff"  # that editors of Windows begin a file with: no compiler sees it


class Directive(NamedTuple):
    """One preprocessing directive as a logical line: comments are blanks in it, continuations are joined.

    `name` is the macro of define, undef, ifdef and ifndef; `text` is the condition, the replacement list,
    what to include (with its quotes or angle brackets) or the rest. `parameters` is None for an object-like
    macro; a variadic one ends with `...` or `name...`. `next` is the index of the directive that ends this
    branch of a conditional (elif, else or endif), -1 elsewhere.
    """

    kind: str
    name: str
    parameters: tuple[str, ...] | None
    text: str
    line: int
    end_line: int
    start: int  # of the `#`
    end: int  # of the logical line, its newline not included
    next: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file cut into directives and blocks; `lex` gives the tokens of a stretch of its text.

    Tokens are plain strings: identifiers, numbers, literals with their quotes and prefix, punctuation.
    """

    path: str
    text: str
    directives: tuple[Directive, ...]
    lex: Callable[[str], list[str]]
    places: Callable[[str], list[tuple[str, int]]]  # identifiers with their offsets
    numbered: Callable[[str], list[tuple[str, int]]]  # tokens with the number of newlines before each

    def block(self, index: int) -> str:
        """The text of block `index`, comments and all."""
        start = self.directives[index - 1].end if index else len(MARK) * self.text.startswith(MARK)
        end = self.directives[index].start if index < len(self.directives) else len(self.text)
        return self.text[start:end]

    def lines(self, index: int) -> range:
        """The numbers of the lines of block `index`."""
        start = self.directives[index - 1].end_line + 1 if index else 1
        if index < len(self.directives):
            return range(start, self.directives[index].line)
        rest = self.text[self.directives[-1].end :] if self.directives else self.text
        lines = rest.count("\n") + (0 if self.directives else 1)
        return range(start, start + lines)
