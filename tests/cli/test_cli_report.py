"""`imgcheck report` and `imgcheck schema`: exit codes, companions, errors in one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from imgcheck.cli import run

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware" / "build"
BASE = FIRMWARE / "base" / "OpenBL602.elf"
OVER = FIRMWARE / "over" / "OpenBL602.elf"

pytestmark = [
    pytest.mark.skipif(not BASE.exists(), reason="the fixture is not built"),
    pytest.mark.usefixtures("remembered"),
]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "IMGCHECK_OUTPUT",
        "IMGCHECK_SUMMARY",
        "GITHUB_STEP_SUMMARY",
        "GITHUB_OUTPUT",
        "GITHUB_WORKSPACE",
    ):
        monkeypatch.delenv(name, raising=False)


def document(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    run(["report", *map(str, arguments), "--output", "json"])
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def copy(folder: Path, *suffixes: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in suffixes:
        shutil.copy(BASE.with_suffix(suffix), folder)
    return folder / BASE.with_suffix(suffixes[0]).name


def test_fixture_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(BASE)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Fits ")
    assert max(map(len, out.splitlines())) <= 80
    assert not err


@pytest.mark.skipif(not OVER.exists(), reason="the fixture is not built")
def test_small_case_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(OVER), "--output", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error ")


def test_json_is_as_the_schema_says_and_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    found = document(capsys, BASE, "--packed")
    Draft202012Validator(schema).validate(found)
    image, measures = found["image"], found["measures"]
    assert image["bin_bytes"] == BASE.with_suffix(".bin").stat().st_size  # type: ignore[index]
    for kind in ("section", "archive", "object", "component", "symbol"):
        for resource, total in (("flash", image["bin_bytes"]), ("ota", image["ota_file_bytes"])):  # type: ignore[index]
            sizes = [m["size"] for m in measures if (m["kind"], m["resource"]) == (kind, resource)]  # type: ignore[attr-defined]
            assert sum(sizes) == total


def test_companions_are_found_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elf = copy(tmp_path / "build", ".elf", ".map", ".bin")
    run(["report", str(elf)])
    out = capsys.readouterr().out
    assert "OpenBL602.map" in out
    assert "OpenBL602.bin" in out
    run(["report", str(copy(tmp_path / "alone", ".elf"))])
    assert "OpenBL602.map" not in capsys.readouterr().out


def test_newest_ota_is_taken_and_an_older_build_s_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elf = copy(tmp_path / "build", ".elf")
    name = "FW_OTA.bin.xz.ota"
    given = next((FIRMWARE / "base").glob(f"ota/**/{name}"), None)
    if given is None:
        pytest.skip("the fixture has no OTA file")
    for number, folder in enumerate(("ota/b", "ota/a")):  # beside the ELF's folder
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(given, tmp_path / folder / name)
        os.utime(tmp_path / folder / name, (number, number))
    run(["report", str(elf)])
    out = capsys.readouterr().out
    assert "newest of 2" in out
    assert "ota/a/" in out
    # Of another build: cut the ELF's image short by judging another .bin beside the same OTA file.
    data = bytearray(BASE.with_suffix(".bin").read_bytes())
    data[100] ^= 1
    (tmp_path / "build" / "other.bin").write_bytes(data)
    run(["report", str(tmp_path / "build" / "other.bin"), "--output", "json"])
    found = json.loads(capsys.readouterr().out)
    assert found["image"]["ota_source"] == "packed by imgcheck"
    assert any(one["code"] == "artefact-other-image" for one in found["diagnostics"])


def test_bin_alone_and_ota_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary = copy(tmp_path, ".bin")
    whole = document(capsys, BASE)["image"]
    alone = document(capsys, binary)["image"]
    assert alone["bin_bytes"] == whole["bin_bytes"]  # type: ignore[index]
    assert alone["heap_bytes"] is None  # type: ignore[index]
    given = next((FIRMWARE / "base").glob("ota/**/FW_OTA.bin.xz.ota"), None)
    if given:
        packed = document(capsys, given)
        assert packed["image"]["ota_file_bytes"] == given.stat().st_size  # type: ignore[index]
        assert packed["image"]["unpacked_bytes"] == whole["unpacked_bytes"]  # type: ignore[index]


def test_layouts_are_those_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, BASE, "--layout", "devcube-1.4.8-2m", "--layout", "sdk-2m")
    assert [one["name"] for one in found["layouts"]] == ["devcube-1.4.8-2m", "sdk-2m"]  # type: ignore[attr-defined]
    swapped = document(capsys, BASE, "--layout", "devcube-1.4.8-2m", "--active", "1")
    limits = [slot["limit"] for slot in swapped["layouts"][0]["slots"]]  # type: ignore[index]
    assert limits == [0x88000, 0xC8000 - 1]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"not an ELF" * 100), "ELF"),
        (lambda path: path.write_bytes(BASE.read_bytes()[:5000]), "fw.elf"),
        (lambda path: path.mkdir(), "fw.elf"),
        (os.mkfifo, "fw.elf"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: object, said: str
) -> None:
    path = tmp_path / "fw.elf"
    make(path)  # type: ignore[operator]
    result = tmp_path / "out.json"
    assert run(["report", str(path), "--output", f"json={result}"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert err.startswith("imgcheck: error: ")
    assert said in err
    assert not result.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--map", "no.map"],
        ["--bin", "no.bin"],
        ["--ota", "no.ota"],
        ["--policy", "no.toml"],
        ["--layout", "no.toml"],
        ["--layout", "devcub"],
        ["--output", "json=no/such/folder/x"],
        ["--output", "jsn"],
    ],
)
def test_what_is_missing_is_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(BASE), *arguments]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert arguments[1].split("=")[-1] in err


def test_unwritable_output_is_found_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "no-such.elf", "--output", "json=no/such/folder/x"]) == 2
    assert "no/such/folder/x: cannot be written" in capsys.readouterr().err


def test_outputs_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IMGCHECK_OUTPUT", f"json={tmp_path / 'a.json'} csv={tmp_path / 'b.csv'}")
    assert run(["report", str(BASE)]) == 0
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("imgcheck: Fits ")
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "b.csv"}


def test_a_name_that_a_terminal_would_obey_is_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\x1b[31m\n::error::b.elf"
    path.write_bytes(b"\x7fELF")
    assert run(["report", str(path)]) == 2
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["report", "schema"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert f"Example: imgcheck {command}" in capsys.readouterr().out


def test_what_is_wrong_with_a_layout_is_said_beside_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(BASE), "--layout", "devcube-4m"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "warning[layout-beyond-flash] layout devcube-4m: factory ends at 0x404000, beyond" in said


def test_html_and_its_libraries_are_loaded_only_when_asked_for() -> None:
    code = f"""
