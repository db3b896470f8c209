"""A gate that passes what it did not measure, or what no device takes."""

import json
import lzma
import re
import shutil
import struct
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from imgcheck import cli
from imgcheck.readers import elf, ota

BUILD = Path(__file__).parent.parent / "firmware/build/base"
EXTENDS = 'extends = "openbeken-bl602"\n'

pytestmark = [
    pytest.mark.skipif(not BUILD.exists(), reason="needs the fixture"),
    pytest.mark.usefixtures("remembered"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("OpenBL602.elf", "OpenBL602.map"):
        shutil.copy(BUILD / name, tmp_path)
    return tmp_path


def policy(text: str, name: str = "imgcheck.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def run(command: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    Path("r.json").unlink(missing_ok=True)
    code = cli.run([command, "OpenBL602.elf", "-o", "json=r.json", *arguments])
    return code, json.loads(Path("r.json").read_text()) if Path("r.json").exists() else {}


def codes(report: dict[str, Any]) -> list[str]:
    return [one["code"] for one in report["diagnostics"]]


# --- an OTA file that no device can decode --------------------------------------------------------------

_LZMA2 = {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 15}


def packed(home: Path, filters: list[dict[str, int]], check: int = lzma.CHECK_CRC32) -> None:
    assert cli.run(["pack", "OpenBL602.elf", "-o", "good.ota"]) == 0
    good = (home / "good.ota").read_bytes()
    plain = lzma.decompress(good[ota.SIZE :])
    body = lzma.compress(plain, check=check, filters=filters)
    data = ota.build(body, len(plain)) + body
    (home / "bad.ota").write_bytes(data)


@pytest.mark.parametrize(
    ("filters", "check", "words"),
    [
        ([_LZMA2 | {"dict_size": 1 << 20}], lzma.CHECK_CRC32, "dictionary has 1,024 KiB"),
        ([_LZMA2], lzma.CHECK_CRC64, "check is"),
        ([_LZMA2], lzma.CHECK_SHA256, "check is"),
        ([{"id": lzma.FILTER_DELTA, "dist": 4}, _LZMA2], lzma.CHECK_CRC32, "filter"),
    ],
)
@pytest.mark.parametrize("command", ["check", "report"])
def test_what_no_loader_decodes_fits_nothing(
    home: Path, filters: list[dict[str, int]], check: int, words: str, command: str
) -> None:
    packed(home, filters, check)
    code, report = run(command, "--ota", "bad.ota")
    assert code == 1
    said = [one for one in report["diagnostics"] if one["severity"] == "error"]
    assert any(words in one["message"] and "no device" in one["message"] for one in said)
    assert not report["passed"]
    code = cli.run([command, "bad.ota", "-o", "json=r.json"])
    assert code == 1


def test_what_the_sdk_packs_is_taken(home: Path) -> None:
    packed(home, [_LZMA2])
    code, report = run("check", "--ota", "bad.ota")
    assert code == 0
    assert not {"IMG105", "IMG106"} & set(codes(report))


# --- bytes outside of the flash ----------------------------------------------------------------------------


def test_bytes_that_no_image_holds(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The load address of the read-only data is moved away: objcopy would write an image of 18 MB."""
    data = bytearray((home / "OpenBL602.elf").read_bytes())
    start, size, count = (
        struct.unpack_from(f, data, at)[0] for f, at in (("<I", 28), ("<H", 42), ("<H", 44))
    )
    for at in range(start, start + size * count, size):
        kind, _, _, address, bytes_ = struct.unpack_from("<IIIII", data, at)
        if kind == 1 and bytes_ and 0x23000000 <= address < 0x23400000:
            struct.pack_into("<I", data, at + 12, address + 0x1000000)
    (home / "OpenBL602.elf").write_bytes(data)
    (home / "OpenBL602.map").unlink()
    for command in ("report", "check"):
        assert run(command) == (2, {})
        assert "outside of the flash" in capsys.readouterr().err


def test_an_ota_file_that_is_called_an_elf(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would pass with the rules left out that need an ELF: heaps, RAM, what is in the image twice."""
    assert cli.run(["pack", "OpenBL602.elf", "-o", "small.ota"]) == 0
    (home / "small.ota").replace(home / "OpenBL602.elf")
    assert run("check") == (2, {})
    assert "it is called an ELF, and is an OTA file" in capsys.readouterr().err


# --- files of another build ------------------------------------------------------------------------------


def test_the_bin_of_another_build_is_a_finding(home: Path) -> None:
    data = bytearray((BUILD / "OpenBL602.bin").read_bytes())
    data[5000] ^= 1
    (home / "OpenBL602.bin").write_bytes(data)
    code, report = run("check")
    assert (code, codes(report).count("IMG107")) == (0, 1)
    assert "bin-differs" not in codes(report)
    assert run("check", "--fail-on", "warning")[0] == 1
    policy(EXTENDS + '[rules]\nignore = ["IMG107"]\n')
    assert codes(run("check")[1]).count("bin-differs") == 1


def test_an_ota_file_of_another_build_is_not_judged_by(home: Path) -> None:
    """Small as it is, with the rule off: the sizes are the build's own."""
    honest = run("check")[1]["image"]["ota_body_bytes"]
    (home / "small.bin").write_bytes((BUILD / "OpenBL602.bin").read_bytes()[:40_000])
    assert cli.run(["pack", "small.bin", "-o", "small.ota"]) == 0
    policy(EXTENDS + '[rules]\nignore = ["IMG105"]\n')
    code, report = run("check", "--ota", "small.ota")
    assert report["image"]["ota_body_bytes"] == honest
    assert code == 0
    assert "artefact-other-image" in codes(report)
    policy(EXTENDS)
    assert run("check", "--ota", "small.ota")[0] == 1


def test_a_header_that_lies(home: Path) -> None:
    assert cli.run(["pack", "OpenBL602.elf", "-o", "x.ota"]) == 0
    data = bytearray((home / "x.ota").read_bytes())
    assert data[64:96] == sha256(data[512:]).digest()
    data[64] ^= 1
    (home / "x.ota").write_bytes(data)
    assert run("check", "--ota", "x.ota")[0] == 1


# --- gates that measured nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[components]\nmine = "object:drv_main.oo"\n', "imgcheck.toml: component 'mine' matches nothing"),
        ('[components]\nmine = "libopenbekn.a"\n[budgets]\nmine = 1024\n', "did you mean 'libopenbeken.a'"),
        ('[rules]\nignore = ["IMG"]\n', "imgcheck.toml: line 3"),
        ('[rules]\nselect = ["IMG701"]\n', "IMG701"),
        ('[rules]\nselect = ["IMG7"]\n', "no selected rule looked at anything"),
        ('layouts = ["devcube-1.48-2m"]\n', "did you mean 'devcube-1.4.8-2m'"),
    ],
)
def test_a_gate_that_measured_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    policy(EXTENDS + text)
    assert run("check") == (2, {})
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_each_glob_of_a_component_matches(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = EXTENDS + '[components]\nmine = ["object:nothing*.o", "object:drv_main.o"]\n'
    policy(text)
    assert run("check")[0] == 2
    assert "'nothing*.o' of component 'mine' matches nothing of this build" in capsys.readouterr().err
    policy(text.replace('"object:nothing*.o", ', ""))
    assert run("check")[0] == 0
    # one of several builds may lack what another has
    policy(text + '[build.one]\nelf = "OpenBL602.elf"\n')
    assert run("check", "--build", "one")[0] == 0


@pytest.mark.parametrize("line", ['keep = ["ENABLE_NTPP"]', "weights = { ENABLE_NTPP = 3 }"])
def test_a_feature_that_the_header_does_not_name(
    home: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    (home / "cfg.h").write_text('#define ENABLE_NTP 1\n//#define ENABLE_OFF 1\n#include "more.h"\n')
    (home / "more.h").write_text("#define ENABLE_MORE 1\n")
    text = EXTENDS + '[features]\nconfig = "cfg.h"\n'
    policy(text + line + "\n")
    assert run("check")[0] == 2
    said = capsys.readouterr().err
    key = line.partition(" ")[0]
    assert f"imgcheck.toml: features.{key} names 'ENABLE_NTPP', which cfg.h does not" in said
    assert "did you mean 'ENABLE_NTP'? (line 4, column" in said
    policy(text + line.replace("NTPP", "OFF") + "\n")
    assert run("check")[0] == 0
    policy(text + line.replace("NTPP", "MORE") + "\n")
    assert run("check")[0] == 0
    policy(text + line + "\n")
    (home / "more.h").unlink()
    assert run("check")[0] == 0, "where it may be defined is not known"


def test_a_budget_is_not_kept_by_bytes_that_nobody_owns(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the map half of the image has no owner, and what is 13,800 bytes is next to nothing."""
    text = EXTENDS + '[components]\nmine = "libc.a"\n[budgets]\nmine = '
    policy(text + "5000\n")
    assert run("check")[0] == 1
    (home / "OpenBL602.map").unlink()
    capsys.readouterr()
    assert run("check") == (2, {})
    said = capsys.readouterr().err
    assert "the budget of component mine flash cannot be checked: " in said
    assert "bytes have no known owner; give the ELF and its map" in said
    policy(text + "90000\n")
    assert run("check")[0] == 0, "whoever owns them, it is not over"


def test_a_budget_is_not_kept_by_link_time_optimisation(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of the code is some `.ltrans0.ltrans.o`'s then, and no component of the policy has a byte."""
    text = (home / "OpenBL602.map").read_text(encoding="utf-8")
    hidden = re.sub(r"\S*libc\.a\(\S+\)", "/tmp/a.ltrans0.ltrans.o", text)
    policy(EXTENDS + "[budgets]\nlibc = 5000\n")
    assert run("check")[0] == 1
    (home / "OpenBL602.map").write_text(hidden, encoding="utf-8")
    assert run("check") == (2, {})
    assert "have no known owner" in capsys.readouterr().err


def test_growth_is_not_hidden_by_a_map_that_is_gone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(EXTENDS + '[components]\nmine = "libc.a"\n[growth.components]\nmine = 100\n')
    assert run("report")[0] == 0
    Path("r.json").rename("base.json")
    assert run("check", "--baseline", "base.json")[0] == 0
    (home / "OpenBL602.map").unlink()
    capsys.readouterr()
    assert run("check", "--baseline", "base.json") == (2, {})
    assert "have no known owner; give the ELF and its map" in capsys.readouterr().err


# --- memory that the chip does not have ---------------------------------------------------------------


def with_symbol(home: Path, name: str, value: int) -> None:
    data = bytearray((home / "OpenBL602.elf").read_bytes())
    read = elf.parse(bytes(data))
    table = next(one for one in read.sections if one.name == ".symtab")
    for number, one in enumerate(read.symbols):
        if one.name == name:
            struct.pack_into("<I", data, table.offset + 16 * number + 4, value)
    (home / "OpenBL602.elf").write_bytes(data)


def test_a_heap_that_the_chip_does_not_have(home: Path) -> None:
    """A script that says how long the RAM is raises the floor's figure and the region's limit at once."""
    policy(EXTENDS + '[heap]\nfloor = "300 KiB"\n')
    assert codes(run("check")[1]).count("IMG202") == 1
    with_symbol(home, "_heap_size", 0x60000)
    code, report = run("check")
    assert code == 1
    (said,) = [one for one in report["diagnostics"] if one["code"] == "IMG201"]
    assert "the chip has" in said["message"]


@pytest.mark.parametrize(
    ("moved", "over"),
    [
        ({"_heap_start": 0x4200C000, "_heap_size": 0x36000}, "of section .data"),
        ({"_heap_size": 0x2CAB0 + 40_000}, "of section .wifibss"),
        ({"_heap_wifi_start": 0x42015550, "_heap_wifi_size": 0x2CAB0}, "of the heap of _heap_wifi_size"),
    ],
    ids=["over data", "into the next region", "twice the same"],
)
def test_a_heap_over_other_bytes_is_not_there(home: Path, moved: dict[str, int], over: str) -> None:
    """A linker script of the change says where heaps are: the floor's figure was whatever it said."""
    assert "IMG201" not in codes(run("check")[1])
    for name, value in moved.items():
        with_symbol(home, name, value)
    code, report = run("check")
    found = [one for one in report["diagnostics"] if one["code"] == "IMG201"]
    assert code == 1 and any(over in one["message"] for one in found)
    assert "heap-shared" not in codes(report)


def test_ram_where_the_chip_has_none_is_a_finding(home: Path) -> None:
    (home / "OpenBL602.map").unlink()
    data = bytearray((home / "OpenBL602.elf").read_bytes())
    read = elf.parse(bytes(data))
    bss = next(one for one in read.sections if one.name in (".bss", ".wifibss") and one.size)
    headers = int.from_bytes(data[32:36], "little")
    struct.pack_into("<I", data, headers + 40 * bss.index + 12, 0x42100000)
    (home / "OpenBL602.elf").write_bytes(data)
    code, report = run("check")
    assert (code, codes(report).count("IMG201"), codes(report).count("ram-elsewhere")) == (0, 1, 0)
    assert run("check", "--fail-on", "warning")[0] == 1


# --- init ---------------------------------------------------------------


def too_large(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every layout of the field has slots of 64 KiB now, which the fixture does not fit."""
    from dataclasses import replace

    from imgcheck.devices import layouts

    real = layouts.named

    def small(names: Any, target: Any) -> Any:
        return tuple(
            replace(
                one, partitions=tuple(replace(p, size0=0x10000) if p.type == 0 else p for p in one.partitions)
            )
            if one.name == "devcube-1.8-2m"
            else one
            for one in real(names, target)
        )

    monkeypatch.setattr(layouts, "named", small)


def test_init_keeps_what_does_not_fit(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    too_large(home, monkeypatch)
    assert cli.run(["init", "OpenBL602.elf"]) == 0
    said = capsys.readouterr().err
    assert said.startswith("imgcheck: fits 3 of 4 layouts, and all 4 stay in force")
    assert "devcube-1.8-2m" in said
    assert run("check")[0] == 1  # it still bricks devices
    assert cli.run(["init", "OpenBL602.elf", "--force", "--accept", "nobody has it any more"]) == 0
    text = (home / "imgcheck.toml").read_text()
    assert text.count("\n[[waivers]]") == 1
    assert 'reason = "nobody has it any more"' in text
    code, report = run("check")
    assert code == 0
    assert [one["waived"][:6] for one in report["diagnostics"] if one["code"] == "IMG101"] == ["nobody"]
    assert cli.run(["init", "OpenBL602.elf", "--force", "--accept", " "]) == 2
    assert cli.run(["init", "--force", "--accept", "x"]) == 2
