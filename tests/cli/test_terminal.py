"""Width, colour and encoding are those that people ask for."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imgcheck import cli
from imgcheck.cli import terminal

BUILD = Path(__file__).parents[1] / "firmware" / "build"

pytestmark = pytest.mark.usefixtures("remembered")


@pytest.mark.parametrize(
    ("asked", "environment", "expected"),
    [
        ("auto", {}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
        ("auto", {"FORCE_COLOR": "1"}, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, True),
        ("auto", {"FORCE_COLOR": "0"}, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour(asked: str, environment: dict[str, str], expected: bool) -> None:
    assert terminal.coloured(asked, io.StringIO(), environment) is expected


def test_a_terminal_has_colours_unless_it_is_told_not_to() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert terminal.coloured("auto", Terminal(), {})
    assert not terminal.coloured("auto", Terminal(), {"CLICOLOR": "0"})
    assert not terminal.coloured("auto", Terminal(), {"TERM": "dumb"})


def test_width() -> None:
    assert terminal.width(io.StringIO(), {}) == 80
    assert terminal.width(io.StringIO(), {"COLUMNS": "160"}) == 160
    assert terminal.width(io.StringIO(), {"COLUMNS": "x"}) == 80


def run(*arguments: str, **environment: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "imgcheck", *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The same in this process, for what no terminal's encoding changes."""

    def asked(*arguments: str, **environment: str) -> str:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            assert cli.run(arguments) in (0, 1)
        return capsys.readouterr().out

    return asked


def test_the_reason_the_findings_and_the_plan_come_first_and_nothing_is_cut(here: Callable[..., str]) -> None:
    elf = str(BUILD / "over" / "OpenBL602.elf")
    text = here("check", elf, COLUMNS="40")
    assert text.startswith("Failed: the unpacked image is 3,840")
    order = [text.index(word) for word in ("error[IMG101]", "What to strip", "\nSlots", "\nComponents")]
    assert order == sorted(order)
    assert "…" not in text
    assert "ENABLE_DRIVER_BL0942 +" in text
    assert "\nRead" not in text
    quiet = here("check", elf, "-q")
    assert "\nSlots" not in quiet
    assert "error[IMG101]" in quiet
    assert "\nRead" in here("check", elf, "-v", COLUMNS="160")


def test_machine_formats_are_utf_8_whatever_the_terminal_is_and_html_changes_no_text(
    tmp_path: Path, here: Callable[..., str]
) -> None:
    elf = str(BUILD / "base" / "OpenBL602.elf")
    ascii_text = run("report", elf, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert ascii_text.isascii()
    with_page = here("report", elf, "-o", "text", "-o", f"html={tmp_path / 'x.html'}")
    assert with_page == here("report", elf)
    assert "nearly full" in with_page
    markdown = run("report", elf, "-o", "markdown", PYTHONIOENCODING="ascii")
    assert markdown.decode("utf-8").splitlines()[1].startswith("### ⚠️")


def test_a_markdown_table_ends_in_its_total_and_says_below_what_was_left_out(
    here: Callable[..., str],
) -> None:
    text = here("report", str(BUILD / "base" / "OpenBL602.elf"), "-o", "markdown")
    lines = text.splitlines()
    assert not [line for line in lines if line.startswith("| (")]
    (at,) = (number for number, line in enumerate(lines) if line.startswith("4 more rows, together Flash "))
    rows = lines[lines.index("#### Components") + 4 : at - 1]
    *shown, total = ([int(cell.replace(",", "")) for cell in row.split("|")[2:5:2]] for row in rows)
    said = re.fullmatch(r"4 more rows, together Flash ([\d,]+), Share .*, RAM ([\d,]+)\.", lines[at])
    rest = [int(number.replace(",", "")) for number in said.groups()] if said else []
    assert [sum(column) for column in zip(*shown, rest, strict=True)] == total
