"""What a header defines to be read once is not there where nobody includes it; against a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, TOP, needs_toolchain
from rebuilt import rebuilt

from imgcheck.prediction.sources import Tree
from imgcheck.readers import preprocessor

LOOP = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
INCLUDED = TOP + '#if ENABLE_A\n#include "a.h"\n#endif\n'
ASKED = "#ifdef %s\n    out += rich(out);\n#endif"
INSTEAD = "#if !defined(%s)\n    out += other(out);\n#else\n    out += rich(out) + plain(7);\n#endif"
HEADERS = {
    "a guard": ("#ifndef A_H\n#define A_H\nint a_run(int);\n#endif\n", ASKED % "A_H"),
    "a reserved one": (
        "/* A */\n// (c)\n#ifndef __A_H__\n#define __A_H__\nint a_run(int);\n#endif // __A_H__\n",
        ASKED % "__A_H__",
    ),
    "with a value": ("#if !defined(A_H)\n#define A_H 1\nint a_run(int);\n#endif\n", INSTEAD % "A_H"),
    "once": ("#pragma once\n#ifndef A_H\n#define A_H\nint a_run(int);\n#endif\n", ASKED % "A_H"),
}


@needs_toolchain
@pytest.mark.parametrize("way", HEADERS)
def test_a_guard_goes_with_the_include(way: str, tmp_path: Path) -> None:
    header, asked = HEADERS[way]
    row, flash, ram, _ = rebuilt(tmp_path, {**ON, "a.h": header, "main.c": INCLUDED + LOOP % asked})
    assert abs(row["flash"] - flash) <= row["flash_error"] <= 90, (row, flash)
    assert row["ram"] == ram
    assert "other" in asked or flash > 100


@pytest.mark.parametrize(
    "text",
    [
        "#pragma once\n#ifndef LIMIT\n#define LIMIT 4\n#endif\n#ifndef MORE\n#define MORE 1\n#endif\n",
        "#include <a.h>\n#ifndef LIMIT\n#define LIMIT 4\nint n;\n#endif\n",
        "int n;\n#ifndef LIMIT\n#define LIMIT 4\nint m;\n#endif\n",
        "#ifdef LIMIT\n#define LIMIT 4\n#endif\n",
    ],
)
def test_what_stands_in_for_something_is_no_guard(text: str) -> None:
    """Somebody else may define it as well: the command line, an SDK."""
    assert not Tree({"a.h": text}, preprocessor.parse).guards
    guarded = f"#ifndef A_H\n#define A_H\n{text}#endif\n"
    assert Tree(
        {"a.h": guarded, "a.c": "#ifndef B\n#define B\nint n;\n#endif\n"}, preprocessor.parse
    ).guards == {"A_H"}
