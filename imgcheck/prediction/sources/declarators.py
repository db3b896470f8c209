"""What does the beginning of a declaration declare (C17 6.7, and the C++ that firmware uses)?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_ATTRIBUTES = """
__attribute__ __attribute __declspec __asm__ __asm asm alignas _Alignas decltype noexcept throw typeof
__typeof__ requires _Pragma __pragma
"""
_KEYWORDS = """
alignas alignof and asm auto bool break case catch char class const const_cast constexpr continue decltype
default delete do double dynamic_cast else enum explicit extern false final float for friend goto if inline
int long mutable namespace new noexcept nullptr operator override private protected public register
reinterpret_cast restrict return short signed sizeof static static_assert static_cast struct switch template
this throw true try typedef typeid typename typeof union unsigned using virtual void volatile wchar_t while
_Alignas _Bool _Static_assert __asm __asm__ __attribute __attribute__ __const __extension__ __func__
__FUNCTION__ __inline __inline__ __restrict __signed__ __typeof__ __volatile__
"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
KEYWORDS = frozenset(_KEYWORDS.split())
TRAILERS = frozenset({"const", "volatile", "override", "final", "mutable", "noexcept", "try"})
TYPES = frozenset({"struct", "union", "class"})
STATEMENTS = frozenset(
    {"using", "friend", "template", "static_assert", "_Static_assert", "asm", "__asm__", "__asm"}
)
NOTHING = STATEMENTS | {"typedef", "extern"}  # a declaration with one of these defines no object


class Body(NamedTuple):
    """What a `{` opens outside functions, with its name.

    `kind` is function, type, enum, scope (namespace, extern "C"), object or other.
    """

    kind: str
    name: str


def identifier(token: str) -> bool:
    """Whether `token` is an identifier or keyword (and no L"literal")."""
    first = token[0]
    return (first.isalpha() or first in "_$" or first > "\x7f") and token[-1] not in "\"'"


def opened(head: Sequence[str]) -> Body:
    """What a `{` behind `head` opens."""
    if len(head) >= 2 and head[-2] == "extern" and head[-1][-1] == '"':
        return Body("scope", "")
    if "namespace" in head[:2]:
        names = [token for token in head if identifier(token) and token not in KEYWORDS]
        return Body("scope", "::".join(names) or "(anonymous namespace)")
    plain = _plain(head)
    groups = _groups(plain)
    if groups:
        name = _function(plain, groups)
        if name:
            members = ":" in plain[groups[0][1] :]
            if members and identifier(plain[-1]) and plain[-1] not in TRAILERS:
                return Body("other", "")  # a member's initialiser: `Foo() : bar{1}`
            return Body("function", name)
    if "enum" in plain:
        return Body("enum", "")
    for index, token in enumerate(plain):
        if token in TYPES:
            if any(one == "}" for one in plain[index:]):
                break  # `struct { … } name{ … }`
            names = []
            for one in plain[index + 1 :]:
                if one == ":":
                    break
                if identifier(one) and one not in KEYWORDS:
                    names.append(one)
            return Body("type", names[-1] if names else "")
    name = declared(head)
    return Body("object", name) if name and len(plain) > 1 and "typedef" not in plain else Body("other", "")


def declared(head: Sequence[str]) -> str:
    """The name that one declarator with its specifiers declares, "" if none can be told."""
    plain = _plain(head)
    groups = _groups(plain)
    for start, end in groups:
        if plain[start + 1 : start + 2] in (["*"], ["^"], ["&"]):  # `void (*name[3])(int)`
            for token in plain[start + 1 : end]:
                if identifier(token) and token not in KEYWORDS:
                    return token
    cut = next((i for i, token in enumerate(plain) if token in {"[", ":"}), len(plain))
    inside = {i for start, end in groups for i in range(start, end + 1)}
    names = [i for i in range(cut) if i not in inside and identifier(plain[i]) and plain[i] not in KEYWORDS]
    return _qualified(plain, names[-1]) if names else ""


