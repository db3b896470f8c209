"""`-o FORMAT[=PATH]` means the same in every command; a format that has nothing to say is refused."""

import json
from pathlib import Path

import click
import pytest
from documents import validate
from reference import commands

from imgcheck.cli import run
from imgcheck.data import shipped
from imgcheck.emitters import EMITTERS

BUILD = Path(__file__).parents[1] / "firmware" / "build"
ELF = str(BUILD / "base" / "OpenBL602.elf")
SCHEMA = json.loads((shipped("reports") / "report.schema.json").read_text(encoding="utf-8"))
FINDINGS = ("concise", "github", "gitlab", "sarif", "junit", "rdjson", "azure")

pytestmark = pytest.mark.usefixtures("remembered")


def test_every_command_has_output() -> None:
    without = [
        name
        for name, command in commands()
        if not isinstance(command, click.Group)
        and "--output" not in {o for p in command.params for o in p.opts}
    ]
    assert without == []


@pytest.mark.parametrize(
    "arguments", [["rule"], ["rule", "IMG402"], ["rule", "layout-overlap"], ["layout", "list"]]
)
@pytest.mark.parametrize("format", EMITTERS)
def test_lists_are_written_in_every_format_that_can_hold_them(
    arguments: list[str], format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([*arguments, "-o", format])
    out, error = capsys.readouterr()
    if format in FINDINGS:
        assert code == 2 and not out and "holds findings" in error and error.count("\n") == 1
    else:
        assert code == 0 and not error and len(out) > 100


@pytest.mark.parametrize("format", EMITTERS)
def test_no_document_of_findings_about_a_command_that_finds_nothing(
    format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`[]` of `why` would read as: all is well."""
    assert run(["why", ELF, "vfscanf", "-o", format]) == (2 if format in FINDINGS[2:6] else 0)
    assert bool(capsys.readouterr().out) == (format not in FINDINGS[2:6])


def test_pages_of_rules_are_the_same_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    texts = {}
    for format in ("text", "markdown", "json", "html"):
        assert run(["rule", "IMG402", "-o", format]) == 0
        texts[format] = capsys.readouterr().out
    document = json.loads(texts["json"])
    validate(document)
    (one,) = document["rules"]
    assert one["page"] == texts["text"]
    assert (one["code"], one["severity"], one["name"]) == ("IMG402", "warning", "guard-commented-out")
    assert one["page"].rstrip("\n") in texts["markdown"]
    assert "//#if (OBK_VARIANT == OBK_VARIANT_IRREMOTEESP)" in texts["html"]
    assert run(["rule", "-o", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    validate(listed)
    assert {"IMG101", "layout-overlap"} <= {one["code"] for one in listed["rules"]}


def test_the_schema_is_json_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.json"
    assert run(["schema", "-o", str(path)]) == 0
    assert run(["schema", "-o", f"json={tmp_path / 't.json'}", "-o", "json"]) == 0
    assert json.loads(path.read_text()) == json.loads(capsys.readouterr().out) == SCHEMA
    assert (tmp_path / "t.json").read_bytes() == path.read_bytes()
    for format in EMITTERS:
        if format != "json":
            assert run(["schema", "-o", format]) == 2
            assert "json only" in capsys.readouterr().err


def test_a_comment_is_markdown_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", ELF, "-o", f"json={tmp_path / 'r.json'}"]) == 0
    asked = ["comment", str(tmp_path / "r.json")]
    assert run([*asked, "-o", str(tmp_path / "c.md"), "-o", "markdown"]) == 0
    assert (tmp_path / "c.md").read_text() == capsys.readouterr().out != ""
    assert run([*asked, "-o", "html"]) == 2
    assert "markdown only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(["pack", str(BUILD / "base" / "OpenBL602.bin")], "x.xz.ota"), (["layout", "build", "sdk-2m"], "t.bin")],
)
def test_what_a_command_makes_is_named_with_to(
    arguments: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / name
    assert run([*arguments, "--to", str(made), "-o", "json"]) == 0
    out, error = capsys.readouterr()
    document = json.loads(out)
    validate(document)
    assert document["made"] == [{"file": str(made), "bytes": made.stat().st_size}]
    assert error == ""
    new = made.read_bytes()
    made.unlink()
    assert run([*arguments, "-o", str(made)]) == 0  # as it was spelled
    out, error = capsys.readouterr()
    assert made.read_bytes() == new
    assert error.startswith("imgcheck: note: ") and "--to" in error and error.count("\n") == 1
    assert run([*arguments, "-o", "text"]) == 2
    assert "'--to'" in capsys.readouterr().err


def test_the_old_name_of_a_patch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.diff", tmp_path / "new.diff"
    asked = ["plan", ELF, "--need", "2KiB", "-q"]
    assert run([*asked, "--to", str(new)]) == 0
    assert "note" not in capsys.readouterr().err
    assert run([*asked, "--patch", str(old)]) == 0
    assert "imgcheck: note: --patch FILE is --to FILE now" in capsys.readouterr().err
    assert old.read_bytes() == new.read_bytes() != b""
    assert run([*asked, "--patch", str(old), "--to", str(new)]) == 2


def test_pictures_and_exports_say_what_they_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["--db", str(tmp_path / "h.db")]
    assert run(["history", "record", str(BUILD / "base" / "OpenBL602.bin"), "--revision", "1", *base]) == 0
    capsys.readouterr()
    lines = tmp_path / "b.jsonl"
    assert run(["history", "export", *base, "--to", str(lines), "-o", "csv"]) == 0
    assert capsys.readouterr().out == f"File,Bytes\n{lines},{lines.stat().st_size}\n"
    assert run(["history", "export", *base, "-o", "csv"]) == 2
    assert "name a file with --to" in capsys.readouterr().err
    assert run(["history", "export", *base]) == 0
    assert capsys.readouterr().out == lines.read_text()
    assert run(["history", "plot", *base, "--to", str(tmp_path / "p.svg"), "-o", "text"]) == 0
    assert capsys.readouterr().out.split()[0] == "Wrote"  # a long path stands on a line of its own


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--packed", "--no-packed"], 2), (["--no-packed", "--no-packed"], 2), (["-q", "-q"], 0)],
)
def test_switches_do_not_win_by_coming_last(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", str(BUILD / "base" / "OpenBL602.bin"), *arguments]) == code
    assert ("give one of them once" in capsys.readouterr().err) == (code == 2)


def test_init_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "imgcheck.toml"
    assert run(["init", ELF, "--to", str(made), "-o", "json"]) == 0
    out, error = capsys.readouterr()
    document = json.loads(out)
    validate(document)
    assert document["made"] == [{"file": str(made), "bytes": made.stat().st_size}] and error == ""
    assert run(["init", ELF, "--to", "-", "-o", "json"]) == 2
    assert run(["init", ELF, "--to", str(made), "--force", "-o", "sarif"]) == 2
    assert "holds findings" in capsys.readouterr().err
