import re
import shutil
import struct
import subprocess
import tracemalloc
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from laws import examples

from imgcheck import targets
from imgcheck.builds import breakdown, components, load, owners
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import FILL, HOLE, UNATTRIBUTED
from imgcheck.readers import elf

TARGET = targets.DEFAULT
BL602 = TARGET.chip
BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
MAP = BASE.with_suffix(".map")
PREFIX = "riscv64-unknown-elf-"
REMOVED = [word for name in (".romdata", ".rom", ".bugkiller_command", ".bugkiller") for word in ("-R", name)]


def run(*command: Any) -> Any:
    if shutil.which(PREFIX + command[0]) is None:
        pytest.skip(f"{command[0]} is not here")
    done = subprocess.run(
        [PREFIX + command[0], *map(str, command[1:])], check=True, capture_output=True, text=True
    )
    return done.stdout


def objcopied(path: Any, folder: Any) -> Any:
    run("objcopy", "-S", "-O", "binary", *REMOVED, path, folder / "oracle.bin")
    return (folder / "oracle.bin").read_bytes()


@pytest.fixture(scope="module")
def image() -> Any:
    return load.build(BASE, MAP, BL602)


def test_image_is_objcopys(image: Any, tmp_path: Path) -> None:
    assert image.binary == objcopied(BASE, tmp_path)
    assert image.binary == BASE.with_suffix(".bin").read_bytes()


def test_every_byte_once(image: Any) -> None:
    size = len(image.binary)
    assert sum(item.flash for item in image.items) == size
    covered = bytearray(size)
    for item in image.items:
        if item.flash:
            at = item.load - BL602.image_origin
            covered[at : at + item.flash] = bytes(b + 1 for b in covered[at : at + item.flash])
    assert covered == b"\1" * size
    runs = sorted((item.address, item.address + item.ram) for item in image.items if item.ram)
    assert all(left[1] <= right[0] for left, right in pairwise(runs))


def test_nearly_every_byte_has_an_owner(image: Any) -> None:
    nobody = sum(item.flash for item in image.items if item.name == UNATTRIBUTED)
    assert nobody < 0.005 * len(image.binary)
    assert image.detail == "map"


def test_regions_are_what_size_says(image: Any) -> None:
    listed = dict(re.findall(r"^(\.\S+)\s+(\d+)\s", run("size", "-A", BASE), re.M))
    wifi = int(listed[".wifibss"])
    tcm = sum(
        int(listed[name]) for name in (".romdata", ".data", ".tbss_space", ".bss", ".stack") if name in listed
    )
    used = {use.name: use.used for use in image.regions}
    assert used["ram_wifi"] == wifi
    # alignment between two sections belongs to neither
    assert tcm <= used["ram_tcm"] < tcm + 64
    symbols = {s.name: s.value for s in elf.read(BASE).symbols}
    assert image.heap == symbols["_heap_size"] + symbols["_heap_wifi_size"]
    sizes = {use.name: use.size for use in image.regions}
    assert symbols["_heap_start"] + symbols["_heap_size"] == 0x4200C000 + sizes["ram_tcm"]


def test_symbols_own_what_nm_says(image: Any) -> None:
    """A symbol that shares no byte with another has exactly its size, without its string pools."""
    own: Counter[Any] = Counter()
    for item in image.items:
        if not re.search(r"\.(str|cst)\d", item.input_section):
            own[item.name, item.address] += max(item.flash, item.ram)
    listed = [line.split() for line in run("nm", "-S", BASE).splitlines()]
    ranges = sorted(
        (int(v, 16), int(s, 16), name) for v, s, kind, name in (row for row in listed if len(row) == 4)
    )
    starts = Counter(value for value, _, _ in ranges)
    apart = [
        (value, size, name)
        for (value, size, name), after in zip(ranges, [*ranges[1:], (1 << 32, 0, "")], strict=True)
        if starts[value] == 1 and value + size <= after[0] and name not in ("__TMC_END__",)
    ]
    inside = [(v, s, n) for v, s, n in apart if 0x23000000 <= v < 0x23400000 or 0x4200C000 <= v < 0x4204C000]
    assert len(inside) > 100
    wrong = [row for row in inside if own[row[2], row[0]] != row[1]]
    assert len(wrong) <= 0.02 * len(inside), wrong  # a label inside of an assembly function may come first