def objects(head: Sequence[str]) -> list[str]:
    """The objects that a declaration without initialiser defines: of `int a, *b[3]`, not of a prototype."""
    if not head or any(token in NOTHING for token in head):
        return []
    plain = _plain(head)
    if len(plain) < 2 or (len(plain) == 2 and plain[0] in {*TYPES, "enum"}) or plain[-1] == "}":
        return []
    names: list[str] = []
    part: list[str] = []
    depth = 0
    for token in [*plain, ","]:
        depth += (token in {"(", "["}) - (token in {")", "]"})
        if token == "," and not depth:
            groups = _groups(part)
            pointer = any(part[start + 1 : start + 2] == ["*"] for start, _ in groups)
            if not groups or pointer:
                name = declared(part)
                if name:
                    names.append(name)
            part = []
        else:
            part.append(token)
    return names


def constructed(head: Sequence[str]) -> tuple[str, list[str]]:
    """The name and arguments of a C++ object that is constructed, `const Type name("x", 3);`; else ("", []).

    A literal among the arguments tells it from a prototype.
    """
    plain = _plain(head)
    groups = _groups(plain)
    if any(token in NOTHING for token in head) or not groups or groups[-1][1] != len(plain) - 1:
        return "", []
    start, end = groups[-1]
    inside = plain[start + 1 : end]
    literal = any(token[-1] in "\"'" or token[0].isdigit() for token in inside)
    if not literal or "=" in inside or start < 2 or not identifier(plain[start - 1]):
        return "", []
    return _qualified(plain, start - 1), inside


def _plain(head: Sequence[str]) -> list[str]:
    """`head` without attributes and template parameters' noise."""
    if not any(token in ATTRIBUTES for token in head):
        return list(head)
    output: list[str] = []
    index = 0
    while index < len(head):
        token = head[index]
        index += 1
        if token not in ATTRIBUTES:
            output.append(token)
            continue
        while index < len(head) and head[index] in {"volatile", "__volatile__"}:
            index += 1
        if index < len(head) and head[index] == "(":
            depth = 0
            while index < len(head):
                depth += (head[index] == "(") - (head[index] == ")")
                index += 1
                if not depth:
                    break
    return output


def _groups(plain: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of the outermost pairs of parentheses."""
    found: list[tuple[int, int]] = []
    depth = start = 0
    for index, token in enumerate(plain):
        if token == "(":
            if not depth:
                start = index
            depth += 1
        elif token == ")" and depth:
            depth -= 1
            if not depth:
                found.append((start, index))
    return found


def _function(plain: Sequence[str], groups: Sequence[tuple[int, int]]) -> str:
    """The name of the function whose parameter list is one of `groups`.

    `SECTION(".x") void name(int) {`, `Class::Class(int a) : member(a) {`, `int (*name(int))(void) {`.
    """
    candidates: list[str] = []
    last = -1
    for start, end in groups:
        if candidates and ":" in plain[last:start]:
            break  # members being initialised
        if start and identifier(plain[start - 1]) and plain[start - 1] not in KEYWORDS:
            candidates.append(_qualified(plain, start - 1))
            last = end
        elif "operator" in plain[max(0, start - 3) : start]:
            at = max(i for i in range(start) if plain[i] == "operator")
            return _qualified(plain, at) + "".join(plain[at + 1 : start])
        elif plain[start + 1 : start + 2] == ["*"]:
            for inner in range(start + 2, end):
                if plain[inner + 1 : inner + 2] == ["("] and identifier(plain[inner]):
                    return plain[inner]
    named = [name for name in candidates if not name.isupper()] or candidates
    return named[0] if named else ""


def _qualified(plain: Sequence[str], index: int) -> str:
    """The name that ends at `index`, with its `Class::` and `~`."""
    name = plain[index]
    index -= 1
    if index >= 0 and plain[index] == "~":
        name = "~" + name
        index -= 1
    while index >= 1 and plain[index] == "::" and identifier(plain[index - 1]):
        name = f"{plain[index - 1]}::{name}"
        index -= 2
    return name
