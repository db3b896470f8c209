"""Findings as all formats write them: order, place, level, help and waiver are settled here, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from posixpath import normpath
from typing import NamedTuple

from imgcheck.model import Diagnostic, Location, Measure, Report, Severity

_RANK = {"error": 0, "warning": 1, "note": 2}
_ANY_FILE = "imgcheck.toml"  # of the project: for formats that insist on a path where nothing has one


class Finding(NamedTuple):
    """One finding as it is written; an emitter escapes it for its medium and decides nothing about it."""

    code: str
    subject: str
    severity: Severity  # its own, waived or not
    level: Severity  # what it counts as: what is waived is no more than a note
    message: str
    whose: str  # the build that it is about, "" where a report is of one
    location: Location | None
    path: str  # of its own place, "" for none
    line: int  # 0 unknown; then there are no columns either
    column: int  # from 1, 0 unknown
    end_column: int  # behind the last one, 0 unknown
    file: str  # relative, always there: its own place's, else that of what was judged
    fingerprint: str
    help: tuple[str, ...]  # lines
    waived: str  # why, "" where it counts
    inherited: bool
    measure: Measure | None
    replacement: str | None  # of its line
    limit: Location | None  # where its limit stands, when that is elsewhere

    @property
    def said(self) -> str:
        """The message, after the build that it is about."""
        return f"{self.whose}: {self.message}" if self.whose else self.message

    @property
    def place(self) -> str:
        """`path:line`, as far as it is known."""
        return f"{self.path}:{self.line}" if self.line else self.path

    @property
    def limit_file(self) -> str:
        """The relative path of the file in which its limit stands, "" where that is its own place."""
        return _file(self.limit.path, "") if self.limit else ""

    @property
    def advice(self) -> str:
        """The help in one line."""
        return " ".join(" ".join(self.help).split())

    @property
    def excuse(self) -> str:
        """What follows the message of a waived one."""
        return f" (waived: {self.waived})" if self.waived else ""


def every(report: Report) -> Iterator[Finding]:
    """The findings of a report, or of each build in it."""
    for part in report.builds or (report,):
        yield from of(part, whose=part.title if report.builds else "")


def of(report: Report, among: Sequence[Diagnostic] | None = None, *, whose: str = "") -> tuple[Finding, ...]:
    """The findings of one report; `among`: some of them, with places and names as in the whole."""
    judged = report.home or report.path
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for one in report.diagnostics if among is None else among:
        file = _file(one.location.path if one.location else "", judged)
        # What is largest in a component changes from build to build, the line of its limit does not.
        known = _file(one.limit.path, judged) if one.limit else file
        key = (one.code, one.subject, known, report.title)
        seen[key] = seen.get(key, 0) + 1
        found.append(_finding(one, whose, file, _fingerprint(*key, str(seen[key]))))
    return tuple(found)


def verdict(report: Report) -> Finding:
    """The verdict as an error, for a format in which only findings fail."""
    said = Diagnostic("verdict", "error", report.verdict or "failed", subject="verdict")
    return of(report, [said])[0]


def _finding(one: Diagnostic, whose: str, file: str, fingerprint: str) -> Finding:
    place = one.location
    line = max(place.line, 0) if place else 0
    column = max(place.column, 0) if place and line else 0
    return Finding(
        code=one.code,
        subject=one.subject,
        severity=one.severity,
        level="note" if one.waived else one.severity,
        message=one.message,
        whose=whose,
        location=place,
        path=place.path if place else "",
        line=line,
        column=column,
        end_column=max(place.end_column, 0) if place and column else 0,
        file=file,
        fingerprint=fingerprint,
        help=(*one.help.splitlines(), *_limit(one.limit)),
        waived=one.waived,
        inherited=one.inherited,
        measure=one.measure,
        replacement=one.replacement,
        limit=one.limit,
    )


def _limit(place: Location | None) -> tuple[str, ...]:
    if place is None:
        return ()
    return (f"the limit stands at {place.path}{f':{place.line:d}' if place.line > 0 else ''}",)


def _file(path: str, judged: str) -> str:
    """A relative POSIX path: the finding's own, else that of what was judged."""
    found = path or judged or _ANY_FILE
    parts = [part for part in normpath(found.replace("\\", "/")).split("/") if part not in ("", ".", "..")]
    return "/".join(parts) or _ANY_FILE


def _fingerprint(*parts: str) -> str:
    """The same from build to build: rule, subject, file and target, never a size.

    Findings that agree in all of these are told apart by their order.
    """
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def rank(diagnostics: Sequence[Diagnostic], *, told: bool = False) -> tuple[Diagnostic, ...]:
    """Errors first, what is waived last, each once, else in the order given.

    With `told` they are what happened, one after the other: all of them, in the order given.
    """
    seen: dict[tuple[str, str, str, object, int], Diagnostic] = {}
    for diagnostic in diagnostics:
        place = diagnostic.location
        key = (diagnostic.code, diagnostic.subject, diagnostic.message, place, len(seen) if told else 0)
        seen.setdefault(key, diagnostic)
    order = seen.values()
    return tuple(order if told else sorted(order, key=lambda one: (bool(one.waived), _RANK[one.severity])))


def counted(diagnostics: Sequence[Diagnostic]) -> str:
    """Errors and warnings in words: `1 error, no warnings`."""
    return ", ".join(
        _count(sum(one.severity == severity for one in diagnostics), severity)
        for severity in ("error", "warning")
    )


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
