"""SARIF 2.1.0 (OASIS), with what GitHub code scanning asks for beyond it."""

import json
from urllib.parse import quote

from imgcheck import __version__
from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.printable import clip, printable, without_commands
from imgcheck.report.findings import Finding, of

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 5_000  # that GitHub keeps of a run
LONGEST_TEXT = 1_000  # of a rule's descriptions


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """One run for each build; the most important results first; waived ones are suppressed, not left out."""
    runs = [_run(one) for one in report.builds or (report,)]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return without_commands(json.dumps(document, indent=1) + "\n")


def _run(report: Report) -> dict[str, object]:
    shown = of(report, report.diagnostics[:MOST_RESULTS])
    pages = dict(report.rules)
    codes = list(dict.fromkeys([*pages, *(one.code for one in shown)]))
    results = [_result(one, codes.index(one.code)) for one in shown]
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


def _result(one: Finding, index: int) -> dict[str, object]:
    message = "\n".join((printable(one.message) or one.code, *map(printable, one.help)))
    artifact = _artifact(one.file)
    result: dict[str, object] = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": one.severity,
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": _region(one)}}],
        "partialFingerprints": {"primaryLocationLineHash": one.fingerprint, "imgcheck/v1": one.fingerprint},
    }
    if one.limit:
        place = {
            "artifactLocation": _artifact(one.limit_file),
            "region": {"startLine": max(one.limit.line, 1)},
        }
        result["relatedLocations"] = [{"physicalLocation": place, "message": {"text": "the limit"}}]
    if one.measure:
        result["properties"] = {
            "kind": one.measure.kind,
            "name": one.measure.name,
            "resource": one.measure.resource,
            "size": one.measure.size,
            "capacity": one.measure.capacity,
        }
    if one.waived:
        result["suppressions"] = [{"kind": "external", "justification": printable(one.waived)}]
    if one.replacement is not None and one.line:
        # From the line's start to the next one's: whole, whatever its length.
        deleted = {"startLine": one.line, "startColumn": 1, "endLine": one.line + 1, "endColumn": 1}
        inserted = {"text": f"{one.replacement}\n"}
        change = {
            "artifactLocation": artifact,
            "replacements": [{"deletedRegion": deleted, "insertedContent": inserted}],
        }
        result["fixes"] = [{"description": {"text": message}, "artifactChanges": [change]}]
    return result


def _artifact(file: str) -> dict[str, str]:
    return {"uri": quote(file, errors="surrogatepass"), "uriBaseId": "%SRCROOT%"}


def _region(one: Finding) -> dict[str, int]:
    line, start = max(one.line, 1), max(one.column, 1)
    return {
        "startLine": line,
        "startColumn": start,
        "endLine": line,
        "endColumn": max(one.end_column, start + 1),
    }
