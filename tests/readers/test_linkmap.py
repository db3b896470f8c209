import shutil
import subprocess
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import elf, linkmap
from imgcheck.readers.linkmap import InputSection, OutputSection

BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602"
PREFIX = "riscv64-unknown-elf-"

# Every oddity of a GNU ld map that a BL602 build has shown, in the columns that ld prints them in.
ODD = """\
Archive member included to satisfy reference by file (symbol)

/home/j x (old)/libapp.a(net.o)
                              /home/j x (old)/main.o (start(int (*)(char), char const*))
libshort.a(m.o)               crt0.o (main)
libforced.a(keep.o)           (keep_me)

Discarded input sections

 .text.unused   0x0000000000000000       0x26 crt0.o
 .rodata.a_function_with_a_long_name.str1.4
                0x0000000000000000        0x6 /home/j x (old)/libapp.a(net.o)

Memory Configuration

Name             Origin             Length             Attributes
flash            0x0000000023000000 0x0000000000400000 axrl!w
*default*        0x0000000000000000 0xffffffffffffffff

Linker script and memory map

LOAD crt0.o
LOAD C:\\Users\\x\\libwin.a
START GROUP
END GROUP
                0x0000000000000800                        __stack_size = DEFINED (__stack_size)?0x1:0x800
                0x0000000000000001                        ASSERT ((. < 0x24000000), too large)

.empty
 *(.empty)

.init           0x0000000023000000      0x800
 *(.init)
                0x0000000023000000        0x4 LONG 0x46524c42
                0x0000000023000400                        . = (ORIGIN (flash) + 0x400)
 *fill*         0x0000000023000004      0x3fc \n\
                0x0000000023000400        0x8 QUAD 0x1
                0x0000000023000800                        . = ALIGN (0x400)
 *fill*         0x0000000023000408      0x3f8 00

.text           0x0000000023000800      0x100
 *(EXCLUDE_FILE(*crtend.o) .text .text.*)
 .text          0x0000000023000800        0x0 crt0.o
 .text._ZN2ns5startEPFicEPKc
                0x0000000023000800       0x40 /home/j x (old)/libapp.a(net.o)
                0x0000000023000800                ns::start(int (*)(char), char const*)
                0x0000000023000810                operator= alias
 .text.relaxed  0x0000000023000840       0x20 C:\\Users\\x\\libwin.a(win.o)
                                         0x28 (size before relaxing)
                0x0000000023000840                relaxed
 .weird/slash name
                0x0000000023000860       0x10 /home/j x (old)/main.o
 .text.lto      0x0000000023000870       0x10 /tmp/ccX1.ltrans0.ltrans.o
                [!provide]                        PROVIDE (etext = .)
                0x0000000023000880                        PROVIDE (_etext = .)

.a_very_long_section_name
                0x0000000023000900       0x20 load address 0x0000000023000a00
 *(.rodata.str1.4)
 .rodata.str1.4
                0x0000000023000900       0x18 /home/j x (old)/libapp.a(net.o)
                                         0x40 (size before relaxing)
 .rodata.str1.4
                0x0000000023000910       0x10 libshort.a(m.o)

.romdata        0x000000004200c000      0x498 load address 0x0000000023000a20
 COMMON         0x000000004200c000      0x498 crt0.o
                0x000000004200c498                        _heap_start = .
                0x0000000000035b68                        HIDDEN (_heap_size = (0x42042000 - _heap_start))
OUTPUT(a.elf elf32-littleriscv)

.debug_info     0x0000000000000000       0x10
 .debug_info    0x0000000000000000       0x10 crt0.o

Cross Reference Table

Symbol                                            File
main                                              libshort.a(m.o)
                                                  crt0.o
ns::start(int (*)(char), char const*)             /home/j x (old)/libapp.a(net.o)
                                                  /home/j x (old)/main.o
a_template<of something, that has a, rather long>::name() /home/j x (old)/main.o
                                                  crt0.o
"""


def row(*fields: Any) -> InputSection:
    return InputSection(*fields)


