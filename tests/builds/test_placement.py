"""The image of made-up ELFs, against objcopy's."""

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from laws import examples

from imgcheck.builds import placement
from imgcheck.errors import FormatError
from imgcheck.readers import elf
from imgcheck.targets.bl602 import BL602 as TARGET

BL602 = TARGET.chip
OBJCOPY = shutil.which("riscv64-unknown-elf-objcopy")
REMOVED = [word for name in sorted(BL602.excluded_sections) for word in ("-R", name)]


def made(sections: Any, segments: Any) -> Any:
    """An ELF of sections (name, type, flags, address, contents or size) and segments
    (paddr, vaddr, first and last section, what memsz has more)."""
    names = b"\0" + b"".join(row[0].encode() + b"\0" for row in sections) + b".shstrtab\0"
    start = 52 + 32 * len(segments)
    offsets, body = [], b""
    for _, kind, _, _, content in sections:
        offsets.append(start + len(body))
        if kind != elf.SHT_NOBITS:
            body += content
    table = start + len(body) + len(names)
    counts = (52, 32, len(segments), 40, len(sections) + 2, len(sections) + 1)
    header = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 243, 1, 0, 52, table, 0, *counts)
    programs = b""
    for paddr, vaddr, first, last, more in segments:
        offset = offsets[first]
        end = offsets[last] + (0 if sections[last][1] == elf.SHT_NOBITS else len(sections[last][4]))
        programs += struct.pack(
            "<8I", elf.PT_LOAD, offset, vaddr, paddr, end - offset, end - offset + more, 7, 1
        )
    rows, name = bytes(40), 1
    for (text, kind, flags, address, content), offset in zip(sections, offsets, strict=True):
        size = content if kind == elf.SHT_NOBITS else len(content)
        rows += struct.pack("<10I", name, kind, flags, address, offset, size, 0, 0, 1, 0)
        name += len(text) + 1
    rows += struct.pack("<10I", name, elf.SHT_STRTAB, 0, 0, start + len(body), len(names), 0, 0, 1, 0)
    return header + programs + body + names + rows


@st.composite
def programs(draw: Any) -> Any:
    """Groups of adjoining sections, each group a segment with gaps before it, some at another run address."""
    sections: list[Any] = []
    segments: list[Any] = []
    load = 0x23000000
    for group in range(draw(st.integers(1, 4))):
        first = len(sections)
        run = load if draw(st.booleans()) else 0x4200C000 + 0x1000 * group
        paddr, vaddr, size = load, run, 0
        for number in range(draw(st.integers(1, 3))):
            content = draw(st.binary(min_size=0, max_size=40))
            name = draw(st.sampled_from([f".s{group}{number}", f".s{group}{number}", ".rom", ".bugkiller"]))
            flags = draw(st.sampled_from([elf.SHF_ALLOC, elf.SHF_ALLOC, elf.SHF_ALLOC | elf.SHF_WRITE, 0]))
            kind = draw(st.sampled_from([elf.SHT_PROGBITS, elf.SHT_PROGBITS, 7, 14]))  # notes, init arrays
            sections.append((name, kind, flags, run + size if flags else 0, content))
            size += len(content)
        more = 0
        if draw(st.booleans()):
            more = draw(st.integers(1, 100))
            sections.append(
                (f".zero{group}", elf.SHT_NOBITS, elf.SHF_ALLOC | elf.SHF_WRITE, run + size, more)
            )
        segments.append((paddr, vaddr, first, len(sections) - 1, more))
        load += size + draw(st.integers(0, 300))
    return sections, segments


@pytest.mark.skipif(OBJCOPY is None, reason="objcopy is not here")
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs())
def test_image_is_objcopys(tmp_path: Path, program: Any) -> None:
    (tmp_path / "a.elf").write_bytes(made(*program))
    subprocess.run(
        [str(OBJCOPY), "-S", "-O", "binary", *REMOVED, tmp_path / "a.elf", tmp_path / "a.bin"],
        check=True,
        capture_output=True,
    )
    theirs = (tmp_path / "a.bin").read_bytes()
    read = elf.read(tmp_path / "a.elf")
    try:
        ours = placement.image(read, placement.place(read, BL602), BL602)
    except FormatError as error:
        assert "no section loads" in error.message
        loads = [row.load for row in placement.place(read, BL602) if row.in_image]
        assume(BL602.image_origin in loads)
        raise
    assert ours == theirs


def test_load_addresses_that_a_linker_left_zero_are_the_run_addresses() -> None:
    text = (".text", elf.SHT_PROGBITS, elf.SHF_ALLOC, 0x23000000, b"abcd")
    more = (".more", elf.SHT_PROGBITS, elf.SHF_ALLOC, 0x23000010, b"efgh")
    read = elf.parse(made([text, more], [(0, 0x23000000, 0, 0, 0), (0, 0x23000010, 1, 1, 0)]))
    placed = placement.place(read, BL602)
    assert placement.image(read, placed, BL602) == b"abcd" + bytes(12) + b"efgh"


def test_a_section_that_leaves_the_flash() -> None:
    text = (".text", elf.SHT_PROGBITS, elf.SHF_ALLOC, 0x23000000, b"abcd")
    last = (".last", elf.SHT_PROGBITS, elf.SHF_ALLOC, 0x233FFFFE, b"efgh")
    read = elf.parse(
        made([text, last], [(0x23000000, 0x23000000, 0, 0, 0), (0x233FFFFE, 0x233FFFFE, 1, 1, 0)])
    )
    with pytest.raises(FormatError, match=r"section \.last ends at 0x23400002, beyond the flash"):
        placement.image(read, placement.place(read, BL602), BL602)


def test_more_segments_than_any_firmware_has() -> None:
    text = (".text", elf.SHT_PROGBITS, elf.SHF_ALLOC, 0x23000000, b"abcd")
    read = elf.parse(made([text], [(0x23000000, 0x23000000, 0, 0, 0)] * 300))
    with pytest.raises(FormatError, match="300 segments"):
        placement.check_kind(read, BL602)
