import random
import shutil
import struct
import subprocess
import tracemalloc
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from compiled import compile_, link, needs_toolchain
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import elf

BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
PREFIX = "riscv64-unknown-elf-"


@pytest.fixture(scope="module")
def whole() -> bytes:
    return BASE.read_bytes()


def oracle(tool: str, *arguments: str) -> list[str]:
    path = shutil.which(PREFIX + tool) or (shutil.which(tool) if tool == "readelf" else None)
    if path is None:
        pytest.skip(f"{tool} is not here")
    return subprocess.run(
        [path, *arguments, str(BASE)], check=True, capture_output=True, text=True
    ).stdout.splitlines()


def test_sections_are_those_of_readelf() -> None:
    rows = [
        line.split("]", 1)[1].split()
        for line in oracle("readelf", "-SW")
        if line.startswith("  [") and "]" in line
    ]
    theirs = {
        row[0]: [int(field, 16) for field in row[2:5]] for row in rows if len(row) > 8 and row[0] != "Name"
    }
    ours = {s.name: [s.address, s.offset, s.size] for s in elf.read(BASE).sections if s.type != elf.SHT_NULL}
    assert ours == theirs
    assert len(ours) > 20


def test_segments_are_those_of_readelf() -> None:
    rows = [line.split() for line in oracle("readelf", "-lW") if line.split()[:1] == ["LOAD"]]
    theirs = [[int(field, 16) for field in row[1:6]] for row in rows]
    ours = [
        [s.offset, s.vaddr, s.paddr, s.filesz, s.memsz]
        for s in elf.read(BASE).segments
        if s.type == elf.PT_LOAD
    ]
    assert ours == theirs


def test_symbols_are_those_of_nm() -> None:
    theirs = sorted(
        (int(value, 16), int(size, 16), name)
        for value, size, _, name in (
            line.split(" ", 3) for line in oracle("nm", "-S", "--defined-only") if line.count(" ") == 3
        )
    )
    ours = sorted(
        (s.value, s.size, s.name)
        for s in elf.read(BASE).symbols
        if s.size and s.section != elf.SHN_UNDEF and s.type not in (elf.STT_FILE, elf.STT_SECTION)
    )
    assert ours == theirs


@needs_toolchain
def test_labels_that_emit_relocs_keeps_are_none_of_the_symbols(tmp_path: Path) -> None:
    text = "int out; int f(int a) { return a ? a * 3 : out; } int main(void) { for (;;) out += f(out); }"
    made = compile_(tmp_path, "a.c", text, "-g")
    plain = sorted(elf.read(link(tmp_path, made)).symbols)
    kept = sorted(elf.read(link(tmp_path, made, flags=("-Wl,--emit-relocs",))).symbols)
    assert b".L" in (tmp_path / "linked.elf").read_bytes()
    assert [one[:5] for one in kept] == [one[:5] for one in plain]


def test_contents_are_the_bytes_of_a_section(whole: Any) -> None:
    read = elf.parse(whole)
    text = next(s for s in read.sections if s.name == ".text")
    assert bytes(read.contents(text)) == whole[text.offset : text.offset + text.size]
    bss = next(s for s in read.sections if s.name == ".bss")
    assert bss.size > 0
    assert len(read.contents(bss)) == 0


def test_reads_a_relocatable_object(tmp_path: Path) -> None:
    compiler = shutil.which(PREFIX + "gcc")
    if compiler is None:
        pytest.skip("no compiler is here")
    source = tmp_path / "a.c"
    source.write_text("extern int far(void);\nint near(void) { return far(); }\n")
    subprocess.run(
        [
            compiler,
            "-c",
            "-march=rv32imac",
            "-mabi=ilp32",
            "-ffunction-sections",
            source,
            "-o",
            tmp_path / "a.o",
        ],
        check=True,
    )
    read = elf.read(tmp_path / "a.o")
    assert read.kind == elf.ET_REL
    assert read.segments == ()
    assert {s.name for s in read.symbols} >= {"near", "far"}
    relocations = next(s for s in read.sections if s.name == ".rela.text.near")
    assert relocations.type == elf.SHT_RELA
    assert read.sections[relocations.info].name == ".text.near"
    assert len(read.contents(relocations)) == relocations.size