def test_every_oddity() -> None:
    read = linkmap.parse(ODD)
    net = ("/home/j x (old)/libapp.a(net.o)", "libapp.a", "net.o")
    main = ("/home/j x (old)/main.o", "", "main.o")
    bare = ("crt0.o", "", "crt0.o")
    none = ("", "", "")
    assert read.inputs == (
        row("*data*", 0x23000000, 4, *none, ".init"),
        row("*fill*", 0x23000004, 0x3FC, *none, ".init"),
        row("*data*", 0x23000400, 8, *none, ".init"),
        row("*fill*", 0x23000408, 0x3F8, *none, ".init"),
        row(".text", 0x23000800, 0, *bare, ".text"),
        row(".text._ZN2ns5startEPFicEPKc", 0x23000800, 0x40, *net, ".text"),
        row(".text.relaxed", 0x23000840, 0x20, "C:\\Users\\x\\libwin.a(win.o)", "libwin.a", "win.o", ".text"),
        row(".weird/slash name", 0x23000860, 0x10, *main, ".text"),
        row(
            ".text.lto", 0x23000870, 0x10, "/tmp/ccX1.ltrans0.ltrans.o", "", "ccX1.ltrans0.ltrans.o", ".text"
        ),
        row(".rodata.str1.4", 0x23000900, 0x18, *net, ".a_very_long_section_name"),
        row(
            ".rodata.str1.4",
            0x23000910,
            0x10,
            "libshort.a(m.o)",
            "libshort.a",
            "m.o",
            ".a_very_long_section_name",
        ),
        row("COMMON", 0x4200C000, 0x498, *bare, ".romdata"),
        row(".debug_info", 0, 0x10, *bare, ".debug_info"),
    )
    assert read.outputs == (
        OutputSection(".init", 0x23000000, 0x800, None),
        OutputSection(".text", 0x23000800, 0x100, None),
        OutputSection(".a_very_long_section_name", 0x23000900, 0x20, 0x23000A00),
        OutputSection(".romdata", 0x4200C000, 0x498, 0x23000A20),
        OutputSection(".debug_info", 0, 0x10, None),
    )
    assert read.discarded == (
        row(".text.unused", 0, 0x26, *bare, ""),
        row(".rodata.a_function_with_a_long_name.str1.4", 0, 6, *net, ""),
    )
    assert read.jumps == {0x23000004}
    assert read.aligned == ((".init", 0x23000800, 0x400),)
    assert read.loads == ("crt0.o", "C:\\Users\\x\\libwin.a")
    assert read.pulled == (
        (net[0], main[0], "start(int (*)(char), char const*)"),
        ("libshort.a(m.o)", "crt0.o", "main"),
        ("libforced.a(keep.o)", "", "keep_me"),
    )
    assert read.assignments == (
        ("__stack_size", 0x800),
        ("_etext", 0x23000880),
        ("_heap_start", 0x4200C498),
        ("_heap_size", 0x35B68),
    )
    assert read.symbols == (
        ("ns::start(int (*)(char), char const*)", 0x23000800),
        ("operator= alias", 0x23000810),
        ("relaxed", 0x23000840),
    )
    assert read.cref == {
        "main": ("libshort.a(m.o)", "crt0.o"),
        "ns::start(int (*)(char), char const*)": (net[0], main[0]),
        "a_template<of something, that has a, rather long>::name()": (main[0], "crt0.o"),
    }
    assert read.mentions("main")
    assert not read.mentions("mai")


def test_what_is_assigned_nothing_but_another_symbol() -> None:
    rows = """
                0x23000880                        vfprintf = __f_vfprintf
                0x23000884                        PROVIDE (say = .text.a$1)
                0x23000888                        above = (vfprintf + 0x4)
                0x23000888                        here = .
                0x00000800                        size = 0x800
                [!provide]                        PROVIDE (on_timer = idle)
                [!provide]                        PROVIDE_HIDDEN (start = ADDR (.text))
"""
    read = linkmap.parse(ODD.replace("\nOUTPUT(", f"{rows}OUTPUT("))
    assert read.aliases == (("vfprintf", "__f_vfprintf"), ("say", ".text.a$1"))
    assert read.offered[-2:] == (("on_timer", "idle"), ("start", ""))
    assert {"vfprintf", "say", "above", "here", "size"} <= {name for name, _ in read.assignments}