def test_string_pools_belong_to_their_function(image: Any) -> None:
    pools = [item for item in image.items if re.search(r"\.str1\.\d+$", item.input_section)]
    named = [item for item in pools if item.input_section.count(".") > 3]
    assert named
    for item in named:
        owner = re.fullmatch(r"\.s?rodata\.(.+)\.str1\.\d+", item.input_section)
        assert owner and item.name == owner[1]
    for item in pools:
        assert item.object


@pytest.mark.parametrize(
    ("section", "owner"),
    [
        (".rodata.http_fn_index.str1.4", "http_fn_index"),
        (".rodata.http_fn_index.cst8", "http_fn_index"),
        (".rodata.str1.4", ".rodata.str1.4"),
        (".rodata.cst8", ".rodata.cst8"),
        (".srodata.cst8", ".srodata.cst8"),
        (".text.http_fn_index", "http_fn_index"),
        (".text.unlikely.http_fn_index", "http_fn_index"),
        (".text.startup.main", "main"),
        (".text.unlikely", ".text.unlikely"),
        (".text", ".text"),
        (".bss.buffer.0", "buffer.0"),
        (".sbss.flag", "flag"),
        (".data.rel.ro.local.table", "table"),
        (".data.rel.ro", ".data.rel.ro"),
        (".gnu.linkonce.t.inlined", "inlined"),
        (".rodata.copy.isra.0.str1.4", "copy.isra.0"),
        (".rodata._ZN2IR4sendEv.str1.4", "_ZN2IR4sendEv"),
        (".tcm_code", ".tcm_code"),
        ("COMMON", "COMMON"),
        ("", ""),
    ],
)
def test_owner_in_an_input_sections_name(section: str, owner: str) -> None:
    assert owners.owned_by(section) == owner


def test_data_counts_in_both(image: Any) -> None:
    data = [item for item in image.items if item.section == ".data"]
    assert data
    assert all(item.flash == item.ram and item.load != item.address for item in data)
    bss = [item for item in image.items if item.section in (".bss", ".stack", ".wifibss", ".romdata")]
    assert bss
    assert all(item.flash == 0 and item.ram for item in bss)


def test_hole_and_fill(image: Any) -> None:
    names: Counter[Any] = Counter()
    for item in image.items:
        names[item.name] += item.flash
    assert names[HOLE] > 2000  # behind the radio parameters' mark
    assert 0 < names[FILL] < names[HOLE]
    stack = [item for item in image.items if item.section == ".stack"]
    assert [item.name for item in stack] == [".stack"]


def test_without_a_map() -> None:
    image = load.build(BASE, None, BL602)
    assert image.detail == "symbols"
    assert image.binary == BASE.with_suffix(".bin").read_bytes()
    assert not any(item.archive or item.object or item.input_section for item in image.items)


def test_stripped(tmp_path: Path) -> None:
    stripped = tmp_path / "stripped.elf"
    run("strip", "-o", stripped, BASE)
    bare = load.build(stripped, None, BL602)
    assert bare.detail == "sections"
    assert bare.heap is None
    assert [d.code for d in bare.diagnostics] == ["elf-stripped", "no-heap-symbols"]
    assert {item.name for item in bare.items} == {UNATTRIBUTED, HOLE}
    with_map = load.build(stripped, MAP, BL602)
    assert with_map.detail == "map"
    assert with_map.binary == bare.binary
    nobody = sum(item.flash for item in with_map.items if item.name == UNATTRIBUTED)
    assert nobody < 0.005 * len(bare.binary)


