"""`make fuzz` runs every target, adds up what was run, and ends with the fault that one found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ALL = Path(__file__).parents[1] / "fuzz" / "all.py"
# A target as atheris makes one, as far as the runner sees it.
TARGET = """import os, pathlib, sys
if os.environ.get("FUZZ_LINES"):
    print("x: 1 inputs reach 3 of 4 lines in 1 modules")
else:
    folder = next(one for one in sys.argv[1:] if not one.startswith("-"))
    assert pathlib.Path(folder).is_dir() and "-max_total_time=2" in sys.argv
    print("stat::number_of_executed_units: {inputs}", file=sys.stderr)
    sys.exit({code})
"""


def ran(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(ALL),
        "--targets",
        str(folder),
        "--out",
        str(folder / "out"),
        "--seconds",
        "2",
    ]
    return subprocess.run([*command, *more], capture_output=True, text=True, check=False)


def totals(folder: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads((folder / "out/totals.json").read_text())
    return found


def test_turns_are_added_up_until_there_were_enough(tmp_path: Path) -> None:
    for name, inputs in (("one", 1000), ("two", 20)):
        (tmp_path / f"fuzz_{name}.py").write_text(TARGET.format(inputs=inputs, code=0))
    first = ran(tmp_path)
    assert first.returncode == 0 and " 1,020 " in first.stdout.splitlines()[-2], first
    again = ran(tmp_path, "--until", "2500")
    kept = totals(tmp_path)
    assert again.returncode == 0 and [kept[name][0] for name in ("one", "two")] == [3000, 60], again
    assert kept["one"][1] > 0 and kept["one"][2:] == [0, 3, 4]


def test_a_fault_ends_the_run_and_a_target_that_does_not_begin_is_one(tmp_path: Path) -> None:
    (tmp_path / "fuzz_good.py").write_text(TARGET.format(inputs=5, code=0))
    (tmp_path / "fuzz_bad.py").write_text(TARGET.format(inputs=7, code=77))
    (tmp_path / "fuzz_none.py").write_text("import no_such_module")
    said = ran(tmp_path, "--until", "1000000")
    assert said.returncode == 1, said
    assert {name: (row[0], row[2]) for name, row in totals(tmp_path).items()} == {
        "good": (5, 0),
        "bad": (7, 1),
        "none": (0, 1),
    }
    assert f"a fault: {tmp_path}/out/fuzz_bad.log" in said.stdout
    assert ran(tmp_path, "good").returncode == 0  # what was found before is told, and counts once
    assert ran(tmp_path, "goood").returncode == 1
