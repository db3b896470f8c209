"""Data in an assembler's source that a feature has, against a rebuild."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from compiled import ON, TOP, firmware_of, needs_toolchain
from rebuilt import rebuilt, said

from imgcheck.prediction import assembled
from imgcheck.readers import preprocessor

LOOP = (
    "extern int table[];\nint main(void) {\n  for (;;) {\n    out += plain(out) + table[out & 1];\n  }\n}\n"
)
CONSTANT = '.section .rodata.table, "a"\n.globl table\ntable:\n  .word 1, 2\n'
WAYS = {
    "a file": CONSTANT + '#if ENABLE_A\n  .incbin "blob.bin"\n#else\n  .word 0\n#endif\n',
    "a part of a file": CONSTANT
    + '#if ENABLE_A\n  .incbin "blob.bin"\n#else\n  .incbin "blob.bin", 16, 0x20\n#endif\n',
    "all but the beginning of a file": CONSTANT + '#if ENABLE_A\n  .incbin "blob.bin", 300\n#endif\n',
    "words and texts": CONSTANT
    + "#if ENABLE_A\nmore: .word 4, 5, 6, 7 // these, and more\n  .half 9\n"
    + '  .asciz "text, and #more" # with its null, "and" more\n  .space 20\n#endif\n  .balign 4\n',
    "a macro": ".macro row a\n  .word \\a, 1, 2\n.endm\n"
    + CONSTANT
    + "#if ENABLE_A\n  row 4\n  row 9\n  row 11\n#endif\n",
    "memory": '.section .bss.table, "aw", @nobits\n.globl table\ntable:\n'
    "#if ENABLE_A\n  .zero 400\n#else\n  .zero 100\n#endif\n",
    "variables": ".data\n.globl table\ntable:\n  .word 1\n#if ENABLE_A\n  .word 4, 5, 6, 7\n#endif\n",
    "after another section": CONSTANT
    + ".pushsection .text\n#if ENABLE_A\n  nop\n#endif\n.popsection\n#if ENABLE_A\n  .quad 5\n#endif\n",
}


@needs_toolchain
@pytest.mark.parametrize("lines", ["-g", "-g0"])
@pytest.mark.parametrize("way", WAYS)
def test_data_without_lines_are_no_zero(tmp_path: Path, way: str, lines: str) -> None:
    files = {
        **ON, "main.c": TOP + LOOP, "data.S": '#include "config.h"\n' + WAYS[way], "blob.bin": "bytes" * 100,
    }  # fmt: skip
    row, flash, ram, _ = rebuilt(tmp_path, files, debug=lines)
    assert row["flash_error"] > 0
    assert abs(row["flash"] - flash) <= (36 if way == "a macro" else 3), (row, flash)
    assert abs(row["flash"] - flash) <= row["flash_error"]
    assert row["ram"] == ram


@needs_toolchain
@pytest.mark.parametrize("name", [b"a\0b", b"\xff\x80", b"x" * 5000, b"../secret.bin", b"data.S/..", b"."])
def test_what_a_source_may_not_ask_for_is_unsure(tmp_path: Path, name: bytes) -> None:
    """A pull request names what it likes: no file outside of the sources is told of, and nothing breaks."""
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(777))
    files = {
        **ON, "main.c": TOP + LOOP,
        "data.S": '#include "config.h"\n' + CONSTANT + '#if ENABLE_A\n  .incbin "blob.bin"\n#endif\n',
        "blob.bin": "bytes" * 100,
    }  # fmt: skip
    firmware = firmware_of(tmp_path / "all", files)
    source, built = tmp_path / "all" / "data.S", (tmp_path / "all" / "data.S").stat()
    source.write_bytes(source.read_bytes().replace(b"blob.bin", name))
    os.utime(source, (built.st_atime, built.st_mtime))
    (row,) = said(firmware)["features"]
    assert row["flash"] < 100
    assert row["flash_error"] >= 500


@pytest.mark.parametrize("text", ['"\\', "/* ", '"', '.ascii "a'])
def test_a_line_of_a_megabyte_is_read_in_one_go(text: str) -> None:
    """Steps that grow with the square of its length would take hours."""
    source = preprocessor.parse(f".data\n{text * (1_000_000 // len(text))}\n.word 1\n", "data.S")
    found = assembled._sections(source, frozenset({2, 3}), (Path(), "data.S"))
    assert found[".data"].size >= 4


@needs_toolchain
def test_what_a_linker_script_makes_of_a_feature_is_said_not_to_be_followed(tmp_path: Path) -> None:
    script = '#include "config.h"\nSECTIONS {\n#if ENABLE_A\n  .more : { . = . + 512; }\n#endif\n}\n'
    main = "int main(void) {\n  for (;;) out += plain(out);\n}\n"
    firmware = firmware_of(tmp_path / "all", {**ON, "main.c": TOP + main})
    (tmp_path / "all" / "fw.ld.S").write_text(script)
    found = said(firmware)
    (row,) = found["features"]
    assert row["estimate"]
    assert row["flash_error"] > 0
    (value,) = [one for one in found["diagnostics"] if one["code"] == "feature-read-as-value"]
    assert "fw.ld.S:3 reads ENABLE_A" in value["message"]


@needs_toolchain
@pytest.mark.parametrize(
    ("section", "what"),
    [('.section .rodata.table, "a"', "flash"), ('.section .bss.table, "aw", @nobits', "RAM")],
    ids=["flash", "RAM"],
)
def test_no_more_comes_in_than_the_chip_has(tmp_path: Path, section: str, what: str) -> None:
    """What no linker finds room for is no saving of minus three gigabytes: the build needs the feature."""
    files = {
        **ON, "main.c": TOP + LOOP,
        "data.S": f'#include "config.h"\n{section}\n.globl table\ntable:\n.space 4\n'
        "#if !ENABLE_A\n.space 3000000000\n#endif\n",
    }  # fmt: skip
    firmware = firmware_of(tmp_path / "all", files)
    found = said(firmware)
    (row,) = found["features"]
    assert min(row["flash"], row["ram"], row["ota"]) > -(16 << 20)
    assert row["flash_error"] < 16 << 20
    (needed,) = [one["message"] for one in found["diagnostics"] if one["code"] == "feature-needed"]
    assert needed.startswith("the build does not link without ENABLE_A: more comes in than the ")
    assert f"bytes of {what} that" in needed
