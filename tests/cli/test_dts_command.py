import importlib.util
import json
from pathlib import Path

import pytest

from imgcheck.cli import run

_vendor = importlib.util.find_spec("bflb_iot_tool")
TREES = (
    sorted((Path(_vendor.origin).parent / "chips/bl602/device_tree").glob("*.dts"))
    if _vendor and _vendor.origin
    else []
)
BROKEN = """/dts-v1/;
/ {
    wifi {
        cap_temp {
            en_cap_temp <0>;
            temp = <256 258>
        }
        mac {
            mode = "MB";
        };
    };
};
"""


@pytest.mark.skipif(not TREES, reason="needs the bflb-iot-tool package")
def test_the_vendors_trees_have_their_known_findings(capsys: pytest.CaptureFixture[str]) -> None:
    for path in TREES:
        assert run(["dts", "lint", str(path), "--output", "json"]) == 0
        report = json.loads(capsys.readouterr().out)
        codes = [one["code"] for one in report["diagnostics"]]
        assert codes.count("dts-mac-shared") == 2
        assert codes.count("dts-encoding") == (0 if "40M" in path.name else 3)
        assert report["passed"]


def test_what_the_vendors_compiler_swallows_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "t.dts").write_text(BROKEN)
    assert run(["dts", "lint", str(tmp_path / "t.dts"), "--output", "json"]) == 1
    found = [
        (one["code"], one["location"]["line"], one["location"]["column"])
        for one in json.loads(capsys.readouterr().out)["diagnostics"]
        if one["severity"] == "error"
    ]
    assert ("dts-syntax", 6, 16) in found or ("dts-syntax", 5, 25) in found
    assert ("dts-nonsense", 6, 0) in found


def test_text_says_what_the_firmware_reads(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "t.dts").write_text('/dts-v1/;\n/ {\n wifi {\n mac {\n mode = "B";\n };\n };\n};\n')
    assert run(["dts", "lint", str(tmp_path / "t.dts"), "--layout", "guiflasher-2m"]) == 0
    text = capsys.readouterr().out
    assert "wifi/mac mode             B" in text
    assert "guiflasher-2m   16,384" in text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"hello", "neither DTS nor DTB"),
        (b"\x7fELF\0", "a binary file, neither DTS nor DTB (offset 0x4)"),
        (b"\xd0\x0d\xfe\xed", "not a DTB: too short"),
        (b"\xd0\x0d\xfe\xed\xff\xff\xff\xff" + bytes(40), "truncated"),
    ],
)
def test_a_file_that_is_no_tree_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, data: bytes, message: str
) -> None:
    (tmp_path / "x.dts").write_bytes(data)
    assert run(["dts", "lint", str(tmp_path / "x.dts")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"imgcheck: error: {tmp_path / 'x.dts'}: ")
    assert message in said.err
    assert said.err.count("\n") == 1
