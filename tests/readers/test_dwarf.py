"""Compile units and inlined calls against pyelftools; damaged and hostile sections."""

from __future__ import annotations

import io
import struct
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from compiled import compile_, link, needs_toolchain
from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.die import DIE
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import ELF, needs_fixture

from imgcheck.errors import FormatError
from imgcheck.readers import dwarf, elf, objects

NAMES = (".debug_info", ".debug_abbrev", ".debug_str", ".debug_line_str", ".debug_ranges", ".debug_rnglists")
Call = tuple[int, int, tuple[tuple[int, int], ...]]
SOURCE = """
struct item { int id; const char *name; };
extern int read_sensor(int); extern void report(const struct item *, int);
static inline int checked(int n) { int v = read_sensor(n);
    if (v < 0) { v = read_sensor(n + 1); } return v * 7; }
static inline __attribute__((always_inline)) int twice(int n) { return checked(n) + checked(n + 2); }
int main(void) { struct item it = { 1, "one" }; int v = twice(3);
    if (v > 40) report(&it, v); else v += twice(v);
    return v; }
int read_sensor(int n) { return *(volatile int *)(0x40000000 + 4 * n); }
void report(const struct item *it, int v) { *(volatile int *)0x40000100 = v + it->id; }
"""
CPLUSPLUS = """
namespace radio {
template <int N> struct Timing { static inline int at(int i) { return i * N + *(volatile int *)64; } };
struct Sender { virtual int send(int) = 0; };
struct Fast : Sender { int send(int code) override { return Timing<3>::at(code) + Timing<5>::at(code); } }; }
extern "C" int main() { radio::Fast one; radio::Sender *use = &one; return use->send(4); }
"""


def sections(parsed: elf.Elf) -> dwarf.Sections:
    by_name = {s.name: bytes(parsed.contents(s)) for s in parsed.sections}
    return dwarf.Sections(*(by_name.get(name, b"") for name in NAMES))


def ours(data: bytes) -> list[tuple[str, str, int, Counter[Call]]]:
    found = sections(elf.parse(data))
    units = list(dwarf.units(found))
    calls = [Counter((one[0], one[1], one[2]) for one in dwarf.inlined(found, unit)) for unit in units]
    return [(unit.name, unit.folder, unit.lines, of) for unit, of in zip(units, calls, strict=True)]


def theirs(data: bytes) -> list[tuple[str, str, int, Counter[Call]]]:
    info = ELFFile(io.BytesIO(data)).get_dwarf_info()
    lists = info.range_lists()
    found = []
    for unit in info.iter_CUs():
        top = unit.get_top_DIE()
        calls = [(one, their_ranges(one, unit, lists)) for one in unit.iter_DIEs()
                 if one.tag == "DW_TAG_inlined_subroutine"]  # fmt: skip
        values = {name: attribute.value for name, attribute in top.attributes.items()}
        found.append(
            (
                values.get("DW_AT_name", b"").decode(),
                values.get("DW_AT_comp_dir", b"").decode(),
                values.get("DW_AT_stmt_list", -1),
                Counter(
                    (number(one, "DW_AT_call_file"), number(one, "DW_AT_call_line"), spans)
                    for one, spans in calls
                    if spans
                ),
            )
        )
    return found


def number(one: DIE, name: str) -> int:
    return int(one.attributes[name].value) if name in one.attributes else 0


def their_ranges(one: DIE, unit: CompileUnit, lists: object) -> tuple[tuple[int, int], ...]:
    attributes = one.attributes
    if "DW_AT_ranges" in attributes:
        base = unit.get_top_DIE().attributes["DW_AT_low_pc"].value
        spans = []
        for entry in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, unit):  # type: ignore[attr-defined]
            if isinstance(entry, BaseAddressEntry):
                base = entry.base_address
            elif entry.end_offset > entry.begin_offset:
                start = 0 if entry.is_absolute else base
                spans.append((start + entry.begin_offset, start + entry.end_offset))
        return tuple(spans)
    if "DW_AT_low_pc" not in attributes:
        return ()
    low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
    end = high.value if high.form == "DW_FORM_addr" else low + high.value
    return ((low, end),) if end > low else ()


