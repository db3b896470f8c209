"""Types that a feature changes: typedefs, `packed`, #pragma pack, members in an #else; against a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, SECTIONS, TOP, needs_toolchain
from rebuilt import rebuilt

from imgcheck.prediction.sources import storage
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.storage import Shape
from imgcheck.prediction.sources.structure import START, scan

LOOP = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
NARROW = "#if ENABLE_A\ntypedef int sample_t;\n#else\ntypedef signed char sample_t;\n#endif\n"
CHANNELS = "struct channel { sample_t last[30]; sample_t now; };\nstatic struct channel all[4];\n" + LOOP % (
    "    all[out & 3].last[out % 30u] += out;\n    out += all[1].now;"
)
WAVES = (
    "static const sample_t waves[60] = {"
    + ", ".join(map(str, range(60)))
    + "};\n"
    + LOOP % ("    out += waves[out % 60u];")
)
NESTED = (
    "typedef sample_t pair_t[2];\ntypedef struct { pair_t pairs[5]; int n; } line_t;\nline_t lines[7];\n"
    + LOOP % "    lines[out % 7u].pairs[out % 5u][0] += out;\n    out += lines[2].pairs[1][1] + lines[2].n;"
)
RECORD = "struct %s record { char a; int b; short c; long long d; } %s;\nstatic struct record all[20];\n"
RECORDS = (
    LOOP
    % "    all[out % 20u].b += out;\n    all[out % 20u].d ^= all[(out + 1) % 20u].c;\n    out += all[3].a;"
)
PACKED = "__attribute__((packed))"
MACRO = f"#if ENABLE_A\n#define PACKED {PACKED}\n#else\n#define PACKED\n#endif\n"
MEMBERS = (
    "struct entry {\n  int id;\n  short level;\n#if ENABLE_A\n  int history[12];\n  char name[21];\n#endif\n"
    "  short flags;\n};\n"
)
PRAGMA = "#if ENABLE_A\n#pragma pack(1)\n#endif\n"
WAYS = {
    "a member": ("", NARROW + CHANNELS),
    "a member of another file's type": (NARROW, CHANNELS),
    "constants": (NARROW, WAVES),
    "in a type in a type": (NARROW, NESTED),
    "a macro for a type": (
        NARROW.replace("typedef int sample_t;", "#define sample_t int").replace(
            "typedef signed char sample_t;", "#define sample_t short"
        ),
        CHANNELS,
    ),
    "packed": (MACRO + RECORD % ("PACKED", ""), RECORDS),
    "packed behind": (MACRO + RECORD % ("", "PACKED"), RECORDS),
    "packed by a line of its own": (RECORD % ("\n#if ENABLE_A\n" + PACKED + "\n#endif\n", ""), RECORDS),
    "#pragma pack": (PRAGMA.replace("1", "push, 1") + RECORD % ("", "") + "#pragma pack()\n", RECORDS),
    "#pragma pack in the source": ("", PRAGMA + RECORD % ("", "") + RECORDS),
    "another branch": (
        "#if ENABLE_A\nstruct queue { int all[60]; int n; };\n"
        "#else\nstruct queue { int all[6]; int n; };\n#endif\n",
        "struct queue queue;\n" + LOOP % "    queue.all[queue.n++ % 6u] = out;\n    out += queue.all[0];",
    ),
    "an array as long as a type": (
        MEMBERS,
        "static char room[sizeof(struct entry) * 10];\n" + LOOP % "    out += room[out % sizeof room]++;",
    ),
    "by a macro": (
        MEMBERS + "#define BYTES (sizeof(struct entry) + 4)\n",
        "static unsigned char pool[8][BYTES];\n" + LOOP % "    out += pool[out & 7][out % BYTES]++;",
    ),
    "an array as long as a typedef": (
        NARROW, "static char raw[64 * sizeof(sample_t)];\n" + LOOP % "    out += raw[out % sizeof raw]++;",
    ),
    "an array of structures": (
        MEMBERS,
        "static struct entry all[6];\nint find(int n) {\n  for (int i = 0; i < 6; i++)\n"
        "    if (all[i].id == n) return all[i].flags;\n  return -1;\n}\n"
        + LOOP % "    all[out % 6u].id += out;\n    all[(out + 1) % 6u].flags ^= out;\n    out += find(out);",
    ),
    "what only code has": (
        MEMBERS,
        "void *clear(void *, int, unsigned);\n__attribute__((noinline))\n"
        "void *clear(void *all, int value, unsigned n) {\n  volatile char *one = all;\n"
        "  while (n--) *one++ = value;\n  return all;\n}\n"
        + LOOP % "    struct entry one;\n    clear(&one, out, sizeof one);\n    out += one.flags;",
    ),
    "arithmetic that the chip has not": (
        "#if ENABLE_A\n#define REAL double\n#else\n#define REAL float\n#endif\n",
        "REAL sum;\nREAL step(REAL x) { return x * (REAL)1.5 + sum / (x + 1); }\n"
        + LOOP % "    sum = step(sum + out);\n    out += (int)sum;",
    ),
}  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("way", WAYS)
def test_another_type_is_as_large_as_it_is_built(tmp_path: Path, way: str, level: str) -> None:
    header, text = WAYS[way]
    files = {**ON, "types.h": header, "main.c": TOP + '#include "types.h"\n' + text}
    row, flash, ram, _ = rebuilt(tmp_path, files, (*SECTIONS, level))
    assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
    assert abs(row["ram"] - ram) <= 4, (row, ram)
    assert row["flash_error"] > 0


@pytest.mark.parametrize(
    ("text", "name", "shape"),
    [
        ("struct a { char b ; int c ; } ;", "a", Shape(8, 4)),
        ("struct __attribute__ ( ( packed ) ) a { char b ; int c ; } ;", "a", Shape(5, 1)),
        ("struct a { char b ; int c ; } __attribute__ ( ( __packed__ ) ) ;", "a", Shape(5, 1)),
        ("typedef struct { char b ; int c ; } __attribute__ ( ( packed ) ) a ;", "a", Shape(5, 1)),
        ("typedef unsigned short a ;", "a", Shape(2, 2)),
        ("typedef long long b ; typedef b a [ 3 ] ;", "a", Shape(24, 8)),
        ("typedef int ( * a ) ( int ) ;", "a", Shape(4, 4)),
        ("using a = double ;", "a", Shape(8, 8)),
        ("typedef char * a ; int a_of ( a b ) { return * b ; }", "a", Shape(4, 4)),
    ],
)
def test_types_by_their_names(text: str, name: str, shape: Shape) -> None:
    tokens = text.split()
    visit = Visit(0, scan(tokens, START, False), frozenset(), tokens, {})
    assert storage.types([visit], 16, {})[name] == shape


def test_a_pragma_holds_for_its_blocks() -> None:
    text = "struct a { char b ; int c ; } ;"
    tokens = text.split()
    visits = [Visit(number, scan(tokens, START, False), frozenset(), tokens, {}) for number in (0, 1)]
    assert storage.types(visits[:1], 16, {1: 2}) == {"a": Shape(8, 4)}
    assert storage.types(visits[1:], 16, {1: 2}) == {"a": Shape(6, 2)}
