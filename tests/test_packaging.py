"""The wheel and the source archive hold what the program needs, and the program finds it there."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import imgcheck

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("budgets", "reports")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "imgcheck").rglob("*.py"))


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Wheel and source archive, built by hatchling itself: pip would fetch it from the network."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def test_no_document_installs_somebody_else_s_package() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["name"] == "firmware-imgcheck"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    texts = [ROOT / name for name in listed.stdout.splitlines() if not name.startswith("tests/")]
    stranger = re.compile(r"(?:pipx?|uv)\S* (?:install|run|add|tool install)(?: -\S+)* ['\"]?imgcheck\b")
    wrong = [
        path.name
        for path in texts
        if path.suffix in (".md", ".yml", ".yaml", ".py", ".sh", ".toml", "") and path.is_file()
        and stranger.search(path.read_text(encoding="utf-8", errors="replace"))
    ]  # fmt: skip
    assert not wrong


def test_the_changelog_has_each_version_once_newest_first() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.MULTILINE)
    assert heads[0] == ("Unreleased", "") and heads[1][0] == imgcheck.__version__
    assert [version for version, _ in heads[1:]] == ["0.2.0", "0.1.0"]
    dates = [date for _, date in heads[1:]]
    assert all(dates) and dates == sorted(dates, reverse=True)
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        kinds = re.findall(r"^### (.+)$", section, re.MULTILINE)
        assert len(set(kinds)) == len(kinds), f"{section.splitlines()[0]}: a heading twice"
        assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_one_file_runs_anywhere(archives: tuple[Path, Path], tmp_path: Path) -> None:
    maker = [sys.executable, str(ROOT / "packaging" / "pyz.py"), str(archives[0]), str(tmp_path / "i.pyz")]
    subprocess.run(maker, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    run = [sys.executable, "-I", str(tmp_path / "i.pyz")]
    done = subprocess.run([*run, "--version"], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("imgcheck ")
    elf = ROOT / "tests/firmware/build/base/OpenBL602.elf"
    done = subprocess.run(
        [*run, "report", str(elf), "-q"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.startswith("Fits all 3 layouts"), done.stderr


def test_something_is_shipped() -> None:
    assert any(name.startswith("budgets/layouts/") for name in SHIPPED)
    assert any(name.startswith("reports/") for name in SHIPPED)


def test_wheel_holds_the_package_with_its_data_inside(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[0]) as wheel:
        names = set(wheel.namelist())
    assert {f"imgcheck/{name}" for name in SHIPPED} <= names
    assert set(MODULES) <= names
    outside = {name.partition("/")[0] for name in names}
    assert len(outside) == 2, f"the wheel brings {sorted(outside)}"
    assert not [name for name in names if "tests" in name.split("/") or name.endswith(".pyc")]


def test_source_archive_can_be_built_from(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[1]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {*SHIPPED, *MODULES, "pyproject.toml", "README.md", "LICENSE"} <= names


def test_unpacked_wheel_finds_its_data(archives: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(archives[0]) as wheel:
        wheel.extractall(tmp_path / "site")
    code = """
import imgcheck.data, pathlib
for folder in ("budgets", "reports"):
    place = imgcheck.data.shipped(folder)
    print(pathlib.Path(str(place)).resolve(), any(place.iterdir()))
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    inside = tmp_path.resolve() / "site" / "imgcheck"
    assert done.stdout.splitlines() == [f"{inside / 'budgets'} True", f"{inside / 'reports'} True"]
