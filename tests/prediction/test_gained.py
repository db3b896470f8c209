"""What comes in when a feature goes, against a build that was made without it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from compiled import ABI, CROSS, needs_toolchain, run

from imgcheck import cli

pytestmark = needs_toolchain
SCRIPT = """
ENTRY(main)
MEMORY { flash (rx) : ORIGIN = 0x23000000, LENGTH = 1M  ram (rwx) : ORIGIN = 0x42014000, LENGTH = 128K }
SECTIONS { .text : { *(.text .text.*) *(.rodata .rodata.*) *(.srodata .srodata.*) } > flash
  .data : { *(.data .data.*) *(.sdata .sdata.*) } > ram AT > flash
  .bss (NOLOAD) : { *(.sbss .sbss.*) *(.bss .bss.*) *(COMMON) } > ram }
"""
LIBRARY = """
volatile int out;
#define WORK(name) int name(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + sizeof #name); \\
  for (int i = n; i; i /= 3) out ^= out << (i & 7); out -= n / (out | 1) + sizeof #name; return out ^ n; }
WORK(rich) WORK(plain) WORK(shared)
"""
NAMES = "extern int rich(int), plain(int), shared(int);\n"
WAYS = {
    "else": """
int use(int n) {
#if ENABLE_A
  return rich(n) + shared(n);
#else
  return shared(n);
#endif
}""",
    "table": """
static int (*const table[])(int) = {
#if ENABLE_A
  rich, plain,
#else
  plain,
#endif
};
int use(int n) {
  int r = 0;
  for (unsigned i = 0; i < sizeof table / sizeof *table; i++) r += table[i](n);
  return r;
}""",
    "inlined": """
static int inner(int n) {
#if ENABLE_A
  n = rich(n) + 1;
#else
  n = shared(n) + 1;
#endif
  return n * 3;
}
int use(int n) { return inner(n + 1) ^ n; }""",
    "fallback": """
#if ENABLE_A
int use(int n) { return rich(n) + plain(n) + n * 3; }
#else
static int way(int n) { return plain(n) * 5; }
int use(int n) { return way(n); }
#endif""",
    "switch": """
int use(int n) {
  int r = n;
  switch (n) {
  case 3: r += shared(r ^ 4); break;
  case 4: r--; break;
#if ENABLE_A
  case 6: r += rich(n); r += shared(r ^ 4); break;
#endif
  default: r++;
  }
  return r;
}""",
    "longer": """
#if ENABLE_A
static int (*const table[])(int) = {rich};
#else
static int (*const table[])(int) = {shared, plain, shared, plain, shared, plain, shared, plain};
#endif
int use(int n) { return table[n % (sizeof table / sizeof *table)](n); }""",
    "data": f"""
#if ENABLE_A
int use(int n) {{ return rich(n); }}
#else
static const unsigned char lut[] = {{{", ".join(str(i * 7 % 250) for i in range(150))}}};
int use(int n) {{ return lut[(unsigned)n % sizeof lut]; }}
#endif""",
}


def made(folder: Path, way: str, value: int) -> tuple[Path, int]:
    """The ELF of a firmware that has, or has not, the feature, and the length of its image."""
    folder.mkdir()
    policy = 'extends = "openbeken-bl602"\n[features]\nconfig = "config.h"\nsource_roots = ["."]\n'
    main = "extern volatile int out; int use(int); int main(void) { for (;;) out += use(out); }\n"
    files = {
        "config.h": f"#define ENABLE_A {value}\n",
        "imgcheck.toml": policy,
        "fw.ld": SCRIPT,
        "library.c": LIBRARY,
        "main.c": main,
        "use.c": f'#include "config.h"\n{NAMES}{WAYS[way]}\n',
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    flags = (*ABI, "-Os", "-g", "-ffreestanding", "-ffunction-sections", "-fdata-sections")
    run(f"{CROSS}gcc", *flags, "-c", "main.c", "use.c", "library.c", cwd=folder)
    objects = ("main.o", "use.o", "library.o", "-lgcc")
    script = "-Wl,--gc-sections,--cref,-T,fw.ld,-Map=fw.map"
    run(f"{CROSS}gcc", *ABI, "-nostdlib", script, *objects, "-o", "fw.elf", cwd=folder)
    run(f"{CROSS}objcopy", "-O", "binary", "-R", ".bss", "fw.elf", "fw.bin", cwd=folder)
    return folder / "fw.elf", (folder / "fw.bin").stat().st_size


@pytest.mark.parametrize("way", WAYS)
def test_what_the_other_side_refers_to_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    firmware, size = made(tmp_path / "on", way, 1)
    _, without = made(tmp_path / "off", way, 0)
    assert cli.run(["features", str(firmware), "--feature", "ENABLE_A", "-o", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["features"]
    assert abs(row["flash"] - (size - without)) <= row["flash_error"], (row["flash"], size - without)
    gone = {one["name"] for one in row["pieces"] if one["effect"] == "gone"}
    assert "rich" in gone and not gone & set(re.findall("plain|shared", without_feature(WAYS[way])))


def without_feature(text: str) -> str:
    """The text without what stands in `#if`; `#else` stays."""
    return re.sub(r"#if.*?(?:#else|#endif)", "", text, flags=re.DOTALL)
