"""Paths in a CI job are those of the checkout, from any folder, through any link."""

import json
import shutil
from pathlib import Path

import pytest

from imgcheck.cli import run

FIRMWARE = Path(__file__).parents[1] / "firmware"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As OpenBeken has it: the sources at the root, and compiled through a linked folder of the SDK."""
    root = tmp_path / "real"
    shutil.copytree(FIRMWARE / "src", root / "src")
    out = root / "sdk" / "app" / "build_out"
    shutil.copytree(FIRMWARE / "build" / "over", out)
    (out.parent / "shared").mkdir()
    (out.parent / "shared" / "src").symlink_to(root / "src")
    policy = out / "imgcheck.toml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace("../../src", "../shared/src"))
    link = tmp_path / "link"
    link.symlink_to(root)
    return link


@pytest.mark.parametrize(
    ("variable", "format"),
    [
        ("GITHUB_WORKSPACE", "github"),
        ("GITHUB_WORKSPACE", "sarif"),
        ("GITHUB_WORKSPACE", "markdown"),
        ("GITHUB_WORKSPACE", "json"),
        ("CI_PROJECT_DIR", "gitlab"),
        ("BUILD_SOURCESDIRECTORY", "azure"),
        ("GITHUB_WORKSPACE", "rdjson"),
        ("GITHUB_WORKSPACE", "junit"),
        ("GITHUB_WORKSPACE", "concise"),
        ("GITHUB_WORKSPACE", "text"),
    ],
)
def test_no_path_is_the_machine_s(
    variable: str,
    format: str,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(checkout / "sdk" / "app" / "build_out")
    monkeypatch.setenv(variable, str(checkout))
    assert run(["check", "OpenBL602.elf", "--output", format]) == 1
    out = capsys.readouterr().out
    assert str(checkout) not in out and str(checkout.resolve()) not in out
    assert "sdk/app/build_out/imgcheck.toml" in out
    assert "shared/src" not in out
    assert "src/obk_config.h" in out


def test_outside_of_a_job_paths_stay(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout / "sdk" / "app" / "build_out")
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    run(["check", "OpenBL602.elf", "--output", "json"])
    places = [
        one["location"] for one in json.loads(capsys.readouterr().out)["diagnostics"] if one["location"]
    ]
    assert "imgcheck.toml" in {one["path"] for one in places}
