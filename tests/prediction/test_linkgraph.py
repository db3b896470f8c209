"""One graph of a link: sizes as the map has them, edges as readelf prints relocations, roots that hold."""

from __future__ import annotations

import re
import shutil
from collections import Counter

import pytest
from compiled import run
from studies import BASE, ELF, known, needs_fixture

from imgcheck.builds import mergedrows, placement
from imgcheck.prediction import buildfiles, linkage, linkgraph
from imgcheck.prediction.linknodes import Linked
from imgcheck.readers import elf, linkmap
from imgcheck.targets.bl602 import BL602

pytestmark = needs_fixture


def graph() -> linkage.Graph:
    return known().base.graph


def test_placed_sections_have_the_map_s_sizes() -> None:
    links = linkmap.read(ELF.with_suffix(".map"))
    # .bugkiller lies in no memory of the chip: it takes nothing.
    outputs = {one.name for one in graph().outputs if one.address < 0xD0000000} | {".tbss"}
    expected = Counter(
        {
            (row.path, row.name, row.address, row.size): 1
            for row in links.inputs
            if row.object and row.size and row.output in outputs
        }
    )
    merged = {(graph().objects[one.object], one.name) for one in graph().nodes if one.merged}
    found = Counter(
        (graph().objects[one.object], one.name, one.address, max(one.flash, one.ram))
        for one in graph().nodes
        if one.placed and max(one.flash, one.ram) and not one.merged
    )
    expected = Counter({key: n for key, n in expected.items() if key[:2] not in merged})
    assert found == expected


def test_offsets_are_where_the_bytes_are() -> None:
    links = elf.read(ELF)
    binary = known().base.binary
    sections = {s.name: s for s in links.sections}
    checked = 0
    for one in graph().nodes:
        if one.placed and one.offset >= 0 and one.flash and not one.merged:
            output = sections[one.output]
            start = one.address - output.address
            data = bytes(links.contents(output)[start : start + one.flash])
            assert data == binary[one.offset : one.offset + one.flash]
            checked += 1
    assert checked > 300


def test_pools_hold_what_is_in_the_image() -> None:
    binary = known().base.binary
    starts = {one.offset for one in graph().nodes if one.merged}
    pools = known().base.pools
    for index, (start, end, _) in pools.places.items():
        content = graph().elements[index].content
        assert binary[start : start + len(content)] == content
        assert end - start >= len(content)
        strings = graph().pools[graph().elements[index].pool].strings
        assert not strings or binary[start - 1] == 0 or start in starts
    placed = sum(pool.placed for pool in graph().pools)
    simulated = sum(linkage.pool_bytes(graph(), known().base.reach.elements))
    assert abs(placed - simulated) <= 8 * len(graph().pools)


@pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf")
def test_edges_are_readelf_s_relocations() -> None:
    # Bare objects have one relocation table per section, as in archives, and no members to tell apart.
    for path in sorted(BASE.rglob("*.o"))[:4]:
        where = path.relative_to(BASE).as_posix()
        number = graph().objects.index(where)
        found = {
            graph().nodes[n].name: {edge.symbol for edge in graph().nodes[n].edges if edge.symbol}
            for n in graph().sections[number]
        }
        section = ""
        for line in run("readelf", "-rW", path).splitlines():
            header = re.match(r"Relocation section '\.rela(.+)' at offset", line)
            section = header[1] if header else section
            row = re.match(r"[0-9a-f]{8}  [0-9a-f]{8} R_RISCV_\w+\s+[0-9a-f]+\s+(\w[\w.]*)", line)
            if row and section in found and not row[1].startswith(".") and defined(row[1], number):
                assert row[1] in found[section], (where, section)


def defined(name: str, number: int) -> bool:
    """Whether a section of another object defines it: the linker script's symbols are no edges."""
    return any(
        symbol == name and one.object != number for one in graph().nodes for symbol, _, _ in one.symbols
    )


def test_the_entry_point_and_what_is_kept_are_roots() -> None:
    entry = elf.read(ELF).entry
    roots = [graph().nodes[i] for i in graph().roots]
    assert any(one.address <= entry < one.address + one.flash for one in roots)
    assert any(one.name.startswith(".static_cli_cmds") for one in roots)
    assert not any(one.name.startswith(".rodata") for one in roots)


def test_without_an_object_its_references_come_from_the_map() -> None:
    links, parsed = linkmap.read(ELF.with_suffix(".map")), elf.read(ELF)
    found = buildfiles.load_objects(links, ELF.with_suffix(".map"), None)
    linked = [Linked(path, None if "librtos.a" in path else obj) for path, obj in found.linked]
    coarse = linkgraph.build(linked, links, parsed, BL602.chip)
    assert {coarse.objects[i] for i in coarse.coarse} == {p for p, _ in found.linked if "librtos.a" in p}
    assert linkage.trusted(linkage.calibrate(coarse))

    # What is reached with the exact graph is reached with the coarse one: it can only keep more.
    def placed(one: linkage.Graph) -> set[tuple[str, str, int]]:
        nodes = linkage.reach(one).nodes
        return {
            (one.objects[n.object], n.output, n.address)
            for i, n in enumerate(one.nodes)
            if i in nodes and n.placed and max(n.flash, n.ram) and not n.merged
        }

    assert placed(graph()) <= placed(coarse)


@pytest.mark.parametrize(
    ("data", "unit", "align", "strings", "expected"),
    [
        (b"ab\0c\0", 1, 1, True, [(0, b"ab\0"), (3, b"c\0")]),
        (b"ab\0\0c\0\0\0", 1, 4, True, [(0, b"ab\0"), (4, b"c\0")]),
        (b"\0\0\0\0a\0", 1, 4, True, [(0, b"\0"), (4, b"a\0")]),
        (b"a\0\0\0b\0\0\0", 2, 2, True, [(0, b"a\0\0\0"), (4, b"b\0\0\0")]),
        (b"no end", 1, 1, True, [(0, b"no end")]),
        (b"12345678abcdefgh", 8, 8, False, [(0, b"12345678"), (8, b"abcdefgh")]),
        (b"", 1, 1, True, []),
    ],
)
def test_elements_of_mergeable_sections(
    data: bytes, unit: int, align: int, strings: bool, expected: list[tuple[int, bytes]]
) -> None:
    assert [*mergedrows.split(data, unit, align, strings)] == expected


@needs_fixture
@pytest.mark.parametrize("zeroed", [False, True])
def test_a_section_lies_where_the_image_has_it_also_without_load_addresses(zeroed: bool) -> None:
    # A linker that leaves every p_paddr zero means that load and run address are the same.
    data = bytearray(ELF.read_bytes())
    if zeroed:
        start, count = int.from_bytes(data[28:32], "little"), int.from_bytes(data[44:46], "little")
        for at in range(start, start + 32 * count, 32):
            data[at + 12 : at + 16] = bytes(4)
    read = elf.parse(bytes(data))
    spaces = linkgraph._spaces(read, BL602.chip)
    origin = BL602.chip.image_origin
    for section, load, inside in placement.place(read, BL602.chip):
        space = spaces[section.name]
        assert space.flash == inside, section.name
        assert not inside or section.address + space.shift == load - origin, section.name
