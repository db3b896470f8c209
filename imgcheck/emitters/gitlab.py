"""GitLab Code Quality: a JSON array of findings, for the merge request's widget and gutter.

Fields as in GitLab's doc/ci/testing/code_quality.md; all others are ignored there.
"""

import json

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Diagnostic, Report
from imgcheck.printable import printable, without_commands
from imgcheck.report import place

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """One object per finding; a waived one is of severity info and says so."""
    findings = []
    for part in report.builds or (report,):
        marks = place.fingerprints(part.diagnostics, part.home or part.path, part.title)
        whose = f"{part.title}: " if report.builds else ""
        findings += [
            _finding(diagnostic, mark, part.home or part.path, whose)
            for diagnostic, mark in zip(part.diagnostics, marks, strict=True)
        ]
    return without_commands(json.dumps(findings, indent=1) + "\n")


def _finding(diagnostic: Diagnostic, fingerprint: str, judged: str, whose: str) -> dict[str, object]:
    text = printable(whose + diagnostic.message)
    if diagnostic.waived:
        text += f" (waived: {printable(diagnostic.waived)})"
    line = diagnostic.location.line if diagnostic.location else 0
    return {
        "description": text,
        "check_name": diagnostic.code,
        "fingerprint": fingerprint,
        "severity": "info" if diagnostic.waived else _SEVERITIES[diagnostic.severity],
        "location": {"path": place.path(diagnostic, judged), "lines": {"begin": max(line, 1)}},
    }
