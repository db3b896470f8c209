"""One line per finding, as compilers write them, and the verdict: for logs and problem matchers."""

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.printable import clip, printable
from imgcheck.report.findings import Finding, of

LONGEST = 1000  # characters of a line


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """`path:line:column: severity: message [CODE]`; findings without a place name the file judged."""
    lines = [_line(one, part.path) for part in report.builds or (report,) for one in of(part)]
    lines += [f"imgcheck: {clip(printable(f'{one.title}: {one.verdict}'), LONGEST)}" for one in report.builds]
    lines += [f"imgcheck: {clip(printable(report.verdict), LONGEST)}"] if report.verdict else []
    return "".join(f"{line}\n" for line in lines)


def _line(one: Finding, path: str) -> str:
    where = printable(one.path or path) or "imgcheck"
    where += (f":{one.line}" if one.line else "") + (f":{one.column}" if one.column else "")
    message = clip(printable(one.message), LONGEST)
    line = f"{where}: {one.level}: {message} [{printable(one.code)}]{printable(one.excuse)}"
    # Once more over all of it: a path may end in half of what begins a command.
    return clip(printable(line), 2 * LONGEST)
