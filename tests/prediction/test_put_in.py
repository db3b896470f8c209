"""What hangs on what a feature's lines called, against a build that was made without them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import SECTIONS, firmware_of, needs_toolchain, sizes

from imgcheck import cli

LIBRARY = """
volatile int out; int shared[40];
#define WORK(name) int name(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + __LINE__); \\
  for (int i = n; i; i /= 3) out ^= out << (i & 7); out -= n / (out | 1) + __LINE__; return out ^ n; }
WORK(rich)
WORK(plain)
void say(const char *text) { while (*text) out += *text++; }
"""
HEADER = """
#define ENABLE_A 1
extern volatile int out; extern int shared[40]; int rich(int), plain(int); void say(const char *);
"""
WAYS = {
    "last call": """
int use(int n) { int r = n * 3;
#if ENABLE_A
  r += rich(n);
#endif
  return r + out; }""",
    "tail call": """
int use(int n) {
#if ENABLE_A
  out += rich(n);
#endif
  return plain(n); }""",
    "call stays": """
int use(int n) { int r = plain(n + 1);
#if ENABLE_A
  r += rich(n);
#endif
  return r ^ n; }""",
    "on the stack": """
int use(int n) { volatile int kept[4]; kept[n & 3] = n;
#if ENABLE_A
  out += rich(n);
#endif
  return kept[out & 3]; }""",
    "only caller": """
static int inner(int n) { int r = plain(n);
for (int i = 0; i < 9; i++) { r ^= plain(i + out) << i; say("oftener");
  r += out; } if (r > n) { r -= plain(r); out = r; } return r; }
int use(int n) { int r = inner(n);
#if ENABLE_A
  r += inner(rich(n)) + 1;
#endif
  return r; }""",
    "named by what was put in": """
static __attribute__((noinline)) int inner(int n) { int r = plain(n);
for (int i = 0; i < 9; i++) { r ^= plain(i + out) << i; say("a page that is asked for twice");
  r += out; } if (r > n) { r -= plain(r); out = r; } return r; }
static int outer(int n) { say("outer"); return inner(n * 5) + 1; }
int use(int n) {
  if (n == 7) return outer(n);
#if ENABLE_A
  if (n == 9) return inner(rich(n)) + 2;
#endif
  return out; }""",
    "another one put elsewhere": """
static __attribute__((noinline)) int scale(int n) { int r = plain(n);
for (int i = 0; i < 9; i++) { r ^= plain(i + out) << i; say("what both of them scale with");
  r += out; } if (r > n) { r -= plain(r); out = r; } return r; }
#if ENABLE_A
static int next(int n, int port) {
  out += port;
  return scale(n) + 1;
}
static __attribute__((noinline)) int every(int n, int port) {
  return next(n, port) ^ rich(n);
}
#else
static int next(int n) {
  out += 4;
  return scale(n) + 1;
}
#endif
int use(int n) {
#if ENABLE_A
  every(n, 3);
  return every(out, 4);
#else
  return next(n);
#endif
}""",
    "filled for it alone": """
int use(int n) { int kept[5], seen = 0; int first = plain(n);
  if (n & 1) {
    for (int i = 0; i < 5; i++) {
      shared[i] += first;
      kept[i] = shared[i + 8] * n;
      if (i < out) {
        kept[i] = 0;
        seen++;
      }
    }
  } else {
    kept[3] = n * out;
  }
#if ENABLE_A
  for (int i = 0; i < 5; i++) out += kept[i] ^ seen;
  out ^= rich(kept[n & 3]);
#endif
  return plain(first); }""",
    "header's names": """
#include "inline.h"
int use(int n) { shared[n & 31] += n; return apply(n) + shared[n & 7]; }""",
    "header's constant": """
#include "inline.h"
int use(int n) { if (ready(n)) {
 say("readily"); shared[n & 31] += plain(n); } return shared[n & 7]; }""",
    "macro's constant": """
#if ENABLE_A
#define READY(n) rich(n)
#else
#define READY(n) 0
#endif
int use(int n) {
  if (n > 3 && READY(n)) {
    say("ready for much more than all it");
    shared[n & 31] += plain(n) * plain(out);
  }
  return shared[n & 7]; }""",
    "macro's argument": """
