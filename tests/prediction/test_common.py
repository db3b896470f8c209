"""Common symbols (-fcommon), against a rebuild: the largest of a name counts, an object's stay together."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, SECTIONS, TOP, needs_toolchain
from rebuilt import rebuilt

MAIN = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
WAYS = {
    "the larger one is another object's": {
        "first.c": "int buffer[100];\nint alone[33];\nint first(int n) {\n"
        "#if ENABLE_A\n  alone[n & 31]++;\n#endif\n"
        "  return buffer[n & 63]++;\n}\n",
        "main.c": "int buffer[200];\nint first(int);\n" + MAIN % "out += first(out) + buffer[150]++;",
    },
    "what keeps its object's": {
        "first.c": "int buffer[50];\nint sum;\n"
        "int first(int n) { sum += n; return buffer[n & 31]++ + sum; }\n",
        "second.c": "int buffer[150];\nint own[7];\n"
        "int second(int n) { own[n % 7u]++; return buffer[n & 63]++; }\n",
        "main.c": "extern int buffer[];\nint first(int), second(int);\n"
        + MAIN % "out += first(out) + buffer[3];\n#if ENABLE_A\n    out += second(out);\n#endif",
    },
    "one that nobody has any more": {
        "first.c": "int sum;\nint first(int n) { return sum += n; }\n#if ENABLE_A\nint own[7];\n"
        "int second(int n) { own[n % 7u]++; return own[0]; }\n#endif\n",
        "main.c": "int first(int), second(int);\n"
        + MAIN % "out += first(out);\n#if ENABLE_A\n    out += second(out);\n#endif",
    },
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_common_symbols_as_the_linker_places_them(tmp_path: Path, way: str) -> None:
    files = {**ON, **{name: TOP + text for name, text in WAYS[way].items()}}
    row, flash, ram, _ = rebuilt(tmp_path, files, (*SECTIONS, "-fcommon"))
    assert abs(row["flash"] - flash) <= row["flash_error"], (row, flash)
    assert row["ram"] == ram
