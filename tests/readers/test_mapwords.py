"""Maps that ld wrote in another language or encoding are read as if it had not, and others are named."""

import codecs
import random
import re
import shutil
import subprocess
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from imgcheck.errors import FormatError
from imgcheck.readers import linkmap

BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.map"
HEADINGS = (
    "Archive member included to satisfy reference by file (symbol)\n\n",
    "\nDiscarded input sections\n\n",
    "\nMemory Configuration\n\n",
    "\nLinker script and memory map\n\n",
    " load address 0x",
    "\nCross Reference Table\n\n",
    "Symbol",
    "File",
)
# The headings as binutils' translators have them; the first one of ja ends in one line feed only.
LANGUAGES = {
    "es": (
        "Se incluyó el miembro del archivo para satisfacer referencia por fichero (símbolo)\n\n",
        "\nSecciones de salida descartadas\n\n",
        "\nConfiguración de la Memoria\n\n",
        "\nGuión del enlazador y mapa de memoria\n\n",
        " dirección de carga 0x",
        "\nTabla de Referencias Cruzadas\n\n",
        "Símbolo",
        "Fichero",
    ),
    "fr": (
        "Membre d'archive inclu pour satisfaire la référence par fichier (symbole)\n\n",
        "\nSections d'entrée éliminées\n\n",
        "\nConfiguration mémoire\n\n",
        "\nScript de l'éditeurs de liens and table de projection mémoire\n\n",
        " address de chargement 0x",
        "\nTable de référence croisé\n\n",
        "Symbole",
        "Fichier",
    ),
    "ja": (
        "ファイル (シンボル) があるため書庫のメンバが取り込まれました\n",
        "\n破棄された入力セクション\n\n",
        "\nメモリ設定\n\n",
        "\nリンカスクリプトおよびメモリマップ\n\n",
        " ロードアドレス 0x",
        "\n相互参照テーブル\n\n",
        "シンボル",
        "ファイル",
    ),
    "zh": (
        "由于文件 (符号) 而包含了归档成员\n\n",
        "\n舍弃的输入节\n\n",
        "\n内存配置\n\n",
        "\n链结器命令稿和内存映射\n\n",
        "  加载地址 0x",
        "\n交叉引用表\n\n",
        "符号",
        "文件",
    ),
    "de": (  # what an older catalogue had; that of binutils 2.40 leaves all of them in English
        "Archivbibliothek-Element, das wegen Datei (Symbol) eingebunden wurde\n\n",
        "\nWeggelassene Eingabesektionen\n\n",
        "\nSpeicherkonfiguration\n\n",
        "\nLinker-Skript und Speicherbelegung\n\n",
        " Ladeadresse 0x",
        "\nQuerverweistabelle\n\n",
        "Symbol",
        "Datei",
    ),
}


def translated(words: Any, text: Any) -> Any:
    for word, meaning in zip(HEADINGS[:-2], words[:-2], strict=True):
        assert word in text
        text = text.replace(word, meaning)
    *_, symbol, file = words
    line = symbol + " " * (50 - len(symbol.encode())) + file + "\n"
    return text.replace("Symbol".ljust(50) + "File\n", line)


@pytest.fixture(scope="module")
def text() -> Any:
    return BASE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole(text: Any) -> Any:
    return linkmap.parse(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translated_map_says_the_same(language: Any, text: Any, whole: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.map"
    file.write_text(translated(LANGUAGES[language], text), encoding="utf-8")
    assert linkmap.read(file) == whole
    assert linkmap.printed(file) == BASE.read_bytes()
    assert linkmap.begins(file.read_bytes()[: 64 << 10])


def test_an_older_ld_in_another_language(text: Any, whole: Any) -> None:
    """A long name of a section wraps before its load address."""
    data = translated(LANGUAGES["fr"], text)
    data = re.sub(r"\n\.data +0x", f"\n.data_of_a_long_name\n{' ' * 16}0x", data)
    read = linkmap.parse(data)
    assert [output.load for output in read.outputs] == [output.load for output in whole.outputs]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8, None])
def test_other_encodings(mark: Any, text: Any, whole: Any) -> None:
    encoding = {codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF8: "utf-8", None: "utf-16-be"}
    data = (mark or b"") + text.replace("\n", "\r\n").encode(encoding.get(mark, "utf-16-le"))
    assert linkmap.parse(data) == whole
    assert linkmap.begins(data[: 64 << 10])


def test_utf_16_that_was_cut(text: Any) -> None:
    data = text.encode("utf-16")
    with pytest.raises(FormatError, match=r"UTF-16 that was cut or damaged: link with LC_ALL=C .* \(offset "):
        linkmap.parse(data[:100_001])
    with pytest.raises(FormatError, match="truncated"):
        linkmap.parse(data[:100_000])


