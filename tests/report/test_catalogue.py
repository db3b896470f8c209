"""Every code that a finding can have has a page, and every page is of a code that can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from emitted import Package

from imgcheck import cli
from imgcheck.api import rules
from imgcheck.report import catalogue
from imgcheck.rules import RULES

# A verdict can be "accepts", of which no finding is made (report/files.py leaves it out).
NEVER = {"verify-accepts"}


@pytest.fixture(scope="module")
def emitted() -> dict[str, str]:
    return Package().codes()


def test_every_code_in_the_package_has_a_page(emitted: dict[str, str]) -> None:
    paged = {*RULES, *catalogue.every()}
    missing = {code: place for code, place in emitted.items() if code not in paged | NEVER}
    assert not missing


def test_no_page_is_of_a_code_that_nothing_says(emitted: dict[str, str]) -> None:
    assert set(catalogue.every()) <= set(emitted)


def test_all_ways_of_naming_a_code_are_followed(emitted: dict[str, str]) -> None:
    """Literals, other modules' constants, arguments of helpers and of their wrappers, tables, yields."""
    assert {
        "layout-copy", "artefact-refused", "layout-duplicate-type", "dts-radio-mode", "release-bricks",
        "ota-flash-config", "log-malloc", "layout-missing-key", "verify-bricks", "diff-mac-lost",
    } <= set(emitted)  # fmt: skip


def test_a_code_that_cannot_be_told_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def f(x):\n    return Diagnostic(x(), 'error', '')\n")
    with pytest.raises(AssertionError, match=r"one\.py:2: cannot tell the codes of x\(\)"):
        Package(tmp_path).codes()


@pytest.mark.parametrize("code", [*RULES, *catalogue.every()])
def test_a_page_says_what_is_wrong_and_what_to_do(code: str) -> None:
    head, blank, wrong, *rest = rules.page(code).prose.splitlines()
    assert head.split()[0] == code and not blank
    assert not wrong[0].islower() and wrong[-1] in ".:?" and len(wrong) < 140
    at = rest.index("What to do")
    assert rest[at + 1].startswith("    ") and rest[at + 1].strip()


def test_the_list_has_rules_and_other_codes_and_a_near_miss_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.run(["rule"]) == 0
    shown = capsys.readouterr().out
    assert all(code in shown for code in [*RULES, *catalogue.every()])
    assert cli.run(["rule", "layout-cpy"]) == 2
    assert capsys.readouterr().err == "imgcheck: error: no rule 'layout-cpy'; did you mean 'layout-copy'?\n"
