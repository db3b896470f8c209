"""Would these sources give this build, or was it made of others, or with other -D?

The build is what counts. It contradicts the sources where its `.debug_macro` has other macros than the
configuration header; where there is code on lines that the evaluation holds inactive; and, in files that are
newer than it, where there is code on lines that have none, or a reference that only inactive lines make.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field

from imgcheck.errors import UndecidedError
from imgcheck.model import Diagnostic
from imgcheck.prediction import given
from imgcheck.prediction.codelines import LinkedLines
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources.changes import Differences
from imgcheck.prediction.sources.deriving import CONDITIONAL, NAME
from imgcheck.prediction.sources.features import NOWHERE
from imgcheck.prediction.sources.macros import UNDEFINED, Macro
from imgcheck.prediction.sources.tree import DEFINED
from imgcheck.prediction.sources.walk import walk
from imgcheck.source import Source
from imgcheck.wording import commas

# Of lines with code: real builds with the right -D had 0 to 6 of 13,000 to 20,000 inactive ones (headers that
# are not in the tree decide those), with a wrong variant 336.
_MOST_LINES, _MOST_SHARE = 10, 0.002
_NAMED = 3


class ContradictedError(UndecidedError):
    """The build has code on lines that are inactive as the sources are evaluated."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is compared: the sources as evaluated, and the build.

    `newer` are files written after it, `active` the lines that `active` found.
    """

    differences: Differences
    origins: Mapping[int, Origin]
    graph: Graph
    lines: LinkedLines
    newer: Set[str]
    active: Mapping[str, Set[int]] = field(default_factory=dict)


def active(differences: Differences, compiled: Set[str], newer: Set[str]) -> dict[str, set[int]]:
    """The active lines of the compiled sources that have inactive ones, and of those that are newer."""
    found: dict[str, set[int]] = {}
    for path in sorted(compiled):
        on = differences.unit(path).record.active
        if path in newer or not all(on):
            source = differences.tree.source(path)
            found[path] = {line for index, kept in enumerate(on) if kept for line in source.lines(index)}
    return found


def judge(one: Evidence) -> tuple[Diagnostic, ...]:
    """What is odd but no reason for doubt; raises UndecidedError where the sources are not the build's."""
    _macros(one)
    found = code(one.lines, one.active)
    total = sum(len(lines) for lines in found.values())
    odd = {path: lines - one.active[path] for path, lines in found.items() if not lines <= one.active[path]}
    count = sum(len(lines) for lines in odd.values())
    if not few(count, total):
        raise ContradictedError(
            f"the build has code on {commas(count)} lines that are inactive as the sources are evaluated "
            f"({_places(odd)}): it was made with other -D ([features] defines), or from other sources; build "
            "first"
        )
    _edited(one, found)
    _header(one, {path: odd.get(path, set()) for path in found})
    if not count:
        return ()
    said = Diagnostic(
        "code-inactive",
        "note",
        f"The build has code on {commas(count)} of {commas(total)} lines that are inactive as the sources "
        f"are evaluated ({_places(odd)}).",
        subject="sources",
    )
    return (said,)


def few(odd: int, total: int) -> bool:
    """Whether so many lines of `total` with code may be inactive: headers decide that are not known."""
    return odd <= max(_MOST_LINES, _MOST_SHARE * total)


def _places(odd: Mapping[str, Set[int]]) -> str:
    most = sorted(odd, key=lambda path: (-len(odd[path]), path))
    shown = ", ".join(f"{path}:{min(odd[path])}" for path in most[:_NAMED])
    return f"{shown} and {len(most) - _NAMED} more files" if len(most) > _NAMED else shown


def _macros(one: Evidence) -> None:
    """Raises UndecidedError where the build recorded other macros than its header has."""
    known = one.differences.configuration
    texts = (known.tree.source(path).text for path in known.evaluator.configured)
    headers = [frozenset[str](DEFINED.findall(text)) for text in texts]
    recorded = given.recorded(one.lines.elf, frozenset().union(*headers) - known.defines.keys())
    read = [defined for defined in headers if not defined.isdisjoint(recorded)]
    states = known.start(known.path)
    walk(known.evaluator, known.path, states, NOWHERE)
    wrong = []
    for name in sorted(frozenset().union(*read) - known.defines.keys()):
        values, state = recorded.get(name, frozenset()), states.get(name)
        if isinstance(state, Macro) and state.parameters is None:
            here = "".join(state.tokens)
            if not values:
                wrong.append(f"{name} is not defined")
            elif here not in {"".join(value.split()) for value in values}:
                wrong.append(f"{name} is {min(values)}, not {here}")
        elif values and state in (None, UNDEFINED):
            wrong.append(f"{name} is {min(values)}" if min(values) else f"{name} is defined")
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise UndecidedError(
            f"{known.path} is not what this build was made with: in its debug information "
            f"{'; '.join(wrong[:_NAMED])}{more}; build first"
        )


