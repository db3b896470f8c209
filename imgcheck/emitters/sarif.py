"""SARIF 2.1.0 (OASIS), with what GitHub code scanning asks for beyond it."""

import json
from urllib.parse import quote

from imgcheck import __version__
from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Diagnostic, Report
from imgcheck.printable import clip, printable, without_commands
from imgcheck.report import place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 5_000  # that GitHub keeps of a run
LONGEST_TEXT = 1_000  # of a rule's descriptions


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """One run for each build; the most important results first; waived ones are suppressed, not left out."""
    runs = [_run(one) for one in report.builds or (report,)]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return without_commands(json.dumps(document, indent=1) + "\n")


def _run(report: Report) -> dict[str, object]:
    shown = report.diagnostics[:MOST_RESULTS]
    pages = dict(report.rules)
    codes = list(dict.fromkeys([*pages, *(one.code for one in shown)]))
    judged = report.home or report.path
    marks = place.fingerprints(shown, judged, report.title)
    results = [
        _result(one, codes.index(one.code), mark, report.home or report.path)
        for one, mark in zip(shown, marks, strict=True)
    ]
    driver = {
        "name": "imgcheck",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code, pages.get(code, "")) for code in codes],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"imgcheck/{printable(report.title) or 'report'}/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }


def _rule(code: str, page: str) -> dict[str, object]:
    first = clip(page.strip().split("\n", 1)[0] or code, LONGEST_TEXT)
    return {
        "id": code,
        "shortDescription": {"text": first},
        "fullDescription": {"text": clip(" ".join(page.split()) or code, LONGEST_TEXT)},
        "help": {"text": page.strip() or f"imgcheck rule {code}", "markdown": page.strip() or f"`{code}`"},
    }


def _result(diagnostic: Diagnostic, index: int, fingerprint: str, judged: str) -> dict[str, object]:
    message = printable(diagnostic.message) or diagnostic.code
    if diagnostic.help:
        message += "\n" + "\n".join(printable(line) for line in diagnostic.help.splitlines())
    uri = quote(place.path(diagnostic, judged), errors="surrogatepass")
    artifact = {"uri": uri, "uriBaseId": "%SRCROOT%"}
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": _region(diagnostic)}}],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "imgcheck/v1": fingerprint},
    }
    if diagnostic.measure:
        result["properties"] = {
            "kind": diagnostic.measure.kind,
            "name": diagnostic.measure.name,
            "resource": diagnostic.measure.resource,
            "size": diagnostic.measure.size,
            "capacity": diagnostic.measure.capacity,
        }
    if diagnostic.waived:
        result["suppressions"] = [{"kind": "external", "justification": printable(diagnostic.waived)}]
    if diagnostic.replacement is not None and diagnostic.location and diagnostic.location.line:
        line = diagnostic.location.line
        # From the line's start to the next one's: whole, whatever its length.
        deleted = {"startLine": line, "startColumn": 1, "endLine": line + 1, "endColumn": 1}
        inserted = {"text": f"{diagnostic.replacement}\n"}
        change = {
            "artifactLocation": artifact,
            "replacements": [{"deletedRegion": deleted, "insertedContent": inserted}],
        }
        result["fixes"] = [{"description": {"text": message}, "artifactChanges": [change]}]
    return result


def _region(diagnostic: Diagnostic) -> dict[str, int]:
    spot = diagnostic.location
    line = max(spot.line, 1) if spot else 1
    start = max(spot.column, 1) if spot else 1
    end = spot.end_column if spot else 0
    return {"startLine": line, "startColumn": start, "endLine": line, "endColumn": max(end, start + 1)}