def told(content: Any) -> str:
    with pytest.raises(FormatError) as raised:
        linkmap.parse(content)
    return str(raised.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x7fELF\1\1\1" + bytes(100), "an ELF, not a map"),
        (b"!<arch>\n" + b"x" * 100, "an archive, not a map"),
        (b"\x00\x01\x02\x03" * 100, "no text, not a map"),
        (b"Component: Arm Compiler for Embedded 6.19 Tool: armlink\n", "a map of armlink, not a map"),
        (b"# Path: /tmp/a.out\n# Arch: arm64\n", "a map of Apple's ld, not a map"),
        (b"\n IAR ELF Linker V9.40 for ARM\n", "a map of IAR's linker, not a map"),
        (b".text 0x0 0x4\n .text 0x0 0x4 a.o\nLOAD a.o\nOUTPUT(a.elf)\n", "truncated: its beginning"),
    ],
)
def test_what_it_is_instead(content: bytes, what: str) -> None:
    message = told(content)
    assert message.startswith(what) and "LC_ALL=C" in message


def test_two_maps_in_one_file(text: Any) -> None:
    line = text.count("\n") + text[: text.index("Linker script and memory map")].count("\n") + 1
    assert told(text + text) == (
        f"two link maps in one file: give the one that was written with the ELF (line {line})"
    )


LLD = """\
     VMA      LMA     Size Align Out     In      Symbol
       0        0        0     1 __stack_size = 0x800
23000000 23000000       a0     4 .text
23000000 23000000        1     1         BYTE ( 1 )
23000001 23000001        3     1         . = ALIGN ( 4 )
23000004 23000004       42     2         m.o:(.text.startup.main)
23000004 23000004        0     1                 $xrv32i2p1
23000004 23000004       42     1                 main
23000048 23000048        8     4         /lib (x)/libmy.a(o.o):(.text.other)
23000048 23000048        8     1                 ns::other(int)
23000050 23000050       10     1         . = ORIGIN ( flash ) + 0x60
23000060 23000060       40     4         <internal>:(.text)
4200c000 230000a0       20     4 .data
4200c000 230000a0        0     1         __data_start = .
4200c000 230000a0       20     4         m.o:(.data.table)
4200c000 230000a0       20     1                 table
       0        0       c4     1 .shstrtab
       0        0       c4     1         <internal>:(.shstrtab)
"""


def test_a_map_of_lld() -> None:
    read = linkmap.parse(LLD)
    assert [tuple(output) for output in read.outputs[:2]] == [
        (".text", 0x23000000, 0xA0, 0x23000000),
        (".data", 0x4200C000, 0x20, 0x230000A0),
    ]
    assert [tuple(row) for row in read.inputs[:7]] == [
        ("*data*", 0x23000000, 1, "", "", "", ".text"),
        ("*fill*", 0x23000001, 3, "", "", "", ".text"),
        (".text.startup.main", 0x23000004, 0x42, "m.o", "", "m.o", ".text"),
        ("*fill*", 0x23000046, 2, "", "", "", ".text"),
        (".text.other", 0x23000048, 8, "/lib (x)/libmy.a(o.o)", "libmy.a", "o.o", ".text"),
        ("*fill*", 0x23000050, 0x10, "", "", "", ".text"),
        (".text", 0x23000060, 0x40, "", "", "", ".text"),
    ]
    assert read.jumps == {0x23000050}
    assert read.assignments == (("__stack_size", 0), ("__data_start", 0x4200C000))
    assert read.symbols == (("main", 0x23000004), ("ns::other(int)", 0x23000048), ("table", 0x4200C000))
    assert not read.links_told
    assert linkmap.begins(LLD[:200].encode())
    assert linkmap.parse(LLD.replace("\n", "\r\n")) == read


def test_a_map_of_lld_that_was_cut_or_doubled() -> None:
    assert told(LLD[:-3]) == "truncated in the middle of a line (line 18)"
    assert told(LLD[: LLD.index("       0        0       c4")]) == (
        "truncated: it ends before section .shstrtab (line 16)"
    )
    assert told(LLD + LLD).startswith("2 link maps in one file")


