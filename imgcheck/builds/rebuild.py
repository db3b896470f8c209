"""A build made again by the user's own command, in a git worktree of its own that nobody else works in.

The worktree holds the user's files as they are, changes and ignored ones included, with their times: a build
that is incremental there makes only what a change touches.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from imgcheck.errors import ImgcheckError

LARGEST_TREE = 16 << 30  # bytes; a copy of more is nobody's wish
_TICK = 0.2  # seconds between two looks at a build that runs


def root_of(path: Path) -> Path:
    """The top folder of the git checkout that `path` is in; raises ImgcheckError."""
    for folder in path.resolve().parents:
        if (folder / ".git").exists():
            return folder
    raise ImgcheckError(f"{path}: in no git checkout; a rebuild is made in a worktree of one")


@contextmanager
def worktree(root: Path, keep: Path | None = None) -> Iterator[Path]:
    """A worktree of the checkout at `root` with its files as they are now; removed afterwards.

    Raises ImgcheckError when git does not make one, or the files are too many bytes to copy.
    """
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="imgcheck-prove-", dir=keep))
    tree = folder / root.name
    _git(root, "worktree", "add", *("--detach", "--no-checkout"), str(tree), "HEAD")
    try:
        _copy(root, tree)
        _git(tree, "reset", "--quiet")
        yield tree
    finally:
        subprocess.run(
            ("git", "-C", str(root), "worktree", "remove", "--force", str(tree)),
            capture_output=True,
            check=False,
        )
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(("git", "-C", str(root), "worktree", "prune"), capture_output=True, check=False)


def _git(folder: Path, *arguments: str) -> None:
    try:
        done = subprocess.run(
            ("git", "-C", str(folder), *arguments), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ImgcheckError(f"git: {error.strerror or error}") from None
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["it failed"]
        raise ImgcheckError(f"git {arguments[0]}: {words[-1]}")


def _copy(root: Path, tree: Path) -> None:
    total = 0

    def skipped(folder: str, names: list[str]) -> list[str]:
        nonlocal total
        for name in names:
            path = Path(folder) / name
            if not path.is_symlink() and path.is_file():
                total += path.stat().st_size
        if total > LARGEST_TREE:
            raise ImgcheckError(f"{root}: more than {LARGEST_TREE >> 30} GiB to copy")
        # A submodule's .git is copied with it; the worktree has one of its own.
        special = [n for n in names if not _plain(Path(folder) / n)]
        return [*special, ".git"] if Path(folder) == root else special

    try:
        shutil.copytree(root, tree, symlinks=True, ignore=skipped, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise ImgcheckError(f"{root}: cannot be copied: {str(error)[:300]}") from None


def _plain(path: Path) -> bool:
    return path.is_symlink() or path.is_file() or path.is_dir()


def run(
    command: str,
    folder: Path,
    log: BinaryIO,
    seconds: float,
    told: Callable[[float], None],
    environment: Mapping[str, str] | None = None,
) -> int | None:
    """Runs a shell command, its words going to `log`; its exit code, None when its time was up.

    `told` is given the seconds so far. The command and all that it started end with it.
    """
    started = time.monotonic()
    running = subprocess.Popen(
        command,
        shell=True,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    try:
        while running.poll() is None:
            passed = time.monotonic() - started
            if passed > seconds:
                return None
            told(passed)
            time.sleep(_TICK)
        return running.returncode
    finally:
        # Whatever it left running writes into a tree that is about to go.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