def code(lines: LinkedLines, wanted: Collection[str]) -> dict[str, set[int]]:
    """The lines of the files `wanted` which have code in the image."""
    lines.load(frozenset(path.rsplit("/", 1)[-1] for path in wanted))
    found: dict[str, set[int]] = {}
    for piece in lines.by_start.values():
        # A file that only ends alike is another one: the SDK may have its own copy of a library.
        paths = [
            path if path in wanted and f"/{full}".endswith(f"/{path}") else ""
            for path, full in zip(lines.paths[piece.program], lines.named[piece.program], strict=True)
        ]
        ends = [*piece.addresses[1:], piece.end]
        for start, file, line, end in zip(piece.addresses, piece.files, piece.lines, ends, strict=True):
            # Code of line 0 is of no line in particular (DWARF 5, section 6.2.2): clang merges tails so.
            if end > start and line and file < len(paths) and paths[file]:
                found.setdefault(paths[file], set()).add(line)
    return found


def _edited(one: Evidence, found: Mapping[str, Set[int]]) -> None:
    """Raises UndecidedError where a file was written after the build and its lines are not those compiled."""
    odd = {}
    for path in sorted(found.keys() & one.newer):
        empty = found[path] - written(one.differences.tree.source(path))
        if empty:
            odd[path] = empty
    if odd:
        raise UndecidedError(
            f"{_places(odd)}: changed after the build, which has code where nothing stands now; build first"
        )


def written(source: Source) -> set[int]:
    """The lines of a file that have a token of code."""
    found: set[int] = set()
    for index in range(len(source.directives) + 1):
        first = source.directives[index - 1].end_line if index else 1
        found.update(first + newlines for _, newlines in source.numbered(source.block(index)))
    return found


def _header(one: Evidence, judged: Mapping[str, Set[int]]) -> None:
    """Raises UndecidedError where a header is newer than the build, and it hides what the build has.

    `judged` are sources with their inactive lines that have code; those count that test one of its macros.
    """
    known = one.differences.configuration
    headers = sorted(known.evaluator.configured & one.newer)
    if not headers:
        return
    names = {name for path in headers for name in DEFINED.findall(known.tree.source(path).text)}
    concerned = {path: lines for path, lines in judged.items() if _tests(known.tree.source(path), names)}
    if odd := {path: lines for path, lines in concerned.items() if lines}:
        raise UndecidedError(
            f"{headers[0]} changed after the build, which has code that it switches off now "
            f"({_places(odd)}); build first"
        )
    nodes = one.graph.nodes
    defined = {name for node in nodes if node.object in one.origins for name, _, _ in node.symbols}
    for number, origin in sorted(one.origins.items()):
        if concerned.keys().isdisjoint(origin.sources):
            continue
        words = frozenset[str]().union(*(_hidden(one, path) for path in origin.sources & concerned.keys()))
        for edge in (edge for index in one.graph.sections[number] for edge in nodes[index].edges):
            if edge.symbol in words and edge.symbol in defined and edge.symbol not in known.evaluator.users:
                raise UndecidedError(
                    f"{headers[0]} changed after the build: {origin.source} refers to {edge.symbol} there, "
                    "and not as the header is now; build first"
                )


def _tests(source: Source, names: Set[str]) -> bool:
    """Whether a condition of a source speaks of one of these macros."""
    return any(
        not names.isdisjoint((one.name, *NAME.findall(one.text)))
        for one in source.directives
        if one.kind in CONDITIONAL
    )


def _hidden(one: Evidence, path: str) -> Set[str]:
    """The words of a source that only its inactive lines have."""
    source = one.differences.tree.source(path)
    words: tuple[set[str], set[str]] = (set(), set())
    for index, active in enumerate(one.differences.unit(path).record.active):
        words[bool(active)].update(source.lex(source.block(index)))
    return words[False] - words[True]
