"""Outputs that cannot be written: closed, full, pipes without a reader, links that lead to each other.

Each ends with exit code 2 and at most one line, never with a traceback or the code of a verdict.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from studies import ELF, needs_fixture

pytestmark = needs_fixture
PROGRAM = f"{sys.executable} -m imgcheck"


def shell(line: str) -> tuple[int, str, str]:
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{PROGRAM} report {ELF} > /dev/full", "No space left"),
        (f"{PROGRAM} report {ELF} >&-", "standard output is closed"),
        (f"{PROGRAM} report {ELF} -o json=/dev/full", "No space left"),
        (f"{PROGRAM} report {ELF} -o json=LOOP", "its links lead nowhere"),
        (f"{PROGRAM} report {ELF} -o json=PIPE", "cannot be written"),
    ],
)
def test_one_line_and_code_2(line: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    code, out, err = shell(
        line.replace("LOOP", str(tmp_path / "loop")).replace("PIPE", str(tmp_path / "pipe"))
    )
    assert code == 2
    assert out == ""
    assert err.startswith("imgcheck: error: ") and err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize("stream", ["2> /dev/full", "2>&-"])
def test_an_error_that_nobody_hears_is_still_no_verdict(stream: str) -> None:
    assert shell(f"{PROGRAM} report /nonexistent {stream}")[0] == 2
    assert shell(f"{PROGRAM} nonsense {stream}")[0] == 2


def test_standard_output_by_its_name_may_be_a_pipe() -> None:
    code, out, _ = shell(f"{PROGRAM} report {ELF} -o json=/dev/stdout | cat")
    assert code == 0
    assert out.startswith('{\n"schema_version"')


def test_no_memory_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from imgcheck import cli
    from imgcheck.api import build

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(build, "show", full)
    assert cli.run(["report", str(ELF)]) == 2
    assert capsys.readouterr().err == "imgcheck: error: not enough memory for this input\n"


def test_standard_output_that_has_lost_its_name(tmp_path: Path) -> None:
    """What the system calls /dev/stdout leads to a file without a name then: the link is not replaced."""
    name = tmp_path / "out"
    link = tmp_path / "stdout"  # as /dev/stdout is, and nothing of the system if this fails
    link.symlink_to("/proc/self/fd/1")
    with name.open("w+b") as file:
        file.write(b"an older line that is longer than nothing\n")
        file.flush()
        name.unlink()
        command = (sys.executable, "-m", "imgcheck", "report", str(ELF), "-o", f"json={link}")
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        assert link.is_symlink()
        assert [one.name for one in tmp_path.iterdir()] == ["stdout"]
        file.seek(0)
        assert json.loads(file.read())["command"] == "report"


STOPPED = """
import sys
class Stop:
    def find_spec(self, name, *_):
        if name == {name!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stop())
sys.argv[1:] = ["report", {firmware!r}]
from imgcheck.__main__ import main
main()
"""


@pytest.mark.parametrize("name", ["imgcheck.cli", "click", "imgcheck.cli.report", "imgcheck.emitters"])
def test_an_interrupt_while_the_program_is_loaded_is_no_traceback(name: str) -> None:
    program = STOPPED.format(name=name, firmware=str(ELF))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 130
    assert done.stderr.strip() == "imgcheck: interrupted"


SAID_LAST = "import sys; from imgcheck.__main__ import _end; sys.stdout.write('last words'); _end(0)"


@pytest.mark.parametrize(("where", "code", "out"), [("", 0, "last words"), ("> /dev/full", 2, "")])
def test_the_last_words_are_said_before_the_process_ends(where: str, code: int, out: str) -> None:
    found = shell(f'{sys.executable} -E -c "{SAID_LAST}" {where}')
    assert found[:2] == (code, out)
