"""What people type who do not know the command line yet."""

import json
from pathlib import Path

import pytest

from imgcheck import output
from imgcheck.cli import run

BASE = Path(__file__).parents[1] / "firmware" / "build" / "base"
ELF = str(BASE / "OpenBL602.elf")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["repot", ELF], "`imgcheck report`"),
        (["compare", "a", "b"], "`imgcheck diff`"),
        (["report", ELF, "--json"], "--output json"),
        (["report", ELF, "--format", "json"], "--output json"),
        (["report", str(BASE / "OpenBL602.map")], "it is a link map"),
        (["report", __file__], "it is text"),
        (["report", ELF, "--policy", "a", "--policy", "b"], "given 2 times"),
        (["report", ELF, "-v", "-q"], "give one"),
        (["layouts", "-o", "gitlab"], "holds findings"),
        (["report", ELF, "--by", "symbols"], "did you mean symbol?"),
        (["report", ELF, "--top", "3"], "--by"),
    ],
)
def test_near_misses_are_one_line_and_exit_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("imgcheck: error: ") and error.count("\n") == 1
    assert said in error


def test_a_file_alone_is_reported_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([ELF, "-q"]) == 0
    assert capsys.readouterr().out.startswith("Fits all 3 layouts")


@pytest.mark.parametrize("arguments", [["help"], ["help", "rule"], ["-V"]])
def test_help_and_version(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert "imgcheck" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "format"),
    [("r.html", "html"), ("a/b.md", "markdown"), ("x.sarif", "sarif"), ("x.xml", "junit"), ("x.csv", "csv")],
)
def test_a_suffix_says_the_format(path: str, format: str) -> None:
    assert output.parse(path) == output.Destination(format, Path(path))


def test_a_path_without_a_known_suffix_is_no_output() -> None:
    for text in ("firmware.bin", ".json", "report"):
        with pytest.raises(output.ImgcheckError):
            output.parse(text)


def test_a_written_json_has_the_state_of_each_slot(tmp_path: Path) -> None:
    assert run([ELF, "-o", str(tmp_path / "r.json")]) == 0
    layouts = json.loads((tmp_path / "r.json").read_text())["layouts"]
    states = {(one["name"], slot["name"]): slot["state"] for one in layouts for slot in one["slots"]}
    assert states["fixture-2m", "unpacked"] == "near"
    assert states["devcube-1.4.8-2m", "unpacked"] == "good"


def test_a_folder_stands_for_its_one_elf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["report"]) == 2
    assert "no ELF in this folder" in capsys.readouterr().err
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.elf").write_bytes(Path(ELF).read_bytes())
    assert run(["report", "-q"]) == 0
    assert run(["report", "out", "-q"]) == 0
    assert capsys.readouterr().out.count("Fits") == 2
    (tmp_path / "out" / "b.elf").write_bytes(b"")
    assert run(["report", "out"]) == 2
    assert "2 ELFs in out: out/a.elf, out/b.elf; name one" in capsys.readouterr().err
    assert run(["check", "--show-policy"]) == 0


def test_layout_list_is_layouts_and_files_are_made_with_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["layouts"]) == 0
    listed = capsys.readouterr().out
    assert run(["layout", "list"]) == 0
    assert capsys.readouterr().out == listed
    assert run(["pack", str(BASE / "OpenBL602.bin"), "--to", str(tmp_path / "x.xz.ota")]) == 0
    assert (tmp_path / "x.xz.ota").stat().st_size > 60_000