SCRIPT = """
SECTIONS {{
  .init 0x23000000 : {{ *(.init) }}
  .hole 0x23000400 : {{ *(.hole) }}
  .bugkiller_command 0x23000800 : {{ *(.bugkiller_command) }}
  .text 0x23000900 : {{ *(.text .text.*) }}
  .romdata 0x4200C000 (NOLOAD) : AT(ADDR(.text) + SIZEOF(.text)) {{ . = . + 0x498; }}
  .data 0x4200C498 : AT(ADDR(.text) + ALIGN(SIZEOF(.text), 16)) {{ *(.data) }}
  .bss (NOLOAD) : {{ *(.bss) }}
  _heap_start = .;
  _heap_size = 0x42042000 - {em} - _heap_start;
  .wifibss 0x42042000 - {em} (NOLOAD) : {{ *(.wifibss) }}
  _heap_wifi_start = .;
  _heap_wifi_size = 0x4204C000 - {em} - _heap_wifi_start;
  {more}
}}
"""
SOURCE = """
.section .init,"ax"; .globl _start; .type _start,@function; _start: j later; .size _start, .-_start
.section .hole,"aw"; .word 1
.section .bugkiller_command,"a"; .zero 64, 0xff
.section .text.later,"ax"; later: .rept 37; nop; .endr; .size later, .-later
.section .data,"aw"; .globl first; first: second: .word 1, 2, 3
.type second,@object; .size first, 8; .size second, 12
.section .bss,"aw",@nobits; .zero 100
.section .wifibss,"aw",@nobits; .globl radio; radio: .zero 1000; .size radio, 1000
.section .far,"a"; .ascii "far away"
"""


@pytest.fixture
def link(tmp_path: Path) -> Any:
    def linked(
        *options: Any,
        em: str = "0",
        more: str = "/DISCARD/ : { *(.far) }",
        source: Any = SOURCE,
        name: str = "a",
    ) -> Any:
        (tmp_path / "a.ld").write_text(SCRIPT.format(em=em, more=more))
        (tmp_path / "a.s").write_text(source)
        made, path = tmp_path / "a.o", tmp_path / f"{name}.elf"
        run("as", "-march=rv32imac", "-mabi=ilp32", tmp_path / "a.s", "-o", made)
        flags = ("-m", "elf32lriscv", "--no-relax", "-T", tmp_path / "a.ld", "-Map", path.with_suffix(".map"))
        run("ld", *flags, *options, made, "-o", path)
        return path

    return linked


def test_odd_sections_come_out_as_objcopy_has_them(link: Any, tmp_path: Path) -> None:
    path = link()
    image = load.build(path, path.with_suffix(".map"), BL602)
    assert image.binary == objcopied(path, tmp_path)
    assert len(image.binary) == image.items[0].flash + sum(item.flash for item in image.items[1:])
    assert not any(item.section == ".bugkiller_command" for item in image.items)
    assert sum(item.flash for item in image.items if item.name == HOLE) > 0x400
    assert image.diagnostics == ()


def test_aliases_count_once(link: Any) -> None:
    path = link()
    data = [item for item in load.build(path, None, BL602).items if item.section == ".data"]
    assert [(item.name, item.flash, item.ram) for item in data] == [("first", 8, 8), ("second", 4, 4)]


@pytest.mark.parametrize("em", ["0", "0x2000"])
def test_regions_follow_the_heap_symbols(link: Any, em: str) -> None:
    path = link(em=em)
    image = load.build(path, None, BL602)
    tcm, wifi = image.regions
    assert (tcm.name, tcm.used, tcm.size) == ("ram_tcm", 0x498 + 12 + 100, 216 * 1024 - int(em, 0))
    assert (wifi.name, wifi.used, wifi.size) == ("ram_wifi", 1000, 40 * 1024)
    assert image.heap == tcm.size + wifi.size - tcm.used - wifi.used


def test_a_section_outside_the_flash_is_refused(link: Any) -> None:
    path = link(more=".far 0xD0000000 : { *(.far) }")
    with pytest.raises(
        FormatError, match=r"section \.far has \d+ bytes to load at 0x[0-9a-f]+, outside of the"
    ):
        load.build(path, None, BL602)


def test_sections_that_lie_over_each_other_in_ram_count_once(link: Any) -> None:
    path = link(more=".far 0x42042000 (NOLOAD) : { *(.far) . = . + 2000; }", em="0")
    wifi = next(use for use in load.build(path, None, BL602).regions if use.name == "ram_wifi")
    assert wifi.used == 2008


