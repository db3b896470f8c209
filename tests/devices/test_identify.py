"""Every kind of file by its content; truncated and erased versions; names that promise otherwise."""

from hashlib import sha256
from pathlib import Path

import otafiles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.devices import identify
from imgcheck.model import Identity
from imgcheck.readers import bfpt, bootheader
from imgcheck.targets.bl602 import BL602, releases
from imgcheck.targets.target import Member

KINDS = {**identify.KINDS, **BL602.kinds}

ENTRIES = (
    bfpt.Entry(0, 0, 0, "FW", 0x10000, 0xC0000, 0xB0000, 0x40000, 0, 0),
    bfpt.Entry(3, 0, 0, "PSM", 0x100000, 0, 0x8000, 0, 0, 0),
    bfpt.Entry(7, 0, 0, "factory", 0x108000, 0, 0x8000, 0, 0, 0),
)
TABLE = bfpt.build(ENTRIES)
APPLICATION = bytes(range(1, 201)) * 20
APPLICATION = APPLICATION[:1024] + b"BLRFPARA" + APPLICATION[1032:]
BOOT2 = b"\x97\x81\x02\x1f" * 200 + b"BLSP_Boot2 start\0" + bytes(500)
DTB = (
    bytes.fromhex("d00dfeed 00000048 00000038 00000048 00000028 00000011 00000010 00000000 00000000 00000010")
    + bytes(16)
    + bytes.fromhex("00000001 00000000 00000002 00000009")
)
TOML = (
    b"[pt_table]\naddress0 = 0xE000\naddress1 = 0xF000\n"
    b"[[pt_entry]]\ntype = 0\nname = 'FW'\ndevice = 0\nlen = 0\n"
    b"address0 = 0x10000\nsize0 = 0xC8000\naddress1 = 0xD8000\nsize1 = 0x88000\n"
)
ELF = b"\x7fELF\x01\x01\x01" + bytes(9) + bytes.fromhex("0200f30001000000") + bytes(28)


def flash(tree: bytes = DTB) -> bytes:
    whole = bytearray(b"\xff" * 0x110000)
    for offset, part in (
        (0, bootheader.page(bootheader.build(len(BOOT2)))),
        (0x2000, BOOT2),
        (0xE000, TABLE),
        (0xF000, TABLE),
        (0x10000, otafiles.page()),
        (0xC0000, otafiles.packed()),
        (0x108000, tree),
    ):
        whole[offset : offset + len(part)] = part
    return bytes(whole)


def what(data: bytes, name: str = "file") -> Identity:
    return identify.identify(data, name, BL602)


