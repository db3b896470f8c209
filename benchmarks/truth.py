"""Do the predicted savings come true on the benchmark's build? Features are really switched off and relinked.

    python benchmarks/truth.py [--count N] [FEATURE[+FEATURE] …]

Writes benchmarks/build/truth.toml, as tests/firmware has one ([base], [minus.NAME], absolute bin, xz and
heap), and prints it beside what `imgcheck features` says. It is no part of the tests: it takes minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from generate import BUILD, CROSS, OUT, TREE, compile_one, ensure, link, packed_size, run
from program import Program, Unit
from words import FEATURES

IMGCHECK = Path(sys.executable).with_name("imgcheck")


class Sizes(NamedTuple):
    bin: int
    xz: int
    heap: int


def sizes(stem: str) -> Sizes:
    image = (BUILD / f"{stem}.bin").read_bytes()
    listing = subprocess.run(
        [CROSS + "nm", f"{stem}.elf"], cwd=BUILD, text=True, capture_output=True, check=True
    )
    values = {
        line.split()[-1]: int(line.split()[0], 16) for line in listing.stdout.splitlines() if line[0] != " "
    }
    return Sizes(len(image), packed_size(image), values["_heap_size"] + values["_heap_wifi_size"])


class Tree:
    """The benchmark's sources and objects as `generate` left them."""

    def __init__(self) -> None:
        self.units = [(u, self.source(u)) for u in Program().units]
        main = Unit("drv_main", "openbeken", "app")
        self.units.append((main, self.source(main)))

    @staticmethod
    def source(unit: Unit) -> Path:
        return BUILD / TREE / (unit.archive or "bsp") / f"{unit.name}.{unit.suffix}"

    def without(self, features: list[str]) -> Sizes:
        """Recompile what mentions the features, link everything, measure."""
        folder = Path("minus") / "+".join(features)
        include = folder / "include"
        (BUILD / include).mkdir(parents=True, exist_ok=True)
        names = "|".join(re.escape(name) for name in features)
        config = (BUILD / TREE / "include" / "obk_config.h").read_text()
        reduced = re.sub(rf"^#define ENABLE_(?:{names})\t1\n", "", config, flags=re.MULTILINE)
        (BUILD / include / "obk_config.h").write_text(reduced)
        mention = re.compile(rf"\bENABLE_(?:{names})\b")
        touched = [(u, path) for u, path in self.units if mention.search(path.read_text())]
        with ThreadPoolExecutor(2) as pool:
            fresh = list(pool.map(lambda pair: compile_one(pair[0], pair[1], folder, include), touched))
        replaced = {(u.archive, u.name): path for (u, _), path in zip(touched, fresh, strict=True)}
        bare = [BUILD / OUT / "bsp" / "enter.o"]
        members: dict[str, list[Path]] = {}
        for unit, _ in self.units:
            old = OUT / (unit.archive or "bsp") / f"{unit.name}.o"
            path = BUILD / replaced.get((unit.archive, unit.name), old)
            members.setdefault(unit.archive, []).append(path)
        bare += members.pop("", [])
        archives = []
        for name, paths in sorted(members.items()):
            archive = BUILD / OUT / name / f"lib{name}.a"
            if any(key[0] == name for key in replaced):
                archive = BUILD / folder / f"lib{name}.a"
                archive.unlink(missing_ok=True)
                run(CROSS + "ar", "rcs", archive, *paths)
            archives.append(archive)
        link(bare, archives, str(folder / "OpenBL602"))
        return sizes(str(folder / "OpenBL602"))


def predicted() -> dict[str, tuple[int, int]]:
    """Flash and OTA bytes per feature, as `imgcheck features` has them; empty when it has no answer."""
    command = [str(IMGCHECK), "features", "OpenBL602.elf", "--output", "json"]
    done = subprocess.run(command, cwd=BUILD, text=True, capture_output=True, check=False)
    if done.returncode == 2:
        print(done.stderr.strip().splitlines()[-1], file=sys.stderr)
        return {}
    rows = json.loads(done.stdout)["features"]
    return {row["name"].removeprefix("ENABLE_"): (row["flash"], row["ota"]) for row in rows}


def table(base: Sizes, measured: dict[str, Sizes]) -> str:
    said = predicted()
    lines = ["| feature | image: real | predicted | XZ: real | predicted |", "|---|---:|---:|---:|---:|"]
    errors: tuple[list[float], list[float]] = ([], [])
    for name, after in measured.items():
        real = (base.bin - after.bin, base.xz - after.xz)
        cells = [name]
        for index in range(2):
            cells.append(f"{real[index]:,}")
            if name not in said:
                cells.append("")
                continue
            guess = said[name][index]
            error = abs(guess - real[index]) / max(1, real[index])
            errors[index].append(error)
            cells.append(f"{guess:,} ({(guess - real[index]) / max(1, real[index]):+.1%})")
        lines.append(f"| {' | '.join(cells)} |")
    if errors[0]:
        summary = [f"median {statistics.median(part):.1%}, worst {max(part):.1%}" for part in errors]
        lines.append(f"| | | {summary[0]} | | {summary[1]} |")
        kept = {
            name: [round(statistics.median(part), 4), round(max(part), 4)]
            for name, part in zip(("flash", "ota"), errors, strict=True)
        }
        (BUILD / "truth.json").write_text(json.dumps({"features": len(errors[0]), **kept}))  # `make readme`
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", nargs="*")
    parser.add_argument("--count", type=int, default=12, help="without names: this many, spread over all")
    options = parser.parse_args()
    ensure()
    tree = Tree()
    wanted = options.features or FEATURES[:: max(1, len(FEATURES) // options.count)]
    base = sizes("OpenBL602")
    measured = {}
    for name in wanted:
        measured[name] = tree.without(name.removeprefix("ENABLE_").split("+"))
        print(f"{name}: {measured[name]}", file=sys.stderr, flush=True)
    records = {"base": base} | {f'minus."{name}"': after for name, after in measured.items()}
    text = [
        f"[{key}]\nbin = {value.bin}\nxz = {value.xz}\nheap = {value.heap}\n"
        for key, value in records.items()
    ]
    (BUILD / "truth.toml").write_text("\n".join(text))
    print(table(base, measured))


if __name__ == "__main__":
    os.nice(5)
    main()
