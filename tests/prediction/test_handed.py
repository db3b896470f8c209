"""Values that come to functions, variables and switches otherwise than before; against a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, SECTIONS, TOP, needs_toolchain
from rebuilt import rebuilt

LOOP = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
BOTH = "#if ENABLE_A\n#define %s\n#else\n#define %s\n#endif\n"
SHOW = """static int show(int x, int limit) {
  if (limit > 5) {
    say("more than the limit");
    out += rich(x) + limit * other(x);
  }
  return x + limit;
}
"""
TOLD = SHOW.replace("limit > 5", "limit").replace("limit * other", "other")
DEEP = TOLD + "static int call(int x, int on) {\n  return plain(x) + show(x + 1, on);\n}\n"
PICK = """static int pick(int x) {
  switch (x) {
  case 9:
    say("nine of them");
    return rich(out);
  case 1:
    return plain(2);
  default:
    return other(out) + 3;
  }
}
"""
SWITCH = """    switch (%s) {
    case 2: {
      say("two of them");
      out += rich(out);
      break;
    }
    default:
      out += plain(2);
    }"""
IF = '    if (%s) {\n      say("the text of it");\n      out += rich(out);\n    }'
RUNS = """static int run_a(int x) {
  say("the text of A");
  return rich(x);
}
static int run_b(int x) {
  return plain(x);
}
"""
FIELDS = "struct cfg { int n; int on; };\n"
WAYS = {
    "an argument": SHOW + LOOP % "    out += show(out, ENABLE_A ? 9 : 0);",
    "of one that is kept apart": "__attribute__((noinline)) "
    + SHOW
    + LOOP % "    out += show(out, ENABLE_A * 9);",
    "of two calls": SHOW
    + LOOP % "    out += show(out, ENABLE_A ? 9 : 0);\n    out += show(3, ENABLE_A ? 9 : 0);",
    "of one of two": SHOW + LOOP % "    out += show(out, ENABLE_A ? 9 : 0);\n    out += show(3, out);",
    "plainly": TOLD + LOOP % "    out += show(out, ENABLE_A);",
    "by a macro": BOTH % ("LIMIT 9", "LIMIT 0") + SHOW + LOOP % "    out += show(out, LIMIT);",
    "by an enumerator": "enum { LIMIT = ENABLE_A ? 9 : 0 };\n" + SHOW + LOOP % "    out += show(out, LIMIT);",
    "by a constant": "static const int most = ENABLE_A ? 9 : 0;\n"
    + SHOW
    + LOOP % "    out += show(out, most);",
    "handed on": DEEP + LOOP % "    out += call(out, ENABLE_A);",
    "to a switch": PICK + LOOP % "    out += pick(ENABLE_A ? 9 : 1);",
    "a switch": LOOP % SWITCH % "ENABLE_A ? 2 : 1",
    "a switch of a macro": BOTH % ("MODE 2", "MODE 0") + LOOP % SWITCH % "MODE",
    "a loop": LOOP
    % '    for (int i = 0; i < (ENABLE_A ? 3 : 0); i++) {\n      say("in it");\n      out += rich(i);\n    }',
    "flags of flags": BOTH % ("FLAG 4", "FLAG 0") + "#define FLAGS (1 | FLAG)\n" + LOOP % IF % "FLAGS & 4",
    "on one line": BOTH % ("MODE 2", "MODE 0")
    + LOOP % '    if (MODE == 2) { say("text"); out += rich(out); }',
    "what a function returns": "static int wanted(int x) {\n  return ENABLE_A && x > 3;\n}\n"
    + LOOP % IF % "wanted(out)",
    "a variable": "static int on = ENABLE_A;\n" + LOOP % IF % "on",
    "a member": FIELDS + "static const struct cfg cfg = { 3, ENABLE_A };\n" + LOOP % IF % "cfg.on",
    "a member by name": FIELDS
    + "static struct cfg cfg = { .on = ENABLE_A };\n"
    + LOOP % IF % "cfg.on && out",
    "a member in branches": FIELDS
    + "#if ENABLE_A\nstatic const struct cfg cfg = { 3, 21 };\n#else\n"
    + "static const struct cfg cfg = { .n = 3, .on = -1 };\n#endif\n"
    + LOOP % IF % "cfg.on >= 0",
    "one that is set": FIELDS
    + "static struct cfg cfg = { .on = ENABLE_A };\n"
    + LOOP % (IF % "cfg.on" + "\n    cfg.on = out & 1;"),
    "a pointer": RUNS + LOOP % "    int (*run)(int) = ENABLE_A ? run_a : run_b;\n    out += run(out);",
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_a_value_decides_goes(way: str, tmp_path: Path) -> None:
    row, flash, ram, _ = rebuilt(tmp_path, {**ON, "main.c": TOP + WAYS[way]})
    assert abs(row["flash"] - flash) <= row["flash_error"] <= 120, (row, flash)
    assert row["ram"] == ram
    if flash > 100:
        assert abs(row["flash"] - flash) <= 0.15 * flash


@needs_toolchain
@pytest.mark.parametrize("way", ["an argument", "a switch", "a loop"])
def test_likewise_where_code_is_compiled_for_speed(way: str, tmp_path: Path) -> None:
    row, flash, _, _ = rebuilt(tmp_path, {**ON, "main.c": TOP + WAYS[way]}, sections=(*SECTIONS, "-O2"))
    assert abs(row["flash"] - flash) <= row["flash_error"] <= 120, (row, flash)
