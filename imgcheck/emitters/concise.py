"""One line per finding, as compilers write them, and the verdict: for logs and problem matchers."""

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Diagnostic, Report
from imgcheck.printable import clip, printable

LONGEST = 1000  # characters of a line


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """`path:line:column: severity: message [CODE]`; findings without a place name the file judged."""
    lines = [
        _line(diagnostic, part.path) for part in report.builds or (report,) for diagnostic in part.diagnostics
    ]
    lines += [f"imgcheck: {clip(printable(f'{one.title}: {one.verdict}'), LONGEST)}" for one in report.builds]
    lines += [f"imgcheck: {clip(printable(report.verdict), LONGEST)}"] if report.verdict else []
    return "".join(f"{line}\n" for line in lines)


def _line(diagnostic: Diagnostic, path: str) -> str:
    place = diagnostic.location
    where = printable(place.path if place else path) or "imgcheck"
    if place and place.line:
        where += f":{place.line}" + (f":{place.column}" if place.column else "")
    waived = f" (waived: {printable(diagnostic.waived)})" if diagnostic.waived else ""
    severity = "note" if diagnostic.waived else diagnostic.severity
    message = clip(printable(diagnostic.message), LONGEST)
    line = f"{where}: {severity}: {message} [{printable(diagnostic.code)}]{waived}"
    # Once more over all of it: a path may end in half of what begins a command.
    return clip(printable(line), 2 * LONGEST)
