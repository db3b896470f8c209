"""Does every command in the README do what it says? Runs the lines of its ```sh blocks from the checkout.

A command is expected to exit with 0, or with what its comment says: `imgcheck report … # exit 1`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `make check` has just run the tests, which take most of the time.
DONE = {"make test", "make check"}


def commands(text: str) -> list[tuple[str, int]]:
    """The commands of all ```sh blocks with the status that each announces; a backslash continues a line."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            command, _, comment = line.partition(" # ")
            status = re.search(r"exit (\d)", comment)
            if command.strip() and not command.startswith("#"):
                found.append((command.strip(), int(status[1]) if status else 0))
    return found


def main() -> int:
    readme = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "README.md")
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    failures = 0
    for command, expected in commands(readme.read_text(encoding="utf-8")):
        if command in DONE:
            print(f"$ {command}\n(just run)", flush=True)
            continue
        print(f"$ {command}", flush=True)
        shell = ["bash", "-c", command]
        done = subprocess.run(shell, cwd=ROOT, env={**os.environ, "PATH": path}, timeout=300, check=False)
        if done.returncode != expected:
            print(f"exit {done.returncode}, and the README says {expected}: {command}", file=sys.stderr)
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
