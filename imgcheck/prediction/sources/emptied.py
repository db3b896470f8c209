"""What does code no longer need once a conditional block in it is empty?

`if (flag) { #if ENABLE_X … #endif }`: without the feature nothing reads the flag, so the compiler drops the
condition, what sets the flag, and the conditions around that; likewise what fills an array that only the
block looked at. And a function whose body was the block is a constant, which the compiler folds into those
who call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import NamedTuple

from imgcheck.prediction.sources import arrivals, settled, unreached, unread
from imgcheck.prediction.sources.comparison import SourceChange
from imgcheck.prediction.sources.compiled import CONTROL, EFFECTS, LONGEST, Code
from imgcheck.prediction.sources.constants import constant
from imgcheck.prediction.sources.declarators import KEYWORDS, identifier
from imgcheck.prediction.sources.folding import fold
from imgcheck.prediction.sources.macros import Environment
from imgcheck.prediction.sources.reading import Blocks, Visit
from imgcheck.prediction.sources.settled import NAMED
from imgcheck.prediction.sources.unreached import LEAVING

_LONGEST_CONSTANT = 200  # tokens of a body that is looked at for one


class Emptied(NamedTuple):
    """Lines that go with what is empty, functions that had a flag for it, and those that are constant now.

    `partly` are lines of which only a part goes, `unused` what each function uses no longer.
    """

    lines: frozenset[int] = frozenset()
    flagged: frozenset[str] = frozenset()
    constants: Mapping[str, int | None] = {}  # None: nothing, or what is not known
    partly: frozenset[int] = frozenset()
    unused: Mapping[str, frozenset[str]] = {}


def extended(
    change: SourceChange,
    blocks: Blocks,
    before: Sequence[Visit],
    after: Sequence[Visit],
    concerned: Set[str] = frozenset(),
    whole: tuple[Environment, Environment] = ({}, {}),
) -> SourceChange:
    """The change of a file, with what its emptied blocks take along, and conditions that are constants now.

    `concerned` are macros whose definitions differ, and which no constant condition was looked at for yet;
    `whole` is what they stand for in the end, before and after.
    """
    here = {visit.block for visit in after}
    gone = sorted({visit.block for visit in before if visit.uses.names or visit.tokens} - here)
    reading = [visit.block for visit in after if visit.macros.keys() & concerned]
    new = here - {visit.block for visit in before}
    leaving = [one for one in sorted(new) if not LEAVING.isdisjoint(blocks.block(change.path, one).words)]
    if not gone and not reading and not leaving:
        return change
    code = Code(blocks, change.path, sorted(here), after)
    was: dict[int, list[str]] = {}  # what stood in front of each token
    for visit in before:
        if (gap := code.gap(visit.block) if visit.block not in here else -1) >= 0:
            was.setdefault(gap, []).extend(visit.tokens)
    decided = _decided(code, concerned, (before, whole), reading) if reading else {}
    short = unreached.dead(code, leaving)
    decided |= short
    found = _emptied(code, [gap for gap in map(code.gap, gone) if gap >= 0], was, decided)
    still = change.arrivals.still
    return change._replace(
        # What is left of a line is nothing, whatever else changed in it.
        removed_lines=change.removed_lines
        | (found.lines - (change.added_lines - change.removed_lines))
        | found.partly,
        added_lines=change.added_lines - found.lines | (found.partly - change.removed_lines),
        flagged=found.flagged,
        constants={
            **found.constants,
            **dict(_shortened(code, short)),
            **dict(_stubs(code, after, change.arrivals.replaced.keys())),
        },
        vanished_in=arrivals.united(change.vanished_in, found.unused) if found.unused else change.vanished_in,
        arrivals=change.arrivals._replace(
            still={name: used - found.unused.get(name, frozenset()) for name, used in still.items()}
        ),
    )


def _decided(
    code: Code,
    concerned: Set[str],
    known: tuple[Sequence[Visit], tuple[Environment, Environment]],
    reading: Iterable[int],
) -> dict[str, tuple[int, int]]:
    """Takes out what conditions never lead to that macros make constant now; gives their functions."""
    now = {name: state for name, state in code.macros.items() if name in concerned}
    before, whole = known
    was = {**whole[0], **{name: state for visit in before for name, state in visit.macros.items()}}
    macros = {**whole[1], **code.macros}
    found: dict[str, tuple[int, int]] = {}
    for at in {at for block in reading for at in code.places(block, now.keys())}:
        function = code.function(at)
        if function is None or function[0] in found:
            continue
        name, start, end = function
        here = code.tokens[start:end]
        folded, unfolded = fold(here, now.keys(), macros), fold(here, now.keys(), was)
        left = folded.dead | folded.quiet
        if left - (unfolded.dead | unfolded.quiet):
            code.dead.update(start + index for index in left)  # what was decided before had no code then
            found[name] = (start, end)
    return found


def _emptied(
    code: Code,
    gaps: Sequence[int],
    was: Mapping[int, Sequence[str]],
    settles: dict[str, tuple[int, int]],
) -> Emptied:
    """What goes with the blocks in front of these tokens, and what those blocks were.

    `settles` are functions of which tokens are dead already; those with variables that have one value now are
    added.
    """
    flagged: set[str] = set()
    constants: dict[str, int | None] = {}
    gone: dict[tuple[str, int, int], set[str]] = {}  # what stood in each function
    for gap in gaps:
        found = code.function(gap)
        if found is None:
            continue
        name, start, end = found
        value = _constant(code, start + 1, end)
        if value is not _NO:
            constants[name] = value
        if (
            code.tokens[gap] == "}"
            and code.tokens[gap - 1] == "{"
            and unread.flags(code, gap - 1, start, end)
        ):
            flagged.add(name)
        gone.setdefault(found, set()).update(was.get(gap, ()))
        if more := set(settled.dead(code, was.get(gap, ()), start, end)):
            code.dead |= more
            settles[name] = (start, end)
    fewer = {one[0]: one[1:] for one, names in gone.items() if unread.variables(code, names, *one[1:])}
    lines = {code.lines[index] for index in code.dead}
    kept = {line for line in lines if not code.dead.issuperset(code.line(line))}
    partly = {
        code.lines[index] for start, end in settles.values() for index in code.dead if start < index < end
    }
    unused = {name: _unused(code, *ends) for name, ends in {**fewer, **settles}.items()}
    return Emptied(frozenset(lines - kept), frozenset(flagged), constants, frozenset(partly & kept), unused)


def _shortened(code: Code, short: Mapping[str, tuple[int, int]]) -> Iterator[tuple[str, int | None]]:
    """Those of the functions that return before they do anything which are constants."""
    for name, (start, end) in short.items():
        value = _constant(code, start + 1, end)
        if value != _NO and not _kept_apart(code, start):
            yield name, value


def _kept_apart(code: Code, brace: int) -> bool:
    """Whether the head of a function in front of this brace says that it is put into nobody."""
    for index in range(brace - 1, max(brace - _LONGEST_CONSTANT, -1), -1):
        if code.tokens[index] in {";", "}"}:
            return False
        if code.tokens[index] in {"noinline", "__noinline__", "noipa"}:
            return True
    return False


def _stubs(code: Code, after: Iterable[Visit], replaced: Set[str]) -> Iterator[tuple[str, int | None]]:
    """Those of the functions that took another one's place which are constants."""
    names = {name.rsplit("::", 1)[-1]: name for name in replaced}
    for visit in after if names else ():
        if visit.uses.definitions.isdisjoint(replaced):
            continue
        for at in code.places(visit.block, names.keys()):
            close = code.closing(at + 1) if code.tokens[at + 1 : at + 2] == ["("] else -1
            if close > 0 and code.tokens[close + 1 : close + 2] == ["{"]:
                value = _constant(code, close + 2, code.closing(close + 1))
                if value != _NO and not _kept_apart(code, close + 1):
                    yield names[code.tokens[at]], value


