"""How a target runs: under atheris, or over its corpus to say which lines it reaches (FUZZ_LINES=1).

Mutators know what a format is made of: `mutated`, `mutatedelf`.
"""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).parents[1] / "imgcheck"
Target = Callable[[bytes], None]
Mutate = Callable[[bytes, random.Random], bytes]


def run(one: Target, mutate: Mutate | None = None) -> None:
    """Fuzzes `one`, or measures which lines the corpus reaches."""
    if os.environ.get("FUZZ_LINES"):
        _measure(one)
        return
    import atheris

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        pick = random.Random(seed)
        if mutate and pick.random() < 0.7:
            for _ in range(pick.randrange(1, 4)):
                data = mutate(data, pick)
            return data[:most]
        return bytes(atheris.Mutate(data, most))

    more: dict[str, Any] = {"custom_mutator": mutated} if mutate else {}
    gc.freeze()  # what was imported is never garbage
    atheris.Setup(sys.argv, one, **more)
    atheris.Fuzz()


def _measure(one: Target) -> None:
    """Prints reached and all lines of the modules that the corpus goes through."""
    reached: dict[str, set[int]] = {}
    codes: dict[str, set[CodeType]] = {}

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(str(ROOT)):
            return None
        codes.setdefault(name, set()).add(frame.f_code)
        reached.setdefault(name, set()).add(frame.f_lineno)
        return trace

    inputs = [
        file for folder in sys.argv[1:] if Path(folder).is_dir() for file in sorted(Path(folder).iterdir())
    ]
    sys.settrace(trace)
    for file in inputs:
        one(file.read_bytes())
    sys.settrace(None)
    total = sum(len(_all(Path(name))) for name in reached)
    lines_reached = sum(map(len, reached.values()))
    said = f"reach {lines_reached} of {total} lines in {len(reached)} modules"
    sys.stdout.write(f"{Path(sys.argv[0]).stem}: {len(inputs)} inputs {said}\n")


def _all(path: Path) -> set[int]:
    """The lines of a module's functions that hold code."""
    found: set[int] = set()
    waiting = [compile(path.read_text(encoding="utf-8"), str(path), "exec")]
    while waiting:
        code = waiting.pop()
        inner = [one for one in code.co_consts if isinstance(one, CodeType)]
        waiting += inner
        if code.co_name != "<module>":
            found.update(line for _, _, line in code.co_lines() if line)
    return found
