"""How does one switch features off, and which are on because their guard was commented out?"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Set
from types import MappingProxyType
from typing import NamedTuple

from imgcheck.prediction.sources.features import Configuration
from imgcheck.source import Source

CONTEXT = 3
VALUE = re.compile(r"(#[ \t]*define[ \t]+[\w$]+)[^\n]*?([ \t]*(?:(?://|/\*)[^\n]*)?\r?\n?)\Z")
# `//#if (OBK_VARIANT == 2)`, `/* #endif */`: a conditional that nobody compiles.
COMMENTED = re.compile(r"^[ \t]*(?://+|/\*+)[ \t]*#[ \t]*(if|ifdef|ifndef|endif)\b([^\n]*)", re.MULTILINE)


class Slip(NamedTuple):
    """A feature that is on for everybody, since the conditional around its #define was commented out."""

    feature: str
    path: str
    line: int  # of the #define
    guard_line: int
    guard: str  # the commented line
    end_line: int  # of the commented #endif


def patch(
    configuration: Configuration, names: Collection[str], called: Mapping[str, str] = MappingProxyType({})
) -> str:
    """A unified diff that comments out the active #define lines of `names`, or sets them to 0.

    `called` gives the paths that stand in it where those are not the configuration's own.
    Line ends stay as they are; encode it as the files were decoded. Raises UndecidedError for a feature that
    is not on.
    """
    wanted: dict[str, list[int]] = {}
    for path, index in sorted(configuration.off(frozenset(names))):
        wanted.setdefault(path, []).append(index)
    zeroed = configuration.evaluator.zeroed
    return "".join(
        _diff(configuration.tree.source(path), indices, zeroed, called.get(path, path))
        for path, indices in wanted.items()
    )


def files(configuration: Configuration, names: Collection[str]) -> dict[str, str]:
    """The whole text of each file that `patch` changes, by its path, as it is afterwards."""
    wanted: dict[str, list[int]] = {}
    for path, index in sorted(configuration.off(frozenset(names))):
        wanted.setdefault(path, []).append(index)
    zeroed = configuration.evaluator.zeroed
    sources = {path: configuration.tree.source(path) for path in wanted}
    return {path: "".join(_changed(sources[path], indices, zeroed)) for path, indices in wanted.items()}


def switched_off(configuration: Configuration, name: str) -> str:
    """The line at `FeatureDefine.line` as it is after `patch`, without its newline."""
    feature = configuration.features[name]
    path, index = feature.places[-1]
    source = configuration.tree.source(path)
    changed = _changed(source, [index], configuration.evaluator.zeroed)
    return changed[source.directives[index].line - 1].rstrip("\r\n")


class Line(NamedTuple):
    """A line of a file that switches a feature on, and how `patch` leaves it; without its newline."""

    path: str
    line: int
    on: str
    off: str


def lines(configuration: Configuration, name: str) -> tuple[Line, ...]:
    """The lines that `patch` changes to switch one feature off."""
    found = []
    for path, index in configuration.features[name].places:
        source = configuration.tree.source(path)
        zeroed = configuration.evaluator.zeroed
        old, new = _changed(source, (), zeroed), _changed(source, [index], zeroed)
        for number, (before, after) in enumerate(zip(old, new, strict=True), 1):
            if before != after:
                found.append(Line(path, number, before.rstrip("\r\n"), after.rstrip("\r\n")))
    return tuple(found)


def slips(configuration: Configuration) -> tuple[Slip, ...]:
    """The features whose active #define stands between a commented-out #if and its commented-out #endif."""
    found: list[Slip] = []
    by_path: dict[str, list[tuple[int, str]]] = {}
    for feature in configuration.features.values():
        for path, index in feature.places:
            line = configuration.tree.source(path).directives[index].line
            by_path.setdefault(path, []).append((line, feature.name))
    for path, defines in by_path.items():
        guards = sorted(_guards(configuration.tree.source(path)), reverse=True)
        around: list[
            tuple[int, str, int]
        ] = []  # those that are open; the last is what was meant for the line
        for line, name in sorted(defines):
            while guards and guards[-1][0] < line:
                around.append(guards.pop())
            while around and around[-1][2] < line:
                around.pop()
            if around:
                start, guard, end = around[-1]
                found.append(Slip(name, path, line, start, guard, end))
    return tuple(sorted(found, key=lambda slip: (slip.path, slip.line)))


