"""The image divided as somebody asked, ready to be shown: filtered, sorted and cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from imgcheck.builds.grouping import Group
from imgcheck.model import Cell, Column, Table
from imgcheck.report.columns import share_column, size_column, size_text

SORTS = ("flash", "code", "strings", "ram", "ota", "name")
PLURAL = {"component": "Components", "archive": "Archives", "object": "Objects", "symbol": "Symbols",
          "section": "Output sections", "source": "Sources", "region": "Regions"}  # fmt: skip


def chosen(groups: Sequence[Group], pattern: str, sort: str) -> tuple[Group, ...]:
    """The groups of which one name matches the glob (or contains it, where it is none), sorted."""
    if pattern:
        glob = pattern if any(c in pattern for c in "*?[") else f"*{pattern}*"
        groups = [one for one in groups if any(fnmatchcase(name, glob) for name in one.names)]
    if sort == "name":
        return tuple(sorted(groups, key=lambda one: one.names))
    return tuple(sorted(groups, key=lambda one: (-getattr(one, sort), -one.flash, -one.ram, one.names)))


def table(
    groups: Sequence[Group], kinds: Sequence[str], *, top: int | None, total: int, priced: bool
) -> Table:
    """One row for each group; the rest and the total of what was chosen stand below."""
    symbols = kinds[-1] == "symbol"
    columns = [
        *(Column(kind.capitalize()) for kind in kinds),
        size_column("Flash"),
        share_column("Share", brief=len(kinds) == 1 and not symbols),
        size_column("Code"),
        size_column("Strings"),
        size_column("RAM"),
        *([size_column("OTA")] if priced else []),
    ]
    if symbols:
        columns += [Column("Address", "right", _hex), Column("Section"), Column("Object"), Column("Source")]

    def sums(some: Sequence[Group], *names: str) -> tuple[Cell, ...]:
        flash = sum(one.flash for one in some)
        return (
            *names,
            flash,
            flash / total if total else None,
            sum(one.code for one in some),
            sum(one.strings for one in some),
            sum(one.ram for one in some),
            *([sum(one.ota for one in some)] if priced else []),
        )

    blank = ("",) * (len(kinds) - 1)
    ends: tuple[Cell, ...] = ("", "", "", "") if symbols else ()

    def more(some: Sequence[Group], *before: str) -> tuple[Cell, ...]:
        after = blank[len(before) :]
        return (*sums(some, *before, f"({size_text(len(some))} more)", *after), *ends)

    def alone(some: Sequence[Group], *before: str) -> list[tuple[Cell, ...]]:
        return [
            (*sums([one], *before, *one.names[len(before) :]), *(_place(one) if symbols else ()))
            for one in some
        ]

    if len(kinds) == 1:
        rows = alone(groups)
        rest = more(groups[top:]) if top is not None and groups[top:] else None
    else:
        rows, rest = [], None
        parents = _parents(groups)
        for name, inside in parents[:top]:
            rows.append((*sums(inside, name, ""), *ends))
            rows += alone(inside[:top], "")
            rows += [more(inside[top:], "")] if top is not None and inside[top:] else []
        if top is not None and parents[top:]:
            hidden = [one for _, inside in parents[top:] for one in inside]
            rows.append((*sums(hidden, f"({size_text(len(parents[top:]))} more)", ""), *ends))
    return Table(
        " by ".join([PLURAL[kinds[-1]], *reversed(kinds[:-1])]),
        tuple(columns),
        tuple(rows),
        name="by",
        brief=top if len(kinds) == 1 else None,
        rest=rest,
        total=(*sums(groups, "total", *blank), *ends) if rows else None,
        note="" if rows else "Nothing of this build has such a name.",
    )


def records(groups: Sequence[Group], kinds: Sequence[str], priced: bool) -> tuple[Mapping[str, object], ...]:
    """The same for JSON, never cut."""
    symbols = kinds[-1] == "symbol"
    return tuple(
        {
            "kinds": list(kinds),
            "names": list(one.names),
            "flash": one.flash,
            "code": one.code,
            "strings": one.strings,
            "ram": one.ram,
            "ota": round(one.ota) if priced else None,
            "section": one.first.section if symbols else None,
            "address": one.first.address if symbols else None,
            "source": _source(one) if symbols else None,
            "object": _owner(one) if symbols else None,
        }
        for one in groups
    )


def _parents(groups: Sequence[Group]) -> list[tuple[str, list[Group]]]:
    """The first level with what lies in each, the largest first; what lies in it keeps its order."""
    found: dict[str, list[Group]] = {}
    for one in groups:
        found.setdefault(one.names[0], []).append(one)
    return sorted(found.items(), key=lambda own: (-sum(one.flash for one in own[1]), own[0]))


def _place(one: Group) -> tuple[Cell, ...]:
    return one.first.address, one.first.section, _owner(one), _source(one)


def _owner(one: Group) -> str:
    first = one.first
    return f"{first.archive}({first.object})" if first.archive else first.object


def _source(one: Group) -> str:
    first = one.first
    return f"{first.source}:{first.line}" if first.line else first.source


def _hex(cell: Cell) -> str:
    return f"{cell:#010x}" if isinstance(cell, int) else str(cell)
