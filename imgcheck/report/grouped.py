"""The image divided as somebody asked, ready to be shown: filtered, sorted and cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

from imgcheck.builds.grouping import Group
from imgcheck.model import Cell, Column, Feature, Table
from imgcheck.report.columns import error_column, path_column, share_column, size_column, size_text
from imgcheck.report.savings import place

NOTHING = "Nothing of this build has such a name."
SORTS = ("flash", "code", "strings", "ram", "ota", "name")
PLURAL = {"component": "Components", "archive": "Archives", "object": "Objects", "symbol": "Symbols",
          "section": "Output sections", "source": "Sources", "region": "Regions"}  # fmt: skip


def chosen(groups: Sequence[Group], pattern: str, sort: str) -> tuple[Group, ...]:
    """The groups of which one name matches the glob (or contains it, where it is none), sorted."""
    groups = [one for one in groups if any(_matches(name, pattern) for name in one.names)]
    if sort == "name":
        return tuple(sorted(groups, key=lambda one: one.names))
    return tuple(sorted(groups, key=lambda one: (-getattr(one, sort), -one.flash, -one.ram, one.names)))


def _matches(name: str, pattern: str) -> bool:
    if not pattern:
        return True
    glob = pattern if any(c in pattern for c in "*?[") else f"*{pattern}*"
    # An object is asked for by its own name, as a policy's globs do, and a source by its file's.
    _, archived, member = name.partition(".a(")
    own = member.removesuffix(")") if archived else name.rpartition("/")[2]
    return fnmatchcase(name, glob) or fnmatchcase(own, glob)


def features(every: Sequence[Feature], pattern: str, sort: str, top: int | None) -> Table:
    """What each feature costs, as its removal would save it; chosen as other divisions are."""
    found = [one for one in every if _matches(one.name, pattern)]
    size: Callable[[Feature], int] = {"ram": _ram, "ota": _ota}.get(sort, _flash)
    order = sorted(found, key=lambda one: one.name if sort == "name" else (-size(one), one.name))
    columns = (
        Column("Feature"),
        size_column("Flash"),
        error_column(),
        size_column("RAM"),
        size_column("OTA"),
        error_column(),
        path_column("Defined at"),
    )
    rows = tuple(
        (one.name, one.flash, one.flash_error, one.ram, one.ota, one.ota_error, place(one)) for one in order
    )
    note = "What switching each off saves; features share code, so there is no total." if rows else NOTHING
    hidden = len(rows) - top if top is not None and len(rows) > top else 0
    rest = (f"({size_text(hidden)} more)", None, None, None, None, None, "") if hidden else None
    return Table("Features", columns, rows, name="by", brief=top, rest=rest, note=note)


def feature_records(table: Table) -> tuple[Mapping[str, object], ...]:
    """The same for JSON."""
    blank = dict.fromkeys(("code", "strings", "section", "address", "source", "object"))
    return tuple(
        {"kinds": ["feature"], "names": [row[0]], "flash": row[1], "ram": row[3], "ota": row[4], **blank}
        for row in table.rows
    )


def _flash(one: Feature) -> int:
    return one.flash


def _ram(one: Feature) -> int:
    return one.ram


def _ota(one: Feature) -> int:
    return one.ota


def _columns(kinds: Sequence[str], symbols: bool, priced: bool) -> tuple[Column, ...]:
    columns = (
        *(Column(kind.capitalize()) for kind in kinds),
        size_column("Flash"),
        share_column("Share", brief=len(kinds) == 1 and not symbols),
        size_column("Code"),
        size_column("Strings"),
        size_column("RAM"),
        *([size_column("OTA")] if priced else []),
    )
    if not symbols:
        return columns
    # What symbols are divided by stands above them already.
    places = (Column(title, brief=title.lower() not in kinds) for title in ("Section", "Object", "Source"))
    return (*columns, Column("Address", "right", _hex), *places)


def table(
    groups: Sequence[Group],
    kinds: Sequence[str],
    *,
    top: int | None,
    total: int,
    priced: bool,
    sort: str = "flash",
) -> Table:
    """One row for each group; the rest and the total of what was chosen stand below."""
    symbols = kinds[-1] == "symbol"

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
        parents = _parents(groups, sort)
        for name, inside in parents[:top]:
            rows.append((*sums(inside, name, ""), *ends))
            rows += alone(inside[:top], "")
            rows += [more(inside[top:], "")] if top is not None and inside[top:] else []
        if top is not None and parents[top:]:
            hidden = [one for _, inside in parents[top:] for one in inside]
            rows.append((*sums(hidden, f"({size_text(len(parents[top:]))} more)", ""), *ends))
    return Table(
        " by ".join([PLURAL[kinds[-1]], *reversed(kinds[:-1])]),
        _columns(kinds, symbols, priced),
        tuple(rows),
        name="by",
        brief=top if len(kinds) == 1 else None,
        rest=rest,
        total=(*sums(groups, "total", *blank), *ends) if rows else None,
        note="" if rows else NOTHING,
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


def _parents(groups: Sequence[Group], sort: str) -> list[tuple[str, list[Group]]]:
    """The first level with what lies in each, sorted by the same; what lies in it keeps its order."""
    found: dict[str, list[Group]] = {}
    for one in groups:
        found.setdefault(one.names[0], []).append(one)
    if sort == "name":
        return sorted(found.items())
    return sorted(found.items(), key=lambda own: (-sum(getattr(one, sort) for one in own[1]), own[0]))


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
