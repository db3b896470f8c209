"""GitHub workflow commands: annotations on the lines of a pull request.

`::error file=P,line=N,col=N,endColumn=N,title=T::message` on standard output. The runner keeps 10 errors,
10 warnings and 10 notices of a step and drops the others silently, cuts a message at 4,096 characters, and
drops columns of a range over several lines (actions/runner, ActionCommandManager.cs; toolkit, command.ts).
"""

from collections.abc import Sequence

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Diagnostic, Report
from imgcheck.printable import clip, printable

PER_STEP = 10  # of each level
LONGEST = 4_000

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """At most ten commands of each level, the most important first, then the verdicts as plain lines."""
    lines: list[str] = []
    parts = report.builds or (report,)
    said = [(part.title if report.builds else "", one) for part in parts for one in part.diagnostics]
    for level in ("error", "warning", "notice"):
        every = [(whose, one) for whose, one in said if _level(one) == level and _placed(one)]
        shown = every if len(every) <= PER_STEP else every[: PER_STEP - 1]
        lines += [_command(level, one, whose) for whose, one in shown]
        if len(shown) < len(every):
            lines.append(_more(level, [one for _, one in every[len(shown) :]]))
    lines += _folded([one for _, one in said if not _placed(one)])
    lines += [_verdict(part) for part in parts if part.verdict]
    if report.builds:
        lines.append(f"imgcheck: {clip(printable(report.verdict), LONGEST)}")
    return "".join(f"{line}\n" for line in lines)


def _placed(diagnostic: Diagnostic) -> bool:
    """Whether it is worth one of the few annotations: a note only where it has a line to stand at."""
    return diagnostic.severity != "note" or (diagnostic.location is not None and diagnostic.location.line > 0)


def _folded(notes: Sequence[Diagnostic]) -> list[str]:
    codes = ", ".join(dict.fromkeys(printable(one.code) for one in notes))
    many = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
    where = "the job summary and the other outputs have them"
    return [f"imgcheck: {many} without a line to stand at ({clip(codes, 200)}); {where}."] if notes else []


def _verdict(report: Report) -> str:
    if report.passed and (report.near or report.command == "check"):
        level = "warning" if report.near else "notice"
        title = _property(clip(f"imgcheck: {report.title}", 200))
        return f"::{level} title={title}::{_data(clip(report.verdict, LONGEST))}"
    return f"imgcheck: {clip(printable(report.verdict), LONGEST)}"


def _level(diagnostic: Diagnostic) -> str:
    return "notice" if diagnostic.waived else _LEVELS[diagnostic.severity]


def _command(level: str, diagnostic: Diagnostic, whose: str) -> str:
    properties = []
    place = diagnostic.location
    where = ""
    if place:
        where = place.path
        properties.append(f"file={_property(place.path)}")
        if place.line:
            where += f":{place.line}"
            properties.append(f"line={place.line}")
            if place.column:
                properties.append(f"col={place.column}")
                properties += [f"endColumn={place.end_column}"] if place.end_column else []
        where += ": "
    title = f"imgcheck {clip(whose, 150)} ({diagnostic.code})" if whose else f"imgcheck ({diagnostic.code})"
    properties.append(f"title={_property(clip(title, 200))}")
    # The plain log shows the message only, so that repeats the place.
    message = f"{where}{diagnostic.code} {diagnostic.message}"
    if diagnostic.waived:
        message = f"{where}{diagnostic.code} (waived: {diagnostic.waived}) {diagnostic.message}"
    if diagnostic.help:
        message += f"\n{diagnostic.help}"
    return f"::{level} {','.join(properties)}::{_data(clip(message, LONGEST))}"


def _more(level: str, rest: Sequence[Diagnostic]) -> str:
    codes = ", ".join(dict.fromkeys(one.code for one in rest))
    where = "the job summary and the other outputs list them"
    message = f"{len(rest)} more at this level ({clip(codes, 200)}); {where}."
    return f"::{level} title=imgcheck::{_data(message)}"


def _data(text: str) -> str:
    # A line end is data here, and so is %: the runner turns both back. Everything else stays on its line.
    lines = (printable(line) for line in text.splitlines())
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    text = printable(text).replace("%", "%25")
    return text.replace(":", "%3A").replace(",", "%2C")
