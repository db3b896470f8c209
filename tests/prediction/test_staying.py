"""What an `#else` has of the lines before it stays, against a build that was made without those."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import firmware_of, needs_toolchain, sizes
from test_values import asked

from imgcheck import cli

HEADER = "#define ENABLE_A 1\n"
# Long enough that its going would be seen, and that nobody folds it into its callers.
HELPER = """
static const unsigned char steps[] = {1,7,9,2,4,4,7,3,8,1,0,2,8,5,3,9,4,6,1,3,3,7,8,9,2,1,4,6,8,9,3,2};
static int seen[40];
int helper(int n, int how) {
    for (int i = 0; i < n; i++) seen[(n + i) % 40] += steps[(i * 7 + n) & 31] * (n - i) + how;
    return seen[n % 40] ^ n; }
"""
BODY = """
    for (int i = 0; i < n; i++) {
        sums[which] += (n - i) * (i + 3) ^ sums[which] / 7;
        if (sums[which] % 11 == 3) sums[which] += helper(i, which);
        if (sums[which] < n) { sums[which] *= 5; out = sums[which] % 13; }
    }
    return sums[which];
}
"""
WAYS = {
    # The body belongs to another function, which was there before and called it for each of two.
    "wrapped": f"""
#if ENABLE_A
static int sums[2];
__attribute__((noinline)) int total_of(int which, int n) {{
    if (which < 0 || which > 1) return 0;
#else
static int sums[1];
__attribute__((noinline)) int total(int n) {{
    int which = 0;
#endif
{BODY}
#if ENABLE_A
__attribute__((noinline)) int total(int n) {{ return total_of(0, n) + total_of(1, n); }}
#endif
int main(void) {{ for (;;) out += total(out) + helper(out, 1); }}
""",
    # The body belongs to a function that was not there before, and everybody calls that one.
    "renamed": f"""
static int sums[2];
#if ENABLE_A
__attribute__((noinline)) int total_of(int which, int n) {{
    out += helper(n, which + 2) * helper(which, n) + helper(n + which, 9);
#else
__attribute__((noinline)) int total(int n, int which) {{
#endif
{BODY}
int main(void) {{
    for (;;) {{
        out++;
#if ENABLE_A
        out += total_of(out & 1, out);
#else
        out += total(out, out & 1);
#endif
    }}
}}
""",
    # Both branches call and say the same.
    "shared": """
extern void say(const char *);
int main(void) {
    for (;;) {
#if ENABLE_A
        say("a text of both that is long enough to be seen if it went away with the feature");
        out += helper(out, 3) * 7 + helper(out ^ 5, 1) + helper(out ^ 9, out) * helper(7, out);
#else
        out += helper(out, 0);
        say("a text of both that is long enough to be seen if it went away with the feature");
#endif
    }
}
void say(const char *text) { while (*text) out = *text++; }
""",
}
# Another source defines it then, with code that no object of the build has.
MOVED = """
int other(int);
#if ENABLE_A
__attribute__((noinline)) int other(int n) { return n * helper(n, 2) + helper(2, n); }
#endif
int main(void) { for (;;) out += other(out) + helper(out, 1); }
"""
OTHER = '#include "config.h"\n#if !ENABLE_A\nint other(int n) { return n ^ 5; }\n#endif\n'


def made(folder: Path, way: str, on: bool) -> Path:
    """The ELF of a firmware with a feature or without it."""
    files = {
        "config.h": HEADER if on else HEADER.replace("1", "0"),
        "main.c": '#include "config.h"\nint helper(int, int); volatile int out;\n'
        + {**WAYS, "moved": MOVED}[way],
        "b.c": OTHER + HELPER,
    }
    return firmware_of(folder, files)


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_the_other_branch_has_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    firmware = made(tmp_path / "all", way, on=True)
    (flash, ram), there = sizes(firmware), sizes(made(tmp_path / "less", way, on=False))
    found = asked(capsys, firmware, "features")
    assert "feature-needed" not in {said["code"] for said in found["diagnostics"]}
    (one,) = found["features"]
    real = flash - there[0]
    assert abs(one["flash"] - real) <= one["flash_error"]
    assert one["flash_error"] <= 90
    assert abs(one["ram"] - (ram - there[1])) <= 8


@needs_toolchain
def test_what_another_source_defines_then_is_no_use_without_a_definition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = made(tmp_path / "all", "moved", on=True)
    real = sizes(firmware)[0] - sizes(made(tmp_path / "less", "moved", on=False))[0]
    found = asked(capsys, firmware, "features")
    said = {one["code"]: one["message"] for one in found["diagnostics"]}
    assert "feature-needed" not in said
    assert said["feature-brings-in"].startswith("without ENABLE_A, other code comes in and defines other;")
    (one,) = found["features"]
    assert abs(one["flash"] - real) <= one["flash_error"]
    assert one["estimate"]


DRIVERS = {
    "config.h": "#define ENABLE_OLD 1\n#define ENABLE_NEW %d\n#if ENABLE_NEW\n#undef ENABLE_OLD\n#endif\n",
    "main.c": """
#include "config.h"
volatile int out;
#if ENABLE_OLD || ENABLE_NEW
int driver_init(int), driver_run(int);
#endif
struct driver { int (*init)(int); int (*run)(int); };
const struct driver all[] = {
#if ENABLE_OLD || ENABLE_NEW
    { driver_init, driver_run },
#endif
    { 0, 0 },
};
int main(void) { for (;;) for (int i = 0; all[i].init; i++) { all[i].init(out); all[i].run(out + i); } }
""",
    "old.c": """
#include "config.h"
#if ENABLE_OLD
extern volatile int out;
static const short codes[] = {12,45,783,2,99,31,7,1023,55,68,99,1,4,8,15,16,23,42,108,7,6,5,4,3,2,1,
    9,77,8,9,100,111};
static int decode(int n, int kind) {
    int sum = 0;
    for (int i = 0; i < 32; i++) {
        if (codes[i] % (kind + 2) == n % 3) {
            sum += out * codes[(i * 3 + n) & 31];
        } else {
            sum ^= codes[(i + n) & 31] / (kind + 3);
        }
    }
    return sum;
}
int driver_init(int n) {
    for (int i = 0; i < 32; i++) {
        out = codes[i] * i + n;
    }
    out = decode(n, 1) + decode(n + 1, 2);
    return out;
}
int driver_run(int n) {
    switch (out & 7) {
    case 0: return decode(n, 3);
    case 1: return decode(n, 4) * 3;
    case 2: out = codes[n & 31]; break;
    case 5: out += codes[out & 31]; break;
    default: break;
    }
    return out + n;
}
#endif
""",
    "new.c": """
#include "config.h"
#if ENABLE_NEW
extern volatile int out;
static int table[700] = {1,2,3,4,5,6,7,8,9,10,11,12};
static int big(int n, int kind) {
    int sum = n;
    for (int i = 0; i < 700; i++) {
        if (table[i] % (kind + 2) == n % 3) sum += table[i] * table[(i * 3 + n) % 700];
        else sum ^= table[(i + n) % 700] / (kind + 3);
        if (sum > 70000) sum -= table[i] * 5 + (kind << 3);
    }
    table[sum & 511]++;
    return sum;
}
int driver_init(int n) { out = big(n, 1) + big(n, 2); return out * 2; }
int driver_run(int n) { out += big(n, out & 3); return out / 3; }
#endif
""",
}


@needs_toolchain
def test_a_feature_that_another_one_kept_out_comes_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A real feature was said to save 65,064 +-341 bytes; another one's driver came in its place: 51,568.
    def built(name: str, on: int) -> Path:
        return firmware_of(tmp_path / name, {**DRIVERS, "config.h": DRIVERS["config.h"] % on})

    firmware = built("all", 1)
    real = sizes(firmware)[0] - sizes(built("less", 0))[0]
    found = asked(capsys, firmware, "features")
    (said,) = (one for one in found["diagnostics"] if one["subject"] == "ENABLE_NEW")
    assert said["code"] == "feature-brings-in"
    assert "without ENABLE_NEW, ENABLE_OLD comes in and defines driver_init, driver_run;" in said["message"]
    assert said["location"]["line"] == 2
    assert "Switch ENABLE_OLD off as well" in said["help"]
    (one,) = found["features"]
    assert abs(one["flash"] - real) <= one["flash_error"] <= 250
    assert cli.run(["plan", "--need", "600", str(firmware), "-o", "json"]) == 1
    assert not json.loads(capsys.readouterr().out)["plans"]
