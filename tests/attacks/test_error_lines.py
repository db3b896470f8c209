"""Runner commands in what the error line repeats: GitHub and Azure take them from any line of a log."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck import cli
from imgcheck.policies import policy
from imgcheck.printable import printable

COMMANDS = (
    "##[error]x",
    "##vso[task.setvariable variable=PATH]x",
    "##teamcity[x]",
    "\n::error::x",
    " ::add-mask::x",
    "\x1b[2J",
)
LIVE = re.compile(r"##\w*\[|(^|\s)::\w+|\x1b")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "{}.elf"],
        ["check", "x.elf", "--policy", "{}"],
        ["check", "x.elf", "--policy-from", "{}"],
        ["check", "x.elf", "--layout", "{}"],
        ["report", "x.elf", "--output", "{}"],
        ["layout", "show", "{}"],
        ["rule", "{}"],
        # What click itself says.
        ["{}"],
        ["--{}"],
        ["report", "x.elf", "--{}"],
        ["report", "x.elf", "--active", "{}"],
        ["report", "x.elf", "--objects", "{}"],
        ["report", "x.elf", "{}"],
        ["layout", "{}"],
        ["layout", "show", "x", "--flash-size", "{}"],
    ],
)
def test_an_argument(capsys: pytest.CaptureFixture[str], arguments: list[str], command: str) -> None:
    assert cli.run([one.format(command) for one in arguments]) == 2
    text = said(capsys)
    assert text.startswith("imgcheck: error: ")
    assert text.count("\n") == 1
    assert not LIVE.search(text)


def test_usage_errors_say_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["report"]) == 2
    assert "imgcheck report --help" in said(capsys)


@pytest.mark.parametrize("command", COMMANDS)
def test_names_in_a_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    name = command.replace("\n", "\\n").replace("\x1b", "\\u001b")
    text = f'[budgets]\n"component:{name}" = 1\n[components]\n"{name}" = "symbol:{name}"\n'
    text += '[[waivers]]\nrule = "IMG301"\n'
    text += f'subject = "{name}"\nreason = "{name}"\nexpires = 2999-01-01\n'
    path = tmp_path / f"{command.strip()}.toml".replace("\x1b", "")
    path.write_text(text)
    assert cli.run(["check", "--show-policy", "--policy", str(path)]) == 0
    shown = said(capsys)
    assert not LIVE.search(shown)
    (tmp_path / "again.toml").write_text(shown)
    again, first = policy.read(tmp_path / "again.toml"), policy.read(path)
    assert [(one.name, one.patterns) for one in again.components] == [
        (one.name, one.patterns) for one in first.components
    ]
    path.write_text(f'"{name}" = 1\n')
    assert cli.run(["check", "--show-policy", "--policy", str(path)]) == 2
    assert not LIVE.search(said(capsys))


@given(st.text("#[]: a\x00\n", max_size=40))
def test_no_text_of_such_signs_is_a_command(text: str) -> None:
    """Hashes that are nobody's command stay: a fuzz target took `####\\x23#[` for one."""
    shown = printable(f"x {text}")
    assert not re.search(r"##\w*\[|(^|\s)::", shown)
    assert printable("a ## b") == "a ## b"