import sys
from imgcheck.cli import run
heavy = {{"jinja2", "squarify", "rich", "lief", "elftools", "fdt"}}
assert run(["report", {str(BASE)!r}, "--output", "json=/dev/null"]) == 0
assert not heavy & set(sys.modules) and "tabulate" not in sys.modules
assert run(["report", {str(BASE)!r}, "--output", "text"]) == 0
assert not heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_only_on_a_terminal_that_wants_it(variables: dict[str, str], coloured: bool) -> None:
    terminal, end = os.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | variables
    command = [sys.executable, "-m", "imgcheck", "report", str(BASE)]
    process = subprocess.Popen(command, stdout=end, env=environment)
    os.close(end)
    said = b""
    try:
        while part := os.read(terminal, 4096):
            said += part
    except OSError:
        pass  # how a terminal whose other side is closed ends
    assert process.wait(60) == 0
    os.close(terminal)
    assert (b"\x1b[" in said) == coloured


@pytest.mark.skipif(not OVER.exists(), reason="the fixture is not built")
def test_annotations_are_relative_to_the_checkout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FIRMWARE)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(FIRMWARE.parent))
    assert run(["report", "over/OpenBL602.elf", "--output", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=build/over/imgcheck.toml,line=")


def test_a_gate_that_passes_loads_nothing_that_predicts_or_looks_back(tmp_path: Path) -> None:
    policy = tmp_path / "imgcheck.toml"
    policy.write_text('extends = "openbeken-bl602"\nlayouts = ["guiflasher-2m"]\n')
    code = f"""
import sys
from imgcheck.cli import run
assert run(["check", {str(BASE)!r}, "--policy", {str(policy)!r}]) == 0
late = {{"prediction.study", "prediction.linkage", "prediction.effects", "api.kept", "history.store"}}
assert not {{"imgcheck." + one for one in late}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
