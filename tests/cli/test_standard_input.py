"""`-` is standard input where a file can come from a pipe, and is called that wherever it is named."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from imgcheck.cli import run
from imgcheck.cli.standard import NAME

BASE = Path(__file__).parents[1] / "firmware" / "build" / "base"
ELF = BASE / "OpenBL602.elf"
OTA = BASE / "ota" / "dts40M" / "FW_OTA.bin.xz.ota"

pytestmark = pytest.mark.usefixtures("remembered")


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run_it(data: bytes, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = run(arguments)
        out, error = capsys.readouterr()
        assert "/imgcheck-" not in out + error  # where it is kept is nobody's business
        return code, out, error

    return run_it


def named(
    path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, object]]:
    code = run([*(str(path) if word == "-" else word for word in arguments), "-o", "json"])
    return code, json.loads(capsys.readouterr().out.replace(str(path), NAME))


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["identify", "-"], OTA),
        (["identify", "-"], ELF),
        (["verify", "-"], OTA),
        (["report", "-"], OTA),
        (["layout", "show", "-"], "table"),
        (["layout", "lint", "-"], "table"),
        (["layout", "diff", "-", "devcube-1.8-2m"], "table"),
        (["layout", "diff", "sdk-2m", "-"], "table"),
        (["dts", "lint", "-"], "tree"),
    ],
)
def test_it_says_what_it_says_of_the_file(
    piped: Any, arguments: Any, path: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if path == "table":
        path = tmp_path / NAME
        assert run(["layout", "build", "sdk-2m", "--to", str(path)]) == 0
    elif path == "tree":
        path = tmp_path / NAME
        path.write_text('/dts-v1/;\n/ { wifi { mac { mode = "M"; }; }; };\n')
    elif path == OTA:  # no policy above it, as there is none above a pipe
        path = tmp_path / NAME
        path.write_bytes(OTA.read_bytes())
    capsys.readouterr()
    code, out, _ = piped(path.read_bytes(), *arguments, "-o", "json")
    assert (code, json.loads(out)) == named(path, arguments, capsys)


def test_kept_reports_come_from_a_pipe(piped: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(ELF), "--packed", "-o", "json"]) == 0
    kept = capsys.readouterr().out.encode()
    for order in (["-", str(ELF)], [str(ELF), "-"]):
        code, out, _ = piped(kept, "diff", *order, "-o", "json")
        assert code == 0
        assert {json.loads(out)["diff"][side]["name"] for side in ("old", "new")} == {NAME, str(ELF)}
    code, out, _ = piped(kept, "comment", "-")
    assert code == 0 and out.startswith("<!-- imgcheck:")


@pytest.mark.parametrize("arguments", [["comment", "-"], ["layout", "show", "-"], ["diff", "-", str(ELF)]])
@pytest.mark.parametrize("data", [b"", b"junk\n", b"{}"])
def test_what_is_wrong_with_it_is_one_line(piped: Any, arguments: Any, data: st.DataObject) -> None:
    code, out, error = piped(data, *arguments)
    assert code == 2 and not out and error.count("\n") == 1
    assert error.startswith(f"imgcheck: error: {NAME}: ")


def test_it_can_be_read_once(piped: Any) -> None:
    code, _, error = piped(b"", "diff", "-", "-")
    assert code == 2 and "can be read once" in error


def test_a_closed_one_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert run(["identify", "-"]) == 2
    assert capsys.readouterr().err == "imgcheck: error: standard input is closed\n"
