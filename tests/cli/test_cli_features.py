"""`imgcheck features`: text and JSON, one feature in detail, builds that moved or miss something."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from documents import validate
from studies import BASE, ELF, FIRMWARE, OVER, needs_fixture

from imgcheck.cli import run

pytestmark = [needs_fixture, pytest.mark.usefixtures("remembered")]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IMGCHECK_OUTPUT", "IMGCHECK_SUMMARY", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert run(["features", *map(str, arguments), "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """The text and the JSON of one run, with one feature in detail."""
    folder = tmp_path_factory.mktemp("features")
    outputs = [part for kind in ("text", "json") for part in ("-o", f"{kind}={folder / kind}")]
    assert run(["features", str(ELF), "--feature", "ENABLE_LITTLEFS", *outputs]) == 0
    return (folder / "text").read_text(), json.loads((folder / "json").read_text())


def moved(folder: Path, *, objects: bool = True) -> Path:
    """The build in another folder, with or without its objects."""
    target = folder / "out"
    target.mkdir()
    for suffix in (".elf", ".map", ".bin"):
        shutil.copy(ELF.with_suffix(suffix), target)
    shutil.copytree(BASE / "ota", target / "ota")
    if objects:
        shutil.copytree(
            BASE, folder / "artefacts" / "deep", ignore=shutil.ignore_patterns("OpenBL602.*", "ota")
        )
    return target / ELF.name


def rules(folder: Path, text: str = "") -> Path:
    path = folder / "imgcheck.toml"
    shutil.copytree(FIRMWARE / "layouts", folder / "layouts", dirs_exist_ok=True)
    path.write_text((FIRMWARE / "imgcheck.toml").read_text() + text)
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What is said when there is no answer: one line, exit code 2."""
    assert run(["features", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("imgcheck: error: ")
    assert err.count("\n") == 1
    return err


def test_every_feature_has_a_row(said: tuple[str, dict[str, Any]]) -> None:
    out = said[0]
    rows = [line.split() for line in out.splitlines() if line.startswith("ENABLE_")]
    assert len(rows) == 22
    flash = [int(row[1].replace(",", "")) for row in rows]
    assert flash == sorted(flash, reverse=True)
    header = (FIRMWARE / "src" / "obk_config.h").read_text().splitlines()
    for row in rows:
        _, _, line = row[-1].rpartition(":")
        assert f"#define {row[0]}" in " ".join(header[int(line) - 1].split())
    assert "Calibration: of " in out
    assert max(map(len, out.splitlines())) <= 80


def test_json_is_as_the_schema_says(
    capsys: pytest.CaptureFixture[str], said: tuple[str, dict[str, Any]]
) -> None:
    assert run(["schema"]) == 0
    schema = capsys.readouterr().out
    found = said[1]
    validate(found, schema)
    assert found["calibration"]["missing_bytes"] == 0
    for one in found["features"]:
        assert {
            "name",
            "path",
            "line",
            "flash",
            "ram",
            "ota",
            "flash_error",
            "ota_error",
            "shared_with",
        } <= set(one)
        assert one["flash"] > 0
        assert one["flash_error"] > 0
        assert one["ota_error"] >= 24  # what packing the very image that is rebuilt may be off by
        assert not one["estimate"]
        assert bool(one["pieces"]) == (one["name"] == "ENABLE_LITTLEFS")


def test_one_feature_in_detail(said: tuple[str, dict[str, Any]]) -> None:
    out = said[0]
    part = out[out.index("Without ENABLE_LITTLEFS") :]
    assert "\ngoes " in part
    assert "\nshrinks " in part
    assert "\nstays " in part


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ENABLE_LITLEFS", "did you mean ENABLE_LITTLEFS?"),
        ("DRIVER_WEMO", "did you mean ENABLE_DRIVER_WEMO?"),
    ],
)
def test_a_feature_that_is_not_on(capsys: pytest.CaptureFixture[str], name: str, words: str) -> None:
    said = refused(capsys, ELF, "--feature", name)
    assert name in said
    assert words in said


def test_a_build_that_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: tuple[str, dict[str, Any]]
) -> None:
    here = said[1]["features"]
    elf = moved(tmp_path)
    policy = rules(tmp_path)
    there = document(
        capsys, elf, "--objects", tmp_path / "artefacts", "--sources", FIRMWARE, "--policy", policy
    )["features"]
    places = ("path", "pieces")
    assert [{k: v for k, v in one.items() if k not in places} for one in there] == [
        {k: v for k, v in one.items() if k not in places} for one in here
    ]


def test_without_objects_it_is_an_estimate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: tuple[str, dict[str, Any]]
) -> None:
    elf = moved(tmp_path, objects=False)
    policy = rules(tmp_path)
    exact = {one["name"]: one for one in said[1]["features"]}
    text = tmp_path / "text"
    found = document(capsys, elf, "--sources", FIRMWARE, "--policy", policy, "-o", f"text={text}")
    assert [one["code"] for one in found["diagnostics"]].count("objects-missing") >= 5
    for one in found["features"]:
        assert one["estimate"]
        assert one["flash"] <= exact[one["name"]]["flash"] * 1.25 + 64
    whole = {one["name"]: one["flash"] for one in found["features"]}
    # Strings go with the objects that hold them, which are not there: a lower bound, as the finding says.
    real = exact["ENABLE_DRIVER_PIXELANIM"]["flash"]
    assert 0.6 * real <= whole["ENABLE_DRIVER_PIXELANIM"] <= real + 300
    assert "estimate" in text.read_text()


