"""Runs imgcheck in a process of its own with bounds: what an input costs is measured, not felt."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 20  # of processor time; a run that needs them all is killed
MEGABYTES = 400  # of memory that was touched; the interpreter and its libraries take 60
_SPACE = 6 << 30  # of addresses

_ONE = "import sys\nfrom imgcheck.__main__ import main\nmain()"
# One interpreter for many command lines: importing takes longer than refusing.
_MANY = """
import contextlib, io, json, sys
from imgcheck import cli
for line in json.loads(sys.argv[1]):
    print(json.dumps(line), file=sys.stderr, flush=True)  # who a hang or a crash is due to
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = cli.run(line)
    print(json.dumps([code, said.getvalue()]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to: its exit code (negative: the signal that ended it), its words, what it cost."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float


def run(
    arguments: Sequence[str | Path], cwd: Path | None = None, seconds: int = SECONDS, prelude: str = ""
) -> Ran:
    """`imgcheck ARGUMENTS`; `prelude` is Python that the process runs before."""
    return _python(f"{prelude}\n{_ONE}", [str(one) for one in arguments], cwd, seconds)


def refused(lines: Sequence[str], cwd: Path, seconds: int = SECONDS) -> dict[str, str]:
    """The error line of each command line, all of which end with exit code 2 and nothing but that line."""
    ran = _python(_MANY, [json.dumps([line.split() for line in lines])], cwd, seconds)
    assert ran.code == 0, (ran.code, ran.err[-600:])
    found = [json.loads(row) for row in ran.out.splitlines()]
    assert len(found) == len(lines)
    for line, (code, said) in zip(lines, found, strict=True):
        _plain(line, code, said)
    return {line: said for line, (_, said) in zip(lines, found, strict=True)}


def one_line(ran: Ran, words: str = "") -> None:
    """The run ended with exit code 2 and one line that has these words."""
    _plain("", ran.code, ran.err)
    assert words in ran.err, ran.err[:600]


def cheap(ran: Ran, seconds: float, megabytes: float = MEGABYTES) -> None:
    """The run stayed within its bounds."""
    assert ran.seconds < seconds, (ran.code, ran.seconds, ran.err[:600])
    # Before exec the process is the test runner, whose own peak the kernel counts too.
    runner = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert ran.megabytes < max(megabytes, runner + 1), (ran.seconds, ran.megabytes)


def _plain(line: str, code: int, said: str) -> None:
    assert code == 2, (line, code, said[-600:])
    assert said.startswith("imgcheck: error: "), (line, said[:600])
    assert said.count("\n") == 1 and len(said) < 2000, (line, said[:600])
    assert not said.rstrip().endswith(":"), (line, said)


def _python(program: str, arguments: Sequence[str], cwd: Path | None, seconds: int) -> Ran:
    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (_SPACE, _SPACE))

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            preexec_fn=bound,  # noqa: PLW1509
        )
        _, status, used = _wait(process.pid, seconds * 4)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Ran(
            process.returncode,
            out.read().decode("utf-8", "replace"),
            err.read().decode("utf-8", "replace"),
            used.ru_utime + used.ru_stime,
            used.ru_maxrss / 1024,
        )


def _wait(pid: int, seconds: float) -> tuple[int, int, resource.struct_rusage]:
    """As wait4, but a process that only waits (for a pipe's writer, say) is ended."""
    timer = threading.Timer(seconds, os.kill, (pid, signal.SIGKILL))
    timer.start()
    try:
        return os.wait4(pid, 0)
    finally:
        timer.cancel()