RAW = otafiles.seal(otafiles.page(), len(otafiles.page()), b"RAW ")
SAMPLES = {
    "OpenBL602.bin": (APPLICATION, "app-bin", "uart", 0x10000),
    "OpenBL602_OTA.bin": (otafiles.page(), "fw-ota-bin", "uart", 0x10000),
    "new_sdk.bin": (
        otafiles.boot_header() + bytes(3920) + otafiles.IMAGE, "app-bin-with-header", "uart", 0x10000,
    ),
    "FW_OTA.bin.xz": (otafiles.packed(), "xz", "none", None),
    "FW_OTA.bin.xz.ota": (otafiles.ota(), "xz-ota", "ota", None),
    "FW_OTA.bin.ota": (RAW, "raw-ota", "ota", None),
    "FW_OTA.bin.hash": (
        otafiles.page() + sha256(otafiles.page()).digest(), "hash", "none", None,
    ),
    "FW_OTA.bin.xz.hash": (
        otafiles.packed() + sha256(otafiles.packed()).digest(), "hash", "none", None,
    ),
    "boot2.bin": (BOOT2, "boot2-bin", "uart", 0x2000),
    "whole_img_boot2.bin": (
        bootheader.build(len(BOOT2)).ljust(0x2000, b"\xff") + BOOT2, "boot2", "uart", 0,
    ),
    "partition.bin": (TABLE, "partition-table", "uart", 0xE000),
    "factory.dtb": (DTB, "dtb", "uart", 0x1F8000),
    "factory.dts": (b"/dts-v1/;\n/ { model = \"x\"; };\n", "dts", "none", None),
    "partition_cfg_2M.toml": (TOML, "partition-toml", "none", None),
    "imgcheck.toml": (b'extends = "openbeken-bl602"\nreserve = "8 KiB"\n', "policy", "none", None),
    "OpenBL602.map": (b"Archive member included to satisfy reference by file\n", "map", "none", None),
    "whole_flash_data.bin": (flash(), "whole-flash", "uart", 0),
    "OpenBL602.elf": (ELF, "elf", "none", None),
    "notes.txt": (b"hello\n", "text", "none", None),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind(name: str) -> None:
    data, kind, method, offset = SAMPLES[name]
    found = what(data, name)
    assert (found.kind, found.method, found.offset, found.size) == (kind, method, offset, len(data))
    if kind != "elf":
        assert found.findings == ()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_content_decides_and_not_the_name(name: str) -> None:
    data, kind, *_ = SAMPLES[name]
    if kind in ("text", "map"):
        return
    wrong = "x.dts" if name.endswith(".bin") else "x.bin"
    if name.endswith((".toml", ".dts")):
        wrong = "x.elf"
    found = what(data, wrong)
    if kind in ("dtb", "app-bin", "policy") and found.kind != kind:
        return  # only a name can say what these bytes are
    assert found.kind == kind
    if kind != "dtb":
        assert any(one.startswith(f"named like a {wrong[1:]} file, but it is: ") for one in found.findings)


TRUNCATED = {
    "OpenBL602_OTA.bin": (5000, "truncated: "),
    "FW_OTA.bin.xz": (3000, "ends within an LZMA2 chunk"),
    "FW_OTA.bin.xz.ota": (3000, "truncated: "),
    "FW_OTA.bin.ota": (3000, "truncated: "),
    "partition.bin": (60, "the file ends within it"),
    "factory.dtb": (60, "truncated: "),
    "factory.dts": (20, "braces do not match"),
    "partition_cfg_2M.toml": (150, "lacks"),
    "whole_flash_data.bin": (0x12000, "truncated: the file ends"),
    "OpenBL602.elf": (30, "truncated"),
}


@pytest.mark.parametrize("name", TRUNCATED)
def test_truncated(name: str) -> None:
    size, said = TRUNCATED[name]
    data, kind, *_ = SAMPLES[name]
    found = what(data[:size], name)
    assert found.kind == kind
    assert any(said in one for one in found.findings), found.findings


@pytest.mark.parametrize("size", [100, 300])
def test_a_header_that_is_cut(size: int) -> None:
    assert "truncated" in what(otafiles.ota()[:size], "x.ota").findings[0]
    assert what(otafiles.page()[:100], "x.bin").kind == "boot-header"


def test_erased() -> None:
    assert what(b"\xff" * 5000, "x.bin").kind == "erased"
    assert what(b"", "x.bin").kind == "empty"
    assert what(bytes(5000), "x.bin").findings[0] == "no firmware: all 5,000 bytes are 00"
    tail = what(otafiles.ota()[:4000] + b"\xff" * 20000, "x.xz.ota")
    assert tail.findings[0] == "truncated: its last 20,000 bytes are FF, as in erased flash"
    half = what(APPLICATION + b"\xff" * 8192, "x.bin")
    assert "bytes are FF" in half.findings[0]


def test_what_lies_in_a_whole_flash() -> None:
    found = what(flash(), "dump.bin")
    assert [(one.offset, one.partition, one.what) for one in found.contents] == [
        (0, "boot2", f"boot2, image of {len(BOOT2):,} bytes"),
        (0xE000, "partition table", "valid, age 0, 3 partitions, the one that counts"),
        (0xF000, "partition table", "valid, age 0, 3 partitions"),
        (0x10000, "FW copy 0", f"application, image of {len(otafiles.IMAGE):,} bytes, active"),
        (0xC0000, "FW copy 1", "packed update (XZ)"),
        (0x100000, "PSM", "erased"),
        (0x108000, "factory", "device tree (DTB), 72 bytes"),
    ]
    without = what(flash(b"\xff" * 72), "dump.bin")
    assert without.findings == ("no device tree in factory: the device makes up its MAC, or has none",)
    broken = otafiles.changed(flash(), 0xE010)
    assert "copy 0 of the table at 0xe000 is not valid" in what(broken, "dump.bin").findings[0]


def test_a_release(tmp_path: Path) -> None:
    def member(name: str, image: bytes) -> Member:
        return Member(Identity(f"rel/{name}", "app-bin", "", "uart", None, 0), image)

    whole = [member(f"OpenBL602_1.18.9{part}", b"image\0") for part in releases.USUAL]
    assert releases.review(whole) == {}
    said = releases.review([whole[0], whole[1], whole[2]])
    assert said == {"rel/OpenBL602_1.18.9.bin": (
        "missing beside it: OpenBL602_1.18.9_OTA.bin.xz.ota (for the web page)",)}  # fmt: skip
    other = member("OpenBL602_1.18.9_OTA.bin.xz.ota", b"other")
    assert releases.review([*whole[:3], other]) == {
        "rel/OpenBL602_1.18.9.bin": ("OpenBL602_1.18.9_OTA.bin.xz.ota: not made from OpenBL602_1.18.9.bin",)
    }
    assert releases.review([member("OpenBL602.bin", b"x"), member("notes.txt", b"")]) == {}
    assert releases.review([member("FW_OTA.bin", b"x")]) == {}


@examples(150)
@given(st.data())
def test_any_damage_is_something(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SAMPLES)))
    sample = bytearray(SAMPLES[name][0][:60_000])
    for _ in range(data.draw(st.integers(0, 3))):
        sample[data.draw(st.integers(0, len(sample) - 1))] = data.draw(st.integers(0, 255))
    found = what(bytes(sample[: data.draw(st.integers(0, len(sample)))]), name)
    assert found.kind in KINDS
    assert found.method in ("uart", "ota", "none")


@given(st.binary(max_size=300), st.sampled_from(["x", "x.bin", "x.toml", "x.dts", "x.ota", "x.dtb"]))
def test_any_bytes_are_something(data: bytes, name: str) -> None:
    assert what(data, name).kind in KINDS
