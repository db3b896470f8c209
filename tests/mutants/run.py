"""Which clauses that a comment promises can be broken without a test noticing?

`python tests/mutants/run.py [WORD]` breaks each (those whose file or reason has WORD) in a copy of the package, runs
the tests that are named for it, prints survivors, and exits 1 when there is one. Run by hand, not in CI.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clauses import CLAUSES, Clause
from predicting import PREDICTING

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 240  # of processor time: how busy the machine is says nothing of a clause
LONGEST = 1800


def main(word: str = "") -> int:
    chosen = [one for one in (*CLAUSES, *PREDICTING) if word in f"{one.file} {one.why}"]
    survived = []
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        copied(home)
        for number, one in enumerate(chosen, 1):
            start = time.monotonic()
            dead = killed(home, one)
            survived += [] if dead else [one]
            words = "killed" if dead else "SURVIVED"
            print(
                f"{number:3}/{len(chosen)} {words:8} {time.monotonic() - start:5.1f} s {one.file}: {one.why}",
                flush=True,
            )
    print(f"{len(survived)} of {len(chosen)} survived")
    return 1 if survived else 0


def copied(home: Path) -> None:
    """The package is a copy; everything else that tests look at is the project's own."""
    for name in ("imgcheck", "tests"):
        shutil.copytree(
            ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    for one in ROOT.iterdir():
        if one.name not in {"imgcheck", "tests", ".git", ".venv", ".pytest_cache"}:
            (home / one.name).symlink_to(one)
    seen = subprocess.run(
        [sys.executable, "-c", "import imgcheck; print(imgcheck.__file__)"],
        cwd=home, env=environment(home), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert seen.stdout.startswith(str(home)), seen.stdout  # else every clause would survive


def environment(home: Path) -> dict[str, str]:
    """Tests and what they start import the copy."""
    return {**os.environ, "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": ""}


def bounded() -> None:
    """A loop without end is ended, and noticed by that."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


_times = iter(range(1, 1_000_000_000))


def put(path: Path, text: str) -> None:
    """Bytecode is taken for that of a source of the same second and length: none has another's second."""
    path.write_text(text, encoding="utf-8")
    now = next(_times)
    os.utime(path, (now, now))


def killed(home: Path, one: Clause) -> bool:
    """Whether the tests fail with the clause broken; AssertionError where there is nothing to break."""
    path = home / "imgcheck" / one.file
    text = path.read_text(encoding="utf-8")
    assert text.count(one.old) == 1, f"{one.file}: {text.count(one.old)} times: {one.old!r}"
    put(path, text.replace(one.old, one.new))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *one.tests.split()]
    try:
        done = subprocess.run(
            command,
            cwd=home,
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            preexec_fn=bounded,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True  # a loop without end is noticed as well
    finally:
        put(path, text)
    assert done.returncode in (0, 1, -9, -24), (
        done.stdout + done.stderr
    )  # 2 and more: the tests themselves did not run
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
