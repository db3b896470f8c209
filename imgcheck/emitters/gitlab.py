"""GitLab Code Quality: a JSON array of findings, for the merge request's widget and gutter.

Fields as in GitLab's doc/ci/testing/code_quality.md; all others are ignored there.
"""

import json

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.printable import printable, without_commands
from imgcheck.report.findings import Finding, every

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """One object per finding; a waived one is of severity info and says so."""
    findings = [_finding(one) for one in every(report)]
    return without_commands(json.dumps(findings, indent=1) + "\n")


def _finding(one: Finding) -> dict[str, object]:
    return {
        "description": printable(one.said) + printable(one.excuse),
        "check_name": one.code,
        "fingerprint": one.fingerprint,
        "severity": _SEVERITIES[one.level],
        "location": {"path": one.file, "lines": {"begin": max(one.line, 1)}},
    }
