"""Every figure of the README, printed by the program that it is a figure of. `make readme` writes them.

    python tests/readme_figures.py [--write]

What the fixture tells is worked out here, each time. What takes minutes (`make bench`, `benchmarks/truth.py`)
is taken from benchmarks/build where those have been run, and kept in benchmarks/measured.json.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from imgcheck import cli

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
FIXTURE = ROOT / "tests/firmware/build/base/OpenBL602.elf"
MEASURED = ROOT / "benchmarks/measured.json"
RESULTS = ROOT / "benchmarks/build/results.md"
TRUTH = ROOT / "benchmarks/build/truth.json"
_BLOCK = re.compile(r"(<!-- figures: ([a-z]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_RESULT = re.compile(r"^\| (.+?) \| ([\d.]+) \| [\d.]+ \| (\d+) \|$", re.MULTILINE)
_ASKED = {  # row of the benchmark -> how the README calls it, and what is asked for
    "imgcheck report": ("imgcheck report", "slots, heap, all breakdowns"),
    "imgcheck report --packed": ("imgcheck report --packed", "the same, with the OTA price of every byte"),
    "imgcheck check, green": ("imgcheck check", "all rules, build within its limits"),
    "imgcheck features": ("imgcheck features", "43 features, each with its saving"),
    "imgcheck plan --need 24KiB": ("imgcheck plan --need 24KiB", "the least to strip"),
    "Python's lzma, in process": ("Python's lzma on this image, alone", "-"),
    "nm -S --size-sort": ("nm -S --size-sort", "symbols"),
    "elf-size-analyze, JSON": ("elf-size-analyze 0.3.1, JSON", "symbols by source file"),
    "puncover, JSON": ("puncover 0.8.0, JSON", "symbols by source file, stacks"),
    "fpvgcc --sar (map only)": ("fpvgcc 1.1.2 --sar", "sizes by archive and object, from the map"),
}


def said(*arguments: str) -> str:
    """What imgcheck prints in a checkout, on 80 columns."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8")
    with redirect_stdout(out), chdir(ROOT), patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"}):
        assert cli.run(arguments) in (0, 1)
        out.flush()
    return raw.getvalue().decode()


def unowned() -> str:
    """What has no owner without a map."""
    with TemporaryDirectory() as folder:
        elf = shutil.copy(FIXTURE, folder)
        document = json.loads(said("report", elf, "-o", "json"))
    (lost,) = (
        one["size"]
        for one in document["measures"]
        if (one["kind"], one["name"], one["resource"]) == ("component", "[unattributed]", "flash")
    )
    share = lost / document["image"]["bin_bytes"]
    return (
        f"The map matters most: of the firmware in `tests/firmware`, {share:.1%} has no owner without it.\n"
    ).replace("%", " %")


def screen() -> str:
    """The beginning of a report."""
    text = said("report", str(FIXTURE.relative_to(ROOT)), "--by", "component", "--top", "5")
    return f"```text\n{text.rstrip()}\n```\n"


def savings() -> str:
    """Predicted against rebuilt: (case, what is in it) by currency."""
    import test_truth

    lines = ["| Build | Features | Flash: median, worst | OTA file: median, worst |", "|---|---|---|---|"]
    shown = {("base", "single"): "`tests/firmware` (102 KB image)", ("base", "pairs"): "",
             ("over", "single"): "`tests/firmware`, small case (69 KB)"}  # fmt: skip
    for (case, what), name in shown.items():
        cells = []
        for currency in ("flash", "ota"):
            rows = test_truth.entries(case, currency, what)
            worst = max(rows, key=lambda row: row.share)
            size = f"({worst.off:,} of {worst.real:,} bytes)"
            cells.append(f"{_percent(median(row.share for row in rows))}, {_percent(worst.share)} {size}")
        lines.append(f"| {name} | {len(rows)} {what} | {cells[0]} | {cells[1]} |")
    truth = json.loads(MEASURED.read_text())["truth"]
    flash, ota = (", ".join(map(_percent, truth[one])) for one in ("flash", "ota"))
    lines.append(f"| `benchmarks` (958 KB image) | {truth['features']} single | {flash} | {ota} |")
    return "\n".join(lines) + "\n"


def speed() -> str:
    """Seconds and memory beside other tools."""
    measured = json.loads(MEASURED.read_text())["speed"]
    lines = ["| Tool | What it is asked for | Seconds | Peak MiB |", "|---|---|---:|---:|"]
    for row, (name, what) in _ASKED.items():
        seconds, memory = measured[row]
        figure = f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"
        lines.append(f"| {name} | {what} | {figure} | {'-' if memory is None else memory} |")
    return "\n".join(lines) + "\n"


BLOCKS: dict[str, Callable[[], str]] = {
    "unowned": unowned,
    "screen": screen,
    "savings": savings,
    "speed": speed,
}


def written(text: str, names: frozenset[str] = frozenset(BLOCKS)) -> str:
    """The README with these blocks as they are today."""
    return _BLOCK.sub(
        lambda found: found[1] + BLOCKS[found[2]]() + found[4] if found[2] in names else found[0], text
    )


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _kept() -> None:
    """What was measured since, in benchmarks/measured.json."""
    measured = json.loads(MEASURED.read_text())
    for name, seconds, memory in _RESULT.findall(RESULTS.read_text()) if RESULTS.is_file() else ():
        if name in _ASKED:
            inner = measured["speed"][name][1] is None
            measured["speed"][name] = [float(seconds), None if inner else int(memory)]
    if TRUTH.is_file():
        measured["truth"] = json.loads(TRUTH.read_text())
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in measured["speed"].items())
    MEASURED.write_text(f'{{\n  "speed": {{\n{rows}\n  }},\n  "truth": {json.dumps(measured["truth"])}\n}}\n')


def main() -> None:
    if "--write" in sys.argv:
        _kept()
        README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
        return
    for name, block in BLOCKS.items():
        sys.stdout.write(f"{name}\n\n{block()}\n")


if __name__ == "__main__":
    main()
