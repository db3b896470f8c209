"""Paths in a CI job are those of the checkout, from any folder, through any link."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from imgcheck.cli import checkout as checkouts
from imgcheck.cli import run
from imgcheck.model import Atlas, Column, Define, Groups, Held, InputFile, Leaves, Page, Report, Table
from imgcheck.report import moving

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
    ("variable", "formats"),
    [
        ("GITHUB_WORKSPACE", ("github", "sarif", "markdown", "json", "rdjson", "junit", "concise", "text")),
        ("CI_PROJECT_DIR", ("gitlab",)),
        ("BUILD_SOURCESDIRECTORY", ("azure",)),
    ],
)
def test_no_path_is_the_machine_s(
    variable: str,
    formats: tuple[str, ...],
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(checkout / "sdk" / "app" / "build_out")
    monkeypatch.setenv(variable, str(checkout))
    first, *others = formats
    written = [part for one in others for part in ("--output", f"{one}={tmp_path / one}")]
    assert run(["check", "OpenBL602.elf", "--output", first, *written]) == 1
    said = {first: capsys.readouterr().out, **{one: (tmp_path / one).read_text() for one in others}}
    for format, out in said.items():
        assert str(checkout) not in out and str(checkout.resolve()) not in out, format
        assert "sdk/app/build_out/imgcheck.toml" in out, format
        assert "shared/src" not in out, format
        assert "src/obk_config.h" in out, format


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


def test_sources_of_a_page_and_of_a_division_are_the_repository_s(checkout: Path) -> None:
    linked = str(checkout / "sdk/app/shared/src/new_cfg.c")
    out = checkout / "sdk/app/build_out"
    known = f"{linked}:7"
    rows: tuple[dict[str, object], ...] = (
        {"names": [linked, "f"], "source": known},
        {"names": ["g"], "source": None},
    )
    atlas = Atlas(
        Groups((), (), (), ()), Leaves((), (), (), (), (), (), (), (), ()), (), (linked, "elsewhere.c")
    )
    define = Define("A", "../shared/src/obk_config.h", 3, "#define A", "//#define A")
    held = Held(("A",), (), (), (), 0.0, (), (define,))
    page = Page(atlas, held=held, files=(InputFile("map", "x.map", "given", 1, ""),))
    table = Table("Symbols", (Column("Symbol"), Column("Source")), (("f", known),), name="by")
    report = Report("t", "report", "", None, None, (), (), (table,), (), page=page, records=(("by", rows),))
    (out / "x.map").touch()
    names = checkouts.names(moving.paths(report), out, checkout)
    moved = moving.moved(replace(report, drawn=report), names)
    assert moved.page and moved.page.held and moved.drawn and moved.page == moved.drawn.page
    assert moved.page.atlas.sources == ("src/new_cfg.c", "elsewhere.c")
    assert moved.page.held.defines[0].path == "src/obk_config.h"
    assert moved.page.files[0].path == "sdk/app/build_out/x.map"
    assert moved.tables[0].rows == (("f", "src/new_cfg.c:7"),)
    assert [dict(row) for row in moved.records[0][1]] == [
        {"names": ["src/new_cfg.c", "f"], "source": "src/new_cfg.c:7"},
        {"names": ["g"], "source": None},
    ]
