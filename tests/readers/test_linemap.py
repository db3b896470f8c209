"""Line number programs against pyelftools; an object's rows against those of the ELF it was linked into."""

from __future__ import annotations

import io
import struct
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from compiled import compile_, link, needs_toolchain
from elftools.dwarf.lineprogram import LineProgram
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import ELF, needs_fixture

from imgcheck.errors import FormatError
from imgcheck.readers import elf, linemap, objects

HEADER = """
static inline int scaled(int value) { return value * 3 + 1; }
"""
MAIN = """
#include "scaled.h"
extern int helper(int); extern void sink(const char *);
int kept(int n) { int total = 0;
    for (int i = 0; i < n; i++) {
        total += helper(i) * scaled(i);
        if (total > 1000) sink("a long way away");
    }
    return total; }
int dropped(int n) { return helper(n) + 1; }
int main(void) { return kept(7) + scaled(helper(2)); }
"""
OTHER = """
#include "scaled.h"
int helper(int n) { switch (n) { case 1: return 5; case 2: return scaled(n); case 9: return 77; } return n; }
void sink(const char *text) { volatile char c; while (*text) c = *text++; (void)c; }
"""


def section(parsed: elf.Elf, name: str) -> bytes:
    found = next((s for s in parsed.sections if s.name == name), None)
    return bytes(parsed.contents(found)) if found else b""


def ours(data: bytes) -> list[tuple[tuple[str, ...], list[linemap.Sequence]]]:
    """File names and sequences of each program of a linked ELF."""
    parsed = elf.parse(data)
    line = section(parsed, ".debug_line")
    strings = section(parsed, ".debug_line_str"), section(parsed, ".debug_str")
    return [(p.files, linemap.run(line, p)) for p in linemap.programs(line, *strings)]


def theirs(data: bytes) -> list[tuple[tuple[str, ...], list[linemap.Sequence]]]:
    """The same as pyelftools reads it."""
    dwarf = ELFFile(io.BytesIO(data)).get_dwarf_info()
    found = []
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        sequences: list[Any] = []
        rows: list[Any] = []
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            if state.end_sequence:
                if rows:
                    sequences.append(linemap.Sequence(0, tuple(rows), state.address))
                rows = []
            else:
                rows.append((state.address, state.file, state.line))
        found.append((names(program), sequences))
    return found


def names(program: LineProgram) -> tuple[str, ...]:
    """Path of each file number as pyelftools knows it."""
    header = program.header
    folders = [text.decode() for text in header["include_directory"]]
    files = [(entry.name.decode(), entry.dir_index) for entry in header["file_entry"]]
    if header["version"] < 5:
        folders, files = ["", *folders], [("", 0), *files]
    return tuple(f"{folders[d]}/{n}" if folders[d] and not n.startswith("/") else n for n, d in files)


@cache
def fixture() -> bytes:
    return ELF.read_bytes()


@needs_fixture
def test_every_row_of_the_fixture() -> None:
    assert ours(fixture()) == theirs(fixture())


@needs_toolchain
@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_every_row_of_small_programs(tmp_path: Path, version: int) -> None:
    linked = small(tmp_path, version).read_bytes()
    found = ours(linked)
    assert found == theirs(linked)
    assert any(path.endswith("scaled.h") for files, _ in found for path in files)


@needs_toolchain
@pytest.mark.parametrize("version", [4, 5])
def test_rows_of_objects_pair_with_those_of_the_elf(tmp_path: Path, version: int) -> None:
    linked = ours(small(tmp_path, version).read_bytes())
    by_name: dict[str, list[linemap.Sequence]] = {}
    for files, sequences in linked:
        by_name[next(f for f in files if f.endswith(".c"))] = sequences
    relaxed = 0
    for name in ("main.c", "other.c"):
        obj = objects.load(memoryview((tmp_path / name).with_suffix(".o").read_bytes()))
        own = rows_of(obj)
        twins = next(sequences for file, sequences in by_name.items() if file.endswith(name))
        assert len(own) == len(twins)
        for (files, mine), twin in zip(own, twins, strict=True):
            assert [row[1:] for row in mine.rows] == [row[1:] for row in twin.rows]
            assert mine.section in {s.index for s in obj.elf.sections if s.flags & elf.SHF_EXECINSTR}
            assert files
            size = obj.elf.sections[mine.section].size
            assert [row[0] for row in mine.rows] == sorted(row[0] for row in mine.rows)
            assert mine.rows[0][0] == 0
            assert mine.end == size
            relaxed += size - (twin.end - twin.rows[0][0])
    assert relaxed > 0  # or relaxation would not have been tried


