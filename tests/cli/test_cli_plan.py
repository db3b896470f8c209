"""`imgcheck plan`: what fits, sizes that are none, and a patch that git takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from documents import validate
from studies import ELF, FIRMWARE, OVER, needs_fixture

from imgcheck.cli import run

pytestmark = [needs_fixture, pytest.mark.usefixtures("remembered")]
SMALL = OVER / "OpenBL602.elf"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IMGCHECK_OUTPUT", "IMGCHECK_SUMMARY", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)


def document(capsys: pytest.CaptureFixture[str], code: int, *arguments: object) -> dict[str, Any]:
    assert run(["plan", *map(str, arguments), "-o", "json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run(["plan", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("imgcheck: error: ")
    assert err.count("\n") == 1
    return err


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """The text and the JSON of the plan for the build that does not fit."""
    folder = tmp_path_factory.mktemp("plan")
    outputs = [part for kind in ("text", "json") for part in ("-o", f"{kind}={folder / kind}")]
    assert run(["plan", str(SMALL), *outputs]) == 0
    return (folder / "text").read_text(), json.loads((folder / "json").read_text())


def test_a_build_that_does_not_fit(
    capsys: pytest.CaptureFixture[str], small: tuple[str, dict[str, Any]]
) -> None:
    assert run(["schema"]) == 0
    schema = capsys.readouterr().out
    found = small[1]
    validate(found, schema)
    assert len(found["plans"]) >= 3
    kept = "ENABLE_NTP"  # the policy's wish
    for one in found["plans"]:
        assert one["fits"]
        assert one["margin"] >= 0
        assert kept not in one["features"]
        assert one["flash"] > one["flash_error"] > 0
        assert one["ota"] > one["ota_error"] > 0
    weights = [one["weight"] for one in found["plans"]]
    assert weights == sorted(weights)
    sets = [set(one["features"]) for one in found["plans"]]
    assert not any(a < b for a in sets for b in sets)
    assert all(one["ota"] > 0 for one in found["free"])


def test_the_first_plan_comes_true(small: tuple[str, dict[str, Any]]) -> None:
    truth = tomllib.loads((OVER / "truth.toml").read_text())
    singles = [one for one in small[1]["plans"] if len(one["features"]) == 1]
    assert singles
    for one in singles:
        real = truth["minus"][one["features"][0]]
        assert abs(truth["base"]["bin"] - real["bin"] - one["flash"]) <= one["flash_error"]
        assert abs(one["heap_after"] - real["heap"]) <= 64


def test_a_wish_in_human_units_and_what_must_stay(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, 0, ELF, "--need", "2KiB")
    assert "2,048 bytes" in found["need"]
    assert found["plans"]
    assert all(one["flash"] - one["flash_error"] >= 2048 for one in found["plans"])
    first = found["plans"][0]["features"]
    kept = [part for name in first for part in ("--keep", name)]
    again = document(capsys, 0, ELF, "--need", "2 kB", *kept)
    assert "2,000 bytes" in again["need"]
    assert again["plans"]
    assert all(not set(first) & set(one["features"]) for one in again["plans"])


@pytest.mark.parametrize("text", ["lots", "-5", " ", "1e3", "12 parsecs", "KiB", "nan"])
def test_sizes_that_are_none(capsys: pytest.CaptureFixture[str], text: str) -> None:
    said = refused(capsys, ELF, "--need", text)
    assert f"--need {text}" in said
    assert "no size" in said


def test_nothing_suffices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patch = tmp_path / "strip.diff"
    found = document(capsys, 1, ELF, "--need", "4MiB", "--to", patch)
    assert found["plans"] == []
    codes = [one["code"] for one in found["diagnostics"]]
    assert codes.count("plan-nothing-suffices") == 1
    assert not patch.exists()


def test_where_nothing_suffices_the_layouts_that_could_be_fitted_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A layout that no device of theirs carries any more must not hide what the others need."""
    tight = tmp_path / "tight.toml"
    tight.write_text((OVER / "small.toml").read_text().replace("size0 = 0x11000", "size0 = 0x5000"))
    found = document(capsys, 1, ELF, "--layout", tight, "--layout", OVER / "small.toml")
    (said,) = [one for one in found["diagnostics"] if one["code"] == "plan-nothing-suffices"]
    assert said["message"].endswith("are still too many; small could be fitted")
    assert "--layout" in said["help"]


def test_keep_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, ELF, "--keep", "ENABLE_NTPP")
    assert "--keep ENABLE_NTPP" in said
    assert "did you mean ENABLE_NTP?" in said


def git(folder: Path, *arguments: str) -> None:
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("git"), reason="no git")
def test_the_patch_applies_and_switches_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(FIRMWARE / "src", tree / "src")
    shutil.copytree(FIRMWARE / "layouts", tree / "layouts")
    shutil.copy(FIRMWARE / "imgcheck.toml", tree)
    shutil.copytree(ELF.parent, tree / "build" / "base")
    header = tree / "src" / "obk_config.h"
    header.write_bytes(header.read_bytes().replace(b"\n", b"\r\n"))  # as many of OpenBeken's are
    git(tree, "init", "-q")
    monkeypatch.chdir(tree)
    patch = tmp_path / "strip.diff"
    elf = Path("build/base/OpenBL602.elf")
    found = document(capsys, 0, elf, "--need", "6KiB", "--keep", "ENABLE_EXPR_FUNCTIONS", "--to", patch)
    off = set(found["plans"][0]["features"])
    before = header.read_bytes().split(b"\n")
    git(tree, "apply", str(patch))
    after = header.read_bytes().split(b"\n")
    assert len(after) == len(before)
    changed = [one for one, other in zip(before, after, strict=True) if one != other]
    assert len(changed) == len(off)
    assert all(any(name.encode() in line for line in changed) for name in off)
    # The build still has what the header switches off now: nothing can be said of it before the next one.
    assert run(["features", str(elf), "-o", "json"]) == 2
    assert "build first" in " ".join(capsys.readouterr().err.split())


