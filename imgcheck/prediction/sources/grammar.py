"""Where in the grammar of C a block begins and ends, and what it adds: the records of `structure`."""

from __future__ import annotations

from typing import NamedTuple

Head = tuple[str, ...]


class Open(NamedTuple):
    """A namespace, class or type whose brace is open, and the declaration in front of it."""

    kind: str
    name: str
    head: tuple[str, ...]


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
    array: bool = False
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
