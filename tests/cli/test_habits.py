"""What people type who do not know the command line yet."""

import json
from pathlib import Path

import pytest

from imgcheck import output
from imgcheck.cli import run
from imgcheck.errors import ImgcheckError

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
        # A variable that nobody set: taken for an option left out, another policy or base would judge.
        (["check", ELF, "--baseline", ""], "--baseline: an empty text"),
        (["check", ELF, "--policy="], "--policy: an empty text"),
        (["check", ELF, "--target", ""], "--target: an empty text"),
        (["check", ELF, "--layout", "a", "--layout", ""], "--layout: an empty text"),
        (["history", "list", "--branch", ""], "--branch: an empty text"),
        (["layouts", "-o", "gitlab"], "holds findings"),
        (["report", ELF, "--by", "symbols"], "did you mean symbol?"),
        (["report", ELF, "--top", "3"], "--by"),
        (["layout"], "say which: build, diff, lint, list, show"),
        (["layout", "shw"], "Did you mean 'show'?"),
        (
            ["features", str(BASE / "OpenBL602.bin")],
            "need an ELF with its linker map beside it: this is an image",
        ),
        (["why", str(BASE / "OpenBL602.bin"), "main"], "needs an ELF with its linker map"),
        (["report", ELF, "--map", ELF], "an ELF, not a map of GNU ld or LLD"),
        (["--json"], "--output json"),
        (["check", ELF, "--format=json"], "--output json"),
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
        with pytest.raises(ImgcheckError):
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
    listed, note = capsys.readouterr()
    assert note == "imgcheck: note: `imgcheck layouts` is `imgcheck layout list` now\n"
    assert run(["layout", "list"]) == 0
    assert capsys.readouterr() == (listed, "")
    assert run(["pack", str(BASE / "OpenBL602.bin"), "--to", str(tmp_path / "x.xz.ota")]) == 0
    assert (tmp_path / "x.xz.ota").stat().st_size > 60_000


def test_no_word_at_all_is_a_call_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert capsys.readouterr().out.startswith("Usage: imgcheck")


@pytest.mark.parametrize(
    ("machine", "name"), [(40, "ARM"), (94, "Xtensa"), (252, "C-SKY"), (4711, "machine 4711")]
)
@pytest.mark.parametrize("command", ["report", "check", "features"])
def test_an_elf_of_another_machine(
    machine: int, name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(Path(ELF).read_bytes())
    data[18:20] = machine.to_bytes(2, "little")
    (tmp_path / "a.elf").write_bytes(data)
    assert run([command, str(tmp_path / "a.elf")]) == 2
    assert f"built for {name}; this target is RISC-V" in capsys.readouterr().err
    assert run(["identify", str(tmp_path / "a.elf")]) == 0
    assert f"built for {name}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", ["features", "plan", "why"])
def test_a_folder_of_objects_without_any_is_not_passed_over(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The build's own objects would be taken instead, and nobody would see it."""
    words = [
        command,
        ELF,
        *(["vfscanf"] if command == "why" else ["--need", "1KiB"] if command == "plan" else []),
    ]
    assert run([*words, "--objects", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path}: " in said
    # Predictions look before they read the build.
    assert (
        "none of the 15 files that were linked" if command == "why" else "no object and no archive"
    ) in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ((BASE / "OpenBL602.map").read_bytes()[:9000], "it is a link map"),
        (b"<!DOCTYPE html>\n<title>404</title>\n", "it is a web page"),
        (b"some words\nof a readme\n", "it is text"),
    ],
)
@pytest.mark.parametrize("command", ["report", "pack"])
def test_text_that_is_named_bin_is_no_image(
    data: bytes, said: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    to = ["--to", str(tmp_path / "a.ota")] if command == "pack" else []
    assert run([command, str(tmp_path / "a.bin"), *to]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "a.ota").exists()


def test_one_lint_for_tables_and_trees_by_what_is_in_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "table"
    assert run(["layout", "build", "sdk-2m", "--to", str(table)]) == 0
    assert run(["lint", str(table)]) == 0
    assert "no errors" in " ".join(capsys.readouterr().out.split())
    (tmp_path / "tree").write_bytes(b"\xd0\x0d\xfe\xed" + bytes(40))
    assert run(["lint", str(tmp_path / "tree")]) == 1
    assert "only 16 and 17 are known" in " ".join(capsys.readouterr().out.split())  # versions of a DTB