def test_a_build_that_fits_needs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patch = tmp_path / "strip.diff"
    assert run(["plan", str(ELF), "--to", str(patch)]) == 0
    out, err = capsys.readouterr()
    assert "no feature has to go" in out
    assert "no patch was written" in err
    assert not patch.exists()


def test_a_patch_in_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, ELF, "--need", "2KiB", "--to", tmp_path / "no" / "strip.diff")
    assert "strip.diff" in said


def test_one_more_layout_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, 0, ELF, "--layout", OVER / "small.toml")
    assert found["plans"]
    assert found["need"].startswith("lose ")


def test_text_says_what_costs_nothing_first(small: tuple[str, dict[str, Any]]) -> None:
    out = small[0]
    assert out.index("Costs no feature") < out.index("What to strip") < out.index("What switching")
    assert max(map(len, out.splitlines())) <= 80


def test_the_first_choice_is_proven_and_weighs_what_its_features_do(
    capsys: pytest.CaptureFixture[str], small: tuple[str, dict[str, Any]]
) -> None:
    found = document(capsys, 0, ELF, "--need", "12KiB")
    first = found["plans"][0]
    # Both hold the same arithmetic, which neither frees alone: their sums do not promise it.
    single = {one["name"]: one for one in found["features"]}
    assert sum(single[name]["flash"] for name in first["features"]) < first["flash"]
    assert first["proven"] is True
    assert not any(one["proven"] for one in found["plans"] if one["weight"] > first["weight"])
    assert f"Its weight is {first['weight']:g}: no cheaper set does." in found["verdict"]
    assert "Weight" in small[0]


def test_every_feature_of_every_plan_stands_in_every_format(tmp_path: Path) -> None:
    kinds = ("text", "markdown", "html", "csv", "json")
    outputs = [part for kind in kinds for part in ("-o", f"{kind}={tmp_path / kind}")]
    keep = ["--keep", "ENABLE_EXPR_FUNCTIONS"]
    assert run(["plan", str(ELF), "--need", "28KiB", *keep, *outputs]) == 0
    found = json.loads((tmp_path / "json").read_text())
    longest = max(found["plans"], key=lambda one: len(" + ".join(one["features"])))["features"]
    assert len(" + ".join(longest)) > 120  # or nothing is told here
    text = " ".join((tmp_path / "text").read_text().split())
    strips = text[text.index("What to strip") : text.index("Margin:")]
    assert all(name in strips for one in found["plans"] for name in one["features"])
    for kind in ("markdown", "html", "csv"):
        made = (tmp_path / kind).read_text()
        assert all(" + ".join(one["features"]) in made for one in found["plans"]), kind


@pytest.mark.skipif(not shutil.which("git"), reason="no git")
@pytest.mark.parametrize("stand", [".", "src", "build", "build/base"])
def test_the_patch_applies_where_its_reader_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stand: str
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(FIRMWARE / "src", tree / "src")
    shutil.copytree(FIRMWARE / "layouts", tree / "layouts")
    shutil.copy(FIRMWARE / "imgcheck.toml", tree)
    shutil.copytree(ELF.parent, tree / "build" / "base")
    git(tree, "init", "-q")
    monkeypatch.chdir(tree / stand)
    before = (tree / "src" / "obk_config.h").read_bytes()
    elf = os.path.relpath(tree / "build" / "base" / "OpenBL602.elf")
    found = document(capsys, 0, elf, "--need", "2KiB", "--to", "my strip.diff")
    said = found["verdict"]
    command = said[said.index("`") + 1 : said.rindex("`")]
    assert "my strip.diff" in said
    plain = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["sh", "-c", command], check=True, env=plain)
    after = (tree / "src" / "obk_config.h").read_bytes()
    assert before != after
    assert all(name.encode() in after for name in found["plans"][0]["features"])


def test_proofs_set_the_bars_of_plans_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(FIRMWARE / "src", tree / "src")
    shutil.copytree(FIRMWARE / "layouts", tree / "layouts")
    shutil.copy(FIRMWARE / "imgcheck.toml", tree)
    shutil.copytree(ELF.parent, tree / "build" / "base")
    monkeypatch.chdir(tree)
    elf = "build/base/OpenBL602.elf"
    plain = document(capsys, 0, elf, "--need", "12KiB")["plans"][0]
    proof = {
        "build": "b", "flash_predicted": 1000, "flash_real": 1100, "flash_error": 25, "ota_predicted": 500,
        "ota_real": 550, "ota_error": 25, "ram_predicted": 0, "ram_real": 0,
    }  # fmt: skip
    lines = [json.dumps({**proof, "features": [f"ENABLE_{number}"]}) for number in range(12)]
    Path("imgcheck.proofs.jsonl").write_text("\n".join(lines))
    found = document(capsys, 0, elf, "--need", "12KiB")
    again = next(one for one in found["plans"] if one["features"] == plain["features"])
    assert again["flash"] == plain["flash"]
    assert again["flash_error"] == 4 * plain["flash_error"]  # each proof was off by four bars
    assert again["ota_error"] == 2 * plain["ota_error"]
    assert any(one["code"] == "proved" for one in found["diagnostics"])
