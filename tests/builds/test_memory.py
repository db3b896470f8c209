"""How full a RAM region is: bytes that two sections share are counted once."""

from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imgcheck.builds import load, memory
from imgcheck.readers import elf
from imgcheck.targets.bl602 import BL602

REGION = next(one for one in BL602.chip.regions if one.kind == "ram")


def placed(*spans: tuple[int, int]) -> list[Any]:
    return [
        (SimpleNamespace(index=number, address=REGION.origin + start, size=size), None, None)
        for number, (start, size) in enumerate(spans)
    ]


def used(*spans: tuple[int, int]) -> int:
    rows = placed(*spans)
    inside = [SimpleNamespace(section=row[0]) for row in rows]
    counted = memory.counted_from(inside, [REGION])  # type: ignore[arg-type]  # as much of one as is read
    return memory.uses(rows, [REGION], counted)[0].used


def test_an_overlay_inside_another_does_not_end_it() -> None:
    assert used((0, 100), (10, 10), (20, 100)) == 120


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 100)), max_size=8))
def test_every_byte_is_counted_once(spans: list[tuple[int, int]]) -> None:
    assert used(*spans) == len({at for start, size in spans for at in range(start, start + size)})


def test_a_section_in_no_known_region_is_said(tmp_path: Path) -> None:
    """RAM that the chip is not known to have: the bytes are in no region, and that is said."""
    base = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
    data = bytearray(base.read_bytes())
    linked = elf.parse(bytes(data))
    row = next(section for section in linked.sections if section.name == ".bss")
    (start,) = struct.unpack_from("<I", data, 32)
    struct.pack_into("<I", data, start + 40 * row.index + 12, 0x50000000)
    file = tmp_path / "a.elf"
    file.write_bytes(data)
    chip = BL602.chip
    said = [one for one in load.build(file, None, chip).diagnostics if one.code == "ram-elsewhere"]
    assert [one.subject for one in said] == [row.name]
    assert f"{row.size:,} bytes at 0x50000000" in said[0].message
    assert not [one for one in load.build(base, None, chip).diagnostics if one.code == "ram-elsewhere"]
