"""GitHub workflow commands: annotations on the lines of a pull request.

`::error file=P,line=N,col=N,endColumn=N,title=T::message` on standard output. The runner keeps 10 errors,
10 warnings and 10 notices of a step and drops the others silently, cuts a message at 4,096 characters, and
drops columns of a range over several lines (actions/runner, ActionCommandManager.cs; toolkit, command.ts).
"""

from collections.abc import Sequence

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.printable import clip, printable
from imgcheck.report.findings import Finding, every

PER_STEP = 10  # of each level
LONGEST = 4_000

_WHERE = "the job summary and the other outputs have them"
_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """At most ten commands of each level, the most important first, then the verdicts as plain lines."""
    lines: list[str] = []
    parts = report.builds or (report,)
    every_one = list(every(report))
    said = [one for one in every_one if not one.inherited]
    for level, word in _LEVELS.items():
        found = [one for one in said if one.level == level and _placed(one)]
        shown = found if len(found) <= PER_STEP else found[: PER_STEP - 1]
        lines += [_command(one) for one in shown]
        if len(shown) < len(found):
            lines.append(_more(word, found[len(shown) :]))
    lines += _folded([one for one in every_one if one.severity == "note" and (one.inherited or not one.line)])
    lines += _inherited([one for one in every_one if one.inherited and one.severity != "note"])
    lines += [_verdict(part) for part in parts if part.verdict]
    if report.builds:
        lines.append(f"imgcheck: {clip(printable(report.verdict), LONGEST)}")
    return "".join(f"{line}\n" for line in lines)


def _placed(one: Finding) -> bool:
    """Whether it is worth one of the few annotations: a note only where it has a line to stand at."""
    return one.severity != "note" or one.line > 0


def _folded(notes: Sequence[Finding]) -> list[str]:
    codes = ", ".join(dict.fromkeys(printable(one.code) for one in notes))
    many = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
    return [f"imgcheck: {many} without an annotation ({clip(codes, 200)}); {_WHERE}."] if notes else []


def _inherited(findings: Sequence[Finding]) -> list[str]:
    """What the base has as well, once: it is no change's that is looked at here."""
    codes = ", ".join(dict.fromkeys(printable(one.code) for one in findings))
    many = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    said = f"imgcheck: {many} that the base build has as well ({clip(codes, 200)}); {_WHERE}."
    return [said] if findings else []


def _verdict(report: Report) -> str:
    if report.passed and (report.near or report.command == "check"):
        change = report.digest.since if report.digest else ""
        calm = report.digest is not None and report.digest.calm
        level = "warning" if report.near and not calm else "notice"
        title = _property(clip(f"imgcheck: {report.title}", 200))
        return f"::{level} title={title}::{_data(clip(change or report.verdict, LONGEST))}"
    return f"imgcheck: {clip(printable(report.verdict), LONGEST)}"


def _command(one: Finding) -> str:
    properties = [f"file={_property(one.path)}"] if one.location else []
    properties += [f"line={one.line}"] if one.line else []
    properties += [f"col={one.column}"] if one.column else []
    properties += [f"endColumn={one.end_column}"] if one.end_column else []
    title = f"imgcheck {clip(one.whose, 150)} ({one.code})" if one.whose else f"imgcheck ({one.code})"
    properties.append(f"title={_property(clip(title, 200))}")
    # The plain log shows the message only, so that repeats the place.
    where = f"{one.place}: " if one.location else ""
    message = "\n".join((f"{where}{one.code}{one.excuse} {one.message}", *one.help))
    return f"::{_LEVELS[one.level]} {','.join(properties)}::{_data(clip(message, LONGEST))}"


def _more(level: str, rest: Sequence[Finding]) -> str:
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
