"""Which values come to functions and variables otherwise than now, and what do conditions leave out then?

`show(x, ENABLE_X ? 9 : 0)`: GCC puts a `static` function where it is called, or makes it anew with the
constant in it (IPA constant propagation), and drops what that never leads to; likewise for
`static int wanted = ENABLE_X;` that nobody sets. Where calls differ, or others may call it, what is compiled
of a function's parameter is unsure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from imgcheck.prediction.sources import settled
from imgcheck.prediction.sources.comparison import SourceChange
from imgcheck.prediction.sources.compiled import CONTROL, EFFECTS, Code
from imgcheck.prediction.sources.compiletime import Known
from imgcheck.prediction.sources.constants import CLOSED, OPEN
from imgcheck.prediction.sources.declarators import KEYWORDS, TYPES, identifier
from imgcheck.prediction.sources.functions import Functions, parts
from imgcheck.prediction.sources.lengths import NO_NUMBERS, number
from imgcheck.prediction.sources.macros import Environment, Exploded, Macro, State, expand
from imgcheck.prediction.sources.reading import Blocks, Visit

_NEAR = 200  # tokens around a value that its call or its declaration is in
_MOST = 64  # parameters of a file that are followed
_STOPS = frozenset("{};")
_STORED = frozenset({"static", "const"})
_NAMED = {"true": "1", "false": "0", "TRUE": "1", "FALSE": "0", "NULL": "0", "nullptr": "0"}
Both = tuple[int | None, int | None]  # a value before and after


def extended(
    change: SourceChange,
    blocks: Blocks,
    both: tuple[Sequence[Visit], Sequence[Visit]],
    names: tuple[Set[str], Set[str]],
    known: tuple[Environment, Environment],
) -> SourceChange:
    """The change of a file, with what other values leave out that come to functions and variables.

    `names` are macros that stand for something else after than before, and functions and constants that do;
    `known` is what all names stand for.
    """
    before, after = both
    other, standing = names[0] | names[1], names[1]
    stored = _stored(change, both)
    reading = [
        one.block
        for one in after
        if not other.isdisjoint(one.macros) or (standing and not standing.isdisjoint(one.tokens))
    ]
    if not reading and not stored:
        return change
    code = Code(blocks, change.path, sorted({visit.block for visit in after}), after)
    places = [at for block in reading for at in code.places(block, other)]
    if not places and not stored:
        return change
    handing = _Handing(code, after, known, standing)
    for name in stored:
        handing.replaced(name, before)
    return handing.run(change, places)


def _stored(change: SourceChange, both: tuple[Sequence[Visit], Sequence[Visit]]) -> list[str]:
    """The constant structures of a file that others take the place of."""
    heads = {
        name: one.uses.heads[name]
        for one in both[1]
        for name in change.arrivals.replaced.keys() & one.uses.heads
    }
    return sorted(
        name
        for name, head in heads.items()
        if "const" in head and "static" in head and not {"(", "["} & {*head}
    )


class _Handing:
    """Follows values from where they are written."""

    def __init__(
        self,
        code: Code,
        after: Sequence[Visit],
        known: tuple[Environment, Environment],
        standing: Set[str],
    ) -> None:
        self.code = code
        self.known = known
        self._standing = standing
        self._after = after
        self._values: dict[str, dict[str, Both]] = {"": {}}  # by function ("": the file's), of each name
        self._due: list[tuple[str, int]] = []  # functions, and which parameter
        self._functions = Functions(code, after)
        self._unsure: set[int] = set()

    def replaced(self, name: str, before: Sequence[Visit]) -> None:
        """Takes in the members of a constant structure that has other values then."""
        texts = [token for one in before for token in one.tokens], self.code.tokens
        was, now = (self._members(name, text) for text in texts)
        for member in sorted(was.keys() & now):
            full, both = f"{name}.{member}", (was[member], now[member])
            reads = [i for i in self._functions.places(name) if texts[1][i + 1 : i + 3] == [".", member]]
            if both[1] is not None and both[0] != both[1]:
                for i in reads:
                    texts[1][i : i + 3] = ["+", "+", full]
                self._values[""][full] = both

    def _members(self, name: str, tokens: Sequence[str]) -> dict[str, int | None]:
        """The values of a structure's members in its initialiser."""
        at = next((i for i in self._equal(tokens) if tokens[i - 1] == name and tokens[i + 1] == "{"), 0)
        depth, end = 0, at + 1
        while at and end < len(tokens):
            depth += (tokens[end] in OPEN) - (tokens[end] in CLOSED)
            if not depth:
                break
            end += 1
        found: dict[str, int | None] = {}
        for place, part in enumerate(parts(tokens[at + 2 : end]) if at else ()):
            designated = part[:1] == ["."] and part[2:3] == ["="]
            member = part[1] if designated else self._ordered(tokens[at - 2], place)
            found[member] = self._value(part[3:] if designated else part, "", 1)
        return found

    @staticmethod
    def _equal(tokens: Sequence[str]) -> Iterator[int]:
        return (i for i, token in enumerate(tokens[:-1]) if token == "=" and i)

    def run(self, change: SourceChange, places: Sequence[int]) -> SourceChange:
        self._from(places)
        done = set[tuple[str, int]]()
        while self._due and len(done) < _MOST:
            one = self._due.pop(0)
            if one not in done:
                done.add(one)
                self._parameter(*one)
        shared = self._values.pop("")
        for name in sorted(shared.keys() | self._standing):
            for around in {found for at in self._functions.places(name) if (found := self.code.function(at))}:
                self._values.setdefault(around[0], {})
        for owner, values in sorted(self._values.items()):
            function = self._functions.of(owner)
            names = {*shared, *values, *self._standing}
            if function is not None and names:
                every = {**shared, **values}
                sides = self._with(every, 0), self._with(every, 1)
                change = settled.decided(change, self.code, function.around, names, sides)
        change = self._functions.uncalled(change)
        unsure = self._unsure - (change.removed_lines - change.added_lines)
        return change._replace(
            removed_lines=change.removed_lines | unsure, added_lines=change.added_lines | unsure
        )

    def _with(self, values: Mapping[str, Both], side: int) -> dict[str, State | None]:
        """What names stand for on one side, with those that have values there."""
        made: dict[str, State | None] = dict(self.known[side])
        for name, both in values.items():
            value = both[side]
            if value is None:
                made.pop(name, None)
            else:
                made[name] = Macro(name, None, (str(value),) if value >= 0 else ("(", "-", str(-value), ")"))
        return made

    def _from(self, places: Sequence[int]) -> None:
        """Looks where values go that are written in these places."""
        for at in places:
            if self.code.function(at) is None:
                self._stored(at)
            elif (call := self._around(at)) is not None:
                self._due.append(call)

    def _stored(self, at: int) -> None:
        """A variable of the file's own that nobody sets, with the value that is written there."""
        tokens = self.code.tokens
        start = next((i for i in range(at, max(at - _NEAR, -1), -1) if tokens[i] in _STOPS), -1)
        if start > 1 and tokens[start - 1] == "=":
            self._member(start, at)
            return
        equals = next((i for i in range(start + 1, at) if tokens[i] == "="), 0)
        end = next((i for i in range(at, min(at + _NEAR, len(tokens))) if tokens[i] in ";,{"), 0)
        name = tokens[equals - 1] if equals else ";"
        if not end or not identifier(name) or name in self._values[""]:
            return
        others = [i for i in self._functions.places(name) if i != equals - 1]
        if self._lasting(start + 1, equals - 1) and not any(settled.changes(tokens, i) for i in others):
            self._given(name, tokens[equals + 1 : end])

    def _member(self, brace: int, at: int) -> None:
        """A member of such a variable, by its name or by its place between the braces."""
        tokens = self.code.tokens
        close, name = self.code.closing(brace), tokens[brace - 2]
        start = next((i for i in range(brace - 2, max(brace - _NEAR, -1), -1) if tokens[i] in _STOPS), -1)
        if close < 0 or not identifier(name) or not self._lasting(start + 1, brace - 2):
            return
        first = brace + 1
        for place, part in enumerate(parts(tokens[first:close])):
            if first <= at < first + len(part):
                designated = part[:1] == ["."] and part[2:3] == ["="]
                member = part[1] if designated else self._ordered(tokens[brace - 3], place)
                value = part[3:] if designated else part
                full, uses = f"{name}.{member}", [*self._functions.places(name)]
                reads = [i for i in uses if tokens[i + 1 : i + 3] == [".", member]]
                others = [i for i in uses if i != brace - 2 and tokens[i - 1] not in TYPES]
                plain = all(tokens[i + 1] == "." and self._read(i) for i in others)
                if reads and ("const" in tokens[start + 1 : brace - 2] or plain):
                    for i in reads:
                        tokens[i : i + 3] = ["+", "+", full]
                    self._given(full, value)
                return
            first += len(part) + 1

    def _read(self, at: int) -> bool:
        """Whether a member of what stands in a place is read there, and no more."""
        tokens = self.code.tokens
        return tokens[at + 3] not in EFFECTS and tokens[at - 1] not in {"++", "--", "&"}

    def _ordered(self, kind: str, place: int) -> str:
        """The name of a structure's nth member."""
        members = [*Known(self._after, NO_NUMBERS, 8).members(kind)]
        return members[place] if place < len(members) else ""

    def _lasting(self, start: int, end: int) -> bool:
        """Whether a declaration is of a variable that nobody else sets."""
        head = set(self.code.tokens[start:end])
        return bool(head & _STORED) and "volatile" not in head and "[" not in head

    def _given(self, name: str, tokens: Sequence[str]) -> None:
        """Takes in the value of a variable, where that is another one then."""
        was, now = (self._value(tokens, "", side) for side in (0, 1))
        if now is not None and was != now:
            self._values[""][name] = was, now
            self._from([i for i in self._functions.places(name) if self.code.function(i) is not None])

    def _parameter(self, name: str, which: int) -> None:
        """A parameter of a function, by what all calls hand over."""
        function = self._functions.of(name)
        if function is None or which >= len(function.parameters):
            return
        parameter = function.parameters[which]
        found: list[list[int | None]] = [[], []]
        for call in self._functions.uses(name):
            here = call.arguments[which] if call.arguments and which < len(call.arguments) else ()
            for side in (0, 1):
                found[side].append(self._value(here, call.within, side))
        was, now = (side[0] if len(set(side)) == 1 else None for side in found)
        inside = [i for i in self._functions.places(parameter) if function.around[1] < i < function.around[2]]
        if found[0] == found[1] or not inside:
            return
        if was == now or not function.own or any(settled.changes(self.code.tokens, i) for i in inside):
            self._unsure.update(self.code.lines[i] for i in inside)
        elif parameter not in (values := self._values.setdefault(name, {})):
            values[parameter] = was, now
            self._from(inside)

    def _value(self, tokens: Sequence[str], within: str, side: int) -> int | None:
        """The value of an expression in a function."""
        if not tokens or len(tokens) > _NEAR:
            return None
        values = {**self._values[""], **self._values.get(within, {})}
        try:
            made = expand(tokens, self._with(values, side))
        except Exploded:
            return None
        return number([_NAMED.get(token, token) for token in made], NO_NUMBERS)

    def _around(self, at: int) -> tuple[str, int] | None:
        """The function that is handed what stands in a place, and as which parameter."""
        tokens, depth, commas = self.code.tokens, 0, 0
        for index in range(at - 1, max(at - _NEAR, 0), -1):
            token = tokens[index]
            if token in _STOPS:
                return None
            depth += (token in CLOSED) - (token in OPEN)
            if depth < 0:
                name = tokens[index - 1]
                if token == "(" and identifier(name) and name not in KEYWORDS | CONTROL:
                    return (name, commas) if name not in self.code.macros else None
                depth, commas = 0, 0
            elif token == "," and not depth:
                commas += 1
        return None
