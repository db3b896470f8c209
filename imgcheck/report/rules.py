"""What can be found: the list of rules and codes, and the page of one of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tabulate import tabulate

from imgcheck.model import Cell, Column, Report, Table
from imgcheck.report.assembly import assemble


class Entry(NamedTuple):
    """One rule, or another finding's code; `severity` and `name` are "" where a code has none."""

    code: str
    severity: str
    name: str
    wrong: str
    page: str = ""


_RULES = (Column("Code"), Column("Severity"), Column("Name"), Column("What is wrong"))
_CODES = (Column("Code"), Column("What is wrong"))


def listing(rules: Sequence[Entry], others: Sequence[Entry]) -> Report:
    """All of them, a line each."""
    rows = tuple((one.code, one.severity, one.name, one.wrong) for one in rules)
    codes = tuple((one.code, one.wrong) for one in others)
    tables = (
        Table("Rules, which a policy selects", _RULES, rows, "rules", brief=0),
        Table("What other commands find", _CODES, codes, "codes", brief=0),
    )
    text = f"{_lines(rows)}\n\nWhat other commands find; no policy selects these:\n\n{_lines(codes)}\n"
    return _report("Rules and findings", tables, [*rules, *others], text)


def _lines(rows: Sequence[tuple[str, ...]]) -> str:
    """A line each, however long: it is read with grep as well."""
    return tabulate(rows, tablefmt="plain", disable_numparse=True)


def page(one: Entry) -> Report:
    """The page of one; its text is shown as it stands."""
    rows: tuple[tuple[Cell, ...], ...] = ((one.code, one.severity or None, one.name or None, one.wrong),)
    return _report(one.code, (Table(one.code, _RULES, rows, "rules", brief=0),), [one], one.page)


def _report(title: str, tables: tuple[Table, ...], entries: Sequence[Entry], prose: str) -> Report:
    return assemble(
        "rule", title, tables=tables, prose=prose, records={"rules": tuple(map(_record, entries))}
    )


def _record(one: Entry) -> Mapping[str, object]:
    page = {"page": one.page} if one.page else {}
    return {"code": one.code, "severity": one.severity, "name": one.name, "wrong": one.wrong, **page}