def _unused(code: Code, start: int, end: int) -> frozenset[str]:
    """The names that only dead tokens between two braces have."""
    dead, left = set[str](), set[str]()
    for index in range(start, end):
        (dead if index in code.dead else left).add(code.tokens[index])
    return frozenset(name for name in dead - left if identifier(name) and name not in KEYWORDS)


_NO = -1 << 63  # no value: not constant


def _constant(code: Code, start: int, end: int) -> int | None:
    """What a function always returns, None for nothing or an enumerator, _NO when it does anything else."""
    if end - start > LONGEST:
        return _NO
    living = (code.tokens[index] for index in range(start, end) if index not in code.dead)
    rest = list(islice(living, _LONGEST_CONSTANT + 1))
    if len(rest) > _LONGEST_CONSTANT:
        return _NO
    for statement in _statements(rest):
        if _sets_local(statement):
            continue
        if statement[:1] == ["return"]:
            return _value(statement[1:], code.macros) if len(statement) > 1 else None
        unused = statement[:3] == ["(", "void", ")"] and len(statement) == 4
        words = all((identifier(token) and token not in CONTROL) or token == "*" for token in statement)
        if statement and not unused and not (words and len(statement) > 1):
            return _NO
    return None


def _sets_local(statement: Sequence[str]) -> bool:
    """Whether a statement declares variables, and gives them no more than values: `int c = a, i`."""
    typed = len(statement) > 3 and identifier(statement[0]) and statement[0] not in CONTROL
    plain = "(" not in statement and EFFECTS.isdisjoint(set(statement) - {"="}) and "{" not in statement
    return typed and identifier(statement[1]) and "=" in statement[2:] and plain


def _statements(tokens: Sequence[str]) -> Iterator[list[str]]:
    made: list[str] = []
    for token in tokens:
        if token == ";":
            yield made
            made = []
        else:
            made.append(token)
    if made:
        yield [*made, "{"]  # no declaration


def _value(tokens: Sequence[str], macros: Environment) -> int | None:
    while tokens[:1] == ["("] and tokens[-1:] == [")"]:
        tokens = tokens[1:-1]
    if len(tokens) == 1 and tokens[0] in NAMED:
        return NAMED[tokens[0]]
    if len(tokens) == 1 and tokens[0].isupper() and identifier(tokens[0]) and tokens[0] not in macros:
        return None  # an enumerator
    if any(identifier(token) and token not in macros for token in tokens):
        return _NO
    value = constant(tokens, macros)
    return _NO if value is None else value
