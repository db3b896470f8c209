"""reviewdog's rdjson: findings with suggested edits, which a reviewer applies with a click.

Format: reviewdog, proto/rdf (DiagnosticResult).
"""

import json

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Diagnostic, Report
from imgcheck.printable import printable, without_commands
from imgcheck.report import place

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """One DiagnosticResult; a waived finding is of severity INFO and says so."""
    findings = [
        _finding(one, part.home or part.path, f"{part.title}: " if report.builds else "")
        for part in report.builds or (report,)
        for one in part.diagnostics
    ]
    result = {"source": {"name": "imgcheck"}, "diagnostics": findings}
    return without_commands(json.dumps(result, indent=1) + "\n")


def _finding(diagnostic: Diagnostic, judged: str, whose: str) -> dict[str, object]:
    message = printable(whose + diagnostic.message)
    if diagnostic.help:
        message += "\n" + "\n".join(printable(line) for line in diagnostic.help.splitlines())
    if diagnostic.waived:
        message += f" (waived: {printable(diagnostic.waived)})"
    spot = diagnostic.location
    location: dict[str, object] = {"path": place.path(diagnostic, judged)}
    if spot and spot.line:
        start = {"line": spot.line} | ({"column": spot.column} if spot.column else {})
        location["range"] = {"start": start}
        if spot.column and spot.end_column:
            location["range"] = {"start": start, "end": {"line": spot.line, "column": spot.end_column}}
    finding: dict[str, object] = {
        "message": message,
        "location": location,
        "severity": "INFO" if diagnostic.waived else _SEVERITIES[diagnostic.severity],
        "code": {"value": diagnostic.code},
    }
    if diagnostic.replacement is not None and spot and spot.line:
        # Lines without columns stand for the whole line.
        whole = {"start": {"line": spot.line}, "end": {"line": spot.line}}
        finding["suggestions"] = [{"range": whole, "text": diagnostic.replacement}]
    return finding
