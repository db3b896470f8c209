import importlib.util
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from imgcheck.cli import run
from imgcheck.data import shipped
from imgcheck.readers import bfpt

TABLE = (shipped("budgets") / "layouts" / "devcube-1.4.8-2m.toml").read_text()
_vendor = importlib.util.find_spec("bflb_iot_tool")
VENDOR = Path(_vendor.origin).parent if _vendor and _vendor.origin else Path("absent")
needs_vendor = pytest.mark.skipif(not VENDOR.exists(), reason="needs the bflb-iot-tool package")


def out(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(arguments) == code
    return capsys.readouterr().out


def test_layouts_lists_both_limits(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "layouts")
    row = next(line for line in text.splitlines() if line.startswith("devcube-1.4.8-2m"))
    assert row.split() == ["devcube-1.4.8-2m", "2", "815,104", "819,200", "557,055", "yes"]
    assert max(map(len, text.splitlines())) <= 80
    limits = json.loads(out(capsys, "layouts", "--output", "json"))["limits"]
    assert {"name": "guiflasher-2m", "max_bin_bytes": 1052672, "max_body_bytes": 589823}.items() <= {
        **next(one for one in limits if one["name"] == "guiflasher-2m")
    }.items()


def test_show_draws_to_scale(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    svg = tmp_path / "map.svg"
    text = out(capsys, "layout", "show", "devcube-1.8-2m", "--svg", str(svg))
    media = next(line for line in text.splitlines() if line.startswith("media  ") and "#" in line)
    assert media.split()[-1] == "." * 26 + "#" * 5 + "."  # 0x1a2000 to 0x1e9000 of 2 MiB in 32 characters
    rects = [
        rect
        for rect in ET.parse(svg).getroot().iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("height") == "44"
    ]
    widths = {
        (rect.findtext("{*}title") or "").split(" 0x")[0]: float(rect.get("width", 0)) for rect in rects
    }
    assert widths["FW slot 0"] / widths["FW slot 1"] == pytest.approx(0xD8000 / 0x88000, abs=0.01)
    assert sum(float(rect.get("width", 0)) for rect in rects) == pytest.approx(760 - 24, abs=1)


def test_show_says_which_copy_counts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old = bfpt.Entry(0, 0, 0, "FW", 0x10000, 0xD8000, 0xC8000, 0x88000, 0, 0)
    image = bytearray(b"\xff" * 0x100000)
    for offset, table in ((0xE000, bfpt.build([old], 1)), (0xF000, bfpt.build([old._replace(active=1)], 2))):
        image[offset : offset + len(table)] = table
    (tmp_path / "flash.bin").write_bytes(image)
    text = out(capsys, "layout", "show", str(tmp_path / "flash.bin"))
    assert "Both are valid, and its age 2 is the newer one." in text
    assert "copy at 0xe000" in text  # the other one is shown too, as it differs
    report = json.loads(out(capsys, "layout", "show", str(tmp_path / "flash.bin"), "--output", "json"))
    assert [(one["offset"], one["chosen"]) for one in report["copies"]] == [(0xE000, False), (0xF000, True)]
    assert [(one["name"], one["active"]) for one in report["partitions"]] == [("FW", 1)]


def test_hostile_names_harm_neither_terminal_nor_svg(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "t.bin").write_bytes(
        bfpt.build([bfpt.Entry(0, 0, 0, "<\x1b]&x", 0x10000, 0, 0x1000, 0, 0, 0)])
    )
    text = out(capsys, "layout", "show", str(tmp_path / "t.bin"), "--svg", str(tmp_path / "t.svg"))
    assert "\x1b" not in text
    assert "<\\x1b]&x" in "".join(ET.parse(tmp_path / "t.svg").getroot().itertext())


def test_diff_says_what_is_lost(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = out(
        capsys, "layout", "diff", "devcube-1.4.8-2m", "devcube-1.8-2m", "--svg", str(tmp_path / "d.svg")
    )
    assert " ".join(text.split()).startswith(
        "devcube-1.4.8-2m -> devcube-1.8-2m: settings kept; LittleFS scripts lost; MAC source kept."
    )
    assert (tmp_path / "d.svg").exists()
    moves = json.loads(out(capsys, "layout", "diff", "sdk-2m", "guiflasher-2m", "--output", "json"))["moves"]
    assert {"partition": "PSM", "change": "resized", "new_size": 0x13000}.items() <= {
        **next(one for one in moves if one["partition"] == "PSM")
    }.items()


def test_lint_exit_codes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad, none = tmp_path / "bad.toml", tmp_path / "none.toml"
    bad.write_text(TABLE.replace('"PSM"', '"SETTINGS"').replace("size0 = 0x7000", "size0 = 0x7100"))
    none.write_text("[pt_table")
    assert out(capsys, "layout", "lint", "devcube-1.8-2m").startswith(
        "devcube-1.8-2m: no errors, no warnings."
    )
    text = out(capsys, "layout", "lint", str(bad), code=1)
    assert " ".join(text.split()).startswith(f"{bad}: 3 errors, no warnings.")
    line = TABLE[: TABLE.index('"PSM"')].count("\n") + 1
    assert f"  at {bad}:{line}\n" in text
    many = out(capsys, "layout", "lint", str(bad), str(none), code=2)
    assert " ".join(many.split()).startswith("2 tables: 4 errors")
    assert f"  at {none}:1\n" in many
    assert run(["layout", "lint", str(none)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    message = "not TOML: expected ']' at the end of a table declaration (line 1, end of file)"
    assert said.err == f"imgcheck: error: {none}: {message}\n"


def test_flash_size_may_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "layout", "lint", "devcube-4m", code=1)
    assert "beyond the flash of 4,096 KiB" in " ".join(text.split())
    out(capsys, "layout", "lint", "devcube-4m", "--flash-size", "8 MiB")
    assert run(["layout", "lint", "devcube-4m", "--flash-size", "big"]) == 2


def test_a_table_with_faults_is_not_built(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(TABLE.replace('"factory"', '"factory1"'))
    assert run(["layout", "build", str(tmp_path / "t.toml"), "-o", str(tmp_path / "t.bin")]) == 2
    assert "a name of 8 characters" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["t.toml"]
    assert run(["layout", "build", "sdk-2m", "-o", str(tmp_path / "no" / "t.bin")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@needs_vendor
@pytest.mark.parametrize(
    "source",
    [
        *sorted((VENDOR / "chips/bl602/partition").glob("*.toml")),
        *sorted((Path(__file__).parents[2] / "budgets/layouts").glob("*.toml")),
    ],
    ids=lambda path: path.stem,
)
def test_a_built_table_is_the_vendors(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.syspath_prepend(str(VENDOR))  # its modules import each other as `libs`
    monkeypatch.chdir(tmp_path)  # it may write logs
    pytest.importorskip("toml")
    from libs import bflb_pt_creater  # type: ignore[import-not-found]

    assert bflb_pt_creater.PtCreater(str(source)).create_pt_table(str(tmp_path / "theirs.bin"))
    assert run(["layout", "build", str(source), "-o", str(tmp_path / "ours.bin")]) == 0
    assert (tmp_path / "ours.bin").read_bytes() == (tmp_path / "theirs.bin").read_bytes()
    for name in [name for name in sys.modules if name.partition(".")[0] == "libs"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize(
    "arguments",
    [
        ("layouts",),
        ("layout", "show", "sdk-2m"),
        ("layout", "diff", "sdk-2m", "devcube-1m"),
        ("layout", "lint", "sdk-2m"),
    ],
)
def test_json_is_what_the_schema_says(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(out(capsys, "schema"))
    report = json.loads(out(capsys, *arguments, "--output", "json"))
    assert set(report) <= set(schema["properties"])
    jsonschema.Draft202012Validator(schema).validate(report)


@pytest.mark.parametrize("format", ["markdown", "csv", "html", "concise", "github", "sarif", "junit"])
def test_every_format_takes_the_findings(capsys: pytest.CaptureFixture[str], format: str) -> None:
    assert "beyond the flash" in " ".join(
        out(capsys, "layout", "lint", "devcube-4m", "--output", format, code=1).split()
    ).replace("%20", " ")


def test_a_list_is_the_answer_however_few_words_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["layout", "list", "-q"]) == 0
    assert "guiflasher-2m" in capsys.readouterr().out