def test_sections_that_overlap_in_the_image_are_refused(link: Any) -> None:
    path = link("--no-check-sections", more=".far 0x23002000 : AT(0x23000904) { *(.far) }")
    with pytest.raises(
        FormatError, match=r"sections \.text and \.far overlap in the image \(address 0x23000904\)"
    ):
        load.build(path, None, BL602)


def header(offset: Any, format: Any, value: Any) -> Any:
    def change(data: Any) -> bytes:
        out = bytearray(data)
        struct.pack_into(format, out, offset, value)
        return bytes(out)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (header(18, "<H", 40), "built for ARM; this target is RISC-V (bl602) (offset 0x12)"),
        (header(18, "<H", 9999), "built for machine 9999; this target is RISC-V (bl602) (offset 0x12)"),
        (header(16, "<H", 1), "not a linked program but an object file (offset 0x10)"),
        (header(16, "<H", 4), "not a linked program but a core dump (offset 0x10)"),
        (header(44, "<H", 0), "it has no program headers to load, which say where the image lies"),
        (header(32, "<I", 0), "it has no section headers, which say what belongs to the image"),
    ],
)
def test_an_elf_that_is_no_image(tmp_path: Path, change: Any, message: str) -> None:
    path = tmp_path / "odd.elf"
    path.write_bytes(change(BASE.read_bytes()))
    with pytest.raises(FormatError) as raised:
        load.build(path, None, BL602)
    assert str(raised.value) == f"{path}: {message}"


def test_an_image_that_does_not_start_where_the_flash_does(tmp_path: Path, link: Any) -> None:
    script = SCRIPT.replace("0x23000000", "0x23000010")
    (tmp_path / "b.ld").write_text(script.format(em="0", more="/DISCARD/ : { *(.far) }"))
    link()
    path = tmp_path / "b.elf"
    run("ld", "-m", "elf32lriscv", "-T", tmp_path / "b.ld", tmp_path / "a.o", "-o", path)
    with pytest.raises(FormatError, match=r"no section loads at 0x23000000.*first one at 0x23000010"):
        load.build(path, None, BL602)


def test_a_map_of_another_build_names_the_first_address(link: Any, tmp_path: Path) -> None:
    path = link()
    other = link(source=SOURCE.replace(".rept 37", ".rept 39"), name="other")
    with pytest.raises(FormatError) as raised:
        load.build(path, other.with_suffix(".map"), BL602)
    error = raised.value
    assert error.file.endswith("other.map")
    assert error.message == "the map is of another build: section .text has 78 bytes in it, 74 in the ELF"
    assert error.position == "address 0x23000900"


def test_a_map_in_which_one_symbol_moved(tmp_path: Path) -> None:
    text = MAP.read_text()
    value = next(s.value for s in elf.read(BASE).symbols if s.name == "memset")
    moved = tmp_path / "moved.map"
    line = re.search(rf"^ +0x{value:08x} {{16}}(\w+)$", text, re.M)
    assert line
    moved.write_text(text.replace(line[0], line[0].replace(f"{value:08x}", f"{value + 2:08x}"), 1))
    with pytest.raises(
        FormatError, match=rf"another build: {line[1]} is at {value + 2:#x} in it, at {value:#x} in the ELF"
    ):
        load.build(BASE, moved, BL602)