def rows_of(obj: objects.Object) -> list[tuple[tuple[str, ...], linemap.Sequence]]:
    data, anchors = objects.relocated(obj, ".debug_line")
    strings = objects.relocated(obj, ".debug_line_str")[0], section(obj.elf, ".debug_str")
    return [
        (program.files, sequence)
        for program in linemap.programs(data, *strings)
        for sequence in linemap.run(data, program, anchors)
    ]


def small(folder: Path, version: int) -> Path:
    (folder / "scaled.h").write_text(HEADER)
    made = [
        compile_(folder, name, text, f"-gdwarf-{version}", "-fno-inline-small-functions")
        for name, text in (("main.c", MAIN), ("other.c", OTHER))
    ]
    return link(folder, *made)


def survives(data: bytes, strings: bytes = b"") -> None:
    try:
        for program in linemap.programs(data, strings, strings):
            linemap.run(data, program)
            linemap.run(data, program, {})
    except FormatError as error:
        assert error.position


def sample() -> bytes:
    line = section(elf.parse(fixture()), ".debug_line")
    first = next(linemap.programs(line))
    return line[first.offset : first.end]


@examples(200)
@given(data=st.binary(max_size=200), strings=st.binary(max_size=20))
def test_any_bytes(data: bytes, strings: bytes) -> None:
    survives(data, strings)
    for version in (3, 4, 5):  # a header that is right, so that the program is reached
        body = struct.pack("<H", version) + (b"\4\0" if version == 5 else b"") + data
        survives(struct.pack("<I", len(body)) + body, strings)


@needs_fixture
@examples(150)
@given(draw=st.data())
def test_damaged_programs(draw: st.DataObject) -> None:
    data = bytearray(sample())
    for _ in range(draw.draw(st.integers(1, 6))):
        position = draw.draw(st.integers(0, len(data) - 1) | st.integers(0, min(60, len(data) - 1)))
        data[position] = draw.draw(st.integers(0, 255))
    survives(bytes(data[: draw.draw(st.integers(0, len(data)))]))
    survives(bytes(data))


def header5(files: bytes, program: bytes = b"") -> bytes:
    """A version 5 unit with no folders and this file table."""
    fixed = bytes([1, 1, 1, 0xFB, 14, 1])
    rest = fixed + b"\0\0" + files
    body = struct.pack("<HBBI", 5, 4, 0, len(rest)) + rest + program
    return struct.pack("<I", len(body)) + body


def test_a_table_that_claims_many_rows_is_refused() -> None:
    many = b"\x01\x01\x0b" + b"\xff" * 9 + b"\x01"
    with pytest.raises(FormatError, match="truncated"):
        list(linemap.programs(header5(many)))


def test_names_that_share_one_long_string_take_no_room_each() -> None:
    # 50,000 references into a string of a megabyte would be 25 GB of names.
    count = 50_000
    table = b"\x01\x01\x1f" + bytes([0x80 | count & 0x7F, 0x80 | count >> 7 & 0x7F, count >> 14])
    table += b"".join(struct.pack("<I", i) for i in range(count))
    survives(header5(table), b"x" * 1_000_000 + b"\0")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xff\xff\xff", "64-bit"),
        (b"\x40\0\0\0" + bytes(20), "past its section"),
        (b"\x10\0\0\0\x09\0" + bytes(14), "version 9"),
        (b"\x10\0\0\0\x04\0\xff\xff" + bytes(14), "header"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        list(linemap.programs(data))
    assert caught.value.position == ".debug_line 0x0"


def test_a_line_range_of_zero() -> None:
    files = bytes([0, 0])
    fixed = bytes([1, 1, 1, 0xFB, 0, 1])
    body = struct.pack("<HI", 4, len(fixed) + len(files)) + fixed + files + b"\x20\x30"
    data = struct.pack("<I", len(body)) + body
    with pytest.raises(FormatError, match="line_range"):
        linemap.run(data, next(linemap.programs(data)))
