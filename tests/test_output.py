"""Outputs are checked before the work and written whole or not at all."""

import io
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from imgcheck import output
from imgcheck.errors import ImgcheckError
from imgcheck.model import Fit, Report, Slot, Summary

BASE = Path(__file__).parent / "firmware/build/base/OpenBL602.elf"
FIT = Fit("tiny-2m", False, "unpacked", (Slot("unpacked", 1100, 1000, -100), Slot("body", 10, 99, 89)))
REPORT = Report(
    title="fw",
    command="report",
    verdict="Does not fit ±1.",
    passed=False,
    summary=Summary("fw", "bl602", 1, 2, 3, 515, "packed by imgcheck", None),
    layouts=(FIT,),
    measures=(),
    tables=(),
    diagnostics=(),
    worst=FIT,
)


def test_default_is_text_on_standard_output() -> None:
    assert output.plan([]).destinations == (output.Destination("text", None),)


def test_files_and_standard_output(tmp_path: Path) -> None:
    outputs = output.plan(["json=" + str(tmp_path / "a=b.json"), "text", f"csv={tmp_path / 'b'}"])
    out = io.StringIO()
    outputs.write(REPORT, out)
    assert (tmp_path / "a=b.json").read_text().startswith("{")
    assert (tmp_path / "b").read_text().startswith("kind,")
    assert out.getvalue() == "Does not fit ±1.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a=b.json", "b"]
    assert not outputs.silent


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["jsn"], "did you mean json"),
        (["pdf"], "known: text"),
        (["json="], "a path is missing"),
        (["text", "json=-"], "only one output"),
        (["json=x", "csv=./x"], "cannot share"),
        (["json=no/such/folder/x"], "no/such/folder/x: cannot be written"),
        (["json=."], "is a folder"),
    ],
)
def test_what_cannot_be_is_said_at_once(texts: list[str], said: str) -> None:
    with pytest.raises(ImgcheckError, match=said):
        output.plan(texts)


def test_nothing_is_left_behind_by_the_check(tmp_path: Path) -> None:
    output.plan([f"json={tmp_path / 'x'}"])
    assert list(tmp_path.iterdir()) == []


def test_all_or_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("before")
    outputs = output.plan([f"json={old}"])
    broken = output.Outputs((*outputs.destinations, output.Destination("csv", tmp_path / "gone" / "x")))
    with pytest.raises(ImgcheckError, match="gone/x: cannot be written"):
        broken.write(REPORT, io.StringIO())
    assert old.read_text() == "before"
    assert list(tmp_path.iterdir()) == [old]


def test_bytes_that_are_no_utf_8_come_out_as_they_went_in(tmp_path: Path) -> None:
    line = b"-#define ENABLE_X 1 // 20 \xb0C, \xc3\xa9\n"
    output.replace([(tmp_path / "a.patch", line.decode("utf-8", "surrogateescape"))])
    assert (tmp_path / "a.patch").read_bytes() == line


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("before")
    target.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(target)
    output.plan([f"json={link}"]).write(REPORT, io.StringIO())
    assert link.is_symlink()
    assert target.read_text().startswith("{")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.write_text("")
    output.plan([f"json={tmp_path / 'x'}"]).write(REPORT, io.StringIO())
    assert (tmp_path / "x").stat().st_mode == usual.stat().st_mode


def test_a_device_is_written_through() -> None:
    output.plan(["json=/dev/null"]).write(REPORT, io.StringIO())
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("")
    path.chmod(0o444)
    with pytest.raises(ImgcheckError, match="permission denied"):
        output.plan([f"json={path}"])


def test_standard_output_that_cannot_draw(tmp_path: Path) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", newline="")
    output.plan([]).write(REPORT, out)
    assert raw.getvalue() == b"Does not fit +-1.\n"


def test_summary_and_variables(tmp_path: Path) -> None:
    summary, step = tmp_path / "summary", tmp_path / "out"
    summary.write_text("before\n")
    outputs = output.plan(
        ["json=/dev/null"], {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(step)}
    )
    outputs.write(REPORT, io.StringIO())
    outputs.write(REPORT, io.StringIO())
    assert summary.read_text().startswith("before\n<!-- imgcheck:fw -->\n### ❌ fw")
    assert step.read_text() == 2 * ("verdict=fail\nheadroom=-100\nbinding=tiny-2m unpacked\nota_bytes=515\n")


def test_variables_are_one_line_each() -> None:
    hostile = FIT._replace(name="x\nverdict=pass")
    text = dict(output.variables(replace(REPORT, worst=hostile)))
    assert text["binding"] == "x\\nverdict=pass unpacked"


def test_a_full_summary_is_left_alone(tmp_path: Path) -> None:
    summary = tmp_path / "summary"
    summary.write_bytes(b"x" * (output.SUMMARY_BYTES - 10))
    output.plan([], {"GITHUB_STEP_SUMMARY": str(summary)}).write(REPORT, io.StringIO())
    assert summary.stat().st_size == output.SUMMARY_BYTES - 10


def test_outside_of_github_nothing_is_appended() -> None:
    assert output.plan([], {}) == output.plan([])


def test_what_formats_need_is_imported_beside_the_compressor(tmp_path: Path) -> None:
    firmware = tmp_path / "a.elf"  # alone: with an OTA file beside it nothing is packed
    firmware.write_bytes(BASE.read_bytes())
    code = f"""
import sys
from pathlib import Path
from threading import Event
from imgcheck import output
from imgcheck.api import build
from imgcheck.builds import artefact
outputs = output.plan(["html={tmp_path / "a.html"}"])
imported, pack = Event(), artefact.pack
def packing(binary, target):
    assert imported.wait(30), "they are imported after the compressor has ended"
    return pack(binary, target)
def load():
    outputs.load()
    imported.set()
artefact.pack = packing
build.build(build.Inputs(Path({str(firmware)!r}), meanwhile=load))
assert "jinja2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
