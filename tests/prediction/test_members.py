"""Variables whose types lose members: sizes as the compiler gives them, savings as a rebuild does."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from compiled import ON, TOP, compile_, firmware_of, link, needs_toolchain, sizes
from rebuilt import rebuilt

from imgcheck import cli
from imgcheck.errors import FormatError
from imgcheck.prediction.shapes import Left, Shapes
from imgcheck.readers import dwarf, elf
from imgcheck.readers.structures import ARRAY, STRUCTURE, Member, Structures, Type, structures

KINDS = (
    *("char", "short", "int", "long long", "void *", "double", "char@[3]", "int@[2][5]", "enum e"),
    *("unsigned@ : 5", "int@ : 13", "unsigned char@ : 3", "short@ : 9", "unsigned@ : 1", "long long@ : 33"),
)
HEADER = """
typedef struct { short id;
#if !LATER
  short first;
#else
  short second;
#endif
#if ENABLE_A
  int levels[12];
#endif
  char on; } channel_t;
struct all { char name;
#if ENABLE_B
  long long started;
#endif
  channel_t channels[3]; };
extern struct all state; extern channel_t spare;
"""
FILES = {
    "types.h": HEADER,
    "main.c": """
#include "config.h"
#include "types.h"
volatile int out; int work(int), other(int);
static struct { int last;
#if ENABLE_B
  char queue[50];
#endif
  char full; } box;
static union { int word;
#if ENABLE_B
  char bytes[20];
#endif
} both;
int main(void) { for (;;) { out += state.name + spare.on + box.last++ + box.full + other(both.word++);
#if ENABLE_B
  out += work(out);
#endif
  } }
""",
    "b.c": """
#include "config.h"
#if ENABLE_B
#include "types.h"
int work(int n) { return n * spare.id; }
#endif
""",
    "state.c": """
