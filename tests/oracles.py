"""Judges that cannot live beside the other tools, as their `cryptography` is another.

They run from an environment of their own, `make oracles`; IMGCHECK_ORACLES names the folder of its programs.
Absent, they skip a test; in CI they fail it.
"""

import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("IMGCHECK_ORACLES") or Path(__file__).parents[1] / ".venv-oracles/bin")


def run(program: str, *arguments: object, timeout: int = 60) -> str:
    """What a program of the oracles' environment prints; the test fails when it does not end well."""
    path = FOLDER / program
    if not path.exists():
        text = f"{path} is not there: run `make oracles`, or set IMGCHECK_ORACLES"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
    done = subprocess.run(
        [path, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr
