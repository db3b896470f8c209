"""JUnit XML in its common subset: one test case per check, so that green ones show too.

There is no official specification; this keeps to what testmoapp/junitxml documents.
"""

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Diagnostic, Report
from imgcheck.printable import printable

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """Failed checks carry their findings, waived ones are skipped, the rest is output of passed cases."""
    cases: dict[tuple[str, str], list[Diagnostic]] = {}
    for rule, subject, _ in report.checks:
        cases[rule, subject] = []
    for diagnostic in report.diagnostics:
        cases.setdefault((diagnostic.code, diagnostic.subject), []).append(diagnostic)
    failed = {(rule, subject) for rule, subject, passed in report.checks if not passed}
    suite = f"imgcheck.{printable(report.title) or 'report'}"
    written = [_case(suite, key, found, key in failed) for key, found in cases.items()]
    failures = sum("<failure " in case for case in written)
    skipped = sum("<skipped " in case for case in written)
    counts = f'tests="{len(written)}" failures="{failures}" errors="0" skipped="{skipped}" time="0"'
    head = f'<testsuites name="imgcheck" {counts}>\n  <testsuite name="{_attribute(suite)}" {counts}>\n'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{"".join(written)}  </testsuite>\n</testsuites>\n'


def _case(suite: str, key: tuple[str, str], found: list[Diagnostic], failed: bool) -> str:
    rule, subject = key
    counted = [one for one in found if not one.waived]
    bad = [one for one in counted if one.severity == "error"]
    if failed and not bad:
        bad = counted
    opening = f'name="{_attribute(subject or rule)}" classname="{_attribute(f"{suite}.{rule}")}" time="0"'
    place = next((one.location for one in found if one.location), None)
    if place:
        opening += f' file="{_attribute(place.path)}"' + (f' line="{place.line}"' if place.line else "")
    inner: list[str] = []
    if bad or (failed and not found):
        message = bad[0].message if bad else f"{rule}: {subject}"
        text = _content("\n".join(map(_words, bad)))
        inner.append(f'<failure message="{_attribute(message)}" type="{_attribute(rule)}">{text}</failure>')
    elif found and not counted:
        inner.append(f'<skipped message="{_attribute(f"waived: {found[0].waived}")}"/>')
    others = [one for one in found if one not in bad]
    if others:
        inner.append(f"<system-out>{_content(chr(10).join(map(_words, others)))}</system-out>")
    body = "".join(f"      {line}\n" for line in inner)
    return f"    <testcase {opening}>\n{body}    </testcase>\n"


def _words(diagnostic: Diagnostic) -> str:
    text = f"{diagnostic.severity}: {diagnostic.message}"
    if diagnostic.location:
        text += f" ({diagnostic.location.path}:{diagnostic.location.line})"
    if diagnostic.help:
        text += f" {' '.join(diagnostic.help.split())}"
    return text + (f" (waived: {diagnostic.waived})" if diagnostic.waived else "")


def _content(text: str) -> str:
    return "\n".join(_attribute(line) for line in text.split("\n"))


def _attribute(text: str) -> str:
    # printable() also keeps out what XML 1.0 has no way to write.
    return printable(text).translate(_ENTITIES)
