"""reviewdog's rdjson: findings with suggested edits, which a reviewer applies with a click.

Format: reviewdog, proto/rdf (DiagnosticResult).
"""

import json

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.printable import printable, without_commands
from imgcheck.report.findings import Finding, every

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """One DiagnosticResult; a waived finding is of severity INFO and says so."""
    findings = [_finding(one) for one in every(report)]
    result = {"source": {"name": "imgcheck"}, "diagnostics": findings}
    return without_commands(json.dumps(result, indent=1) + "\n")


def _finding(one: Finding) -> dict[str, object]:
    location: dict[str, object] = {"path": one.file}
    if one.line:
        start = {"line": one.line} | ({"column": one.column} if one.column else {})
        location["range"] = {"start": start}
        if one.end_column:
            location["range"] = {"start": start, "end": {"line": one.line, "column": one.end_column}}
    finding: dict[str, object] = {
        "message": "\n".join(map(printable, (one.said, *one.help))) + printable(one.excuse),
        "location": location,
        "severity": _SEVERITIES[one.level],
        "code": {"value": one.code},
    }
    if one.replacement is not None and one.line:
        # Lines without columns stand for the whole line.
        whole = {"start": {"line": one.line}, "end": {"line": one.line}}
        finding["suggestions"] = [{"range": whole, "text": one.replacement}]
    return finding
