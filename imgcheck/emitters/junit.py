"""JUnit XML in its common subset: one test case per check, so that green ones show too.

There is no official specification; this keeps to what testmoapp/junitxml documents.
"""

from collections.abc import Sequence

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.printable import printable
from imgcheck.report.findings import Finding, of, verdict

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """There are failures exactly when the run fails: the findings that count, each in one case.

    Waived ones are skipped, what does not count is output of a passed case. Each build has a suite.
    """
    suites = [_suite(one) for one in report.builds or (report,)]
    inner = "".join(
        f'  <testsuite name="{_attribute(name)}" {_counts(cases)}>\n{"".join(cases)}  </testsuite>\n'
        for name, cases in suites
    )
    head = f'<testsuites name="imgcheck" {_counts([case for _, cases in suites for case in cases])}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{inner}</testsuites>\n'


def _suite(report: Report) -> tuple[str, list[str]]:
    """The name of a build's suite, and its cases."""
    cases: dict[tuple[str, str], list[Finding]] = {}
    findings = of(report)
    found = {(one.code, one.subject) for one in findings}
    codes = {code for code, _ in found}
    fails = report.passed is False and report.fail_on != "never"
    for rule, subject, passed in report.checks:
        # Of a rule that looks at nothing by name, the findings are the cases.
        if passed or (rule, subject) in found or rule not in codes:
            cases[rule, subject] = []
    for one in findings:
        cases.setdefault((one.code, one.subject), []).append(one)
    bare = (
        {(rule, subject) for rule, subject, passed in report.checks if not passed} - found if fails else set()
    )
    suite = f"imgcheck.{printable(report.title) or 'report'}"
    counted = _COUNTED[report.fail_on] if fails else ()
    written = [_case(suite, key, list_, counted, key in bare) for key, list_ in cases.items()]
    if fails and not any("<failure " in case for case in written):  # it failed by its verdict alone
        written.append(_case(suite, ("verdict", "verdict"), [verdict(report)], ("error",), True))
    return suite, written


def _counts(cases: Sequence[str]) -> str:
    failures, skipped = (sum(mark in case for case in cases) for mark in ("<failure ", "<skipped "))
    return f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skipped}" time="0"'


_COUNTED: dict[str, tuple[str, ...]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "note": ("error", "warning", "note"),
}


def _case(
    suite: str, key: tuple[str, str], found: list[Finding], counted: tuple[str, ...], bare: bool
) -> str:
    rule, subject = key
    bad = [one for one in found if not one.waived and one.severity in counted]
    opening = f'name="{_attribute(subject or rule)}" classname="{_attribute(f"{suite}.{rule}")}" time="0"'
    placed = next((one for one in found if one.location), None)
    if placed:
        opening += f' file="{_attribute(placed.path)}"' + (f' line="{placed.line}"' if placed.line else "")
    inner: list[str] = []
    if bad or (bare and not found):
        message = bad[0].message if bad else f"{rule}: {subject}"
        text = _content("\n".join(map(_words, bad)) or message)
        inner.append(f'<failure message="{_attribute(message)}" type="{_attribute(rule)}">{text}</failure>')
    elif found and all(one.waived for one in found):
        inner.append(f'<skipped message="{_attribute(f"waived: {found[0].waived}")}"/>')
    others = [one for one in found if one not in bad]
    if others:
        inner.append(f"<system-out>{_content(chr(10).join(map(_words, others)))}</system-out>")
    body = "".join(f"      {line}\n" for line in inner)
    return f"    <testcase {opening}>\n{body}    </testcase>\n"


def _words(one: Finding) -> str:
    where = f" ({one.place})" if one.location else ""
    return f"{one.severity}: {one.message}{where}{f' {one.advice}' if one.help else ''}{one.excuse}"


def _content(text: str) -> str:
    return "\n".join(_attribute(line) for line in text.split("\n"))


def _attribute(text: str) -> str:
    # printable() also keeps out what XML 1.0 has no way to write.
    return printable(text).translate(_ENTITIES)
