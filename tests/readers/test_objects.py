"""Archive members, symbols and relocations against ar, pyelftools and readelf; hostile archives."""

from __future__ import annotations

import io
import re
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import BASE, needs_fixture

from imgcheck.errors import FormatError
from imgcheck.readers import elf, objects

ARCHIVES = sorted(BASE.rglob("*.a"))
BARE = sorted(BASE.rglob("*.o"))
SILENT = ("R_RISCV_NONE", "R_RISCV_ALIGN", "R_RISCV_RELAX")
needs_readelf = pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf")
needs_ar = pytest.mark.skipif(not shutil.which("ar"), reason="no ar")


@cache
def members() -> tuple[tuple[str, bytes], ...]:
    """Every object of the fixture's own archives."""
    return tuple(
        (f"{path.name}({name})", bytes(data)) for path in ARCHIVES for name, data in objects.read(path)
    )


@needs_fixture
@needs_ar
@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: path.name)
def test_members_are_those_that_ar_lists(path: Path) -> None:
    listed = run("ar", "t", path).split("\n")[:-1]
    found = objects.read(path)
    assert [name for name, _ in found] == listed
    for name in dict.fromkeys(listed):
        if listed.count(name) == 1:
            data = subprocess.run(["ar", "p", str(path), name], capture_output=True, check=True).stdout
            assert bytes(next(m.data for m in found if m.name == name)) == data


@needs_fixture
def test_symbols_as_pyelftools_reads_them() -> None:
    for where, data in members():
        obj = objects.load(memoryview(data))
        table = ELFFile(io.BytesIO(data)).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        assert len(obj.symbols.values) == table.num_symbols()
        sources = 0
        for index, symbol in enumerate(table.iter_symbols()):
            sources += symbol["st_info"]["type"] == "STT_FILE"
            place = symbol["st_shndx"]
            number = {"SHN_UNDEF": 0, "SHN_ABS": 0xFFF1, "SHN_COMMON": 0xFFF2}.get(place, place)
            got = (obj.symbols.values[index], obj.symbols.sizes[index], obj.symbols.sections[index])
            assert got == (symbol["st_value"], symbol["st_size"], number), where
            bind = {"STB_LOCAL": 0, "STB_GLOBAL": 1, "STB_WEAK": 2}[symbol["st_info"]["bind"]]
            assert obj.symbols.binds[index] == bind
            hidden = not symbol.name or symbol.name.startswith((".L", "$")) or symbol["st_name"] == 0
            assert obj.symbols.names.get(index, "") == ("" if hidden else symbol.name), where
        assert obj.symbols.units == sources, where


@needs_fixture
@needs_readelf
def test_relocations_as_readelf_prints_them(tmp_path: Path) -> None:
    for where, data in members()[::5]:
        (tmp_path / "m.o").write_bytes(data)
        obj = objects.load(memoryview(data))
        changed = [i for i in obj.tables if obj.elf.sections[i].flags & elf.SHF_ALLOC]
        found = {obj.elf.sections[i].name: objects.references(obj, i) for i in changed}
        assert found == printed(run("readelf", "-rW", tmp_path / "m.o"), obj), where


def printed(text: str, obj: objects.Object) -> dict[str, list[tuple[int, int, int]]]:
    """Relocations of allocated sections as readelf -r prints them, by section name."""
    allocated = {s.name for s in obj.elf.sections if s.flags & elf.SHF_ALLOC}
    found: dict[str, list[tuple[int, int, int]]] = {}
    section = ""
    for line in text.splitlines():
        header = re.match(r"Relocation section '\.rela(.+)' at offset", line)
        if header:
            section = header[1]
        row = re.match(r"([0-9a-f]{8})  ([0-9a-f]{8}) (R_RISCV_\w+)\s*(.*)", line)
        if not row or section not in allocated or row[3] in SILENT:
            continue
        info = int(row[2], 16)
        tail = re.search(r"(?:([+-]) )?([0-9a-f]+)$", row[4])
        addend = int(tail[2], 16) * (-1 if tail[1] == "-" else 1) if tail else 0
        if info >> 8:
            found.setdefault(section, []).append((int(row[1], 16), info >> 8, addend))
    return found


@needs_fixture
@needs_readelf
@pytest.mark.parametrize("name", [".debug_info", ".debug_line", ".debug_aranges", ".debug_ranges"])
def test_debug_sections_as_readelf_relocates_them(tmp_path: Path, name: str) -> None:
    picked = [data for _, data in members() if name.encode() + b"\0" in data][::6]
    assert picked
    for data in picked:
        (tmp_path / "m.o").write_bytes(data)
        dump = run("readelf", "-W", "-R", name, tmp_path / "m.o")
        rows = re.findall(r"^  0x[0-9a-f]{8} ((?:[0-9a-f]+ ){1,4})", dump, re.MULTILINE)
        assert objects.relocated(objects.load(memoryview(data)), name)[0] == bytes.fromhex("".join(rows))


@needs_toolchain
def test_section_groups(tmp_path: Path) -> None:
    text = "template <int N> int next() { static int n = N; return ++n; }"
    text += "int main() { return next<3>() + next<4>(); }"
    obj = objects.load(memoryview(compile_(tmp_path, "g.cpp", text, "-g", "-fno-inline").read_bytes()))
    groups = [{obj.elf.sections[i].name for i in group} for group in objects.groups(obj.elf)]
    assert any({".text._Z4nextILi3EEiv"} <= group for group in groups)


