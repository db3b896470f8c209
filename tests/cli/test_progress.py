"""Seconds of work show progress from the first half second, on a terminal and nowhere else."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgcheck import cli
from imgcheck.cli import progress
from imgcheck.errors import ImgcheckError

ELF = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
PATIENCE = 20.0  # seconds: a machine may be busy


class Terminal:
    """A terminal that nobody sits at, as standard error of this process."""

    def __init__(self) -> None:
        self.ours, theirs = os.openpty()
        self.stream = os.fdopen(theirs, "w", encoding="utf-8")

    def read(self, wait: float = 0.0) -> str:
        ready, _, _ = select.select([self.ours], [], [], wait)
        return os.read(self.ours, 65_536).decode() if ready else ""


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Inside the test: what pytest captures takes the place of sys.stderr between fixtures and tests."""
    made, before = Terminal(), sys.stderr
    sys.stderr = made.stream
    try:
        yield made
    finally:
        sys.stderr = before
        made.stream.close()
        os.close(made.ours)


def telling(seen: Terminal) -> Callable[..., None]:
    """Work that waits for what is drawn, and ends with an error that says what that was."""

    def work(*_: object, **__: object) -> None:
        begun = time.monotonic()
        while not (text := seen.read()) and time.monotonic() < begun + PATIENCE:
            pass
        raise ImgcheckError(f"seen: {text!r}")

    return work


def test_work_that_says_nothing_is_seen_to_go_on() -> None:
    """Nobody calls the function: a long read is drawn all the same, within the first half second."""
    with terminal() as seen:
        begun, text = time.monotonic(), ""
        with progress.shown("reading the files"):
            while not text and time.monotonic() < begun + PATIENCE:
                text = seen.read()
        assert "reading the files" in text
        assert seen.read(1.0).endswith("\r\x1b[2K")  # and it is gone


def test_what_is_done_and_how_far() -> None:
    with terminal() as seen, progress.shown() as told:
        told("relinking \x1b[31mX", 0.5)
        begun, text = time.monotonic(), ""
        while "relinking" not in text and time.monotonic() < begun + PATIENCE:
            text += seen.read()
    assert "██████████░░░░░░░░░░" in text
    assert "\\x1b[31mX" in text and "\x1b[31m" not in text


def test_what_is_over_at_once_says_nothing() -> None:
    with terminal() as seen:
        with progress.shown() as told:
            told("x", 0.1)
        assert seen.read(0.1) == ""


def test_nothing_that_would_keep_work_from_being_done_beside() -> None:
    """A copy of the process is made only where there is no other thread."""
    before = threading.active_count()
    with terminal() as seen, progress.shown() as told:
        begun, text = time.monotonic(), ""
        while not text and time.monotonic() < begun + PATIENCE:
            told("x", 0.1)
            text = seen.read()
        assert text
        assert threading.active_count() == before
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


@pytest.mark.parametrize(
    ("command", "module", "name"), [("release", "release", "judge"), ("identify", "files", "identify")]
)
def test_a_folder_of_files_is_watched(
    command: str, module: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release has 170 files and more, and none of them is a stage of its own."""
    (tmp_path / "a.bin").write_bytes(b"x")
    with terminal() as seen:
        monkeypatch.setattr(f"imgcheck.api.{module}.{name}", telling(seen))
        assert cli.run([command, str(tmp_path)]) == 2
        text, begun = "", time.monotonic()
        while "seen: " not in text and time.monotonic() < begun + PATIENCE:
            text += seen.read()
        assert "seen: '\\r" in text


@pytest.mark.parametrize(
    ("words", "first"),
    [
        *((f"{name} a.elf", "build.Inputs") for name in ("features", "plan", "report", "check")),
        ("prove a.elf --build true --each 1", "build.Inputs"),
        ("why a.elf main", "build.Inputs"),
        ("diff a.elf a.elf", "files.Judges"),
        ("history backfill --artifacts .", "backfill.Request"),
    ],
)
def test_the_line_comes_before_options_are_looked_into(
    words: str, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing what a prediction needs takes a third of a second: that is work already."""
    (tmp_path / "a.elf").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    with terminal() as seen:
        monkeypatch.setattr(f"imgcheck.api.{first}", telling(seen))
        assert cli.run(words.split()) == 2
        text, begun = "", time.monotonic()
        while "seen: " not in text and time.monotonic() < begun + PATIENCE:
            text += seen.read()
        assert "seen: '\\r" in text


def test_nothing_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown() as told:
        time.sleep(0.3)
        told("x", 0.5)
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(not ELF.exists(), reason="needs the fixture")
def test_a_prediction_is_watched_from_its_beginning(tmp_path: Path) -> None:
    """The first line comes before any of the stages that say what they do has begun."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "imgcheck", "features", str(ELF), "-o", f"json={tmp_path / 'f.json'}"]
    running = subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    text = ""
    while True:
        try:
            data = os.read(ours, 65_536)
        except OSError:  # nobody holds the other end any more
            break
        if not data:
            break
        text += data.decode()
    os.close(ours)
    assert running.wait() == 0
    lines = text.split("\r\x1b[2K")
    assert "reading the files" in text or "reading the linked objects" in text  # a fast machine's first stage
    assert lines[1].strip()
    assert "sources" in text
    assert lines[-1].startswith("imgcheck: ")  # the verdict, on a line of its own
