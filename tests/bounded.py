"""Runs imgcheck in a process of its own with bounds: what an input costs is measured, not felt."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
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
    assert ran.megabytes < megabytes, (ran.seconds, ran.megabytes)


def _plain(line: str, code: int, said: str) -> None:
    assert code == 2, (line, code, said[-600:])
    assert said.startswith("imgcheck: error: "), (line, said[:600])
    assert said.count("\n") == 1 and len(said) < 2000, (line, said[:600])
    assert not said.rstrip().endswith(":"), (line, said)


def _python(program: str, arguments: Sequence[str], cwd: Path | None, seconds: int) -> Ran:
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        told = _starter().started(
            {
                "program": program,
                "arguments": list(arguments),
                "cwd": str(cwd or Path.cwd()),
                "environment": dict(os.environ),
                "seconds": seconds,
                "bytes": _SPACE,
                "out": out.name,
                "err": err.name,
            }
        )
        said, blamed = (one.read().decode("utf-8", "replace") for one in (out, err))
        return Ran(os.waitstatus_to_exitcode(int(told[0])), said, blamed, told[1], told[2] / 1024)


# A process that has imported everything starts the others as copies of itself, each with bounds of its own:
# imports take longer than what most inputs cost. The test runner has too much memory to be copied.
_STARTER = """
import gc, importlib, json, os, pkgutil, resource, select, signal, sys, traceback
asked, answers = open(int(sys.argv[1])), open(int(sys.argv[2]), "w")
import imgcheck
for one in pkgutil.walk_packages(imgcheck.__path__, "imgcheck."):
    if not one.name.startswith("imgcheck.history.sql"):  # these bring SQLAlchemy, which few ask for
        importlib.import_module(one.name)

def run(told):
    for number, name in enumerate((os.devnull, told["out"], told["err"])):
        file = os.open(name, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(file, number)
        os.close(file)
    asked.close()
    os.close(answers.fileno())
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["cwd"])
    sys.argv[1:] = told["arguments"]
    resource.setrlimit(resource.RLIMIT_CPU, (told["seconds"], told["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (told["bytes"], told["bytes"]))
    gc.unfreeze()
    exec(told["program"], {"__name__": "__main__"})

for line in asked:
    told = json.loads(line)
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if not pid:
        code = 0
        try:
            run(told)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:
            traceback.print_exc()
            code = 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    ends = os.pidfd_open(pid)
    if not select.select([ends], [], [], told["seconds"] * 4)[0]:
        os.kill(pid, signal.SIGKILL)  # it only waits: for a pipe's writer, say
    os.close(ends)
    _, status, used = os.wait4(pid, 0)
    print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss]), file=answers, flush=True)
"""


class _Starter:
    """That process."""

    def __init__(self) -> None:
        asked, self._asks = os.pipe()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _STARTER, str(asked), str(answers)],
            stdin=subprocess.DEVNULL,
            pass_fds=(asked, answers),
        )
        os.close(asked)
        os.close(answers)
        self._told = os.fdopen(self._answers)
        atexit.register(self.ended)

    def started(self, told: dict[str, object]) -> list[float]:
        """What came of one: its status, its seconds, and its kilobytes."""
        os.write(self._asks, f"{json.dumps(told)}\n".encode())
        answer = json.loads(self._told.readline())
        assert isinstance(answer, list)
        return answer

    def ended(self) -> None:
        """It ends when nobody can ask it any more."""
        os.close(self._asks)
        self._told.close()
        self._process.wait(timeout=60)


_starter = cache(_Starter)
