"""A tree whose partitions cannot be followed passes no gate."""

import json
import sys
from pathlib import Path

import pytest

from imgcheck.cli import run

sys.path.insert(0, str(Path(__file__).parents[1] / "readers"))
from test_fixedpartitions import TREE

ELF = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("more", ["&fw { reg = <0 SIZE>; };", "/delete-node/ &gone;", "#if BIG\n#endif"])
def test_a_gate_exits_2(more: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = tmp_path / "t.dts"
    tree.write_text(TREE + more)
    code, _, error = said(["check", str(ELF), "--layout", str(tree)], capsys)
    assert code == 2
    assert error.startswith(f"imgcheck: error: {tree}: ")
    assert "(line 14)" in error


def test_show_names_what_was_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = tmp_path / "t.dts"
    tree.write_text('#include "b.dtsi"\n' + TREE + "/delete-node/ &gone;\n")
    code, out, _ = said(["layout", "show", str(tree), "--output", "json"], capsys)
    found = [(one["code"], one["location"]["line"]) for one in json.loads(out)["diagnostics"]]
    assert found == [("layout-unfollowed", 15), ("layout-elsewhere", 1)]
    assert code == 0
    assert said(["layout", "lint", str(tree)], capsys)[0] == 1


def test_cells_are_counted_as_the_tree_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = TREE.replace("#address-cells = <1>;\n    #size", "#address-cells = <2>;\n    #size").replace(
        "<0x0 0x200000>", "<0 0 0x1f0000>"
    )
    wide = wide.replace("<0x10000", "<0 0x10000").replace("<0x1e9000", "<0 0x1e9000")
    (tmp_path / "w.dts").write_text(wide)
    code, out, _ = said(["layout", "show", str(tmp_path / "w.dts"), "--output", "json"], capsys)
    (finding,) = json.loads(out)["diagnostics"]
    assert code == 0
    assert finding["code"] == "layout-beyond-flash"
    assert "PSM ends at 0x1f1000" in finding["message"]


def test_a_second_flash_is_not_left_out_in_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = TREE.partition("{")[2].replace("flash0: flash@0", "flash@1").replace("fw: ", "")
    (tmp_path / "t.dts").write_text(TREE + "/ {" + other.replace("PSM", "LOG"))
    _, out, _ = said(["layout", "show", str(tmp_path / "t.dts"), "--output", "json"], capsys)
    assert [
        "another flash with 2 partitions" in one["message"] for one in json.loads(out)["diagnostics"]
    ] == [True]


def test_a_property_behind_a_node_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '/dts-v1/;\n/ {\n wifi {\n mac {\n mode = "B";\n };\n late = <1>;\n };\n};\n'
    (tmp_path / "t.dts").write_text(text)
    code, out, _ = said(["dts", "lint", str(tmp_path / "t.dts"), "--output", "json"], capsys)
    assert code == 0
    assert ("dts-order", 7) in [
        (one["code"], one["location"]["line"]) for one in json.loads(out)["diagnostics"]
    ]
