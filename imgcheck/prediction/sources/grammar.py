"""Where in the grammar of C a block begins and ends, and what it adds: the records of `structure`."""

from __future__ import annotations

from typing import NamedTuple

Head = tuple[str, ...]


class Open(NamedTuple):
    """A namespace, class or type whose brace is open, and the declaration in front of it."""

    kind: str
    name: str
    head: tuple[str, ...]


class Array(NamedTuple):
    """An array whose initialiser is read: what says how long it is, and what of."""

    open: bool  # whether its length is left to the initialiser
    given: int  # the number that it is, 0 where it is another or none
    flat: bool  # whether it has one dimension
    texts: bool  # whether a string is its content, not the address of one
    characters: bool  # whether strings between braces are content, too

    def spelled(self, depth: int) -> bool:
        """Whether a string that many braces deep is in the array itself."""
        return self.characters if depth else self.texts

    def counts(self, token: str) -> bool:
        """Whether what begins with a token makes it longer by one: an element that is listed."""
        return not self.given and not (self.flat and self.characters and token[-1] == '"')


class State(NamedTuple):
    """Where in the grammar a block begins or ends."""

    scopes: tuple[Open, ...] = ()
    # head: between definitions; body; list: an initialiser in one; init; skip; local: a static's head; extern
    mode: str = "head"
    owner: str = ""
    depth: int = 0  # braces open in body, init or skip
    paren: int = 0  # parentheses and brackets open in head, init, local; braces in list
    head: tuple[str, ...] = ()
    outer: tuple[str, int] | None = (
        None  # owner and depth of the function around a static local's initialiser
    )
    array: Array | None = None
    fresh: bool = False  # the next token begins an element
    text: tuple[bytes, ...] = ()  # string literals not yet ended by another token
    previous: str = ""


START = State()


class Uses(NamedTuple):
    """What one block adds."""

    after: State
    names: dict[str, frozenset[str]]  # function, object or "" -> identifiers
    strings: dict[str, tuple[bytes, ...]]
    definitions: frozenset[str]
    elements: dict[str, int]
    reach: dict[str, int]  # arrays with `[3] = x`: one more than the highest of such numbers
    cases: dict[str, int]  # function -> `case` labels
    listed: dict[str, int]  # function -> what initialisers between braces in its body have
    heads: dict[str, Head]  # what stands in front of all that is defined: specifiers, attributes, parameters
