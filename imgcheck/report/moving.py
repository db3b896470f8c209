"""A report whose paths are called otherwise: from where the user stands, or as who shows it knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from imgcheck.model import Cell, Diagnostic, Digest, Location, Policy, Report, Summary, Table

if TYPE_CHECKING:
    from imgcheck.model import Page, Savings

_DIVISION = "by"  # the record of `report --by`
_SENTENCES = "sizes"  # the table in whose cells a file is named among other words


def paths(report: Report) -> frozenset[str]:
    """Every path that the report has."""
    return frozenset(path for part in _parts(report) for path in (*_places(part), *_sources(part)))


def _parts(report: Report) -> Iterator[Report]:
    """The report and those in it."""
    yield report
    for one in (*report.builds, *([report.drawn] if report.drawn else [])):
        yield from _parts(one)


def _places(report: Report) -> Iterator[str]:
    """What was given or found, and what findings name."""
    yield from (report.path, report.home)
    places = (place for one in report.diagnostics for place in (one.location, one.limit))
    yield from (place.path for place in places if place)
    yield from (one.path for one in (report.savings.features if report.savings else ()))
    for table in report.tables:
        if table.name == "inputs":
            yield from (str(row[1]) for row in table.rows)
    if report.page:
        yield from (one.path for one in report.page.files)


def _sources(report: Report) -> Iterator[str]:
    """What the compiler read, as it called it."""
    for key, rows in report.records:
        if key == _DIVISION:
            yield from (_line(str(row["source"]))[0] for row in rows if row["source"])
    if report.page:
        yield from report.page.atlas.sources
        yield from (one.path for one in (report.page.held.defines if report.page.held else ()))


def moved(report: Report, names: Mapping[str, str]) -> Report:
    """The report with its paths called by the names that `names` has for them."""
    if not names:
        return report
    return replace(
        report,
        summary=_summary(report.summary, names),
        diagnostics=_placed(report.diagnostics, names),
        path=names.get(report.path, report.path),
        home=names.get(report.home, report.home),
        builds=tuple(moved(one, names) for one in report.builds),
        digest=_digest(report.digest, names) if report.digest else None,
        savings=_savings(report.savings, names),
        tables=tuple(_table(table, names) for table in report.tables),
        records=tuple(
            (key, _records(rows, names) if key == _DIVISION else rows) for key, rows in report.records
        ),
        page=_page(report.page, names) if report.page else None,
        drawn=moved(report.drawn, names) if report.drawn else None,
    )


def seen_from(report: Report, here: str) -> Report:
    """The report with what lies below `here`, where the user stands, called from there.

    All before this has paths as they were given or found: nothing else shortens them. Sources stay as the
    compiler called them.
    """
    names = {path: below(path, here) for part in _parts(report) for path in _places(part)}
    return moved(report, {path: name for path, name in names.items() if path != name})


def policy_from(policy: Policy, here: str) -> Policy:
    """The same of a policy and of the places of its settings."""
    origins = {key: replace(place, path=below(place.path, here)) for key, place in policy.origins.items()}
    return replace(policy, path=below(policy.path, here), origins=origins)


def below(path: str, here: str) -> str:
    """A path below `here` from there; any other as it is."""
    return path.removeprefix(here.rstrip("/") + "/")


def _records(
    rows: Sequence[Mapping[str, object]], names: Mapping[str, str]
) -> tuple[Mapping[str, object], ...]:
    """Rows of a division: the source of a symbol, and what it is divided by where that is sources."""
    return tuple(
        {
            **row,
            "source": _text(row["source"], names),
            "names": [_text(one, names) for one in cast(Sequence[object], row["names"])],
        }
        for row in rows
    )


def _page(page: Page, names: Mapping[str, str]) -> Page:
    """Sources in the table of a page and its map, the lines of its patch, and the files that were read."""
    atlas, held = page.atlas, page.held
    if held:
        held = replace(
            held, defines=tuple(one._replace(path=names.get(one.path, one.path)) for one in held.defines)
        )
    return replace(
        page,
        atlas=replace(atlas, sources=tuple(names.get(one, one) for one in atlas.sources)),
        held=held,
        files=tuple(one._replace(path=names.get(one.path, one.path)) for one in page.files),
    )


def _placed(found: Iterable[Diagnostic], names: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    return tuple(
        replace(one, location=_named(one.location, names), limit=_named(one.limit, names)) for one in found
    )


def _named(place: Location | None, names: Mapping[str, str]) -> Location | None:
    return replace(place, path=names.get(place.path, place.path)) if place else None


def _digest(digest: Digest, names: Mapping[str, str]) -> Digest:
    folds = (
        fold._replace(
            tables=tuple(_table(table, names) for table in fold.tables),
            findings=_placed(fold.findings, names),
        )
        for fold in digest.folds
    )
    context = _sentence(digest.context, names)
    return digest._replace(context=context, findings=_placed(digest.findings, names), folds=tuple(folds))


def _summary(summary: Summary | None, names: Mapping[str, str]) -> Summary | None:
    if summary is None:
        return None
    return summary._replace(ota_source=names.get(summary.ota_source, summary.ota_source))


def _savings(savings: Savings | None, names: Mapping[str, str]) -> Savings | None:
    if savings is None:
        return None
    features = [replace(one, path=names.get(one.path, one.path)) for one in savings.features]
    return replace(savings, features=tuple(features))


def _table(table: Table, names: Mapping[str, str]) -> Table:
    if table.name == _SENTENCES:
        rows = tuple(tuple(_words(one, names) for one in row) for row in table.rows)
    else:  # tens of thousands of cells, of which next to none is a path
        rows = tuple(
            tuple(
                [
                    _cell(one, names) if isinstance(one, str) and (one in names or ":" in one) else one
                    for one in row
                ]
            )
            for row in table.rows
        )
    return table._replace(rows=rows, note=_sentence(table.note, names))


def _sentence(text: str, names: Mapping[str, str]) -> str:
    for path in sorted(names, key=len, reverse=True):
        text = text.replace(path, names[path]) if "/" in path else text
    return text


def _words(cell: Cell, names: Mapping[str, str]) -> Cell:
    return _sentence(cell, names) if isinstance(cell, str) else cell


def _cell(cell: Cell, names: Mapping[str, str]) -> Cell:
    if not isinstance(cell, str):
        return cell
    if ":" in cell:
        path, line = _line(cell)
        return f"{names[path]}{line}" if path in names else names.get(cell, cell)
    return names.get(cell, cell)


def _text(value: object, names: Mapping[str, str]) -> object:
    return _cell(value, names) if isinstance(value, str) else value


def _line(text: str) -> tuple[str, str]:
    """A path, and the ":12" after it, if there is one."""
    path, colon, line = text.rpartition(":")
    return (path, f":{line}") if colon and line.isdecimal() else (text, "")


def called(report: Report, path: str, name: str) -> Report:
    """The report with `path` called `name` wherever it is said, in sentences too."""
    return cast(Report, _called(report, path, name))


def said(text: str, path: str, name: str) -> str:
    """A sentence in which `path` is called `name`."""
    return text.replace(path, name)


def _called(value: Any, path: str, name: str) -> Any:
    if isinstance(value, str):
        return said(value, path, name)
    if isinstance(value, tuple):
        parts = [_called(one, path, name) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, Mapping):
        return {key: _called(one, path, name) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        inner = {one.name: _called(getattr(value, one.name), path, name) for one in fields(value)}
        return replace(value, **inner)
    return value
