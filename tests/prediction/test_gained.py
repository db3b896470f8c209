"""What comes in when a feature goes, against a build that was made without it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from compiled import ON, TOP, firmware_of, needs_toolchain
from rebuilt import rebuilt

from imgcheck import cli

pytestmark = needs_toolchain
WORK = """
extern volatile int out;
#define WORK(name) int name(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + sizeof #name); \\
  for (int i = n; i; i /= 3) out ^= out << (i & 7); out -= n / (out | 1) + sizeof #name; return out ^ n; }
"""
LIBRARY = f"""{WORK}
static __attribute__((noinline)) WORK(way)
volatile int out;
WORK(rich) WORK(plain) WORK(other) int shared(int n) {{ return other(n) + way(n * 3); }}
"""
MAIN = "extern volatile int out; int use(int); int main(void) { for (;;) out += use(out); }\n"
NAMES = "extern volatile int out; extern int rich(int), plain(int), shared(int), other(int);\n"
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
    "code and table": """
static int (*const table[])(int) = {
  plain,
#if ENABLE_A
  rich,
#endif
};
__attribute__((noinline)) int pick(int n) {
  return table[(unsigned)n % (sizeof table / sizeof *table)](n); }
int use(int n) {
  int r = pick(n);
  for (unsigned i = 0; i < sizeof table / sizeof *table; i++) r += table[i](n);
  return r;
}""",
    "longer": """
#if ENABLE_A
static int (*const table[])(int) = {rich};
#else
static int (*const table[])(int) = {shared, plain, shared, plain, shared, plain, shared, plain};
#endif
int use(int n) { return table[n % (sizeof table / sizeof *table)](n); }""",
    "grown": """
static int (*const table[])(int) = {
  shared,
#if ENABLE_A
  rich,
#else
  plain, shared, plain, shared, plain, shared, plain, shared, plain, shared, plain, shared, plain, shared,
#endif
};
int use(int n) { return table[(unsigned)n % (sizeof table / sizeof *table)](n); }""",
    "own": f"""{WORK}
static __attribute__((noinline)) WORK(way)
__attribute__((noinline)) int pick(int n) {{ return way(n) * rich(n); }}
int use(int n) {{
#if ENABLE_A
  return pick(n) + shared(n);
#else
  return way(n) + shared(n);
#endif
}}""",
    "handed": """
__attribute__((noinline)) int run(int (*what)(int), int n) { return what(n) + 1; }
__attribute__((noinline)) int also(int n) { return plain(n) * 3; }
int use(int n) {
#if ENABLE_A
  return run(rich, n) + also(n);
#else
  return run(plain, n);
#endif
}""",
    "variable": """
__attribute__((noinline)) int run(int what, int n) { return what + n; }
int use(int n) {
#if ENABLE_A
  return rich(n) + other(n) + run(n, 1);
#else
  int other = n * 3;
  return run(other, n);
#endif
}""",
    "replaced": f"""
#if ENABLE_A
int use(int n) {{
  switch (n) {{
{"".join(f"  case {n}: return rich(n * {n * 37 + 5}) + {n * 4099};" for n in range(40))}
  }}
  return 0;
}}
#else
int use(int n) {{ return plain(n); }}
#endif""",
    "dense": """
#if ENABLE_A
__attribute__((noinline)) int work(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + 7);
  out -= n / (out | 1); return out ^ n; }
int use(int n) { return rich(n) + work(n); }
#else
__attribute__((noinline)) int work(int n) { for (int i = n; i; i /= 3) out ^= out << (i & 7);
  out += n % (out | 3) + 5; out ^= n << 3; return out * n; }
int use(int n) { return plain(n) + work(n); }
#endif""",
    "sparse": """
#if ENABLE_A
__attribute__((noinline))
int work(int n)
{
  for (int i = 0;
       i < n;
       i++)
  {
    out += (out ^ i)
         * (n + 7);
  }
  return out
       ^ n;
}
#else
__attribute__((noinline))
int work(int n)
{
  for (int i = n;
       i;
       i /= 3)
  {
    out ^= out
        << (i & 7);
  }
  out += n
       + 5;
  return out
       * n;
}
#endif
int use(int n) {
#if ENABLE_A
  out += rich(n);
#endif
  return work(n); }""",
    "also called by another one": """
#if ENABLE_A
static __attribute__((noinline)) int work(int n) {
  for (int i = 0; i < n; i++) out += (out ^ i) * (n + 7);
  out -= n / (out | 1); return out ^ n; }
#else
static __attribute__((noinline)) int work(int n) { for (int i = n; i; i /= 3) out ^= out << (i & 7);
  out += n % (out | 3) + 5; return out * n; }
#endif
__attribute__((noinline)) int also(int n) {
#if ENABLE_A
  return rich(n) + 3;
#else
  return work(n) + 3;
#endif
}
int use(int n) { return work(n) + also(n * 3); }""",
    "words": f"""
#if ENABLE_A
int use(int n) {{ return rich(n); }}
#else
static const int lut[] = {{{", ".join(str(i * 7777) for i in range(100))}}};
int use(int n) {{ return lut[(unsigned)n % (sizeof lut / sizeof *lut)]; }}
#endif""",
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
    files = {
        "config.h": f"#define ENABLE_A {value}\n",
        "main.c": MAIN,
        "use.c": f'#include "config.h"\n{NAMES}{WAYS[way]}\n',
        "library.c": LIBRARY,
    }
    firmware = firmware_of(folder, files, debug="-g" if value else "-g0")
    return firmware, firmware.with_suffix(".bin").stat().st_size


def test_a_function_that_is_replaced_is_counted_where_it_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not in front of each that calls it from then on, as one is that has no place of its own."""
    firmware, size = made(tmp_path / "on", "also called by another one", 1)
    _, without = made(tmp_path / "off", "also called by another one", 0)
    assert cli.run(["features", str(firmware), "--feature", "ENABLE_A", "-o", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["features"]
    assert abs(row["flash"] - (size - without)) <= 32, (row["flash"], size - without)


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
    assert "rich" in gone and not gone & set(re.findall("plain|shared|way", without_feature(WAYS[way])))


def without_feature(text: str) -> str:
    """The text without what stands in `#if`; `#else` stays."""
    return re.sub(r"#if.*?(?:#else|#endif)", "", text, flags=re.DOTALL)


@needs_toolchain
def test_what_a_header_put_into_the_body_before_goes_with_it(tmp_path: Path) -> None:
    """`#include` of what does the work, a function around it, and another one where neither is."""
    start = (
        '#if ENABLE_A\n#include "work.h"\nint start(int x) {\n  return work(x) + 1;\n}\n#endif\n'
        "#if !ENABLE_A\nint start(int x) {\n  return x;\n}\n#endif\n"
    )
    work = 'static int work(int x) {\n  say("it works");\n  return rich(x);\n}\n'
    main = "int start(int);\nint main(void) {\n  for (;;)\n    out += start(plain(out));\n}\n"
    row, flash, ram, _ = rebuilt(
        tmp_path, {**ON, "work.h": work, "start.c": TOP + start, "main.c": TOP + main}
    )
    assert flash > 100 and abs(row["flash"] - flash) <= row["flash_error"] <= 60, (row, flash)
    assert row["ram"] == ram