#if ENABLE_A
#define PASS(n) rich(n)
#else
#define PASS(n) (n)
#endif
int use(int n) { out++;
  n = PASS(n);
  return n; }""",
    "stub of a header": """
#include "inline.h"
int use(int n) { if (stub(n)) {
 say("as the stub has it"); shared[n & 31] += plain(n); } return shared[n & 7]; }""",
    "stub of a source": """
#if ENABLE_A
int stubbed(int n) { return rich(n) + plain(n * 3) * n; }
#else
int stubbed(int n) {
  (void)n;
  return 0;
}
#endif
int use(int n) { if (stubbed(n)) {
 say("as the stub of a source has it"); shared[n & 31] += plain(n) * plain(out ^ 3);
 } return shared[n & 7]; }""",
    "arguments that nobody asks for": """
#if ENABLE_A
#define CHECK(x) do { if (!(x)) { say("what was checked is not so"); out = 0; } } while (0)
#else
#define CHECK(x) do { (void)(x); } while (0)
#endif
int use(int n) { int r = rich(n);
  CHECK(n > 3);
  r ^= plain(n);
  CHECK(r != n + 7);
  CHECK(r & 64);
  return r; }""",
    "returns early": """
int use(int n) { int r = n;
  if (n == 4) r = plain(n);
#if !ENABLE_A
  return r;
#endif
  r += rich(n) * 3;
  if (r > 77) say("what comes behind it, never said");
  for (int i = 0; i < r; i++) shared[i & 31] ^= r * i;
  return r + out; }""",
    "returns at once": """
int deep(int n) { int r = n, i;
  (void)i;
#if !ENABLE_A
  return 0;
#endif
  r += rich(n) * 3;
  for (i = 0; i < r; i++) shared[i & 31] ^= r * i + plain(i);
  return r + out; }
int use(int n) { int r = n + out;
  if (deep(n)) {
    say("what hangs on the value of one that is nothing now");
    r ^= plain(n + 5); }
  return r; }""",
    "returns at once, kept apart": """
__attribute__((noinline)) int deep(int n) { int r = n, i;
  (void)i;
#if !ENABLE_A
  return 0;
#endif
  r += rich(n) * 3;
  for (i = 0; i < r; i++) shared[i & 31] ^= r * i + plain(i);
  return r + out; }
int use(int n) { int r = n + out;
  if (deep(n)) {
    say("what hangs on the value of one that is nothing now");
    r ^= plain(n + 5); }
  return r; }""",
    "leaves a case early": """
int use(int n) { int r = n;
  switch (n) {
  case 3:
#if !ENABLE_A
    return 9;
#endif
    r += rich(n) * 3;
    say("what comes behind it in a case");
    break;
  case 4:
    say("the next one stays as it is");
    r = plain(r) * 3;
    break;
  }
  return r + shared[r & 7]; }""",
    "goes on elsewhere": """
int use(int n) { int r = n;
  if (n & 64) { r = plain(n) + 1;
    goto end; }
#if !ENABLE_A
  goto end;
#endif
  r += rich(n) * 3;
  say("what nothing leads to");
end:
  say("what a label has is reached");
  return r ^ plain(r); }""",
    "no bit": """
#define FIRST 1
#if ENABLE_A
#define SECOND 2
#else
#define SECOND 0
#endif
int use(int n) {
  if (n & SECOND) {
    say("what only one bit leads to");
    shared[n & 31] += plain(n) * plain(out ^ 3);
  }
#if ENABLE_A
  out += rich(n);
#endif
  return n & (FIRST | SECOND) ? shared[n & 7] : 4; }""",
    "taken by its second argument": """
#define PLACE_1 0,
#define SECOND(a, b, ...) b
#define IS(x) IS_2(x)
#define IS_2(x) IS_3(PLACE_##x)
#define IS_3(x) SECOND(x 1, 0)
int use(int n) {
  if (IS(ENABLE_A)) {
    say("what a macro decides as kernels have it");
    shared[n & 31] += rich(n) * plain(out ^ 3);
  }
  return shared[n & 7]; }""",
    "few rows": """
