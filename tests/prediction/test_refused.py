"""A source stops the compiler where a feature is missing (#error): no plan takes it, as a rebuild shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import ON, TOP, firmware_of, needs_toolchain
from rebuilt import needed

from imgcheck import cli

MAIN = (
    "int main(void) {\n  for (;;) {\n#if ENABLE_A\n    out += rich(out);\n#endif\n"
    "    out += plain(1);\n  }\n}\n"
)
STOP = "#if !ENABLE_A\n#error ENABLE_A is wanted here\n#endif\n"
# what stands in main.c, in a header of it, and whether a compiler stops at it
WAYS = {
    "in the source": (STOP, "", "main.c:3"),
    "in a header": ("", STOP, "more.h:2"),
    "in an else": (
        "#if ENABLE_A\n#elif 0\n#else\n#error no way\n#endif\n", "", "main.c:5",
    ),
    "where another takes its place": (
        "#if !ENABLE_A && !defined(INSTEAD)\n#error one of both\n#endif\n", "#define INSTEAD 1\n", "",
    ),
    "in a branch that nobody compiles": ("#ifdef NEVER\n" + STOP + "#endif\n", "", ""),
    "where it is on": ("#if ENABLE_A == 2\n#error not both\n#endif\n", "", ""),
}  # fmt: skip


def files(way: str) -> dict[str, str]:
    source, header, _ = WAYS[way]
    return {**ON, "more.h": header, "main.c": TOP + '#include "more.h"\n' + source + MAIN}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_stops_a_compiler_is_said(way: str, tmp_path: Path) -> None:
    place = WAYS[way][2]
    found = needed(tmp_path, files(way), "#error" if place else "")
    assert len(found) == bool(place)
    if place:
        name = place.split(":")[0]
        assert found[0].startswith("the build does not compile without ENABLE_A: the #error at ")
        assert name in found[0] and found[0].endswith(" stops it")


@needs_toolchain
def test_no_plan_takes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor a set that nothing stops but both together."""
    texts = files("in the source")
    elf = firmware_of(tmp_path / "one", texts)
    assert cli.run(["plan", str(elf), "--need", "4", "-o", "json"]) == 1
    assert not json.loads(capsys.readouterr().out)["plans"]
    both = "#if !ENABLE_A && !ENABLE_B\n#error one of them\n#endif\n"
    main = MAIN.replace(
        "    out += plain(1);", "#if ENABLE_B\n    out += rich(out + 3);\n#endif\n    out += plain(1);"
    )
    texts = {**texts, "config.h": "#define ENABLE_A 1\n#define ENABLE_B 1\n", "main.c": TOP + both + main}
    elf = firmware_of(tmp_path / "two", texts)
    assert cli.run(["plan", str(elf), "--need", "4", "-o", "json"]) in (0, 1)
    for plan in json.loads(capsys.readouterr().out)["plans"]:
        assert len(plan["features"]) == 1
