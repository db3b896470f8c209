"""How a target runs: under atheris, or over its corpus to say which lines it reaches (FUZZ_LINES=1).

Mutators know what a format is made of: lines of a map, a policy, a tree or a log are doubled, cut, swapped
and their numbers changed; words of an ELF or an archive get values at which readers err.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).parents[1] / "imgcheck"
EDGES = (0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x100, 0xFFF, 0x1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x23000000)
_NUMBER = re.compile(rb"0x[0-9a-f]+|\d+")

Target = Callable[[bytes], None]
Mutate = Callable[[bytes, random.Random], bytes]


def lines(data: bytes, pick: random.Random) -> bytes:
    """A text with a line doubled, cut, moved, or a number in it changed."""
    rows = data.split(b"\n")
    at, other = pick.randrange(len(rows)), pick.randrange(len(rows))
    match pick.randrange(6):
        case 0:
            rows.insert(other, rows[at])
        case 1:
            del rows[at : at + pick.randrange(1, 9)]
        case 2:
            rows[at], rows[other] = rows[other], rows[at]
        case 3:
            rows[at] = _NUMBER.sub(
                lambda _: b"%#x" % pick.choice(EDGES), rows[at], count=pick.randrange(1, 4)
            )
        case 4:
            rows[at] = rows[at][: pick.randrange(len(rows[at]) + 1)] + rows[other]
        case _:
            rows[at] = rows[at].replace(b" ", pick.choice((b"  ", b"\t", b"")), pick.randrange(1, 5))
    return b"\n".join(rows)


def words(data: bytes, pick: random.Random) -> bytes:
    """Binary tables: a word gets an edge value or another's, or a stretch goes."""
    made = bytearray(data)
    if len(made) < 8:
        return bytes(made)
    size = pick.choice((1, 2, 4))
    at = pick.randrange(min(len(made), pick.choice((64, 512, len(made)))))
    at -= at % size
    match pick.randrange(4):
        case 0:
            made[at : at + size] = (pick.choice(EDGES) & (256**size - 1)).to_bytes(size, "little")
        case 1:
            word = int.from_bytes(made[at : at + size], "little") + pick.choice((-1, 1, 4, -4, 64))
            made[at : at + size] = (word % 256**size).to_bytes(size, "little")
        case 2:
            other = pick.randrange(len(made))
            made[at : at + size] = made[other : other + size]
        case _:
            del made[at : at + pick.choice((1, 4, 16, 64))]
    return bytes(made)


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