def _guards(source: Source) -> list[tuple[int, str, int]]:
    """Commented-out conditionals: (line of #if, its text, line of #endif), both in one real branch."""
    branches = _branches(source)
    opened: list[tuple[int, str, int]] = []
    found: list[tuple[int, str, int]] = []
    line, counted = 1, 0
    for match in COMMENTED.finditer(source.text):
        line += source.text.count("\n", counted, match.start())
        counted = match.start()
        branch = branches.get(line, -1)
        if match[1] != "endif":
            opened.append((line, match[0].strip(), branch))
            continue
        while opened:
            start, guard, where = opened.pop()
            if where == branch:
                found.append((start, guard, line))
                break
    return found


def _branches(source: Source) -> dict[int, int]:
    """The directive whose branch each line of code is in, by its index."""
    branches: dict[int, int] = {}
    within = [-1]
    for index in range(len(source.directives) + 1):
        if index:
            kind = source.directives[index - 1].kind
            if kind in {"if", "ifdef", "ifndef"}:
                within.append(index - 1)
            elif kind in {"elif", "else", "elifdef", "elifndef"}:
                within[-1] = index - 1
            elif kind == "endif":
                within.pop()
        for line in source.lines(index):
            branches[line] = within[-1]
    return branches


def _changed(source: Source, indices: Collection[int], zeroed: Set[tuple[str, int]]) -> list[str]:
    """The lines of the file, newlines kept, with these #define directives commented out.

    Those of `zeroed`, whose names code reads, become 0.
    """
    lines = source.text.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    for index in indices:
        directive = source.directives[index]
        column = directive.start - (source.text.rfind("\n", 0, directive.start) + 1)
        line = lines[directive.line - 1]
        raw = source.text[directive.start : directive.end]
        rest = "//" + line[column:]
        value = VALUE.match(line, column) if (source.path, index) in zeroed and "\n" not in raw else None
        if value:
            rest = f"{value[1]} 0{value[2]}"
        elif "\n" in raw and any(not one.rstrip().endswith("\\") for one in raw.split("\n")[:-1]):
            # A block comment behind the value goes on in the next line, whose end would stand bare.
            position = line.find("/*", column)
            position = len(line.rstrip("\r\n")) if position < 0 else position
            rest = f"#undef {directive.name} {line[position:]}"
        lines[directive.line - 1] = line[:column] + rest
    return lines


def _diff(source: Source, indices: list[int], zeroed: Set[tuple[str, int]], called: str) -> str:
    old, new = _changed(source, (), zeroed), _changed(source, indices, zeroed)
    changed = [number for number, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    path = called.lstrip("/")
    path += "\t" if " " in path else ""
    output = [f"--- a/{path}\n+++ b/{path}\n"]
    changed.reverse()
    while changed:
        first = max(0, changed[-1] - CONTEXT)
        last = changed[-1]
        while changed and changed[-1] <= last + 2 * CONTEXT:
            last = changed.pop()
        end = min(len(old), last + CONTEXT + 1)
        output.append(f"@@ -{first + 1},{end - first} +{first + 1},{end - first} @@\n")
        number = first
        while number < end:
            if old[number] == new[number]:
                output.append(_line(" ", old[number]))
                number += 1
                continue
            run = number
            while run < end and old[run] != new[run]:
                run += 1
            output.extend(_line("-", line) for line in old[number:run])
            output.extend(_line("+", line) for line in new[number:run])
            number = run
    return "".join(output)


def _line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
