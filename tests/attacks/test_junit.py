"""A report that fails a green run, or passes a red one."""

import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from junitparser import Failure, JUnitXml

from imgcheck import cli
from imgcheck.emitters import junit
from imgcheck.model import Diagnostic, Report

BUILD = Path(__file__).parent.parent / "firmware/build/base"
POLICY = 'extends = "openbeken-bl602"\nlayouts = ["devcube-1.4.8-2m"]\n'


def emitted(*found: Diagnostic, passed: bool | None, **more: Any) -> str:
    return junit.emit(Report("t", "check", "v", passed, None, (), (), (), found, **more))


def one(code: str, severity: Any, subject: str, waived: str = "") -> Diagnostic:
    return Diagnostic(code, severity, f"message of {subject}", subject=subject, waived=waived)


@pytest.mark.parametrize(
    ("severity", "waived", "passed", "fail_on"),
    [*product(("error", "warning", "note"), ("", "why"), (True, False, None), ("error", "warning", "never"))],
)
def test_failures_exactly_when_it_fails(severity: str, waived: str, passed: Any, fail_on: Any) -> None:
    finding = one("IMG302", severity, "object mix.o flash", waived)
    checks = (("IMG302", "budget-near", False), ("IMG101", "a", True))
    text = emitted(finding, passed=passed, checks=checks, fail_on=fail_on)
    assert (JUnitXml.fromstring(text.encode()).failures > 0) == (passed is False and fail_on != "never")
    assert text.count("message of object mix.o flash") <= 2  # the failure's message attribute, and its text


@pytest.mark.skipif(not BUILD.exists(), reason="needs the fixture")
@pytest.mark.parametrize(
    ("budget", "more", "code"),
    [
        ('libc = { flash = "1 MiB", warn_at = "0.1 %" }', (), 0),
        ('libc = { flash = "1 MiB", warn_at = "0.1 %" }', ("--fail-on", "warning"), 1),
        ("libc = 16", (), 1),
        ("libc = 16", ("--exit-zero",), 0),
    ],
)
def test_a_run(tmp_path: Path, budget: str, more: tuple[str, ...], code: int) -> None:
    for name in ("OpenBL602.elf", "OpenBL602.map"):
        shutil.copy(BUILD / name, tmp_path)
    (tmp_path / "p.toml").write_text(f"{POLICY}[budgets]\n{budget}\n")
    output = ("-o", f"junit={tmp_path / 'r.xml'}", "--policy", str(tmp_path / "p.toml"))
    assert cli.run(["check", str(tmp_path / "OpenBL602.elf"), *output, *more]) == code
    cases = [case for suite in JUnitXml.fromfile(str(tmp_path / "r.xml")) for case in suite]
    failures = [result for case in cases for result in case.result if isinstance(result, Failure)]
    assert bool(failures) == (code == 1)
    assert all(failure.text and failure.text.strip() for failure in failures)
    mine = [case.name for case in cases if (case.classname or "").endswith(("IMG301", "IMG302"))]
    assert mine.count("component libc flash") >= 1
    assert len(mine) == len(
        set(zip(mine, [case.classname for case in cases if case.name in mine], strict=False))
    )
