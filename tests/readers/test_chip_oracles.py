"""Other tools as judges of the chips' containers: what they make is read, what is made here they take."""

import struct
from hashlib import sha256
from pathlib import Path

import chipfiles
import oracles
import pytest

from imgcheck.readers import amebaz2, bekenflash, espimage, esptable, ln882h, rbl

RAW = chipfiles.code(20_001)
KEYS = ("--key", rbl.KEY.decode(), "--iv", rbl.IV.decode())
TUYA = "510fb093a3cbeadc5993a17ec7adeb03"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "app.bin"
    path.write_bytes(RAW)
    return path


def test_rbl_is_ltchiptools_byte_for_byte_and_it_opens_ours(raw: Path) -> None:
    made = raw.with_name("made.rbl")
    pack = ("soc", "bkpackager", "ota", raw, made, "gzip", "aes256", *KEYS, "-n", "app", "-v", "1.0")
    oracles.run("ltchiptool", *pack)
    theirs = made.read_bytes()
    found = rbl.parse(theirs)
    assert all(passed for _, passed in found.checks)
    assert rbl.unpack(found, 1 << 20) == RAW
    assert found.raw_hash == rbl.hashed(RAW)
    ours = chipfiles.rbl_file(RAW)
    assert ours[rbl.SIZE :] == theirs[rbl.SIZE :]
    assert rbl.build(found.body, RAW, 2, 1, version="1.0", time=found.time) == theirs
    back, mine = raw.with_name("back.bin"), raw.with_name("mine.rbl")
    mine.write_bytes(chipfiles.rbl_file(RAW, size=len(ours) + 1600))
    oracles.run("ltchiptool", "soc", "bkpackager", "deota", mine, back, *KEYS)
    assert back.read_bytes() == RAW