def patched(data: bytes, offset: int, format: str, value: int) -> bytes:
    out = bytearray(data)
    struct.pack_into(format, out, offset, value)
    return bytes(out)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: b"", "the file is empty"),
        (lambda d: b"#!/bin/sh\n" * 9, "not an ELF file: it is text (offset 0x0)"),
        (lambda d: d[:40], "truncated: 40 bytes, the ELF header alone has 52"),
        (lambda d: d[:4] + b"\2" + d[5:], "a 64-bit ELF; a 32-bit one is needed (offset 0x4)"),
        (lambda d: d[:4] + b"\7" + d[5:], "unknown ELF class 7 (offset 0x4)"),
        (lambda d: d[:5] + b"\2" + d[6:], "a big-endian ELF; a little-endian one is needed (offset 0x5)"),
        (lambda d: patched(d, 42, "<H", 56), "program headers of 56 bytes, not 32 (offset 0x2a)"),
        (lambda d: patched(d, 46, "<H", 64), "section headers of 64 bytes, not 40 (offset 0x2e)"),
        (lambda d: patched(d, 50, "<H", 1), "section 1, which should name the sections, is no string table"),
    ],
)
def test_says_what_is_wrong(whole: Any, change: Any, message: str) -> None:
    with pytest.raises(FormatError) as raised:
        elf.parse(change(whole))
    assert str(raised.value) == message


def test_a_cut_file_names_the_table_and_its_offset(whole: Any) -> None:
    start = struct.unpack_from("<I", whole, 32)[0]
    with pytest.raises(
        FormatError, match=rf"section header table takes \d+ bytes, of which .* \(offset {start:#x}\)"
    ):
        elf.parse(whole[: start + 100])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="No such file"):
        elf.read(tmp_path / "absent.elf")
    with pytest.raises(FormatError, match="not a regular file"):
        elf.read(tmp_path)
    (tmp_path / "empty.elf").write_bytes(b"")
    with pytest.raises(FormatError, match="the file is empty") as raised:
        elf.read(tmp_path / "empty.elf")
    assert raised.value.file.endswith("empty.elf")


def test_a_name_that_is_not_utf8_stays_visible(whole: Any) -> None:
    at = whole.rindex(b"\0_heap_size\0") + 1
    names = {s.name for s in elf.parse(whole[:at] + b"\xff\x1b" + whole[at + 2 :]).symbols}
    assert "\\xff\x1beap_size" in names


def test_names_that_all_share_one_long_string_are_refused() -> None:
    long = b"\0" + b"x" * 50_000 + b"\0"
    header, sections = 52, 3
    symbols = b"".join(struct.pack("<IIIBBH", 1 + i, 0, 4, 18, 0, 1) for i in range(5_000))
    start = header + sections * 40
    data = struct.pack(
        "<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 243, 1, 0, 0, header, 0, 52, 0, 0, 40, sections, 0
    )
    data += bytes(40)
    data += struct.pack("<10I", 0, elf.SHT_SYMTAB, 0, 0, start, len(symbols), 2, 0, 4, 16)
    data += struct.pack("<10I", 0, elf.SHT_STRTAB, 0, 0, start + len(symbols), len(long), 0, 0, 1, 0)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="overlap without end"):
            elf.parse(data + symbols + long)
        assert tracemalloc.get_traced_memory()[1] < 20 * len(data + symbols + long)
    finally:
        tracemalloc.stop()


@examples(150)
@given(st.data())
def test_any_cut_parses_or_is_refused(data: st.DataObject) -> None:
    whole = BASE.read_bytes()
    with suppress(FormatError):
        elf.parse(whole[: data.draw(st.integers(0, len(whole)))])


@cache
def tables() -> list[tuple[int, int]]:
    """Where the ELF header, the program and section headers, the symbols and the names lie."""
    whole = BASE.read_bytes()
    read = elf.parse(whole)
    start = struct.unpack_from("<I", whole, 32)[0]
    places = [
        (s.offset, s.offset + s.size) for s in read.sections if s.type in (elf.SHT_SYMTAB, elf.SHT_STRTAB)
    ]
    return [(0, 52 + 32 * len(read.segments)), (start, start + 40 * len(read.sections)), *places]


@examples(200)
@given(st.integers(0, (1 << 64) - 1))
def test_any_flipped_bits_parse_or_are_refused(seed: int) -> None:
    dice = random.Random(seed)
    whole = bytearray(BASE.read_bytes())
    for first, last in dice.choices(tables(), k=dice.randint(1, 4)):
        whole[dice.randrange(first, last)] ^= 1 << dice.randrange(8)
    with suppress(FormatError):
        elf.parse(bytes(whole))
