"""What variables take that only come in: as the compiler makes them, and as a rebuild shows them."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from compiled import compile_, firmware_of, link, needs_toolchain, sizes
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck import cli
from imgcheck.prediction.sources.reading import Visit
from imgcheck.prediction.sources.storage import Room, rooms
from imgcheck.prediction.sources.structure import START, scan
from imgcheck.readers import elf

WORDS = (
    "char",
    "short",
    "int",
    "unsigned",
    "long",
    "float",
    "double",
    "uint8_t",
    "int16_t",
    "uint64_t",
    "_Bool",
)
BASE = (
    *WORDS,
    "unsigned char",
    "unsigned short int",
    "long long",
    "unsigned long long int",
    "long double",
    "double long",
)
WIDE = 16  # bytes of a `long double`, RISC-V psABI
MEMBERS = ("NAME", "*NAME", "NAME[7]", "NAME[2][3 + 2]", "*NAME[5]", "(*NAME)(int, char)", "(*NAME[3])(void)")
DECLARATORS = (*MEMBERS, "*const NAME", "NAME __attribute__((aligned(4)))")
TOKENS = [*"{}()[];,=*:", "struct", "union", "enum", "int", "x", "y", "3", "const", "static", "typedef"]


def member(rng: random.Random, name: str, deep: int) -> str:
    kind = rng.choice(BASE)
    if deep < 2 and rng.random() < 0.25:
        kind = structure(rng, "", deep + 1)
    elif rng.random() < 0.2:
        return f"unsigned {name} : {rng.randint(1, 32)}, {name}_more : {rng.randint(1, 9)};"
    declarator = rng.choice(MEMBERS).replace("NAME", name)
    return f"{rng.choice(('', 'volatile ', 'const '))}{kind} {declarator};"


def structure(rng: random.Random, tag: str, deep: int = 0) -> str:
    body = " ".join(member(rng, f"m{one}", deep) for one in range(rng.randint(1, 5)))
    return f"{rng.choice(('struct', 'struct', 'union'))} {tag} {{ {body} }}"


def visit(text: str) -> Visit:
    tokens = re.findall(r'"[^"]*"|\w+|\S', text)
    return Visit(0, scan(tokens, START, False), frozenset(tokens), tokens, {})


@needs_toolchain
def test_variables_take_what_the_compiler_gives_them(tmp_path: Path) -> None:
    rng = random.Random(11)
    texts = ["#include <stdint.h>\ntypedef int number_t;"]
    for at in range(150):
        kind = rng.choice(BASE) if at % 3 else structure(rng, rng.choice(("", f"s{at}")))
        if at % 10 == 9 and f"struct s{at - 9} {{" in "".join(texts):
            kind = f"struct s{at - 9}"
        declarators = [
            rng.choice(DECLARATORS).replace("NAME", f"v{at}_{one}") for one in range(rng.randint(1, 3))
        ]
        texts.append(f"{kind} {', '.join(declarators)};")
    texts.append("int main(void) { return 0; }")
    text = "\n".join(texts)
    names = frozenset(re.findall(r"v\d+_\d", text))
    linked = elf.read(link(tmp_path, compile_(tmp_path, "a.c", text), flags=("-Wl,--no-gc-sections",)))
    real = {one.name: -(-one.size // 4) * 4 for one in linked.symbols if one.name in names}
    found = rooms([visit(text.partition("\n")[2])], names, WIDE)
    assert len(real) == len(names) > 200
    assert {name: max(room) for name, room in found.items()} == real


def test_a_long_double_is_as_long_as_the_chip_has_it() -> None:
    text = "static long double a[3]; struct { char b; long double c; } d; double long e; long f; double g;"
    for wide, sizes_ in ((16, (48, 32, 16)), (8, (24, 16, 8))):
        found = rooms([visit(text)], frozenset("adefg"), wide)
        assert [found[name].ram for name in "adefg"] == [*sizes_, 4, 8]


def test_what_is_constant_takes_no_memory() -> None:
    text = "const int a = 1; int b = 1; static const char *c = 0, *const d = 0; char *const e[3] = {0}; "
    text += "extern int f; typedef int g; int h(int, char); int k(void) { static short l; return l; } "
    text += 'thing_t m[2]; int n[] = {1, {2, 3}, f(4, 5),}; const char o[] = "seven b", *p[] = {"x", "y"}; '
    text += "int (*q[])(int) = {k, k, k};"
    flash = {"a": 4, "d": 4, "e": 12, "b": 4, "c": 4, "n": 12, "o": 8, "p": 8, "q": 12}
    ram = {"b": 4, "c": 4, "l": 4, "m": 8, "n": 12, "p": 8, "q": 12}
    exact = {**flash, **ram, "l": 2}
    length = {"e": 3, "m": 2, "n": 3, "o": 8, "p": 2, "q": 3}
    known = {
        name: Room(flash.get(name, 0), ram.get(name, 0), exact[name], length.get(name, 0))
        for name in flash | ram
    }
    assert rooms([visit(text)], frozenset("abcdefghklmnopq"), WIDE) == known


@examples(100)
@given(st.lists(st.sampled_from(TOKENS)))
def test_any_tokens_are_read_to_their_end(tokens: list[str]) -> None:
    rooms([Visit(0, scan([], START, False), frozenset(), tokens, {})], frozenset({"x", "y"}), WIDE)


FILES = {
    "main.c": """
#include "config.h"
volatile int out;
#if !ENABLE_A
struct entry { int when; char name[10]; };
static struct entry spare[6]; static unsigned char buffer[100];
static int first = 7;
#endif
#ifndef ENABLE_B
static const short curve[40] = {1, 2, 3}; static short levels[40];
static long double finest[3];
#endif
int main(void) { for (;;) {
#if ENABLE_A
  out += 3;
#else
  int n = out;
  spare[n].name[2] +=
    buffer[n];
  buffer[n]++;
  out +=
    spare[n].when +
    first;
  spare[n].when--;
  first++;
#endif
#ifndef ENABLE_B
  levels[out % 40] += curve[out % 40];
  out += *(char *)&finest[out % 3];
  *(int *)&finest[out % 3] = out;
#endif
  out--;
} }
"""
}


@needs_toolchain
def test_memory_that_comes_in_is_what_a_rebuild_takes(tmp_path: Path) -> None:
    config = "#define ENABLE_A 1\n#define ENABLE_B 1\n"
    firmware = firmware_of(tmp_path / "all", {**FILES, "config.h": config})
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    rows = {one["name"]: one for one in json.loads((tmp_path / "found.json").read_text())["features"]}
    for off, header, least, near in (
        ("ENABLE_A", config.replace("A 1", "A 0"), 200, 8),
        ("ENABLE_B", config.replace("#define ENABLE_B", "//"), 80, WIDE),  # what lies in front is filled up
    ):
        there = sizes(firmware_of(tmp_path / off, {**FILES, "config.h": header}, debug="-g0"))
        ram = sizes(firmware)[1] - there[1]
        assert -ram >= least, off
        assert abs(rows[off]["ram"] - ram) <= near, (rows[off], ram)
