"""Macros that become empty beside other code: `{ LOG("x"); return f(x); }`; against a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, SECTIONS, TOP, needs_toolchain
from rebuilt import rebuilt

from imgcheck.prediction.sources import invoked

LOG = "#if ENABLE_A\n#define LOG(text) say(text)\n#else\n#define LOG(text)%s\n#endif\n"
LOOP = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
WORK = LOOP % "    out += work(out);"
BODY = "int work(int x) {\n%s\n  return plain(x);\n}\n"
MAKE = "#define MAKE(name, body) static int do_##name(int x) { body; return x + __LINE__; }\n"
MADE = (
    '#if ENABLE_A\n#define EXTRA(m) m(post, x += other(x); say("posted")) m(put, x += other(x + 3))\n'
    "#define CALLS out += do_post(out); out += do_put(out);\n#else\n#define EXTRA(m)\n#define CALLS\n#endif\n"
)
WAYS = {
    "beside a return": LOG % ""
    + BODY % '  if (x > 3) { LOG("too large"); return rich(x); }\n  LOG("fine");'
    + WORK,
    "beside more": LOG % ""
    + BODY
    % '  if (x > 3) { LOG("too large"); out += other(x); out ^= rich(x) * 7 + out / 3; return rich(x); }'
    + WORK,
    "in a loop": LOG % " do { } while (0)"
    + BODY % '  for (int i = 0; i < x; i++) { LOG("a step"); out += other(i) * i; }'
    + WORK,
    "functions and calls": MAKE
    + MADE
    + "MAKE(get, x += rich(x))\nEXTRA(MAKE)\n"
    + LOOP % "    out += do_get(out); CALLS",
    "alone": LOG % "" + BODY % '  if (rich(x) > 3)\n    { LOG("too large"); }' + WORK,
}


@needs_toolchain
@pytest.mark.parametrize("level", ["-Os", "-O2"])
@pytest.mark.parametrize("way", WAYS)
def test_what_else_a_line_does_stays(tmp_path: Path, way: str, level: str) -> None:
    row, flash, *_ = rebuilt(tmp_path, {**ON, "main.c": TOP + WAYS[way]}, (*SECTIONS, level))
    assert abs(row["flash"] - flash) <= row["flash_error"] <= 100, (row, flash)


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("LOG ( x ) ;", False),
        ("if ( x > 3 ) { LOG ( f ( x ) ) ; }", False),
        ("if ( x > 3 ) { LOG ( x ) ; return 3 ; }", True),
        ("if ( f ( x ) ) LOG ( x ) ;", True),
        ("x += 3 ; LOG ( x ) ;", True),
        ("LOG ( x ) ; LOG ( y ) ; }", False),
        ("LOG LOG ( ( x ) ; f ( )", True),
        ("LOG ) f ( )", True),
    ],
)
def test_what_a_line_does_beside_a_macro(text: str, beside: bool) -> None:
    tokens = text.split()
    assert invoked.shared(tokens, [7] * len(tokens), {"LOG"}) == ({7} if beside else set())