def test_a_map_cut_between_two_lines(tmp_path: Path) -> None:
    """Wherever it is cut, up to the last symbol of the cross reference table, a cut map is refused."""
    lines = MAP.read_bytes().splitlines(keepends=True)
    cut = tmp_path / "cut.map"
    last = max(i for i, line in enumerate(lines) if not line.startswith(b" "))
    for count in (*range(1, last - 12, max(1, len(lines) // 60)), last - 40):
        cut.write_bytes(b"".join(lines[:count]))
        with suppress(FormatError):
            load.build(BASE, cut, BL602)
            text = lines[count - 1] + lines[count]
            raise AssertionError(f"not refused: {count} of {len(lines)} lines, at {text!r}")


def test_compare(image: Any) -> None:
    made = image.binary
    assert load.compare(image, made) is None
    changed = made[:5000] + bytes([made[5000] ^ 1]) + made[5001:]
    said = load.compare(image, changed, "a.bin")
    assert said and said.location
    assert (said.code, said.severity, said.location.path) == ("bin-differs", "warning", "a.bin")
    assert "offset 0x1388" in said.message
    shorter = load.compare(image, made[:-4])
    assert shorter
    assert f"{len(made):,}" in shorter.message
    assert made[0x400:0x408] == b"BLRFPARA"
    filled = load.compare(image, made[:0x410] + b"radio" + made[0x415:])
    assert filled
    assert (filled.code, filled.severity) == ("bin-radio-parameters", "note")


def test_a_bin_alone(image: Any, tmp_path: Path) -> None:
    path = tmp_path / "OpenBL602.bin"
    path.write_bytes(image.binary)
    alone = load.binary(path, TARGET)
    assert (alone.name, alone.detail, alone.binary, alone.heap, alone.regions) == (
        "OpenBL602",
        "binary",
        image.binary,
        None,
        (),
    )
    assert sum(item.flash for item in alone.items) == len(alone.binary)
    path.write_bytes(b"BFNP" + bytes(4092) + image.binary)
    with_header = load.binary(path, TARGET)
    assert with_header.binary == image.binary
    assert [d.code for d in with_header.diagnostics] == ["bin-with-header"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\x7fELF" + bytes(100), "an ELF, not a raw image (offset 0x0)"),
        (b"BL60X_OTA_Ver1.0" + bytes(600), "an OTA file, not a raw image (offset 0x0)"),
        (b"\xfd7zXZ\0" + bytes(600), "an XZ stream, not a raw image (offset 0x0)"),
        (b"BFNP" + bytes(4092), "a boot header with nothing behind it (offset 0x1000)"),
        (
            b"BFNP" + bytes(0xDFFC) + b"BFPT" + bytes(100),
            "a whole-flash image, not that of one application (offset 0xe000)",
        ),
        (bytes((4 << 20) + 4097), "4,198,401 bytes, more than the flash can hold"),
    ],
)
def test_a_bin_that_is_something_else(tmp_path: Path, data: Any, message: str) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(data)
    with pytest.raises(FormatError) as raised:
        load.binary(path, TARGET)
    assert str(raised.value) == f"{path}: {message}"


def test_memory_stays_a_small_multiple_of_the_input() -> None:
    size = BASE.stat().st_size + MAP.stat().st_size
    load.build(BASE, MAP, BL602)
    tracemalloc.start()
    try:
        load.build(BASE, MAP, BL602)
        assert tracemalloc.get_traced_memory()[1] < 10 * size + (1 << 20)
    finally:
        tracemalloc.stop()


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_reported_or_harmless(tmp_path: Path, data: Any) -> None:
    """Cut or flip the ELF or the map anywhere: sums stay right or there is one clear error."""
    files = {".elf": bytearray(BASE.read_bytes()), ".map": bytearray(MAP.read_bytes())}
    kind = data.draw(st.sampled_from([".elf", ".map"]))
    hurt = files[kind]
    if data.draw(st.integers(0, 4)) == 0:
        del hurt[data.draw(st.integers(0, len(hurt))) :]
    else:
        headers = struct.unpack_from("<I", hurt, 32)[0] if kind == ".elf" else 0
        places = [(0, 400), (headers, len(hurt)), (0, len(hurt))] if kind == ".elf" else [(0, len(hurt))]
        for _ in range(data.draw(st.integers(1, 4))):
            first, last = data.draw(st.sampled_from(places))
            hurt[data.draw(st.integers(first, last - 1))] ^= 1 << data.draw(st.integers(0, 7))
    for suffix, content in files.items():
        (tmp_path / f"x{suffix}").write_bytes(content)
    map_path = tmp_path / "x.map" if kind == ".map" or data.draw(st.booleans()) else None
    try:
        image = load.build(tmp_path / "x.elf", map_path, BL602)
    except ImgcheckError as error:
        assert "internal" not in str(error)
        assert "\n" not in str(error)
    else:
        total = sum(
            m.size
            for m in breakdown.measures(image, components.names(image.items, ()))
            if m.kind == "component" and m.resource == "flash"
        )
        assert total == len(image.binary)