#include "config.h"
#include "types.h"
struct all state;
channel_t spare = {.id = 3, .on = 1};
int other(int n) { return n + 7; }
""",
}


def name(member: str) -> str:
    found = re.search(r"\bm\d\b", member)
    assert found
    return found[0]


def declared(rng: random.Random, at: int) -> tuple[list[tuple[str, bool]], str]:
    """Members of a structure, which of them go, and what stands behind its brace."""
    if at % 20 == 19:  # without what stands between them two bit-fields share a word
        return [("unsigned m0 : 5;", False), ("int m1;", True), ("unsigned m2 : 5;", False)], ""
    members = []
    for number in range(rng.randint(1, 7)):
        inner = rng.randrange(max(at, 1))
        nested = at > 0 and rng.random() < 0.3 and inner % 20 < 19
        kind = f"struct s{inner}" if nested else rng.choice(KINDS)
        text = kind if "@" in kind else f"{kind} m@"
        text = re.sub(r"(?<=\w)@|(?<=\s)m@", " m@", text).replace("m@", f"m{number}")
        members.append((f"{text};", number > 0 and rng.random() < 0.4))
    behind = rng.choice(("", "", "__attribute__((packed))", "__attribute__((aligned(16)))"))
    if "aligned" in behind and any("struct" in text for text, _ in members):
        behind = ""  # nor does DWARF say whether an alignment is a type's own or that of a member
    if "packed" in behind:  # what would have no padding either way does not show that it is
        members = [("char m8;", False), ("int m9;", False), *members]
    return members, behind


@needs_toolchain
def test_types_without_members_are_as_large_as_the_compiler_makes_them(tmp_path: Path) -> None:
    rng = random.Random(5)
    texts, gone = ["enum e { ONE, TWO };"], set[str]()
    for at in range(120):
        members, behind = declared(rng, at)
        kind = rng.choice(("struct", "struct", "struct", "union")) if at % 3 == 2 else "struct"
        for prefix, lines in (("s", members), ("t", [one for one in members if not one[1]])):
            body = " ".join(text for text, _ in lines).replace("struct s", f"struct {prefix}")
            tag = f"{prefix}{at}" if kind == "struct" else f"u{prefix}{at}"
            texts.append(f"{kind} {tag} {{ {body} }} {behind};")
            if kind == "union":
                texts.append(f"struct {prefix}{at} {{ union {tag} in; char more; }};")
            texts.append(f"struct {prefix}{at} v{prefix}{at}[2];")
        owner = f"s{at}" if kind == "struct" else f"us{at}"
        gone.update(f"{owner}.{name(text)}" for text, goes in members if goes)
    used = " + ".join(f"*(char *)&v{prefix}{at}" for prefix in "st" for at in range(120))
    texts.append(f"int main(void) {{ return {used}; }}")
    linked = link(tmp_path, compile_(tmp_path, "a.c", "\n".join(texts), "-g"))
    real = {one.name: one.size for one in elf.read(linked).symbols}
    found = read(linked)
    owners = {id(m): one.name for one in found.types.values() for m in one.members}
    shapes = Shapes(found.types)
    left = Left(found.types, shapes, lambda one: f"{owners[id(one)]}.{one.name}" in gone)
    kinds = {one.name: one.type for one in found.variables}
    told = 0
    for at in range(120):
        before, after = shapes.of(kinds[f"vs{at}"]), left.of(kinds[f"vs{at}"])
        if before and after:
            told += 1
            assert (before.size, after.size) == (real[f"vs{at}"], real[f"vt{at}"]), (at, before, after)
    assert told == 120


def read(path: Path) -> Structures:
    sections = contents(path)
    (unit,) = dwarf.units(sections)
    return structures(sections, unit, dwarf.Tables(sections.abbrev))


def contents(path: Path) -> dwarf.Sections:
    linked = elf.read(path)
    named = {
        one.name: bytes(linked.contents(one)) for one in linked.sections if one.name.startswith(".debug")
    }
    names = (".debug_info", ".debug_abbrev", ".debug_str", ".debug_line_str")
    return dwarf.Sections(*(named.get(name, b"") for name in names))


@needs_toolchain
def test_any_bytes_are_types_or_one_error(tmp_path: Path) -> None:
    whole = contents(link(tmp_path, compile_(tmp_path, "a.c", HEADER + "int main(void) { return 0; }", "-g")))
    rng, refused = random.Random(1), 0
    for _ in range(3_000):
        info = bytearray(whole.info)
        for _ in range(rng.randint(1, 6)):
            info[rng.randrange(11, len(info))] = rng.randrange(256)
        try:
            sections = whole._replace(info=bytes(info))
            for unit in dwarf.units(sections):
                found = structures(sections, unit, dwarf.Tables(sections.abbrev))
                for one in found.variables:
                    Shapes(found.types).of(one.type)
        except FormatError:
            refused += 1
    assert 0 < refused < 3_000


@pytest.mark.parametrize("at", [7, 8])
def test_a_type_that_holds_itself_has_no_size(at: int) -> None:
    member = Member("m", 1, 1, at, 0, 0)
    types = {
        7: Type(STRUCTURE, "s", 4, -1, 0, [member], []),
        8: Type(ARRAY, "", -1, 7, 0, [], [3]),
    }
    assert Shapes(types).of(7) is None


def made(folder: Path, off: str = "") -> Path:
    header = "".join(f"#define ENABLE_{one} {int(one != off)}\n" for one in "AB")
    return firmware_of(folder, {**FILES, "config.h": header})


@needs_toolchain
def test_variables_lose_what_their_types_lose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    firmware = made(tmp_path / "all")
    flash, ram = sizes(firmware)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    rows = {one["name"]: one for one in json.loads(capsys.readouterr().out)["features"]}
    for name, least in (("A", 190), ("B", 70)):
        one = rows[f"ENABLE_{name}"]
        real_flash, real_ram = sizes(made(tmp_path / name, name))
        assert one["ram"] == ram - real_ram >= least
        assert abs(one["flash"] - (flash - real_flash)) <= one["flash_error"] <= 60


USED = {
    "a structure of its name": (
        "struct config {\n  int version;\n  char name[16];\n#if ENABLE_A\n"
        "  struct { int port; char host[32]; } a;\n#endif\n};\nstatic struct config config;\n",
        "    config.version += plain(out);\n    config.name[out & 15] = out;\n"
        "#if ENABLE_A\n    config.a.port = rich(out);\n    say(config.a.host);\n#endif\n",
    ),
    "bit-fields": (
        "struct flags {\n  unsigned on : 1;\n#if ENABLE_A\n  unsigned mode : 5;\n"
        "  unsigned more : 30;\n#endif\n"
        "  unsigned level : 7;\n};\nstatic struct flags flags[6];\n",
        "    flags[out & 3].level = plain(out);\n"
        "#if ENABLE_A\n    flags[out & 3].mode = rich(out);\n#endif\n    out += flags[1].on;\n",
    ),
}


@needs_toolchain
@pytest.mark.parametrize("way", USED)
def test_what_only_code_of_a_member_calls_goes(way: str, tmp_path: Path) -> None:
    """The function that names the type as well goes on with the rest."""
    types, code = USED[way]
    main = f"int main(void) {{\n  for (;;) {{\n    out += plain(out);\n{code}  }}\n}}\n"
    row, flash, ram, _ = rebuilt(tmp_path, {**ON, "main.c": TOP + types + main})
    assert flash > 100 and abs(row["flash"] - flash) <= row["flash_error"] <= 60, (row, flash)
    assert row["ram"] == ram