@needs_toolchain
def test_anchors_name_the_section_of_each_address(tmp_path: Path) -> None:
    text = "int one(void) { return 1; } int two(void) { return 2; }"
    obj = objects.load(memoryview(compile_(tmp_path, "a.c", text, "-gdwarf-4").read_bytes()))
    _, anchors = objects.relocated(obj, ".debug_line")
    assert {obj.elf.sections[s].name for s, _ in anchors.values()} == {".text.one", ".text.two"}
    assert objects.relocated(obj, ".debug_nothing") == (b"", {})
    info, _ = objects.relocated(obj, ".debug_info")
    assert objects.relocated(obj, ".debug_info", 40)[0] == info[:40]


@needs_toolchain
def test_thin_archives_are_refused(tmp_path: Path) -> None:
    compile_(tmp_path, "a.c", "int a;")
    run(f"{CROSS}ar", "rcT", tmp_path / "thin.a", "a.o", cwd=tmp_path)
    with pytest.raises(FormatError, match="thin archive") as caught:
        objects.read(tmp_path / "thin.a")
    assert caught.value.file == str(tmp_path / "thin.a")


@needs_ar
@examples(25)
@given(
    files=st.dictionaries(
        st.text("abcdefgh_-.", min_size=1, max_size=40).filter(lambda t: t.strip(".")),
        st.binary(max_size=40),
        min_size=1,
        max_size=5,
    )
)
def test_archives_that_ar_makes(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    folder = tmp_path_factory.mktemp("ar")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    run("ar", "qcSD", folder / "x.lib~", "--", *files, cwd=folder)
    found = objects.read(folder / "x.lib~")
    assert [(name, bytes(data)) for name, data in found] == list(files.items())


def header(name: bytes, size: int | bytes) -> bytes:
    digits = size if isinstance(size, bytes) else str(size).encode()
    return name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"644".ljust(8) + digits.ljust(10) + b"`\n"


MAGIC = b"!<arch>\n"


def parse(data: bytes) -> list[tuple[str, bytes]]:
    return [(name, bytes(content)) for name, content in objects.parse(memoryview(data))]


def test_names() -> None:
    table = b"a_name_of_more_than_16.o/\nanother/\n"
    bsd = b"name in the content\0"
    data = (
        MAGIC
        + header(b"/", 3) + b"abc\n"
        + header(b"//", len(table)) + table + b"\n" * (len(table) & 1)
        + header(b"/0", 1) + b"1\n"
        + header(b"/26", 2) + b"22"
        + header(b"#1/20", 23) + bsd + b"333\n"
        + header(b"short.o/", 0)
    )  # fmt: skip
    expected = [
        ("a_name_of_more_than_16.o", b"1"),
        ("another", b"22"),
        ("name in the content", b"333"),
        ("short.o", b""),
    ]
    assert parse(data) == expected


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (MAGIC + header(b"a.o/", 100), "past the end"),
        (MAGIC + header(b"a.o/", b"many"), "no size"),
        (MAGIC + header(b"a.o/", b"-5"), "past the end"),
        (MAGIC + header(b"a.o/", b""), "no size"),
        (MAGIC + header(b"a.o/", 0)[:-1] + b"x", "no header"),
        (MAGIC + header(b"a.o/", 1) + b"x" + header(b"b.o/", 2) + b"22", "no header"),  # padding forgotten
        (MAGIC + header(b"a.o/", 0)[:-1], "inside a member's header"),
        (b"!<thin>\n", "thin"),
    ],
)
def test_archives_that_lie_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        parse(data)
    assert caught.value.position.startswith("offset ")


def test_a_bare_object_is_its_only_member() -> None:
    assert parse(b"\x7fELF rest") == [("", b"\x7fELF rest")]
    assert parse(MAGIC) == []


def everything(data: bytes) -> None:
    try:
        for member in objects.parse(memoryview(data)):
            obj = objects.load(member.data)
            for section in obj.tables:
                objects.references(obj, section)
            list(objects.groups(obj.elf))
            for name in (".debug_line", ".debug_info"):
                objects.relocated(obj, name)
                objects.relocated(obj, name, 100)
    except FormatError as error:
        assert str(error)


@examples(150)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    everything(data)
    everything(MAGIC + data)
    everything(MAGIC + header(b"a.o/", len(data)) + data)


@needs_fixture
@examples(150)
@given(draw=st.data())
def test_damaged_objects(draw: st.DataObject) -> None:
    data = bytearray(min((d for _, d in members() if b".debug_line" in d), key=len))
    at = struct.unpack_from("<I", data, 32)[0]  # the section headers are hit most
    for _ in range(draw.draw(st.integers(1, 5))):
        place = draw.draw(st.integers(0, len(data) - 1) | st.integers(at, len(data) - 1) | st.integers(0, 51))
        data[place] = draw.draw(st.integers(0, 255))
    everything(bytes(data[: draw.draw(st.just(len(data)) | st.integers(0, len(data)))]))
