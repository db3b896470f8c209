"""An output that is an input: what was measured would be gone."""

import os
import shutil
from pathlib import Path

import pytest

from imgcheck import cli
from imgcheck.data import shipped as shipped_folder

BUILD = Path(__file__).parent.parent / "firmware/build/base"

pytestmark = pytest.mark.skipif(not BUILD.exists(), reason="needs the fixture")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("elf", "map", "bin"):
        shutil.copy(BUILD / f"OpenBL602.{name}", tmp_path / f"fw.{name}")
    (tmp_path / "ota/x").mkdir(parents=True)
    shutil.copy(BUILD / "OpenBL602.bin", tmp_path / "ota/x/FW_OTA.bin.xz.ota")
    table = shipped_folder("budgets") / "layouts/devcube-1.8-2m.toml"
    (tmp_path / "my.toml").write_text(table.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "p.toml").write_text('extends = "openbeken-bl602"\n')
    shutil.copy(tmp_path / "my.toml", tmp_path / "listed.toml")
    (tmp_path / "imgcheck.toml").write_text('extends = "openbeken-bl602"\nlayouts = ["listed.toml"]\n')
    (tmp_path / "limits.toml").write_text('extends = "openbeken-bl602"\n')
    (tmp_path / "further.toml").write_text('extends = "limits.toml"\n')
    (tmp_path / "q.toml").write_text('extends = "further.toml"\n')
    (tmp_path / "src/deep").mkdir(parents=True)
    (tmp_path / "src/deep/main.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "src/deep/main.o").write_bytes(b"")
    (tmp_path / "code").symlink_to("src/deep/main.c")
    (tmp_path / "log.txt").write_text("[ota] start\n")
    (tmp_path / "r.json").write_text("{}")
    (tmp_path / "a.dts").write_text("/dts-v1/;\n/ { };\n")
    (tmp_path / "soft").symlink_to("fw.elf")
    os.link(tmp_path / "fw.elf", tmp_path / "hard")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "report fw.elf -o json=fw.elf",
        "report fw.elf -o json=./fw.elf",
        "report fw.elf -o json=soft",
        "report soft -o json=fw.elf",
        "report fw.elf -o json=hard",
        "report fw.elf -o text -o json=fw.map",
        "report fw.elf -o json=fw.bin",
        "report fw.elf -o json=ota/x/FW_OTA.bin.xz.ota",
        "report fw.elf --map fw.map -o html=fw.map",
        "report fw.elf --layout my.toml -o json=my.toml",
        "check fw.elf --policy p.toml -o json=p.toml",
        "check fw.elf -o json=imgcheck.toml",
        "check fw.elf --policy q.toml -o json=further.toml",
        "check fw.elf --policy q.toml -o json=limits.toml",
        "check fw.elf --sources src -o json=src/deep/main.c",
        "check fw.elf --sources src -o json=code",
        "check fw.elf --objects src -o json=src/deep/main.o",
        "plan fw.elf --sources src --to src/deep/main.c",
        "check fw.elf -o json=listed.toml",
        "check fw.elf --dts a.dts -o json=a.dts",
        "features fw.elf -o json=fw.elf",
        "plan fw.elf --to fw.elf",
        "plan fw.elf --patch soft",
        "layout build my.toml -o my.toml",
        "layout show my.toml --svg my.toml",
        "layout show my.toml -o json=my.toml",
        "layout diff my.toml devcube-1.8-2m -o json=my.toml",
        "layout lint my.toml -o json=my.toml",
        "pack fw.bin -o fw.bin",
        "pack fw.elf -o soft",
        "identify fw.bin -o json=fw.bin",
        "verify fw.bin -o json=fw.bin",
        "explain-log log.txt -o json=log.txt",
        "explain-log log.txt --elf fw.elf -o json=fw.elf",
        "lint p.toml -o json=p.toml",
        "lint -o json=imgcheck.toml",
        "dts lint a.dts -o json=a.dts",
        "comment r.json -o r.json",
        "init fw.elf --force --to fw.elf",
        "init fw.elf --force --to fw.map",
    ],
)
def test_it_is_refused_before_any_work(home: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert cli.run(command.split()) == 2
    assert "would be written over" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_another_file_may_be_replaced(home: Path) -> None:
    (home / "old.json").write_text("old")
    (home / "ota/x/FW_OTA.bin.xz.ota").unlink()
    assert cli.run(["report", "fw.bin", "-o", "json=old.json"]) == 0
    assert cli.run(["init", "fw.elf", "--force"]) == 0  # the policy is what it writes


def test_packing_over_another_file_of_the_build(home: Path) -> None:
    assert cli.run(["pack", "fw.bin", "-o", "fw.elf"]) == 2
    assert (home / "fw.elf").read_bytes() == (BUILD / "OpenBL602.elf").read_bytes()


def test_a_report_of_an_earlier_run_below_the_sources_is_replaced(home: Path) -> None:
    old = home / "src/old.json"
    old.write_text("{}")
    shutil.rmtree(home / "ota")  # its file is no OTA file
    (home / "imgcheck.toml").unlink()
    assert (
        cli.run(["report", "fw.elf", "--policy", "q.toml", "--sources", "src", "-o", "json=src/old.json"])
        == 0
    )
    assert len(old.read_text()) > 2


def test_what_is_no_path_is_not_taken_for_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run writes over what the first one wrote, however many features were named."""
    (home / "old.json").write_text("{}")
    names = ",".join(f"ENABLE_DRIVER_{i:03}" for i in range(40))
    assert cli.run(["features", "fw.elf", "--without", names, "-o", "json=old.json"]) == 2
    assert "savings need the sources" in capsys.readouterr().err