def test_one_archive_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = moved(tmp_path)
    shutil.rmtree(tmp_path / "artefacts" / "deep" / "lwip")
    policy = rules(tmp_path)
    found = document(
        capsys, elf, "--objects", tmp_path / "artefacts", "--sources", FIRMWARE, "--policy", policy
    )
    missing = [one for one in found["diagnostics"] if one["code"] == "objects-missing"]
    assert [one["message"].partition(" was not found")[0] for one in missing] == ["lwip/liblwip.a"]
    assert "--objects" in missing[0]["help"]


def test_no_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = moved(tmp_path, objects=False)
    elf.with_suffix(".map").unlink()
    assert "map" in refused(capsys, elf, "--sources", FIRMWARE)


def test_no_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    elf = moved(tmp_path)
    said = refused(capsys, elf, "--objects", tmp_path / "artefacts", "--policy", rules(tmp_path))
    assert "src/obk_config.h" in said
    assert "--sources" in said


def test_no_elf_but_a_bin(capsys: pytest.CaptureFixture[str]) -> None:
    assert "map" in refused(capsys, ELF.with_suffix(".bin"))


def test_objects_of_another_build_are_not_trusted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = moved(tmp_path)
    folder = tmp_path / "artefacts" / "deep"
    # The members have the right names and other references: every relocation is cut off.
    for path in folder.rglob("libopenbeken.a"):
        data = bytearray(path.read_bytes())
        at = 0
        while (at := data.find(b"\x7fELF", at + 1)) > 0:
            cut_relocations(data, at)
        path.write_bytes(data)
    said = refused(
        capsys, elf, "--objects", tmp_path / "artefacts", "--sources", FIRMWARE, "--policy", rules(tmp_path)
    )
    assert "withheld" in said
    assert "not reached" in said


def cut_relocations(data: bytearray, at: int) -> None:
    """Makes every relocation section of the object at an offset an empty one."""
    headers = at + int.from_bytes(data[at + 32 : at + 36], "little")
    for index in range(int.from_bytes(data[at + 48 : at + 50], "little")):
        header = headers + 40 * index
        if int.from_bytes(data[header + 4 : header + 8], "little") == 4:
            data[header + 20 : header + 24] = bytes(4)


def test_an_archive_that_is_cut_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf, name = moved(tmp_path), "libhal.a"
    path = next((tmp_path / "artefacts").rglob(name))
    path.write_bytes(path.read_bytes()[:-100])
    said = refused(
        capsys, elf, "--objects", tmp_path / "artefacts", "--sources", FIRMWARE, "--policy", rules(tmp_path)
    )
    assert name in said


def test_a_header_without_endif(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(FIRMWARE / "src", tmp_path / "src")
    header = tmp_path / "src" / "obk_config.h"
    header.write_text(header.read_text() + "\n#if ENABLE_NTP\n")
    said = refused(capsys, ELF, "--sources", tmp_path)
    assert "obk_config.h" in said


@pytest.mark.parametrize("option", ["--objects", "--sources"])
def test_folders_that_are_not_there(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert run(["features", str(ELF), option, "/nowhere/at/all"]) == 2
    assert "/nowhere/at/all" in capsys.readouterr().err


def test_a_set_is_predicted_as_a_whole(capsys: pytest.CaptureFixture[str]) -> None:
    pair = ["ENABLE_DRIVER_SSDP", "ENABLE_DRIVER_WEMO"]
    assert (
        run(["features", str(ELF), "--without", ",".join(reversed(pair)), "--without", pair[0], "-o", "json"])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    alone = {one["name"]: one for one in found["features"]}
    both, one = found["sets"]
    assert both["features"] == pair
    assert both["sum_flash"] == sum(alone[name]["flash"] for name in pair)
    assert both["sum_ota"] == sum(alone[name]["ota"] for name in pair)
    # Really switched off together and linked again: tests/firmware/truth.toml.
    truth = tomllib.loads((ELF.parents[2] / "truth.toml").read_text())
    real = truth["base"]["bin"] - truth["minus"]["+".join(pair)]["bin"]
    assert abs(both["flash"] - real) <= both["flash_error"]
    assert "Without ENABLE_DRIVER_SSDP + ENABLE_DRIVER_WEMO" in found["verdict"]
    keys = ("flash", "ram", "ota", "flash_error", "ota_error")
    assert [one[key] for key in keys] == [alone[pair[0]][key] for key in keys], "one number for one feature"


def test_a_set_of_what_is_no_feature(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["features", str(ELF), "--without", "ENABLE_DRIVER_SSDP,ENABLE_DRIVER_WEMOO"]) == 2
    assert "did you mean ENABLE_DRIVER_WEMO?" in capsys.readouterr().err
    assert run(["features", str(ELF), "--without", ","]) == 2


def test_the_first_lines_say_whether_it_fits_and_what_tells_what_to_switch_off(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["features", str(ELF), "--layout", str(OVER / "small.toml")]) == 0
    said = " ".join(capsys.readouterr().out.partition("What switching")[0].split())
    assert "features are on; sorted by what they cost" in said
    assert "Does not fit its one layout: the unpacked image is" in said
    assert said.endswith("(limit 69,632); `imgcheck plan` says what to switch off.")
    assert run(["features", str(ELF)]) == 0
    assert "Fits " in capsys.readouterr().out.partition("What switching")[0]