def test_ua_files_of_ltchiptool(raw: Path) -> None:
    made = raw.with_name("ua.bin")
    oracles.run("ltchiptool", "soc", "bkpackager", "package", TUYA, raw, made, "0x10000", "0x108700")
    dump = bekenflash.parse(made.read_bytes())
    assert len(made.read_bytes()) == 1_150_832
    assert dump.bad_blocks == 0
    assert dump.trailer and dump.trailer.name == "app"
    assert dump.start == bytes.fromhex("2f07b59435ff2a9b")
    assert chipfiles.ciphered(dump.app)[: len(RAW)] == RAW
    # Behind the image the packer puts one block of its padding.
    assert 0 <= dump.used - -(-len(RAW) // 32) * 34 <= 34


def test_bk7231tools_finds_the_trailer_of_our_uart_file(tmp_path: Path) -> None:
    ua = chipfiles.ua_file(RAW, 1_150_832, tuya=True)
    path = tmp_path / "qio.bin"
    table = (
        ("bootloader", bekenflash.CRC_FLASH, 0, 0xF000),
        ("app", bekenflash.CRC_FLASH, 0x10000, 0x108700),
    )
    path.write_bytes(chipfiles.qio_file(ua, table))
    said = oracles.run("bk7231tools", "dissect_dump", path)
    assert "app - [encoding_algorithm=NONE" in said, said


LN882H = """
import json, sys
from ltchiptool.soc.ln882h.util.makeimage import MakeImageTool
from ltchiptool.soc.ln882h.util.ota_image_generator import OTATOOL
app, folder = sys.argv[1:]
import struct, zlib, pathlib
head = struct.pack("<IHHIII", 0, 0, 0, 0, 0, 0)
pathlib.Path(folder, "boot.bin").write_bytes(head + struct.pack("<I", zlib.crc32(head))[:4] + bytes(9844))
def part(kind, start, size): return {"partition_type": kind, "start_addr": hex(start), "size_KB": size}
cfg = {"vendor_define": [part("BOOT", 0, 24), part("PART_TABLE", 0x6000, 4)],
       "user_define": [part("APP", 0x7000, 1200), part("OTA", 0x133000, 680), part("LN_NVDS", 0x1DD000, 12),
                       part("LN_KV", 0x1E0000, 16), part("USER", 0x1E4000, 112)]}
pathlib.Path(folder, "part.json").write_text(json.dumps(cfg))
flash = pathlib.Path(folder, "flash.bin"); flash.write_bytes(b"")
tool = MakeImageTool()
tool.boot_filepath = folder + "/boot.bin"; tool.app_filepath = app; tool.flashimage_filepath = str(flash)
tool.part_cfg_filepath = folder + "/part.json"; tool.ver_str = "1.0"; tool.swd_crp = 0
assert tool.doAllWork()
ota = OTATOOL(); ota.input_filepath = str(flash); ota.output_dir = folder
assert ota.doAllWork(), "ota"
print("made", ota.output_filepath)
"""


def test_ln882h_files_of_ltchiptool(raw: Path, tmp_path: Path) -> None:
    said = oracles.run("python", "-c", LN882H, raw, tmp_path)
    flash = ln882h.flash((tmp_path / "flash.bin").read_bytes())
    assert [(one.name, one.start, one.size) for one in flash.partitions] == [
        ("APP", 0x7000, 1200 << 10), ("OTA", 0x133000, 680 << 10), ("NVDS", 0x1DD000, 12 << 10),
        ("KV", 0x1E0000, 16 << 10), ("USER", 0x1E4000, 112 << 10),
    ]  # fmt: skip
    ota = ln882h.parse(Path(said.split("made ")[-1].strip()).read_bytes())
    assert all(passed for _, passed in ota.checks)
    assert ln882h.unpack(ota, 1 << 20) == flash.app.body == RAW
    assert ota.crc == flash.app.crc


AMEBAZ2 = """
import sys, pathlib
from ltchiptool.soc.ambz2.util.models.images import *
from ltchiptool.soc.ambz2.util.models.headers import *
from ltchiptool.soc.ambz2.util.models.partitions import *
from ltchiptool.soc.ambz2.util.models.enums import *
from ltchiptool.soc.amb.system import SystemData
key = bytes(range(31)) + b"\\x5f"
raw = pathlib.Path(sys.argv[1]).read_bytes()
raw = raw + bytes(-len(raw) % 32)
def section(kind, data, address):
    return Section(header=SectionHeader(type=kind), entry=EntryHeader(address=address), data=data)
def firmware(kind, data):
    header = ImageHeader(type=kind, serial=100)
    made = Firmware(fst=FST(), sections=[section(SectionType.XIP, data, 0x9B000140)])
    return Image(keyblock=KeyblockOTA(), header=header, data=made)
table = PartitionTable(partitions=[
    PartitionRecord(offset=0x4000, length=0x8000, type=PartitionType.BOOT, hash_key=key),
    PartitionRecord(offset=0x10000, length=0xE0000, type=PartitionType.FW1, hash_key=key),
    PartitionRecord(offset=0xF0000, length=0xE0000, type=PartitionType.FW2, hash_key=key)])
flash = Flash(
    ptable=Image(keyblock=Keyblock(), header=ImageHeader(type=ImageType.PARTAB), data=table),
    system=SystemData(),
    boot=Image(keyblock=Keyblock(), header=ImageHeader(type=ImageType.BOOT),
               data=Bootloader(entry=EntryHeader(address=0x10036100), data=b"b" * 64)),
    firmware=[firmware(ImageType.FWHS_S, raw), firmware(ImageType.XIP, raw[:4096])])
pathlib.Path(sys.argv[2]).write_bytes(flash.pack(hash_key=key))
"""


def test_amebaz2_files_of_ltchiptool(raw: Path, tmp_path: Path) -> None:
    made = tmp_path / "flash.bin"
    oracles.run("python", "-c", AMEBAZ2, raw, made)
    flash = amebaz2.flash(made.read_bytes())
    assert [(one.name, one.offset, one.length) for one in flash.partitions] == [
        ("BOOT", 0x4000, 0x8000), ("FW1", 0x10000, 0xE0000), ("FW2", 0xF0000, 0xE0000),
    ]  # fmt: skip
    assert all(passed for _, passed in flash.firmware.checks), flash.firmware.checks
    assert len(flash.firmware.images) == 2
    assert flash.begin + flash.firmware.end == len(made.read_bytes())


def test_esptool_takes_our_images_and_we_its_merged_ones(tmp_path: Path) -> None:
    app, boot = tmp_path / "app.img", tmp_path / "boot.bin"
    app.write_bytes(chipfiles.esp_image(65_536, 5))
    boot.write_bytes(chipfiles.esp_image(4_096, 5))
    said = oracles.run("esptool", "--chip", "esp32c3", "image-info", app)
    assert "(valid)" in said and "invalid" not in said.lower(), said
    assert "OpenBeken" in said
    table = tmp_path / "table.bin"
    table.write_bytes(esptable.build((esptable.Row("app0", 0, 0x10, 0x10000, 0xF0000),)))
    merged = tmp_path / "merged.bin"
    oracles.run(
        "esptool",
        "--chip",
        "esp32c3",
        "merge-bin",
        "-o",
        merged,
        "0x0",
        boot,
        "0x8000",
        table,
        "0x10000",
        app,
    )
    data = merged.read_bytes()
    assert esptable.parse(data[esptable.OFFSET :]).rows[0].size == 0xF0000
    assert espimage.parse(data[0x10000:]) == espimage.parse(app.read_bytes())
    assert len(data) == 65_536 + 65_536


def elf(sections: list[tuple[str, int, bytes]]) -> bytes:
    """A RISC-V ELF with these sections and nothing else."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name, _, _ in sections) + b".shstrtab\0"
    body, heads = b"", [bytes(40)]
    for name, address, data in [*sections, (".shstrtab", 0, names)]:
        kind, flags = (3, 0) if name == ".shstrtab" else (1, 2)
        at = names.index(name.encode())
        heads.append(struct.pack("<10I", at, kind, flags, address, 52 + len(body), len(data), 0, 0, 4, 0))
        body += data.ljust(-(-len(data) // 4) * 4, b"\0")
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    head = struct.pack(
        "<HHIIIIIHHHHHH",
        2,
        243,
        1,
        0x42000020,
        0,
        52 + len(body),
        0,
        52,
        0,
        0,
        40,
        len(heads),
        len(heads) - 1,
    )
    return ident + head + body + b"".join(heads)


def test_images_that_esptool_makes_of_an_elf(tmp_path: Path) -> None:
    description = chipfiles.esp_image(4096, 5)[32 : 32 + 144] + bytes(112)
    made = elf([(".flash.appdesc", 0x3C000020, description),
                (".flash.text", 0x42010020, chipfiles.code(9000)),
                (".dram0.data", 0x3FC80000, chipfiles.code(700))])  # fmt: skip
    source, image = tmp_path / "app.elf", tmp_path / "app.img"
    source.write_bytes(made)
    oracles.run(
        "esptool", "--chip", "esp32c3", "elf2image", "--flash-size", "2MB", "--elf-sha256-offset", "0xb0",
        "-o", image, source,
    )  # fmt: skip
    found = espimage.parse(image.read_bytes())
    assert all(passed for _, passed in found.checks)
    assert (found.chip, found.version, found.project) == (5, "1.18.299", "OpenBeken")
    assert found.end == len(image.read_bytes())
    assert found.elf_hash == sha256(made).digest()
