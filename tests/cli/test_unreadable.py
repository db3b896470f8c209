"""What cannot be read ends every command with 2 and one line: never with a verdict."""

from pathlib import Path

import pytest

from imgcheck import cli

ELF = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
pytestmark = pytest.mark.skipif(not ELF.exists(), reason="needs the fixture")

COMMANDS = [
    "report {}",
    "{}",
    "check {}",
    "check ELF --policy {}",
    "check ELF --baseline {}",
    "check ELF --base-elf {}",
    "check ELF --map {}",
    "check ELF --bin {}",
    "check ELF --ota {}",
    "check ELF --layout {}",
    "check ELF --dts {}",
    "features {}",
    "features ELF --sources {}",
    "features ELF --objects {}",
    "features ELF --policy {}",
    "plan {}",
    "why {} main",
    "prove {} --build true --each 1",
    "init {} --to -",
    "diff {} ELF",
    "diff ELF {}",
    "diff ELF ELF --old-map {}",
    "identify {}",
    "verify {}",
    "release {}",
    "lint {}",
    "lint good.toml {}",
    "dts lint {}",
    "layout show {}",
    "layout lint {}",
    "layout diff {} guiflasher-2m",
    "layout build {} --to out.bin",
    "pack {} --to out.ota",
    "explain-log {}",
    "comment {}",
    "baseline update {}",
    "history record {}",
    "history import {}",
    "history list --db {}",
    "forecast --db {}",
]
MAY_BE_EMPTY = {
    "check ELF --policy {}",  # says nothing, so that everything is as it is without
    "identify {}",  # that it is empty is what it is
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ["absent", "empty", "folder"])
def test_one_line_and_2(
    command: str,
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if what == "empty" and command in MAY_BE_EMPTY:
        pytest.skip("an answer")
    monkeypatch.chdir(tmp_path)
    Path("good.toml").write_text('extends = "openbeken-bl602"\n')
    Path("empty").touch()
    Path("folder").mkdir()
    words = [str(ELF) if word == "ELF" else word.format(what) for word in command.split()]
    assert cli.run(words) == 2
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert len(lines) == 1, said
    assert lines[0].startswith("imgcheck: error: ")
    assert said.out == ""
    assert not Path("out.bin").exists() and not Path("out.ota").exists() and not Path(".imgcheck").exists()


def test_text_is_no_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "a.bin"
    text.write_text("hello\n")
    assert cli.run(["check", str(ELF), "--bin", str(text)]) == 2
    assert "not a raw image: it is text" in capsys.readouterr().err


def test_a_baseline_that_is_not_there_is_called_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", str(ELF), "--baseline", "no-such-thing"]) == 2
    assert "no-such-thing: no such file" in capsys.readouterr().err
