"""Measure the image without each feature, and write truth.toml.

    python3 truth.py [--only NAME,NAME+NAME] [--write FILE]

A feature is switched off as a maintainer does it: its active `#define` line in a copy of
`src/obk_config.h` is commented out. Sources that preprocess to the same text keep their objects.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import build

HERE = build.HERE
PAIRS = (
    "ENABLE_DRIVER_BL0942+ENABLE_DRIVER_CSE7766",
    "ENABLE_DRIVER_SSDP+ENABLE_DRIVER_WEMO",
    "ENABLE_LITTLEFS+ENABLE_ADVANCED_LOG",
    "ENABLE_HA_DISCOVERY+ENABLE_TEST_COMMANDS",
    "ENABLE_EXPR_FUNCTIONS+ENABLE_TIME_SUNRISE_SUNSET",
    "ENABLE_DRIVER_SM16703P+ENABLE_DRIVER_PIXELANIM",
)

DERIVED = ("ENABLE_LOG2LFS",)  # follows from others, yet can be switched off alone


def active(case: str, root: Path) -> dict[str, int]:
    """Feature -> number of its `#define` line that counts in this case (from 1), asking the compiler."""
    header = root / "src" / "obk_config.h"
    marked = []
    for number, line in enumerate(header.read_text().splitlines(), 1):
        found = re.match(r"\s*#define\s+(ENABLE_\w+)\s+1\b", line)
        marked.append(f"{line}\nimgcheck_mark {found[1]} {number}" if found else line)
    defines = [f"-D{d}" for d in ("PLATFORM_BL602=1", build.CASES[case])]
    command = [build.CROSS + "gcc", "-E", "-P", "-xc", *defines, "-"]
    done = subprocess.run(command, input="\n".join(marked) + "\n", capture_output=True, text=True, check=True)
    lines = {}
    derived = header.read_text().splitlines().index("// What follows from the above.")
    for line in done.stdout.splitlines():
        if line.startswith("imgcheck_mark"):
            # the mark's own name is replaced by 1: read the name from the header
            number = int(line.split()[-1])
            name = re.match(r"\s*#define\s+(\w+)", header.read_text().splitlines()[number - 1])
            if name and (number <= derived or name[1] in DERIVED):
                lines[name[1]] = number
    return lines


def without(
    case: str, features: list[str], work: Path, libraries: Path, known: build.Known, jobs: int = 2
) -> dict[str, int]:
    """Build the case without these features, in a folder of its own under `work`, and measure it."""
    root = work / "+".join(f.removeprefix("ENABLE_") for f in features)
    shutil.rmtree(root, ignore_errors=True)
    for name in ("src", "components", "ld"):
        shutil.copytree(HERE / name, root / name)
    header = root / "src" / "obk_config.h"
    lines = header.read_text().splitlines(keepends=True)
    for feature in features:
        number = active(case, HERE)[feature]
        lines[number - 1] = "//" + lines[number - 1]
    header.write_text("".join(lines))
    build.build(case, root, root / "build", root / "obj", libraries, False, known, jobs)
    found: dict[str, int] = build.sizes(root / "build")
    return found


def toml(table: str, sizes: dict[str, int]) -> str:
    """One table of truth.toml."""
    return f"[{table}]\n" + "".join(f"{key} = {value}\n" for key, value in sizes.items())


def main() -> None:
    """Build the base, then everything that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=build.CASES, default="base")
    parser.add_argument("--only", help="features, or sets joined by +, separated by commas")
    parser.add_argument("--write", type=Path, default=None)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    case = options.case
    target = options.write or HERE / ("truth.toml" if case == "base" else f"build/{case}/truth.toml")
    features = active(case, HERE)
    wanted = options.only.split(",") if options.only else [
        *sorted(features), *(p for p in PAIRS if all(f in features for f in p.split("+")))
    ]  # fmt: skip
    work = HERE / "obj" / "truth" / case
    libraries = build.toolchain(HERE / "obj" / "toolchain")
    known = build.build(
        case, HERE, work / "whole", work / "obj", libraries, False, build.Known(), options.jobs
    )
    base = build.sizes(work / "whole")
    text = "# Made by truth.py (make truth). Absolute sizes in bytes: `bin` is the image, `xz` the body of the OTA\n"
    text += "# file, `heap` the static heap. `minus.X` is the build without feature X, really built and linked.\n\n"
    text += toml("base", base)
    for entry in wanted:
        sizes = without(case, entry.split("+"), work, libraries, known, options.jobs)
        name = entry if "+" not in entry else f'"{entry}"'
        text += "\n" + toml(f"minus.{name}", sizes)
        saved = {key: abs(base[key] - sizes[key]) for key in base}
        sys.stdout.write(f"{entry:56} {saved['bin']:7} {saved['xz']:7} {saved['heap']:7}\n")
        sys.stdout.flush()
    target.write_text(text)


if __name__ == "__main__":
    main()
