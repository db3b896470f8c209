"""A build whose objects have their relocations in another order: older assemblers do not sort."""

from __future__ import annotations

import random
import shutil
import struct
from itertools import groupby
from pathlib import Path

from imgcheck.readers import elf, objects

_RELA = struct.Struct("<IIi")


def copy(firmware: Path, case: str, target: Path) -> Path:
    """The folder of firmware/build/case, copied below `target` with its sources beside it."""
    for name in ("src", "components", "layouts"):
        shutil.copytree(firmware / name, target / name)
    shutil.copy(firmware / "imgcheck.toml", target)
    return Path(shutil.copytree(firmware / "build" / case, target / "build" / case))


def permute(folder: Path, seed: int = 602) -> None:
    """Shuffles the relocation tables of all objects and archives below `folder`."""
    rng = random.Random(seed)
    changed = 0
    for path in sorted((*folder.rglob("*.o"), *folder.rglob("*.a"))):
        data = path.read_bytes()
        other = permuted(data, rng)
        changed += other != data
        path.write_bytes(other)
    assert changed > 10


def permuted(data: bytes, rng: random.Random) -> bytes:
    """An object or archive with each relocation table shuffled; those of one offset keep their order."""
    made = bytearray(data)
    view = memoryview(data)
    end = 0
    for member in objects.parse(view):
        # A member's bytes are a slice of the file: members come in order, so it is found behind the last one.
        start = data.index(member.data.tobytes(), end)
        end = start + len(member.data)
        for section in elf.parse(member.data, symbols=False).sections:
            if section.type == elf.SHT_RELA:
                at = start + section.offset
                made[at : at + section.size] = _shuffled(data[at : at + section.size], rng)
    return bytes(made)


def _shuffled(table: bytes, rng: random.Random) -> bytes:
    groups = [list(rows) for _, rows in groupby(_RELA.iter_unpack(table), key=lambda row: row[0])]
    rng.shuffle(groups)
    return b"".join(_RELA.pack(*row) for rows in groups for row in rows)
