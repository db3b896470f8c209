"""Azure Pipelines logging commands: errors and warnings with their place.

`##vso[task.logissue type=error;sourcepath=P;linenumber=N;columnnumber=N;code=C;]message`; format and
escaping: learn.microsoft.com, Azure DevOps, logging commands.
"""

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.printable import clip, printable
from imgcheck.report.findings import Finding, of

LONGEST = 4_000
_ESCAPES = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}
_PROPERTY_ESCAPES = _ESCAPES | {";": "%3B", "]": "%5D"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """A command per error and warning; notes and waived findings, for which there is no level, plain."""
    lines = []
    for part in report.builds or (report,):
        whose = f"{part.title}: " if report.builds else ""
        lines += [_line(one, whose) for one in of(part)]
        lines += [f"imgcheck: {clip(printable(whose + part.verdict), LONGEST)}"] if whose else []
    if report.verdict:
        # What is nearly full passes, and is not green.
        news = any(one.near and not (one.digest and one.digest.calm) for one in report.builds or (report,))
        level = "##vso[task.logissue type=warning;]" if report.passed and news else ""
        text = clip(printable(report.verdict), LONGEST)
        lines.append(f"{level}imgcheck: {_escaped(text, _ESCAPES) if level else text}")
    return "".join(f"{line}\n" for line in lines)


def _line(one: Finding, whose: str) -> str:
    message = clip(f"{one.code} {whose}{one.message}", LONGEST)
    if one.level == "note":
        return f"imgcheck: {printable(message)}{printable(clip(one.excuse, LONGEST))}"
    properties = [("type", str(one.level))]
    properties += [("sourcepath", one.path)] if one.location else []
    properties += [("linenumber", str(one.line))] if one.line else []
    properties += [("columnnumber", str(one.column))] if one.column else []
    properties.append(("code", clip(one.code, 200)))
    written = "".join(f"{name}={_escaped(value, _PROPERTY_ESCAPES)};" for name, value in properties)
    data = "\n".join(map(printable, (*message.splitlines(), *one.help)))
    return f"##vso[task.logissue {written}]" + "".join(_ESCAPES.get(c, c) for c in data)


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(c, c) for c in printable(text))