static const struct { int key; int (*fn)(int); } rows[] = { {1, plain},
#if ENABLE_A
  {2, rich}, {3, rich},
#endif
};
int use(int n) { for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
  if (rows[i].key == n) return rows[i].fn(n);
  return 0; }""",
    "one of two values": """
static __attribute__((noinline)) int more(int n) { return rich(n) * 3; }
int use(int n) { out++;
  n = ENABLE_A ? more(n) : 7;
  return plain(n); }""",
    "put in for one of two values": """
static inline __attribute__((always_inline)) int more(int n) { for (int i = 0; i < 5; i++)
  out += rich(n) ^ i;
  return n * 3; }
int use(int n) { out++;
  n = ENABLE_A ? more(n) : 7;
  return plain(n); }""",
    "nothing": """
int use(int n) { int r = n, unused = 0;
  switch (n) {
#if ENABLE_A
  case 6:
    unused += shared[n & 3] * 205;
    break;
#endif
  case 3: r = plain(r); break;
  case 4: r ^= shared[r & 7]; break;
  default: r = 5;
  }
  return r; }""",
    "literal": """
int use(int n) { say("a page that begins"
#if ENABLE_A
  " and says in its middle what a feature has to say"
#endif
  ", and ends as it did"); return n; }""",
    "other literal": """
int use(int n) {
#if ENABLE_A
  say("it is there"); return rich(n);
#else
  say("what is not there has to be said in many more words than what is, which nobody would need to be told");
  return n;
#endif
}""",
}
INLINE = """
static inline int apply(int n) { n += 3;
#if ENABLE_A
  shared[n & 15] = rich(n);
#endif
  return n; }
static inline int ready(int n) {
#if ENABLE_A
  return rich(n) + 1;
#else
  return 0;
#endif
}
#if ENABLE_A
static inline int stub(int n) {
  return rich(n) * 3 + shared[n & 3];
}
#else
static inline int stub(int n) {
  (void)n;
  return 0;
}
#endif
"""
MAIN = """extern volatile int out; int use(int), plain(int);
int main(void) { for (;;) out += use(out) + plain(7); }
"""


def made(folder: Path, way: str, value: int) -> tuple[Path, tuple[int, int]]:
    files = {
        "config.h": HEADER.replace("ENABLE_A 1", f"ENABLE_A {value}"),
        "inline.h": INLINE,
        "main.c": MAIN,
        "use.c": f'#include "config.h"\n{WAYS[way]}\n',
        "library.c": LIBRARY,
    }
    firmware = firmware_of(folder, files, debug="-g" if value else "-g0")
    return firmware, sizes(firmware)


@needs_toolchain
def test_what_the_compiler_leaves_out_has_no_strings_in_the_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of a function that the linker drops stay where they lie among others."""
    text = """#include "config.h"
__attribute__((unused)) static void local(int n) {
  say("what only a function of this source says"); out += n; }
void open(int n) { say("what a function says that others could call"); out -= n; }
int use(int n) { say("what stays.");
#if ENABLE_A
  int (*volatile far)(int) = rich;
  void (*volatile near)(int) = n ? local : open;
  near(far(n));
#endif
  return n; }
"""
    saved = []
    for value in (1, 0):
        header = HEADER.replace("ENABLE_A 1", f"ENABLE_A {value}")
        files = {"config.h": header, "main.c": MAIN, "use.c": text, "library.c": LIBRARY}
        saved.append(firmware_of(tmp_path / str(value), files, SECTIONS[:1]))
    assert cli.run(["features", str(saved[0]), "-o", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["features"]
    flash = sizes(saved[0])[0] - sizes(saved[1])[0]
    assert abs(row["flash"] - flash) <= min(row["flash_error"], 32), (row["flash"], flash)


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_hangs_on_a_call_is_in_the_bar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    firmware, before = made(tmp_path / "on", way, 1)
    _, after = made(tmp_path / "off", way, 0)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["features"]
    flash, ram = (was - now for was, now in zip(before, after, strict=True))
    assert abs(row["flash"] - flash) <= row["flash_error"], (row["flash"], flash)
    assert abs(row["ram"] - ram) <= 8, (row["ram"], ram)
    assert row["flash_error"] <= 120, row["flash_error"]
