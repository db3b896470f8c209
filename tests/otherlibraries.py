"""What pyelftools and lief say of many ELFs: one process for all, as importing takes longer than reading."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imgcheck.readers import otherreaders
from imgcheck.targets import DEFAULT

# The program that the gate starts for each file takes 0.4 s to begin.
MANY = f"""
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("others", {otherreaders.__file__!r})
others = importlib.util.module_from_spec(spec); spec.loader.exec_module(others)
for path in sys.argv[1:]:
    found = {{}}
    for name, read in (("pyelftools", others.by_elftools), ("lief", others.by_lief)):
        try:
            found[name] = read(path, {DEFAULT.chip.image_origin}, {DEFAULT.chip.image_limit})
        except Exception as error:
            found[name] = {{"error": str(error)[:99]}}
    print(json.dumps(found), flush=True)
"""


def others(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """What both libraries say of each file; of one that ends the process, that it did."""
    found: list[dict[str, Any]] = []
    while len(found) < len(paths):
        rest = [str(path) for path in paths[len(found) :]]
        done = subprocess.run(
            [sys.executable, "-I", "-W", "ignore", "-c", MANY, *rest],
            capture_output=True, check=False, text=True, timeout=120,
        )  # fmt: skip
        found += map(json.loads, done.stdout.splitlines())
        if len(found) < len(paths):
            found.append({"both": {"error": f"ended with code {done.returncode}"}})
    return found