def test_the_same_program_by_both_linkers(tmp_path: Path) -> None:
    """Oracle: what ld's map says of each symbol's object; LLD's says the same, wherever it puts it."""
    tools = ("riscv64-unknown-elf-gcc", "riscv64-unknown-elf-ld", "ld.lld")
    if not all(map(shutil.which, tools)):
        pytest.skip("no linkers are here")
    (tmp_path / "m.c").write_text(
        "int counter; int table[8] = {1, 2, 3}; const char *text(int); int other(int);\n"
        "int main(void) { counter += other(table[counter]); return text(counter)[0]; }\n"
    )
    (tmp_path / "t.c").write_text(
        'static const char a[] = "hello"; const char *text(int n) { return n ? a : "literal"; }\n'
        "int other(int a) { return a * 3; } int never(void) { return 4; }\n"
    )
    (tmp_path / "s.ld").write_text(
        "MEMORY { flash (rx): ORIGIN = 0x23000000, LENGTH = 4M\n"
        "ram (rwx): ORIGIN = 0x4200C000, LENGTH = 200K }\n"
        "ENTRY(main) SECTIONS {\n"
        " .text : { BYTE(1); . = ALIGN(64); *(.text .text.*) *(.rodata* .srodata*) } >flash\n"
        ".data : { *(.data .data.* .sdata*) } >ram AT>flash\n"
        ".bss (NOLOAD) : { *(.bss* .sbss* COMMON) } >ram _heap_start = .; _heap_size = 0x1000; }\n"
    )
    flags = ("-march=rv32imac", "-mabi=ilp32", "-mno-relax", "-Os", "-ffunction-sections", "-fdata-sections")

    def run(*command: Any) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)

    for name in "mt":
        run(tools[0], *flags, "-c", f"{name}.c")
    run("riscv64-unknown-elf-ar", "rcs", "libmy.a", "t.o")
    maps = {}
    for linker in tools[1:]:
        run(
            linker, "-m", "elf32lriscv", "-T", "s.ld", "--gc-sections", "m.o", "libmy.a",
            "-Map", f"{linker}.map", "-o", f"{linker}.elf",
        )  # fmt: skip
        from imgcheck import targets
        from imgcheck.builds import load

        image = load.build(tmp_path / f"{linker}.elf", tmp_path / f"{linker}.map", targets.find("bl602").chip)
        maps[linker] = {
            (item.name, item.archive, item.object, item.flash, item.ram)
            for item in image.items
            if item.object and item.name != "text"
        }
    assert maps[tools[1]] == maps[tools[2]]
    assert {"main", "other", "table", "counter", "a"} <= {row[0] for row in maps["ld.lld"]}


@pytest.mark.parametrize("name", ["lld", "fr", "utf-16"])
def test_damage_parses_or_raises(name: str, text: Any) -> None:
    start = text.index("\nDiscarded")
    small = text[:800] + text[start : start + 800] + text[text.index("\nMemory Conf") :][:4000]
    content = {"lld": LLD, "fr": translated(LANGUAGES["fr"], text)[-3000:], "utf-16": small}[name]
    data = content.encode("utf-16" if name == "utf-16" else "utf-8")
    pick = random.Random(name)
    tracemalloc.start()
    for _ in range(300):
        one = bytearray(data)
        for _ in range(pick.randrange(1, 6)):
            at = pick.randrange(len(one))
            one[at : at + pick.choice((0, 1, 1, 30))] = pick.choice((b"\n", b" ", b"0x0", b"(", b"\0", b"  "))
        with suppress(FormatError):
            linkmap.parse(bytes(one))
    assert tracemalloc.get_traced_memory()[1] < 40 * len(data) + (1 << 20)
    tracemalloc.stop()


SCRIPT = "\n*default*        0x00000000         0xffffffff\n\nx\n\nLOAD a.o\nOUTPUT(a elf)\n"
LLD_HEAD = "     VMA      LMA     Size Align Out     In      Symbol\n"


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT + "\nX\n\na" + " " * 200_000 + "\n",
        SCRIPT + "\nX\n\n" + "a " * 100_000 + "\n",
        "X\n\n" + "a " * 100_000 + "\n" + SCRIPT,
        "X\n\n " + "a" * 100_000 + " " * 100_000 + "\n" + SCRIPT,
        SCRIPT + "\n.t  0x1 0x2" + " " * 100_000 + "0x3" * 50_000 + "\n",
        LLD_HEAD + "0 0 0 1         " + ":(" * 100_000 + "(a)" * 50_000 + "\n",
        LLD_HEAD + "0 0 0 1         " + "a:(b)" * 50_000 + "\n",
    ],
)
def test_no_line_takes_more_than_its_length(text: str) -> None:
    """The heading of a cross reference table took 0.6 s for 32,000 blanks, and four times that for 64,000."""
    start = time.process_time()
    with suppress(FormatError):
        linkmap.parse(text)
    assert time.process_time() - start < 2
