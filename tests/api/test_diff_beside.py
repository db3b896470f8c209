"""Work beside: in a process of its own, since the test runner has threads."""

import subprocess
import sys
from pathlib import Path
from typing import Any

BUILDS = Path(__file__).parents[1] / "firmware/build"


def run(*arguments: Any) -> Any:
    command = [sys.executable, "-m", "imgcheck", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def python(text: Any) -> Any:
    command = [sys.executable, "-c", text]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout.split()


def test_two_builds_are_read_by_two_processes() -> None:
    found = run("diff", BUILDS / "base/OpenBL602.elf", BUILDS / "over/OpenBL602.elf", "--no-packed")
    assert found.returncode == 0
    assert "-32,692" in found.stdout


def test_what_is_wrong_with_the_old_build_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "x.elf").write_bytes(b"\x7fELF")
    found = run("diff", tmp_path / "x.elf", BUILDS / "base/OpenBL602.elf")
    assert found.returncode == 2
    assert found.stderr.startswith("imgcheck: error: ")
    assert found.stderr.count("\n") == 1
    assert "x.elf" in found.stderr


def test_nobody_goes_on_reading_when_the_new_build_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.elf").write_bytes(b"\x7fELF")
    said = python(
        "import os; from pathlib import Path\n"
        "from imgcheck.api import diff; from imgcheck.errors import FormatError\n"
        f"old, new = Path({str(BUILDS / 'base/OpenBL602.elf')!r}), Path({str(tmp_path / 'x.elf')!r})\n"
        "try: diff.compare(diff.Request(old, new))\n"
        "except FormatError: pass\n"
        "try: os.waitpid(-1, os.WNOHANG); print('left')\n"
        "except ChildProcessError: print('none')\n"
    )
    assert said == ["none"]
