"""Headers as an SDK has them: each source reads a dozen more, and most of what they say it does not use."""

from __future__ import annotations

from pathlib import Path

from words import FEATURES, NOUNS, VERBS

ALL = "sdk_all.h"
PARTS = 11  # with obk_config.h twice more, sdk_types.h and the one that names them: 8,000 inclusions
_LINES = 24  # declarations in each


def write(folder: Path) -> None:
    """The headers, in `folder`: nothing in them becomes code, so the image is the same without them."""
    names = [f"sdk_{NOUNS[number % len(NOUNS)]}_{number:02d}" for number in range(PARTS)]
    (folder / ALL).write_text("#pragma once\n" + "".join(f'#include "{name}.h"\n' for name in names))
    for number, name in enumerate(names):
        (folder / f"{name}.h").write_text(_part(name, number))


def _part(name: str, number: int) -> str:
    guard = f"{name.upper()}_H"
    lines = [
        f"#ifndef {guard}",
        f"#define {guard}",
        *(['#include "obk_config.h"'] if number % 5 == 1 else []),
    ]
    features = sorted(FEATURES)
    for row in range(_LINES):
        verb, noun = VERBS[(number + row) % len(VERBS)], NOUNS[(number * 7 + row) % len(NOUNS)]
        declared = f"int {name}_{verb}_{noun}_{row}(const char *text, int size);"
        if row % 8 == 0:
            lines += [f"#if ENABLE_{features[(number + row) % len(features)]}", declared, "#else"]
            lines += [f"#define {name.upper()}_{row} 0", "#endif"]
        elif row % 3 == 0:
            lines.append(f"#define {name.upper()}_{row}(x) ((x) << {row % 7})")
        else:
            lines.append(declared)
    return "\n".join((*lines, "#endif\n"))
