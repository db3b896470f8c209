"""Azure Pipelines logging commands: errors and warnings with their place.

`##vso[task.logissue type=error;sourcepath=P;linenumber=N;columnnumber=N;code=C;]message`; format and
escaping: learn.microsoft.com, Azure DevOps, logging commands.
"""

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Diagnostic, Report
from imgcheck.printable import clip, printable

LONGEST = 4_000
_ESCAPES = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}
_PROPERTY_ESCAPES = _ESCAPES | {";": "%3B", "]": "%5D"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """A command per error and warning; notes and waived findings, for which there is no level, plain."""
    lines = []
    for part in report.builds or (report,):
        whose = f"{part.title}: " if report.builds else ""
        lines += [_line(diagnostic, whose) for diagnostic in part.diagnostics]
        lines += [f"imgcheck: {clip(printable(whose + part.verdict), LONGEST)}"] if whose else []
    if report.verdict:
        # What is nearly full passes, and is not green.
        level = "##vso[task.logissue type=warning;]" if report.passed and report.near else ""
        text = clip(printable(report.verdict), LONGEST)
        lines.append(f"{level}imgcheck: {_escaped(text, _ESCAPES) if level else text}")
    return "".join(f"{line}\n" for line in lines)


def _line(diagnostic: Diagnostic, whose: str) -> str:
    message = clip(f"{diagnostic.code} {whose}{diagnostic.message}", LONGEST)
    if diagnostic.waived:
        return f"imgcheck: {printable(message)} (waived: {printable(clip(diagnostic.waived, LONGEST))})"
    if diagnostic.severity == "note":
        return f"imgcheck: {printable(message)}"
    properties = [("type", str(diagnostic.severity))]
    place = diagnostic.location
    if place:
        properties.append(("sourcepath", place.path))
        properties += [("linenumber", str(place.line))] if place.line else []
        properties += [("columnnumber", str(place.column))] if place.line and place.column else []
    properties.append(("code", clip(diagnostic.code, 200)))
    written = "".join(f"{name}={_escaped(value, _PROPERTY_ESCAPES)};" for name, value in properties)
    text = f"{message}\n{diagnostic.help}" if diagnostic.help else message
    data = "\n".join(printable(line) for line in text.splitlines())
    return f"##vso[task.logissue {written}]" + "".join(_ESCAPES.get(c, c) for c in data)


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(c, c) for c in printable(text))
