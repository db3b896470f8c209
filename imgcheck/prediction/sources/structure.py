"""Which function, or which object's initialiser, uses which identifiers and strings?

Code arrives block by block (the stretches between directives); a `State` carries what is open from one to the
next, so that a block that did not change need not be read again. A declaration, a prototype or a type uses
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imgcheck.prediction.sources.arrays import array
from imgcheck.prediction.sources.declarators import (
    KEYWORDS,
    constructed,
    declared,
    identifier,
    objects,
    opened,
)
from imgcheck.prediction.sources.grammar import START, Head, Open, State, Uses
from imgcheck.prediction.sources.literals import decoded

__all__ = ["START", "Open", "State", "Uses", "scan"]


LONGEST_HEAD = 1000  # tokens in front of a body, and open types: beyond those it is no program
DEEPEST_SCOPE = 100
BODY_MARKS = frozenset({"{", "}", "static", "extern", "case"})
MEMBER = frozenset({".", "->"})


class _Scan:
    """One pass over the tokens of a block."""

    def __init__(self, state: State, members: bool) -> None:
        self.scopes = list(state.scopes)
        self.mode, self.owner, self.depth, self.paren = state.mode, state.owner, state.depth, state.paren
        self.head = list(state.head)
        self.outer, self.array, self.fresh = state.outer, state.array, state.fresh
        self.text = list(state.text)
        self.previous = state.previous
        self.members = members  # what stands behind . and -> is used too (C++)
        self.usable: set[str] = set()  # the identifiers among the tokens
        self.names: dict[str, set[str]] = {}
        self.strings: dict[str, list[bytes]] = {}
        self.heads: dict[str, Head] = {}  # of all that is defined
        self.elements: dict[str, int] = {}
        self.reach: dict[str, int] = {}
        self.cases: dict[str, int] = {}
        self.listed: dict[str, int] = {}

    def read(self, tokens: Sequence[str]) -> Uses:
        self.usable = usable = {one for one in set(tokens) if identifier(one) and one not in KEYWORDS}
        members = self.members
        for token in tokens:
            mode = self.mode
            if mode == "body" and not self.text and token not in BODY_MARKS and token[-1] != '"':
                # Nearly all of a file is this, so it is done without a call.
                if token in usable and (members or self.previous not in MEMBER):
                    used = self.names.get(self.owner)
                    if used is None:
                        used = self.names[self.owner] = set()
                    used.add(token)
                self.previous = token
                continue
            if token[-1] == '"' and mode in {"body", "init", "list"}:
                if mode == "init":
                    self._element(token)
                self.text.append(decoded(token))
                continue
            if self.text:
                self._said(b"".join(self.text))
                self.text.clear()
            if mode == "body":
                self._body(token)
            elif mode == "init":
                self._init(token)
            elif mode == "list":
                self._list(token)
            elif mode == "head":
                self._head(token)
            elif mode == "skip":
                self.depth += (token == "{") - (token == "}")
                if not self.depth:
                    self.mode = "head"
                    self.head.append("}")
            elif mode == "local":
                self._local(token)
            elif token == ";":  # extern
                self.mode = "body"
            self.previous = token
        self.text = [b"".join(self.text)] if self.text else []
        after = State(
            scopes=tuple(self.scopes), mode=self.mode, owner=self.owner, depth=self.depth, paren=self.paren,
            head=tuple(self.head), outer=self.outer, array=self.array, fresh=self.fresh,
            text=tuple(self.text), previous=self.previous,
        )  # fmt: skip
        names = {owner: frozenset(used) for owner, used in self.names.items()}
        return Uses(
            after,
            names,
            {owner: tuple(found) for owner, found in self.strings.items()},
            definitions=frozenset(self.heads),
            elements=self.elements,
            reach=self.reach,
            cases=self.cases,
            listed=self.listed,
            heads=self.heads,
        )

    def _define(self, names: Iterable[str]) -> None:
        self.heads.update(dict.fromkeys(names, tuple(self.head)))

    def _said(self, text: bytes) -> None:
        """A whole literal: one with an address of its own, or the characters that an array has."""
        if self.mode != "init" or not self.array or not self.array.spelled(self.depth):
            self.strings.setdefault(self.owner, []).append(text)
        elif self.array.open and self.array.flat:
            self.elements[self.owner] = len(text) + 1

    def _use(self, token: str) -> None:
        if token in self.usable and (self.members or self.previous not in MEMBER):
            self.names.setdefault(self.owner, set()).add(token)

    def _body(self, token: str) -> None:
        if token == "{" and self.previous == "=":
            self.mode, self.paren = "list", 1
        elif token == "{":
            self.depth += 1
        elif token == "case":
            self.cases[self.owner] = self.cases.get(self.owner, 0) + 1
        elif token == "}":
            self.depth -= 1
            if self.depth <= 0:
                self._reset()
        elif token == "static" and self.previous not in {"[", "("}:
            self.mode, self.head, self.paren = "local", [token], 0
        elif token == "extern":
            self.mode = "extern"
        else:
            self._use(token)

    def _list(self, token: str) -> None:
        """What stands between the braces of `short curve[] = {1, 2};` in a function is the function's own."""
        if self.previous in {"{", ","} and token != "}":
            self.listed[self.owner] = self.listed.get(self.owner, 0) + 1
        self.paren += (token == "{") - (token == "}")
        if self.paren <= 0:
            self.mode, self.paren = "body", 0
        else:
            self._use(token)

    def _local(self, token: str) -> None:
        """The declaration of a static local variable, its initialiser is the variable's own."""
        self.paren += (token in {"(", "["}) - (token in {")", "]"})
        if self.paren or token not in {"=", ";", "{", "}"}:
            self.head.append(token)
        elif token == "=":
            self.outer = (self.owner, self.depth)
            name = declared(self.head)
            self._define([name] if name else [])
            self._begin(name)
        elif token == ";":
            self._define(objects(self.head))
            self.mode, self.head = "body", []
        else:  # `static struct { int a; } name`: not worth following, it is read as code
            self.mode, self.head = "body", []
            self._body(token)

    def _begin(self, owner: str) -> None:
        self.array = array(self.head)
        self.mode, self.owner, self.depth, self.paren, self.fresh = "init", owner, 0, 0, False
        if self.array and owner:
            self.elements[owner] = self.array.given

    def _element(self, token: str) -> None:
        if self.fresh and self.depth == 1 and token not in {"}", ","}:
            self.fresh = False
            if self.owner and self.array and self.array.counts(token):
                self.elements[self.owner] = self.elements.get(self.owner, 0) + 1

    def _init(self, token: str) -> None:
        if token == ";" and not self.paren and self.depth <= 0:
            self._end()
            return
        self._element(token)
        begins = self.previous == "[" and self.paren == self.depth == 1 and token.isdecimal()  # [3] = x
        if begins and self.array and not self.array.given:
            self.reach[self.owner] = max(self.reach.get(self.owner, 0), int(token) + 1)
        if token == "{":
            self.depth += 1
            self.fresh = self.depth == 1 and not self.paren
        elif token == "}":
            self.depth -= 1
            if self.depth < 0:  # the initialiser was no initialiser
                self._end()
        elif token in {"(", "["}:
            self.paren += 1
        elif token in {")", "]"}:
            self.paren = max(0, self.paren - 1)
        elif token == "," and not self.paren:
            if self.depth == 1:
                self.fresh = True
            elif not self.depth and self.outer is None:
                self.mode, self.head = "head", ["int"]  # `int a = 1, b = 2;`
        else:
            self._use(token)

    def _end(self) -> None:
        if self.outer is not None:
            self.owner, self.depth = self.outer
            self.mode, self.head, self.outer, self.paren = "body", [], None, 0
        else:
            self._reset()

    def _reset(self) -> None:
        self.mode, self.owner, self.depth, self.paren, self.head, self.array = "head", "", 0, 0, [], None

    def _qualify(self, name: str) -> str:
        return "::".join([*(scope.name for scope in self.scopes if scope.name), name])

    def _head(self, token: str) -> None:
        head = self.head
        if len(head) > LONGEST_HEAD:
            del head[: LONGEST_HEAD // 2]
        if token in {"(", "["}:
            self.paren += 1
            head.append(token)
        elif token in {")", "]"}:
            self.paren = max(0, self.paren - 1)
            head.append(token)
        elif self.paren:
            head.append(token)
            if token == "{":  # a lambda or a compound literal among parameters: rather begin anew
                self.paren = 0
                self.mode, self.depth = "skip", 1
        elif token == ";":
            if not any(scope.kind == "type" for scope in self.scopes):
                self._define(map(self._qualify, objects(head)))
                if self.members:
                    self._construct()
            self.head = []
        elif token == "{":
            self._open()
        elif token == "}":
            self.head = list(self.scopes.pop().head) if self.scopes else []
            if self.head:
                self.head.append("}")
        elif (
            token == "=" and head and head[-1] != "operator" and head[0] not in {"using", "template", "enum"}
        ):
            member = any(scope.kind == "type" for scope in self.scopes)
            name = "" if member else declared(head)
            if name:
                name = self._qualify(name)
                self._define([name])
            self._begin(name)
        elif token == ":" and head and head[-1] in {"public", "private", "protected"}:
            self.head = []
        else:
            head.append(token)

    def _construct(self) -> None:
        """`const Type name("x", other);` uses what it passes to the constructor."""
        name, arguments = constructed(self.head)
        if not name:
            return
        name = self._qualify(name)
        self._define([name])
        if texts := [decoded(token) for token in arguments if token[-1] == '"']:
            self.strings.setdefault(name, []).extend(texts)
        used = (token for token in arguments if identifier(token) and token not in KEYWORDS)
        self.names.setdefault(name, set()).update(used)

    def _open(self) -> None:
        body = opened(self.head)
        if body.kind == "function":
            self.owner = self._qualify(body.name)
            self._define([self.owner])
            self.mode, self.depth, self.head = "body", 1, []
        elif len(self.scopes) > DEEPEST_SCOPE:
            self.mode, self.depth = "skip", 1
        elif body.kind == "scope":
            self.scopes.append(Open("scope", body.name, ()))
            self.head = []
        elif body.kind == "type":
            self.scopes.append(Open("type", body.name if self.members else "", tuple(self.head)))
            self.head = []
        elif body.kind == "object":
            self._define([self._qualify(body.name)])
            self._begin(self._qualify(body.name))
            self.depth, self.fresh = 1, True
        else:
            self.mode, self.depth = "skip", 1


def scan(tokens: Sequence[str], state: State, members: bool) -> Uses:
    """Read the tokens of a block (macros replaced) from `state`; `members`: C++, where `a.b()` uses `b`."""
    return _Scan(state, members).read(tokens)
