"""The Python API as docs/api.md promises it."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import imgcheck
from imgcheck.errors import ImgcheckError

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "tests" / "firmware" / "build"
ELF = BUILD / "base" / "OpenBL602.elf"


def test_the_example_of_the_documentation_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs/api.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(example[1], "docs/api.md", "exec"), {})
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("Fits all 3 layouts")
    assert "fixture-2m unpacked 106176 110592 4416 near" in lines


def test_report_is_there_before_and_after_the_room_of_that_name_is_imported() -> None:
    code = "import imgcheck, sys; r = imgcheck.report(sys.argv[1]); import imgcheck.report.names; " \
           "print(imgcheck.report(sys.argv[1]).verdict == r.verdict)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, str(ELF)], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout == "True\n"


def test_each_answers() -> None:
    assert imgcheck.identify(ELF).verdict
    assert imgcheck.diff(ELF, ELF, packed=False).difference
    over = imgcheck.check(BUILD / "over" / "OpenBL602.elf")
    assert over.passed is False and over.diagnostics[0].code == "IMG101"
    assert imgcheck.report(ELF, by=("symbol",)).records[0][0] == "by"
    assert set(imgcheck.__all__) <= set(dir(imgcheck)) | set(imgcheck.__all__)


def test_errors_are_raised_and_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImgcheckError, match="No such file"):
        imgcheck.report("nowhere.elf")
    with pytest.raises(AttributeError):
        imgcheck.nothing  # type: ignore[attr-defined]  # noqa: B018
    assert capsys.readouterr() == ("", "")