@cache
def fixture() -> bytes:
    return ELF.read_bytes()


@needs_fixture
def test_units_and_inlined_calls_of_the_fixture() -> None:
    found = ours(fixture())
    assert found == theirs(fixture())
    assert sum(calls.total() for *_, calls in found) > 20


@needs_toolchain
@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize(("name", "text"), [("main.c", SOURCE), ("main.cpp", CPLUSPLUS)])
def test_units_and_inlined_calls_of_small_programs(
    tmp_path: Path, version: int, name: str, text: str
) -> None:
    flags = ["-fno-rtti"] if name.endswith("pp") else []
    linked = link(tmp_path, compile_(tmp_path, name, text, f"-gdwarf-{version}", "-O2", *flags)).read_bytes()
    found = ours(linked)
    assert found == theirs(linked)
    assert [unit[0] for unit in found] == [name]
    assert found[0][3]


@needs_toolchain
@pytest.mark.parametrize("version", [4, 5])
def test_the_unit_of_an_object_needs_relocations(tmp_path: Path, version: int) -> None:
    made = compile_(tmp_path, "main.c", SOURCE, f"-gdwarf-{version}")
    obj = objects.load(memoryview(made.read_bytes()))
    plain = sections(obj.elf)
    info, _ = objects.relocated(obj, ".debug_info")
    units = list(dwarf.units(plain._replace(info=info)))
    assert [unit.name for unit in units] == ["main.c"]
    assert units[0].folder == str(tmp_path)
    assert units[0].end == len(info)


def test_first_only_stops_at_the_first() -> None:
    two = sample_unit("one.c") + sample_unit("two.c")
    assert [u.name for u in dwarf.units(dwarf.Sections(two, ABBREV))] == ["one.c", "two.c"]
    assert [u.name for u in dwarf.units(dwarf.Sections(two, ABBREV), first_only=True)] == ["one.c"]


# A unit with a name, and an inlined call with a range list.
ABBREV = b"\x01\x11\x01\x03\x08\x00\x00" + b"\x02\x1d\x00\x55\x17\x58\x0b\x59\x05\x00\x00" + b"\x00"


def sample_unit(name: str, body: bytes = b"") -> bytes:
    rest = struct.pack("<HIB", 4, 0, 4) + b"\x01" + name.encode() + b"\0" + body
    return struct.pack("<I", len(rest)) + rest


def walk(found: dwarf.Sections) -> None:
    """Everything is read, or refused with its place."""
    tables = dwarf.Tables(found.abbrev)
    try:
        for unit in dwarf.units(found):
            for call in dwarf.inlined(found, unit, tables):
                assert all(end > start for start, end in call.ranges)
    except FormatError as error:
        assert error.position


@examples(200)
@given(parts=st.tuples(*[st.binary(max_size=120)] * 6), version=st.integers(2, 5))
def test_any_bytes(parts: tuple[bytes, ...], version: int) -> None:
    walk(dwarf.Sections(*parts))
    head = struct.pack("<HBBI", 5, 1, 4, 0) if version == 5 else struct.pack("<HIB", version, 0, 4)
    body = head + b"\x01" + parts[0]
    found = dwarf.Sections(*parts)
    walk(found._replace(info=struct.pack("<I", len(body)) + body, abbrev=b"\x01\x11\x01" + parts[1]))
    walk(found._replace(info=struct.pack("<I", len(body)) + body, abbrev=ABBREV))


