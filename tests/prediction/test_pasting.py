"""Features that macros name in halves, or look at through `##`, against builds without them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import HEADER, LIBRARY, TOP, firmware_of, needs_toolchain, sizes

from imgcheck import cli
from imgcheck.prediction.sources import Tree, pasting
from imgcheck.readers import preprocessor

IF = """
#if {a}
static int a(int n) {{
  say("the first one is here");
  return rich(n) + 3;
}}
#endif
int main(void) {{
  for (;;) {{
#if {a}
    out += a(out);
#endif
    if ({b}) {{
      say("the second one is here");
      out += other(out);
    }}
    out += plain(out);
  }}
}}
"""
WAYS = {
    "halves": "#define HAS(X) (ENABLE_##X + 0)\n" + IF.format(a="HAS(WIFI)", b="HAS(MQTT)"),
    "halves, in two steps": "#define CAT_(a, b) a##b\n#define CAT(a, b) CAT_(a, b)\n"
    "#define HAS(X) CAT(ENABLE_, X)\n#define BOTH(X, also) (HAS(X) && (also))\n"
    + IF.format(a="HAS(WIFI)", b="BOTH(MQTT, out > 3)"),
    "IS_ENABLED": """
#define PLACE_1 0,
#define second(ignored, value, ...) value
#define is__(junk) second(junk 1, 0)
#define is_(value) is__(PLACE_##value)
#define is(x) is_(x)
#define IS_ENABLED(option) is(option)
"""
    + IF.format(a="IS_ENABLED(ENABLE_WIFI)", b="IS_ENABLED(ENABLE_MQTT)"),
    "a table": """
#define ON(name) ENABLE_##name
#define ENTRY(name, f) ON(name) ? f : 0
static int wifi(int n) {
  say("a radio");
  return rich(n) + 3;
}
static int mqtt(int n) {
  say("a broker");
  return other(n) + 3;
}
static int (*const all[])(int) = {
  ENTRY(WIFI, wifi),
  ENTRY(MQTT, mqtt),
  plain };
int main(void) {
  for (;;)
    for (int i = 0; i < 3; i++) if (all[i]) out += all[i](out);
}
""",
    "the next statement stays": """
#define HAS(X) ENABLE_##X
int main(void) {
  for (;;) {
    if (HAS(WIFI)) out += rich(out);
    out += plain(out);
    if (HAS(MQTT)) { say("a broker"); } else { out += 7; }
    out += other(out);
  }
}
""",
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_a_macro_puts_together_counts(tmp_path: Path, way: str) -> None:
    config = "#define ENABLE_WIFI 1\n#define ENABLE_MQTT 1\n"
    files = {"lib.c": LIBRARY, "lib.h": HEADER, "config.h": config, "main.c": TOP + WAYS[way]}
    firmware = firmware_of(tmp_path / "all", files)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}"]) == 0
    rows = {one["name"]: one for one in json.loads((tmp_path / "found.json").read_text())["features"]}
    for name in ("ENABLE_WIFI", "ENABLE_MQTT"):
        header = config.replace(f"{name} 1", f"{name} 0")
        there = sizes(firmware_of(tmp_path / name, {**files, "config.h": header}, debug="-g0"))
        flash, ram = (was - now for was, now in zip(sizes(firmware), there, strict=True))
        assert flash >= 20
        assert abs(rows[name]["flash"] - flash) <= rows[name]["flash_error"], (rows[name], flash)
        assert abs(rows[name]["ram"] - ram) <= 8, (rows[name], ram)
        assert rows[name]["flash"] >= flash / 2, (rows[name], flash)


@pytest.mark.parametrize(
    ("text", "halves", "makers"),
    [
        ("#define HAS(x) ENABLE_##x\n", {"DRV_RTC"}, {"HAS"}),
        ("#define DRV(x) ENABLE_DRV_##x\n#define ANY(x) (DRV(x))\n", {"RTC"}, {"DRV", "ANY"}),
        ("#define CAT(a, b) a##b\n#define HAS(x) \\\n  CAT(ENABLE_, x)\n", {"DRV_RTC"}, {"HAS"}),
        ("#define CAT(a, b) a##b\n#define ENABLED(x) x\n", set(), set()),
        ("#define HAS(x) ENABLE_ALL && x\n#define S(x) L##x\n", set(), set()),
        ("#define HAS ENABLE_\n", set(), set()),
    ],
)
def test_halves_are_what_is_behind_the_beginning_that_a_macro_adds(
    text: str, halves: set[str], makers: set[str]
) -> None:
    found = pasting.find(Tree({"a.h": text}, preprocessor.parse), ["ENABLE_DRV_RTC"])
    assert found.makers == makers
    assert found.halves == ({"ENABLE_DRV_RTC": halves} if halves else {})
