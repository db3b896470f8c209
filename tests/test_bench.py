"""`make bench AGAINST=REV`: an earlier package is what its rows run, and what got worse is marked."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return {name: importlib.import_module(name) for name in ("run", "earlier")}


def test_a_twin_runs_the_package_that_lies_in_the_tree(module: dict[str, ModuleType], tmp_path: Path) -> None:
    run, earlier = module["run"], module["earlier"]
    package = tmp_path / "imgcheck"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        "def main():\n    from pathlib import Path\n    Path('ran').write_text('')\n"
    )
    run.OUT.mkdir(parents=True, exist_ok=True)
    tool = str(Path(sys.executable).with_name("imgcheck"))
    row = run.Row("version", [tool, "--version"], folder=tmp_path)
    row.once()
    assert not (tmp_path / "ran").exists() and row.seconds and not row.failure
    old = earlier.twin(row, tmp_path)
    assert old.seconds == []
    old.once()
    assert (tmp_path / "ran").exists() and old.peaks and not old.failure


def test_the_package_of_a_revision_is_taken_out_whole(
    module: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    earlier = module["earlier"]
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x"]
    here = tmp_path / "benchmarks"
    for name in ("imgcheck", "budgets", "reports", "benchmarks", "docs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("committed")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    (tmp_path / "imgcheck/a.txt").write_text("now")
    monkeypatch.setattr(earlier, "HERE", here)
    tree = earlier.checkout("HEAD")
    assert sorted(path.name for path in tree.iterdir()) == ["budgets", "imgcheck", "reports"]
    assert (tree / "imgcheck/a.txt").read_text() == "committed"
    with pytest.raises(SystemExit, match="--against nowhere"):
        earlier.checkout("nowhere")


def test_what_got_worse_by_more_than_noise_is_marked(module: dict[str, ModuleType]) -> None:
    run, earlier = module["run"], module["earlier"]

    def row(seconds: float, peak: float, failure: str = "") -> object:
        made = run.Row("features", [], failure=failure)
        if not failure:
            made.seconds, made.cpu, made.peaks = [seconds] * 3, [seconds] * 3, [peak] * 3
        return made

    said = earlier.table([(row(1.0, 100), row(1.04, 120)), (row(0, 0, "exit 2: no"), row(1, 1))], "v1", 3)
    assert "| features | 1.000 -> 1.040 | 1.00 -> 1.04 | 100 -> 120 | peak 1.20 x |" in said
    assert "features left out: exit 2: no" in said