def test_windows_line_ends_and_bytes_change_nothing() -> None:
    assert linkmap.parse(ODD.replace("\n", "\r\n").encode()) == linkmap.parse(ODD)


def test_a_map_of_older_headings_and_without_archives() -> None:
    start = ODD.index("Memory Configuration")
    read = linkmap.parse("\n" + ODD[start:])
    assert read.pulled == ()
    assert read.discarded == ()
    assert read.inputs == linkmap.parse(ODD).inputs
    old = ODD.replace("to satisfy reference by file (symbol)", "because of file (symbol)")
    assert linkmap.parse(old).pulled == linkmap.parse(ODD).pulled


def test_a_path_that_only_a_dropped_section_has_is_known_whatever_is_asked_for_first() -> None:
    head = f"""Archive member included to satisfy reference by file (symbol)

{"libm.a(m.o)":30}/a.o (b)/x (sym)

Discarded input sections

 .text.z        0x00000000        0x4 /a.o (b)/x

"""
    text = head + ODD[ODD.index("Memory Configuration") :]
    assert linkmap.parse(text).pulled == (("libm.a(m.o)", "/a.o (b)/x", "sym"),)
    read = linkmap.parse(text)
    assert [one.path for one in read.discarded] == ["/a.o (b)/x"]
    assert read.pulled == linkmap.parse(text).pulled


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        (
            "int main(void) {}\n",
            'not a GNU ld map: it has no line "Linker script and memory map"; '
            "link with LC_ALL=C and -Wl,-Map=FILE, and give that file as it is",
        ),
        (ODD[: ODD.index("Linker script")], "truncated: it ends before the memory map (line 18)"),
        (ODD[: ODD.index("Memory Conf")], "truncated: it ends before the memory map (line 12)"),
        (ODD[: ODD.index("relaxed  0x")], "truncated in the middle of a line (line 48)"),
        (ODD[: ODD.index("OUTPUT(")], "truncated: the memory map has no end (line 69)"),
    ],
)
def test_says_what_is_wrong(text: Any, message: str) -> None:
    with pytest.raises(FormatError) as raised:
        linkmap.parse(text)
    assert str(raised.value) == message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="No such file"):
        linkmap.read(tmp_path / "absent.map")
    with pytest.raises(FormatError, match="not a regular file"):
        linkmap.read(tmp_path)


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A program linked from a folder with spaces and parentheses, C++ included."""
    if shutil.which(PREFIX + "g++") is None:
        pytest.skip("no compiler is here")
    folder = tmp_path_factory.mktemp("my (old) project")
    flags = [
        "-march=rv32imac",
        "-mabi=ilp32",
        "-Os",
        "-ffunction-sections",
        "-fdata-sections",
        "-fno-exceptions",
    ]

    def run(*command: Any) -> None:
        subprocess.run(
            [PREFIX + command[0], *map(str, command[1:])], check=True, capture_output=True, cwd=folder
        )

    (folder / "main.cpp").write_text(
        "namespace ns { int (*pick(const char *, int))(int); }\nextern int other(int);\n"
        'extern "C" int main() { return ns::pick("a string", 3)(1) + other(2); }\n'
    )
    (folder / "pick.cpp").write_text(
        "namespace ns { static int one(int a) { return a + 1; }\n"
        "int (*pick(const char *s, int n))(int) { return s[n] ? one : 0; } }\n"
    )
    (folder / "other.cpp").write_text(
        "int table[40] = {1, 2}; int other(int a) { return table[a]; }\nint gone() { return 1; }\n"
    )
    (folder / "a.ld").write_text(
        "SECTIONS { .text 0x23000000 : { *(.text.main) *(.text .text.*) . = ALIGN(64);\n"
        "*(.rodata .rodata.* .srodata*) }\n"
        ".data 0x42000000 : AT(LOADADDR(.text) + SIZEOF(.text)) { *(.data .data.* .sdata*) }\n"
        ".bss (NOLOAD) : { *(.bss .bss.* .sbss*) } _end_of_it = .; }\n"
    )
    for name in ("main", "pick", "other"):
        run("g++", *flags, "-c", f"{name}.cpp", "-o", f"{name}.o")
    run("ar", "rcs", "libmy.a", "pick.o", "other.o")
    run(
        "g++", *flags, "-nostdlib", "-T", "a.ld", folder / "main.o", folder / "libmy.a", "-e", "main",
        "-Wl,--gc-sections,--cref,-Map,a.map,--no-warn-rwx-segments", "-o", "a.elf",
    )  # fmt: skip
    return folder


def test_what_ld_prints_is_what_it_linked(linked: Any) -> None:
    read, program = linkmap.read(linked / "a.map"), elf.read(linked / "a.elf")
    sections = {s.name: (s.address, s.size) for s in program.sections if s.size and s.address}
    assert {o.name: (o.address, o.size) for o in read.outputs if o.address and o.size} == sections
    values = {s.name: s.value for s in program.symbols}
    assert {name: value for name, value in read.symbols if name in ("main", "table")} == {
        name: values[name] for name in ("main", "table")
    }
    assert dict(read.assignments)["_end_of_it"] == values["_end_of_it"]
    assert ("ns::pick(char const*, int)", values["_ZN2ns4pickEPKci"]) in read.symbols
    for section in (".text", ".data"):
        rows = [r for r in read.inputs if r.output == section]
        assert sum(r.size for r in rows) == sections[section][1]
    assert {(r.archive, r.object) for r in read.inputs if r.path} >= {
        ("", "main.o"),
        ("libmy.a", "pick.o"),
        ("libmy.a", "other.o"),
    }
    assert any(r.name == ".text._Z4gonev" and r.object == "other.o" for r in read.discarded)
    library, main = f"{linked}/libmy.a", f"{linked}/main.o"
    assert (f"{library}(other.o)", main, "other(int)") in read.pulled
    assert read.cref["ns::pick(char const*, int)"] == (f"{library}(pick.o)", main)


def test_the_fixture_is_covered_by_rows() -> None:
    read = linkmap.read(BASE.with_suffix(".map"))
    for output in read.outputs:
        if output.address and output.size:
            covered: set[int] = set()
            for r in read.inputs:
                if r.output == output.name:
                    covered.update(range(r.address, r.address + r.size))
            assert len(covered) >= 0.995 * output.size, output.name
    assert len(read.cref) > 50


@examples(100)
@given(st.data())
def test_any_cut_parses_or_is_refused(data: st.DataObject) -> None:
    whole = ODD.encode()
    cut = data.draw(st.integers(0, len(whole)))
    try:
        read = linkmap.parse(whole[:cut])
    except FormatError:
        return
    assert cut > whole.index(b"OUTPUT(")
    placed = [r for r in linkmap.parse(whole).inputs if r.address]
    assert [r for r in read.inputs if r.address] == placed


@examples(150)
@given(st.data())
def test_any_change_parses_or_is_refused(data: st.DataObject) -> None:
    whole = bytearray(
        data.draw(st.sampled_from([ODD.encode(), BASE.with_suffix(".map").read_bytes()[-40_000:]]))
    )
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(
            st.sampled_from(b"\0\n\r (0x*)=\x80\xff.a")
        )
    with suppress(FormatError):
        assert linkmap.parse(bytes(whole)).cref is not None


@pytest.mark.parametrize("filling", [" ", "( ", " (", "a ", "0x", " 0x0", ") (", "\n ", "\n x\n", "\t"])
def test_hostile_lines_cost_no_more_than_their_length(filling: str) -> None:
    """Not timed: a search that went quadratic would take minutes on a megabyte."""
    many = filling * (1_000_000 // len(filling))
    start, end = ODD.index("Discarded"), ODD.index("OUTPUT(")
    text = (
        "Archive member included to satisfy reference by file (symbol)\n\n" + many + "\n\n" + ODD[start:end]
    )
    text += " .text" + many + "\n " + many + "\n" + many + "\n" + ODD[end:] + many + " x\n"
    tracemalloc.start()
    try:
        with suppress(FormatError):
            assert linkmap.parse(text).cref is not None
        assert tracemalloc.get_traced_memory()[1] < 40 * len(text)
    finally:
        tracemalloc.stop()