@cache
def one_unit() -> dwarf.Sections:
    """A unit of the fixture by itself."""
    whole = sections(elf.parse(fixture()))
    units = [unit for unit in dwarf.units(whole) if any(True for _ in dwarf.inlined(whole, unit))]
    unit = min(units, key=lambda one: one.end - one.offset)
    return whole._replace(
        info=whole.info[unit.offset : unit.end][:6]
        + struct.pack("<I", 0)
        + whole.info[unit.offset + 10 : unit.end],
        abbrev=whole.abbrev[unit.abbrev_offset : unit.abbrev_offset + 2000],
    )


@needs_fixture
@examples(150)
@given(draw=st.data())
def test_damaged_units(draw: st.DataObject) -> None:
    whole = one_unit()
    found = whole
    for field in ("info", "abbrev", "ranges"):
        data = bytearray(getattr(whole, field))
        for _ in range(draw.draw(st.integers(0, 4)) if data else 0):
            position = draw.draw(st.integers(0, len(data) - 1) | st.integers(0, min(60, len(data) - 1)))
            data[position] = draw.draw(st.integers(0, 255))
        keep = draw.draw(st.just(len(data)) | st.integers(0, len(data)))
        found = found._replace(**{field: bytes(data[:keep])})
    walk(found)


def test_many_units_that_share_a_long_table() -> None:
    # 20,000 units whose abbreviation is the last of a long table: read anew for each, minutes.
    padding = b"".join(b"\xff\xff\x7f\x34\x00\x03\x08\x00\x00" for _ in range(20_000))
    table = padding + ABBREV
    walk(dwarf.Sections(sample_unit("x.c") * 20_000, table))
    apart = b"".join(
        unit[:6] + struct.pack("<I", 9 * i) + unit[10:]
        for i, unit in enumerate([sample_unit("x.c")] * 20_000)
    )
    walk(dwarf.Sections(apart, table))


def test_many_calls_that_share_a_long_range_list() -> None:
    # 20,000 inlined calls with the same 40,000 ranges each.
    calls = (b"\x02" + struct.pack("<IBH", 0, 1, 5)) * 20_000
    spans = b"".join(struct.pack("<II", 16 * i, 16 * i + 8) for i in range(1, 40_001))
    walk(dwarf.Sections(sample_unit("x.c", calls), ABBREV, ranges=spans))


def test_forms_that_say_the_form_follows_again_and_again() -> None:
    abbrev = b"\x01\x11\x01\x03\x08\x49\x16\x00\x00" + b"\x02\x1d\x00\x49\x16\x00\x00\x00"
    walk(dwarf.Sections(sample_unit("x.c", b"\x16" * 50_000), abbrev))


def test_entries_with_many_attributes_that_take_no_room() -> None:
    abbrev = ABBREV[:-1] + b"\x03\x1d\x00" + b"\x34\x19" * 20_000 + b"\x00\x00\x00"
    walk(dwarf.Sections(sample_unit("x.c", b"\x03" * 50_000), abbrev))


def test_many_units_named_by_one_long_string() -> None:
    abbrev = b"\x01\x11\x01\x03\x0e\x00\x00\x00"
    rest = struct.pack("<HIB", 4, 0, 4) + b"\x01"
    info = b"".join(struct.pack("<I", len(rest) + 4) + rest + struct.pack("<I", i) for i in range(50_000))
    for unit in dwarf.units(dwarf.Sections(info, abbrev, b"x" * 1_000_000)):
        assert len(unit.name) <= 4096


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (b"\xff\xff\xff\xff" + bytes(10), "past its section"),
        (b"\x40\0\0\0\4\0" + bytes(10), "past its section"),
        (struct.pack("<IH", 12, 9) + bytes(10), "DWARF version 9"),
        (struct.pack("<IHIBB", 8, 4, 0, 4, 9), "no abbreviation"),
    ],
)
def test_what_is_wrong_is_said(info: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        list(dwarf.units(dwarf.Sections(info, ABBREV)))
    assert caught.value.position == ".debug_info 0x0"
