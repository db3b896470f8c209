"""What is there when a definition goes that another one stood behind, against a build without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import ON, SCRIPT, TOP, firmware_of, left_out, needs_toolchain

from imgcheck import cli

LOOP = "int main(void) { for (;;) { out += plain(out); %s } }\n"
WAYS = {
    "a smaller one": (
        "int hook(int);" + LOOP % "out += hook(out);",
        "__attribute__((weak)) int hook(int n) { return n; }\n",
        'int hook(int n) { say("hooked"); return rich(n) + other(rich(n)); }\n',
    ),
    "a larger one": (
        "int hook(int);" + LOOP % "out += hook(out);",
        '__attribute__((weak)) int hook(int n) { say("as it was delivered"); return rich(n) + other(n); }\n',
        "int hook(int n) { return plain(n); }\n",
    ),
    "one for all handlers": (
        "void a(void), b(void); typedef void (*handler)(void);\n"
        "__attribute__((used)) const handler vectors[] = {a, b, a};" + LOOP % "vectors[out & 1]();",
        'void idle(void) { for (;;) say("idle"); }\n'
        '#define IDLE __attribute__((weak, alias("idle")))\nvoid a(void) IDLE; void b(void) IDLE;\n',
        'void a(void) { out = rich(out); say("a byte from the port"); }\n',
    ),
    "variables": (
        "extern const int params[]; extern int state[];"
        + LOOP % "out += params[out & 7] + state[out & 7]++;",
        "__attribute__((weak)) const int params[8] = {9}; __attribute__((weak)) int state[8];\n",
        "const int params[64] = {1, 2, 3}; int state[99];\n",
    ),
    "the linker script's": (
        "int hook(int);" + LOOP % "out += hook(out);",
        'int by_default(int n) { say("as it was delivered"); return rich(n); }\n',
        'int hook(int n) { say("hooked"); return plain(n) + other(plain(n)); }\n',
    ),
    "none, which is asked for": (
        "__attribute__((weak)) int hook(int);" + LOOP % "if (hook) out += hook(out);",
        "",
        'int hook(int n) { say("hooked"); return rich(n) + other(n); }\n',
    ),
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_a_weak_definition_comes_in_for_the_one_that_goes(
    tmp_path: Path, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    main, weak, strong = WAYS[way]
    files = {
        **ON, "main.c": TOP + main,
        "weak.c": TOP + weak, "strong.c": f"{TOP}#if ENABLE_A\n{strong}#endif\n",
    }  # fmt: skip
    if way == "the linker script's":
        files["fw.ld"] = f"{SCRIPT}\nPROVIDE(hook = by_default);\n"
    firmware = firmware_of(tmp_path / "all", files)
    assert cli.run(["features", str(firmware), "-o", f"json={tmp_path / 'found.json'}", "-o", "text"]) == 0
    (row,) = json.loads((tmp_path / "found.json").read_text())["features"]
    flash, ram = left_out(tmp_path / "off", firmware, files)
    assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
    assert abs(row["ram"] - ram) <= 8, (row, ram)
    assert "does not compile" not in " ".join(capfd.readouterr().out.split())


@needs_toolchain
def test_a_definition_that_nothing_stands_behind_is_needed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What another object keeps to itself under that name is no definition of it."""
    files = {
        **ON,
        "main.c": TOP + "int hook(int), use(int);" + LOOP % "out += hook(out) + use(out);",
        "own.c": TOP + "static __attribute__((noinline)) int hook(int n) { return rich(n); }\n"
        "int use(int n) { return hook(n) + 1; }\n",
        "strong.c": f"{TOP}#if ENABLE_A\nint hook(int n) {{ return other(n); }}\n#endif\n",
    }  # fmt: skip
    firmware = firmware_of(tmp_path / "all", files)
    assert cli.run(["features", str(firmware)]) == 0
    assert "does not compile without ENABLE_A: hook would go, and main.o" in " ".join(
        capfd.readouterr().out.split()
    )
