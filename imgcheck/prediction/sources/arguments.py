"""Which functions are called with one constant only, once some of their calls go?

GCC makes such a function anew with the constant in it, without what only another value leads to (IPA constant
propagation), and it is another function for all who call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import identifier
from imgcheck.prediction.sources.reading import Visit

_CALLING = frozenset({"return", "else", "do", "case", "sizeof", "throw", "in"})
_LONGEST = 200  # tokens of a call
_MOST = 200  # calls of one function


def narrowed(lost: Iterable[Visit], before: Sequence[Visit], after: Sequence[Visit]) -> frozenset[str]:
    """Functions of a file of which an argument is the same constant in all calls that stay, and was not."""
    defined = frozenset().union(*(visit.uses.definitions for visit in after))
    used = {name for visit in lost for names in visit.uses.names.values() for name in names & defined}
    found: set[str] = set()
    for name in used:
        now = _constants(name, after)
        if any(value is not None for value in now):
            was = _constants(name, before)
            if any(value is not None and value != old for value, old in zip_longest(now, was)):
                found.add(name)
    return frozenset(found)


def _constants(name: str, visits: Iterable[Visit]) -> list[str | None]:
    """The constant that each argument is in all calls of a function, None where there is none."""
    found: list[str | None] | None = None
    for visit in visits:
        if not any(name in names for names in visit.uses.names.values()):
            continue
        for call in _calls(name, visit.tokens):
            values = [one[0] if len(one) == 1 and _literal(one[0]) else None for one in call]
            if found is None:
                found = values
            found = [a if a == b else None for a, b in zip(found, values, strict=False)]
            if not any(found):
                return []
    return found or []


def _literal(token: str) -> bool:
    return token[0].isdigit() or token[0] in "'\"" or token in {"NULL", "true", "false", "nullptr"}


def _calls(name: str, tokens: Sequence[str]) -> Iterator[list[list[str]]]:
    """The arguments of each call of a function, in tokens; a use that is no call has none."""
    at = -1
    for _ in range(_MOST):
        try:
            at = tokens.index(name, at + 1)
        except ValueError:
            return
        before = tokens[at - 1] if at else ";"
        if identifier(before) and before not in _CALLING:
            continue  # a declaration
        if tokens[at + 1 : at + 2] != ["("]:
            yield []
            continue
        made, depth = [list[str]()], 0
        for token in tokens[at + 2 : at + _LONGEST]:
            if token in CLOSED and not depth:
                break
            depth += (token in OPEN) - (token in CLOSED)
            if token == "," and not depth:
                made.append([])
            else:
                made[-1].append(token)
        yield made
