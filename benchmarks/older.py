"""Relocation tables as assemblers before binutils 2.36 wrote them, and prebuilt libraries have them still.

Branches and jumps stand behind the others, each part in its own order: who reads them must not count on
offsets that only grow.
"""

from __future__ import annotations

import struct
from pathlib import Path

_RELA = struct.Struct("<IIi")
_SHT_RELA = 4
_LATE = frozenset({16, 17, 44, 45})  # R_RISCV_BRANCH, JAL, RVC_BRANCH, RVC_JUMP


def age(path: Path) -> None:
    """Rewrites the tables of one ELF32 object where it lies."""
    data = bytearray(path.read_bytes())
    headers, size, count = (*struct.unpack_from("<I", data, 32), *struct.unpack_from("<2xHH", data, 44))
    for number in range(count):
        at = headers + number * size
        kind, start, length = (struct.unpack_from("<I", data, at + field)[0] for field in (4, 16, 20))
        if kind == _SHT_RELA:
            rows = list(_RELA.iter_unpack(data[start : start + length]))
            rows.sort(key=lambda row: row[1] & 0xFF in _LATE)
            data[start : start + length] = b"".join(_RELA.pack(*row) for row in rows)
    path.write_bytes(data)
