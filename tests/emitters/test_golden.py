"""Every format of every hand-made report, word for word; IMGCHECK_GOLDEN=write makes the files anew."""

import os
import re
from pathlib import Path

import pytest
import samples

from imgcheck import __version__, emitters
from imgcheck.emitters import Medium
from imgcheck.report import catalogue
from imgcheck.rules import RULES

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = [
    *((name, "text") for name in samples.REPORTS),
    *((name, format) for name in ("failing", "priced") for format in emitters.EMITTERS if format != "text"),
]


def _stable(text: str, format: str) -> str:
    text = text.replace(f'"{__version__}"', '"VERSION"').replace(
        f"imgcheck {__version__}", "imgcheck VERSION"
    )
    if format == "html":  # the style sheet and its hash may change without changing what is said
        text = re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL)
        text = re.sub(r"<script>.*?</script>", "<script></script>", text, flags=re.DOTALL)
        text = re.sub(r"sha256-[\w+/=]+", "sha256-…", text)
    return text


def test_the_samples_say_what_imgcheck_says() -> None:
    """A code without a page, or a rule of another severity, would be golden and never seen by anybody."""
    said = {(one.code, one.severity) for make in samples.REPORTS.values() for one in make().diagnostics}
    known = {code: rule.severity for code, rule in RULES.items()}
    assert {code for code, _ in said} - set(known) <= set(catalogue.every())
    assert {(code, severity) for code, severity in said if code in known} <= set(known.items())
    assert {code for code, _ in samples.RULES} <= set(known)
    assert {rule for rule, _, _ in samples.CHECKS} <= set(known)


@pytest.mark.parametrize(("name", "format"), CASES)
def test_golden(name: str, format: str) -> None:
    found = _stable(emitters.load(format).emit(samples.REPORTS[name]()), format)
    path = GOLDEN / f"{name}.{format}"
    if os.environ.get("IMGCHECK_GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_text_at_a_terminal_is_the_same_but_for_colours() -> None:
    report = samples.failing()
    coloured = emitters.load("text").emit(report, Medium(colour=True))
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == emitters.load("text").emit(report)


def test_text_without_unicode_draws_with_ascii() -> None:
    for make in samples.REPORTS.values():
        assert emitters.load("text").emit(make(), Medium(unicode=False)).isascii()


@pytest.mark.parametrize("name", samples.REPORTS)
def test_text_keeps_to_80_columns(name: str) -> None:
    assert max(map(len, emitters.load("text").emit(samples.REPORTS[name]()).splitlines())) <= 80
