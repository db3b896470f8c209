"""Links of other kinds than the project's own, against builds without the feature."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from compiled import HEADER, LIBRARY, SECTIONS, TOP, firmware_of, needs_toolchain, sizes

from imgcheck import cli

ALL = ("-Wl,--no-gc-sections",)
LIB = {"lib.c": LIBRARY, "lib.h": HEADER}
A_AND_B = """
void a(int), b(int);
int main(void) {
  for (;;) {
#if ENABLE_A
    a(out);
#endif
#if ENABLE_B
    b(out);
#endif
    out += plain(out);
  }
}
"""
CALLS_G = """
int g(int);
int main(void) {
  for (;;) {
    out += plain(out);
#if ENABLE_A
    out += g(out);
#endif
  }
}
"""
F = "int f(int n) { return rich(n) + other(n) * 9; }\n"
CPP = '#include "config.h"\nextern "C" {\n#include "lib.h"\n}\n#include "inline.h"\n'
INLINE = """
__attribute__((noipa)) inline int large(int n) {
  for (int i = 0; i < n; i++) out += (out ^ i) * (n + __LINE__);
  for (int i = n; i; i /= 3) out ^= out << (i & 7);
  return out ^ n * 77;
}
struct Thing { virtual int m(int n) { return large(n) + 3; } virtual int k(int n) { return large(n) * 3; } };
template <int N> __attribute__((noipa)) int with(int n) {
  Thing one, *thing = &one;
  asm("" : "+r"(thing));
  return thing->m(n) + thing->k(N);
}
"""
COPIES = {
    **LIB, "inline.h": INLINE, "main.c": TOP + A_AND_B,
    "a.cpp": CPP + '#if ENABLE_A\nextern "C" void a(int n) { with<3>(n); with<4>(n + 3); }\n#endif\n',
    "b.cpp": CPP + '#if ENABLE_B\nextern "C" void b(int n) { with<3>(n); other(n); }\n#endif\n',
}  # fmt: skip
MADE_FOR_ALL = {
    **COPIES,
    "a.cpp": CPP + "template int with<3>(int);\n"
    '#if ENABLE_A\nextern "C" void a(int n) { with<3>(n); rich(n + 3); }\n#endif\n',
    "b.cpp": CPP + "extern template int with<3>(int);\n"
    '#if ENABLE_B\nextern "C" void b(int n) { with<3>(n); other(n); }\n#endif\n',
}  # fmt: skip
NAMESAKES = {
    **LIB, "main.c": TOP + "int first(int);" + CALLS_G.replace("int g(int);", "").replace(" g(", " rich(")
    .replace("plain(out)", "first(out)"),
    "x/m.c": TOP + "int first(int n) { return plain(n) + 3; }\n",
    "y/m.c": TOP + "int second(int n) { return other(n) * 5; }\nint third(int n) { return rich(n) / 5; }\n",
}  # fmt: skip
# Nothing of them is the feature's, but nobody else uses them.
UNGUARDED = {**LIB, "main.c": TOP + CALLS_G, "f.c": TOP + F.replace("f(", "g(")}
SHARED = {
    **LIB, "main.c": TOP + A_AND_B.replace("#if ENABLE_B", "#if 1"),
    "a.c": TOP + """
int stays[30];
#if ENABLE_A
int one[40], two[10];
char three;
long long four[3];
#endif
#if ENABLE_B
int five[64];
#endif
void a(int n) {}
void b(int n) {
  stays[n & 15]++;
#if ENABLE_A
  one[n & 31] += n;
  two[n & 7] = three++;
  four[1] += two[3];
#endif
#if ENABLE_B
  five[n & 63]++;
#endif
}
""",
}  # fmt: skip
SWITCH = """
#if ENABLE_A
static __attribute__((noinline)) int chosen(int n) {
  switch (n) {
    case 0: return rich(3);
    case 1: out = 7; return plain(4);
    case 2: say("two"); return 9;
    case 3: return other(out);
    case 4: return rich(8);
    case 5: return plain(2) + 1;
    case 6: out += 5; return 2;
    case 7: return rich(out) + 4;
  }
  return 0;
}
#endif
int main(void) {
  for (;;) {
    out += plain(out);
#if ENABLE_A
    out += chosen(out) + chosen(out + 1);
#endif
  }
}
"""


class Way(NamedTuple):
    """How a firmware is linked."""

    files: Mapping[str, str]
    linking: tuple[str, ...] = ()
    archives: Mapping[str, Sequence[str]] = {}
    compiling: tuple[str, ...] = ()


WAYS = {
    # A libc's printf is chosen so, and picolibc's is reached by no other name.
    "another name for a function": Way(
        {**LIB, "main.c": TOP + CALLS_G, "f.c": TOP + F}, ("-Wl,--defsym=g=f",)
    ),
    "another name for a member's": Way(
        {**LIB, "main.c": TOP + CALLS_G, "f.c": TOP + F},
        ("-Wl,--defsym=h=f,--defsym=g=h",),
        {"libf.a": ("f.o",)},
    ),
    "members of one name": Way(NAMESAKES, ALL, {"libm.a": ("x/m.o", "y/m.o")}),
    "members of one name, the other one first": Way(NAMESAKES, ALL, {"libm.a": ("y/m.o", "x/m.o")}),
    "copies in an archive": Way(COPIES, (), {"liba.a": ("a.o", "b.o")}),
    "copies in an archive, all kept": Way(COPIES, ALL, {"liba.a": ("a.o", "b.o")}),
    "copies, all kept": Way(COPIES, ALL),
    "a template that is made for all, all kept": Way(MADE_FOR_ALL, ALL),
    "a whole archive, all kept": Way(
        UNGUARDED, (*ALL, "-Wl,--whole-archive", "libg.a", "-Wl,--no-whole-archive"), {"libg.a": ("f.o",)}
    ),
    "a jump table, all kept": Way({**LIB, "main.c": TOP + SWITCH}, ALL),
    "common variables": Way(SHARED, compiling=("-fcommon",)),
    "common variables, all kept": Way(SHARED, ALL, compiling=("-fcommon",)),
}  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_is_saved_is_what_a_rebuild_saves(tmp_path: Path, way: str) -> None:
    files, linking, archives, compiling = WAYS[way]
    flags = (*SECTIONS, *compiling)
    config = "#define ENABLE_A 1\n#define ENABLE_B 1\n"
    firmware = firmware_of(tmp_path / "all", {**files, "config.h": config}, flags, linking, archives)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    rows = json.loads((tmp_path / "found.json").read_text())["features"]
    assert rows
    for row in rows:
        without = {**files, "config.h": config.replace(f"{row['name']} 1", f"{row['name']} 0")}
        there = sizes(firmware_of(tmp_path / row["name"], without, flags, linking, archives, debug="-g0"))
        flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
        assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
        assert abs(row["ram"] - ram) <= 8, (row, ram)
