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


def test_the_work_is_done_in_another_process_and_what_it_raises_is_raised() -> None:
    said = python(
        "import os; from imgcheck.api import beside; from imgcheck.errors import FormatError\n"
        "print(beside.start(os.getpid)() == os.getpid())\n"
        "def fail(): raise FormatError('bad', 'f', offset=4)\n"
        "try: beside.start(fail)()\n"
        "except FormatError as error: print(error.file, error.offset)\n"
    )
    assert said == ["False", "f", "4"]


def test_a_process_that_dies_leaves_the_work_to_this_one() -> None:
    said = python(
        "import os; from imgcheck.api import beside; here = os.getpid()\n"
        "def work(): return 7 if os.getpid() == here else os.kill(os.getpid(), 9)\n"
        "print(beside.start(work)())\n"
    )
    assert said == ["7"]
