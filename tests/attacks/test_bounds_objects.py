"""Objects and archives that say something else than they hold cost no more than they are long."""

from __future__ import annotations

import struct
from pathlib import Path

import bounded
import pytest
from compiled import ABI, CROSS, compile_, needs_toolchain, run
from gatheredmap import TOGETHER, gathered

from imgcheck import targets
from imgcheck.builds import locating, mergedrows
from imgcheck.errors import FormatError
from imgcheck.prediction import buildfiles, linkgraph
from imgcheck.readers import elf, linkmap, objects
from imgcheck.readers.linkmap import LinkMap

CHIP = targets.DEFAULT.chip
SCRIPT = f"""
MEMORY {{ f : ORIGIN = 0x23000000, LENGTH = 64K }}
SECTIONS {{ .text : {{ *(.text .text.*) {TOGETHER} *(.rodata .rodata.*) *(.srodata .srodata.*) }} > f }}
"""
MAIN = """
extern const char *other(int);
const char *first(int n) { return n ? "the first of all" : "shared by all of them"; }
int main(int n) { return first(n)[0] + other(n)[1]; }
"""
OTHER = 'const char *other(int n) { return n ? "another of these texts, which is longer" : "all of them"; }'
STRINGS = (b"a text of some length %06d\0" * 40_000) % tuple(range(40_000))  # 1 MB
POOL = b".rodata.first.str1.4"
# (name, flags, bytes of an entry, how often)
LIES = {
    "overlap": (b".r%04d", 0x32, 1, 2_000),
    "entry of 4 GiB": (POOL, 0x32, 0xFFFFFFF0, 1),
    "constants of a byte": (POOL, 0x12, 1, 1),
    "no alignment": (POOL, 0x32, 1, 1),
}


def lying(what: str) -> bytes:
    """An object whose sections all have the same bytes."""
    name, flags, entry, count = LIES[what]
    names, rows = b"\0", [bytes(40)]
    for number in range(count):
        called = name % number if b"%" in name else name
        rows.append(struct.pack("<10I", len(names), 1, flags, 0, 52, len(STRINGS), 0, 0, 0, entry))
        names += called + b"\0"
    rows.append(struct.pack("<10I", 0, 3, 0, 0, 52 + len(STRINGS), len(names), 0, 0, 1, 0))
    table = 52 + len(STRINGS) + len(names)
    magic = b"\x7fELF\1\1\1".ljust(16, b"\0")
    fields = (1, 243, 1, 0, 0, table, 0, 52, 0, 0, 40, len(rows), len(rows) - 1)
    return struct.pack("<16sHHIIIIIHHHHHH", magic, *fields) + STRINGS + names + b"".join(rows)


def build(tmp_path: Path, what: str) -> None:
    """A build of which one object is such a one, and the map is of a linker that gathers strings."""
    linked(tmp_path)
    (tmp_path / "a.map").write_text(gathered((tmp_path / "a.map").read_text()))
    (tmp_path / "main.o").write_bytes(lying(what))


def linked(tmp_path: Path) -> None:
    """A build of two objects."""
    (tmp_path / "l.ld").write_text(SCRIPT)
    for name, text in (("main.c", MAIN), ("other.c", OTHER)):
        compile_(tmp_path, name, text)
    run(f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,l.ld,-e,main",
        "-Wl,--cref,-Map=a.map,--build-id=none", "-o", "a.elf", "main.o", "other.o", "-lgcc",
        cwd=tmp_path)  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("what", LIES)
def test_an_object_that_says_whose_strings_are_costs_no_more_than_it_is_long(
    tmp_path: Path, what: str
) -> None:
    """2 GB and 4 GB for objects of 1 MB."""
    build(tmp_path, what)
    ran = bounded.run(["report", "a.elf", "-o", "json=out.json"], tmp_path)
    assert ran.code == 0, ran.err[-600:]
    bounded.cheap(ran, 4, 200)


@needs_toolchain
@pytest.mark.parametrize("what", [what for what in LIES if what != "overlap"])
def test_a_link_with_such_an_object_is_told_again(tmp_path: Path, what: str) -> None:
    """Strings without an alignment were divided by it."""
    build(tmp_path, what)
    links = linkmap.read(tmp_path / "a.map")
    found = buildfiles.load_objects(links, tmp_path / "a.map", tmp_path, True)
    graph = linkgraph.build(found.linked, links, elf.read(tmp_path / "a.elf"), CHIP)
    assert len(graph.elements) > (0 if what == "constants of a byte" else 1)


@needs_toolchain
def test_a_reference_behind_the_end_of_its_section_is_none(tmp_path: Path) -> None:
    """What goes around it was taken from the function that lies there."""
    linked(tmp_path)
    data = bytearray((tmp_path / "main.o").read_bytes())
    loaded = objects.load(memoryview(bytes(data)))
    (table,) = next(
        tables for index, tables in loaded.tables.items() if "main" in loaded.elf.sections[index].name
    )
    for at in range(table.offset, table.offset + table.size, 24):
        struct.pack_into("<I", data, at, struct.unpack_from("<I", data, at)[0] + 0x400)
    (tmp_path / "main.o").write_bytes(data)
    links = linkmap.read(tmp_path / "a.map")
    found = buildfiles.load_objects(links, tmp_path / "a.map", tmp_path, True)
    graph = linkgraph.build(found.linked, links, elf.read(tmp_path / "a.elf"), CHIP)
    assert any(node.edges for node in graph.nodes)
    assert all(edge.offset < node.raw for node in graph.nodes for edge in node.edges)


def test_sections_that_overlap_without_end_are_no_elf() -> None:
    data = lying("overlap")
    with pytest.raises(FormatError, match="overlap without end"):
        elf.parse(data, symbols=False)
    assert elf.parse(lying("no alignment"), symbols=False).sections[1].size == len(STRINGS)


def test_more_merged_bytes_than_any_flash_holds_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mergedrows, "_MOST_BYTES", len(STRINGS) - 1)
    sections = mergedrows._Sections(
        LinkMap((), (), (), (), (), frozenset(), b"", gathering=frozenset()), Path("a.map")
    )
    assert sections._mergeable(memoryview(lying("no alignment"))) is None


def test_files_of_one_name_in_many_folders_are_looked_for_by_their_place() -> None:
    """20,000 of them and as many rows of a map took minutes."""
    index = locating.Index(f"/here/{number}/src/main.o" for number in range(20_000))
    found = [index.find(f"/there/{number}/src/main.o") for number in range(20_000)]
    assert found[77] == "/here/77/src/main.o" and len(set(found)) == 20_000
