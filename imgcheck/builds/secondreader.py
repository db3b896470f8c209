"""Do two libraries that are not ours read the same bytes, sections and symbols in this ELF?

They run in a process of their own, bounded in time and memory, so that an ELF that is made to fool one reader
has to fool three, and one that is made to crash a library crashes nothing else.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

from imgcheck.errors import UndecidedError
from imgcheck.model import Image
from imgcheck.readers import elf, otherreaders

SECONDS = 120
MEMORY = 4 << 30  # bytes of address space; lief maps more than it touches
_KINDS = (0, 1, 2)  # STT_NOTYPE (of the linker script: heaps and regions), STT_OBJECT, STT_FUNC
_ALLOC = 2
Row = tuple[str, int, int]


def disagreements(path: Path, image: Image, seconds: float = SECONDS) -> tuple[str, ...]:
    """The first difference of each library from what was read here, one line each; none when all agree.

    Raises UndecidedError when a library is not installed: what was asked for could not be measured.
    """
    found = _read(path, image, seconds)
    if isinstance(found, str):
        return (found,)
    linked = elf.read(path)
    ours_sections = sorted(
        (one.name, one.address, one.size) for one in linked.sections if one.flags & _ALLOC and one.size
    )
    ours_symbols = sorted(
        (one.name, one.value, one.size)
        for one in linked.symbols
        if one.type in _KINDS and one.name and one.section
    )
    said = []
    for name, theirs in found.items():
        words = _difference(theirs, image.binary, ours_sections, ours_symbols)
        if words:
            said.append(f"{name} {words}")
    return tuple(said)


def _read(path: Path, image: Image, seconds: float) -> dict[str, dict[str, object]] | str:
    soc = image.soc
    window = (str(soc.image_origin), str(soc.image_limit))
    command = (sys.executable, "-I", "-W", "ignore", otherreaders.__file__, str(path.resolve()), *window)
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            preexec_fn=_bounded,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"the other readers were not done after {seconds:.0f} s"
    except OSError as error:
        raise UndecidedError(f"--second-reader: cannot be started: {error.strerror or error}") from None
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return f"the other readers ended with code {done.returncode} and no answer"
    for name, one in found.items():
        if "missing" in one:
            raise UndecidedError(
                f"--second-reader needs {name}: install imgcheck with the extra second-reader"
            )
    assert isinstance(found, dict)
    return found


def _bounded() -> None:
    import resource

    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        resource.setrlimit(limit, (most, most))


def _difference(
    theirs: dict[str, object], binary: bytes, sections: Sequence[Row], symbols: Sequence[Row]
) -> str:
    if "error" in theirs:
        return f"cannot read it: {theirs['error']}"
    other = zlib.decompress(base64.b64decode(str(theirs["image"])))
    if other != binary:
        at = next(
            (at for at, (one, two) in enumerate(zip(other, binary, strict=False)) if one != two),
            min(len(other), len(binary)),
        )
        return (
            f"reads another image: {len(other):d} bytes, not {len(binary):d}; "
            f"the first difference is at offset {at:#x}"
        )
    for what, mine in (("sections", sections), ("symbols", symbols)):
        rows = theirs[what]
        assert isinstance(rows, list)
        others = sorted((str(row[0]), int(row[1]), int(row[2])) for row in rows)
        if others != list(mine):
            only = sorted(set(others) ^ set(mine)) or [("the same twice", 0, 0)]
            name, address, size = only[0]
            where = "here" if only[0] in mine else "there"
            return f"reads other {what}: {name!r} at {address:#x} with {size:d} bytes is only {where}"
    return ""
