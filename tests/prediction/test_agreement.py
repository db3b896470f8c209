"""Sources that would not give the build are told from those that would; what was built is the oracle."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from compiled import ABI, CROSS, needs_toolchain, run

from imgcheck import cli

pytestmark = needs_toolchain
SCRIPT = """
ENTRY(main)
MEMORY { flash (rx) : ORIGIN = 0x23000000, LENGTH = 1M  ram (rwx) : ORIGIN = 0x42014000, LENGTH = 128K }
SECTIONS { .text : { *(.text .text.*) *(.rodata .rodata.*) } > flash
  .data : { *(.data .data.*) *(.sdata .sdata.*) } > ram AT > flash
  .bss (NOLOAD) : { *(.sbss .sbss.*) *(.bss .bss.*) *(COMMON) } > ram }
"""
MANY = "".join(f"    out += n * {n} + (out >> {n % 7});\n" for n in range(1, 20))
FILES = {
    "config.h": """#define ENABLE_A 1
#define ENABLE_ROW 1
#define SIZE 3
#if VARIANT
#define BIG 1
#endif
""",
    "main.c": f"""#include "config.h"
volatile int out;
void work(int n);
#if ENABLE_ROW
void row(int n);
void (*const rows[])(int) = {{ row }};
#endif
void big(int n) {{
#if BIG
{MANY}
#endif
}}
int main(void) {{
    for (;;) {{
        big(SIZE);
#if ENABLE_A
        work(out);
#endif
#if ENABLE_ROW
        rows[out & 0](1);
#endif
    }}
}}
""",
    "rows.h": "void row(int n);\n",
    "work.c": f"extern volatile int out;\nvoid work(int n) {{\n{MANY}}}\nvoid row(int n) {{ out = n; }}\n",
    "fw.ld": SCRIPT,
}
TABLE = """#include "config.h"
#include "rows.h"
volatile int out;
void work(int n);
void (*const rows[])(int) = {
    work,
#if ENABLE_ROW
    row,
#endif
};
#if ENABLE_A
int spare(void) { return out; }
#endif
int main(void) { for (;;) { rows[out & 1](1); } }
"""


def made(folder: Path, *flags: str, variant: int = 1) -> Path:
    for name, text in FILES.items():
        (folder / name).write_text(text)
    policy = 'extends = "openbeken-bl602"\n[features]\nconfig = "config.h"\nsource_roots = ["."]\n'
    (folder / "imgcheck.toml").write_text(f'{policy}[features.defines]\nVARIANT = "1"\n')
    plain = (*ABI, "-Os", "-g", "-ffreestanding", "-ffunction-sections", "-fdata-sections", *flags)
    for name in ("main", "work"):
        run(f"{CROSS}gcc", *plain, f"-DVARIANT={variant}", "-c", f"{folder}/{name}.c", cwd=folder)
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-Wl,--gc-sections,--cref,-T,fw.ld,-Map=fw.map", "main.o", "work.o",
        "-lgcc", "-o", "fw.elf", cwd=folder,
    )  # fmt: skip
    run(f"{CROSS}objcopy", "-O", "binary", "-R", ".bss", "fw.elf", "fw.bin", cwd=folder)
    return folder / "fw.elf"


def edit(firmware: Path, name: str, was: str, now: str) -> None:
    """Changes a source after the build."""
    path = firmware.parent / name
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, now, 1))
    later = firmware.stat().st_mtime + 10
    os.utime(path, (later, later))


def said(firmware: Path, capsys: pytest.CaptureFixture[str], command: str = "features") -> tuple[int, str]:
    more = ("--need", "64") if command == "plan" else ()
    code = cli.run([command, str(firmware), *more])
    return code, re.sub(r"\s+", " ", capsys.readouterr().err)


def test_what_was_built_of_these_sources_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for flags in ((), ("-g3",)):
        firmware = made(tmp_path, *flags)
        assert said(firmware, capsys)[0] == 0
        edit(firmware, "work.c", "void row", "/* a row */ void row")  # newer, and the same to a compiler
        edit(firmware, "config.h", "SIZE 3\n", "SIZE 3 // bytes\n")
        assert said(firmware, capsys)[0] == 0


@pytest.mark.parametrize("command", ["features", "plan"])
def test_code_on_inactive_lines_is_another_variants(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    firmware = made(tmp_path)
    policy = tmp_path / "imgcheck.toml"
    policy.write_text(policy.read_text().replace('"1"', '"0"'))
    code, text = said(firmware, capsys, command)
    assert code == 2
    assert "lines that are inactive" in text
    assert "main.c:" in text


@pytest.mark.parametrize(("was", "now"), [("ENABLE_ROW 1", "ENABLE_ROW 0"), ("SIZE 3", "SIZE 4")])
def test_macros_that_the_build_recorded_contradict_the_header(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], was: str, now: str
) -> None:
    firmware = made(tmp_path, "-g3")
    edit(firmware, "config.h", was, now)
    code, text = said(firmware, capsys)
    assert code == 2
    assert f"{was.replace(' ', ' is ')}, not {now.split()[1]}" in text
    assert "build first" in text


def test_a_plan_that_was_applied_and_not_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    firmware = made(tmp_path)
    edit(firmware, "config.h", "#define ENABLE_A 1", "//#define ENABLE_A 1")
    code, text = said(firmware, capsys)
    assert code == 2
    assert "config.h changed after the build, which has code that it switches off now (main.c:" in text
    assert "build first" in text


def test_a_table_has_a_row_that_the_header_hides_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without code on its lines a table shows by what it refers to.
    monkeypatch.setitem(FILES, "main.c", TABLE)
    firmware = made(tmp_path)
    assert said(firmware, capsys)[0] == 0
    edit(firmware, "config.h", "#define ENABLE_ROW 1", "//#define ENABLE_ROW 1")
    code, text = said(firmware, capsys)
    assert code == 2
    assert "config.h changed after the build: main.c refers to row there" in text


def test_what_an_active_line_says_too_is_not_hidden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both branches refer to it; a header that is only newer hides nothing.
    both = TABLE.replace("    row,\n#endif", "    row,\n#else\n    work, row,\n#endif")
    monkeypatch.setitem(FILES, "main.c", both)
    firmware = made(tmp_path)
    edit(firmware, "config.h", "SIZE 3\n", "SIZE 3 // bytes\n")
    assert said(firmware, capsys)[0] == 0


def test_lines_that_moved_after_the_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    firmware = made(tmp_path)
    edit(firmware, "work.c", "void work", "\n" * 40 + "void work")
    code, text = said(firmware, capsys)
    assert code == 2
    assert "work.c:" in text
    assert "build first" in text


@pytest.mark.skipif(not shutil.which("clang"), reason="no clang")
def test_code_of_no_line_in_particular_is_no_contradiction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Both calls become one, which belongs to neither line: clang gives it line 0, once in each file.
    firmware = made(tmp_path)
    parts = [f"part{n}" for n in range(12)]
    for number, name in enumerate(parts):
        (tmp_path / f"{name}.c").write_text(
            '#include "config.h"\nextern volatile int out;\nvoid row(int n);\n'
            f"void {name}(int n) {{\n    if (n > {number}) {{\n        out = 5;\n        row(n);\n"
            "    } else {\n        out = 9;\n        row(n);\n    }\n    out = n;\n"
            "#if !ENABLE_A\n    out = 3;\n#endif\n}\n"
        )
        run(
            "clang", "--target=riscv32", *ABI, "-Os", "-g", "-gdwarf-4", "-ffreestanding",
            "-ffunction-sections", "-c", f"{tmp_path}/{name}.c", cwd=tmp_path,
        )  # fmt: skip
    calls = "".join(f"void {name}(int);\n" for name in parts)
    main = FILES["main.c"].replace("int main", f"{calls}int main")
    (tmp_path / "main.c").write_text(main.replace("big(SIZE);", "".join(f"{name}(out); " for name in parts)))
    run(
        f"{CROSS}gcc",
        *ABI,
        "-Os",
        "-g",
        "-ffreestanding",
        "-DVARIANT=1",
        "-fcommon",
        "-c",
        f"{tmp_path}/main.c",
        cwd=tmp_path,
    )
    shared = [f"{name}.o" for name in ("main", "work", *parts)]
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-Wl,--gc-sections,--cref,-z,muldefs,-T,fw.ld,-Map=fw.map",
        *shared, "-lgcc", "-o", "fw.elf", cwd=tmp_path,
    )  # fmt: skip
    run(f"{CROSS}objcopy", "-O", "binary", "-R", ".bss", "fw.elf", "fw.bin", cwd=tmp_path)
    assert said(firmware, capsys) == (0, "")
