"""Where each key of a TOML document stands: tomllib gives values without lines, annotations need lines.

Follows https://toml.io/en/v1.0.0; the document must already have passed tomllib, so the scanner
only has to find places, not mistakes.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

Path: TypeAlias = "tuple[str | int, ...]"  # ("budgets", "lwip"); array elements by index


class Place(NamedTuple):
    """Line and columns of a key (or of an array element), from 1; `end_column` is one past its end."""

    line: int
    column: int
    end_column: int


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Frame(NamedTuple):
    kind: Literal["array", "inline"]
    path: Path


_TOKEN = re.compile(
    r"""(?P<newline>\n)
    | (?P<skip>[ \t\r]+ | \#[^\n]*)
    | (?P<text>"{3}(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5} | '{3}[\s\S]*?'{3,5}
        | "(?:[^"\\\n]|\\.)*" | '[^'\n]*')
    | (?P<mark>[\[\]{}=,.])
    | (?P<bare>[^\s\[\]{}=,."'\#]+)
    | (?P<other>[\s\S])""",
    re.VERBOSE,
)


def places(text: str) -> dict[Path, Place]:
    """The place of every key, table header and array element of a TOML document that tomllib accepts."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: dict[Path, Place] = {}

    def note(path: Path, first: _Token, last: _Token) -> None:
        line = bisect_right(starts, first.start)
        begin = starts[line - 1]
        end = last.end if last.end <= (starts[line] if line < len(starts) else len(text)) else first.end
        found.setdefault(path, Place(line, first.start - begin + 1, end - begin + 1))

    _Scanner(text, note).scan()
    return found


class _Scanner:
    """One pass over the tokens with a stack of open arrays and inline tables instead of recursion."""

    def __init__(self, text: str, note: "Callable[[Path, _Token, _Token], None]") -> None:
        self.tokens = _tokens(text)
        self.note = note
        self.table: Path = ()
        self.counts: dict[Path, int] = {}  # elements of each array of tables so far
        self.stack: list[_Frame] = []
        self.indices: list[int] = []  # next element of each open frame
        self.in_scalar = False  # the rest of "1.5" or of a date is no key

    def scan(self) -> None:
        for token in self.tokens:
            if token.kind == "newline" or (token.kind == "mark" and token.text in ",]}"):
                self.in_scalar = False
            if token.kind in ("newline", "skip") or self.in_scalar:
                continue
            if self.stack:
                self._inside(token)
            elif token.text == "[" and token.kind == "mark":
                self._header(token)
            elif token.kind in ("bare", "text"):
                self._assignment(token, self.table)

    def _inside(self, token: _Token) -> None:
        frame = self.stack[-1]
        if token.kind == "mark" and token.text in "]}":
            self.stack.pop()
            self.indices.pop()
        elif token.kind == "mark" and token.text == ",":
            self.indices[-1] += 1
        elif frame.kind == "inline":
            if token.kind in ("bare", "text"):
                self._assignment(token, frame.path)
        else:
            path = (*frame.path, self.indices[-1])
            self.note(path, token, token)
            self._open(token, path)

    def _open(self, token: _Token, path: Path) -> None:
        if token.kind == "mark" and token.text in "[{":
            self.stack.append(_Frame("array" if token.text == "[" else "inline", path))
            self.indices.append(0)
        else:
            self.in_scalar = True

    def _assignment(self, first: _Token, table: Path) -> None:
        keys, last = self._dotted(first, "=")
        path = table
        for key in keys:
            path = (*path, key)
            self.note(path, first, last)
        for token in self.tokens:
            if token.kind == "skip":
                continue
            self._open(token, path)
            return

    def _header(self, first: _Token) -> None:
        token = next(self.tokens, first)
        many = token.kind == "mark" and token.text == "["
        if many or token.kind == "skip":
            token = next((t for t in self.tokens if t.kind != "skip"), token)
        keys, last = self._dotted(token, "]")
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            self.note(path, first, last)
            if many and position == len(keys) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
                self.note(path, first, last)
        self.table = path

    def _dotted(self, first: _Token, end: str) -> tuple[list[str], _Token]:
        keys, last = [_key(first)], first
        for token in self.tokens:
            if token.kind == "mark" and token.text == end:
                break
            if token.kind in ("bare", "text"):
                keys.append(_key(token))
                last = token
        return keys, last


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        yield _Token(match.lastgroup or "", match[0], match.start(), match.end())


def _key(token: _Token) -> str:
    if token.kind != "text":
        return token.text
    if "\\" not in token.text:
        return token.text[1:-1]
    return str(tomllib.loads(f"key = {token.text}")["key"])
