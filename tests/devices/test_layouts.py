import importlib.util
import re
from pathlib import Path

import pytest

from imgcheck import targets
from imgcheck.data import shipped
from imgcheck.devices import layouts, soundness
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import flash_size
from imgcheck.readers import bfpt

TABLE = (shipped("budgets") / "layouts" / "devcube-1.4.8-2m.toml").read_text()
_vendor = importlib.util.find_spec("bflb_iot_tool")
CHIPS = Path(_vendor.origin).parent / "chips" if _vendor and _vendor.origin else Path("absent")
needs_vendor = pytest.mark.skipif(not CHIPS.exists(), reason="needs the bflb-iot-tool package")


def write(folder: Path, text: str | bytes, name: str = "table.toml") -> str:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return str(folder / name)


def test_the_default_set_is_what_two_megabyte_devices_carry() -> None:
    assert [layout.name for layout in layouts.default()] == [
        "devcube-1.4.8-2m",
        "devcube-1.8-2m",
        "guiflasher-2m",
        "guiflasher-old-2m",
    ]


def test_every_shipped_layout_loads_by_its_name_and_says_whose_it_is() -> None:
    for layout in layouts.shipped():
        assert layouts.load(layout.name) == layout
        assert layout.summary
        assert layout.target
    shipped = layouts.shipped(targets.DEFAULT)
    files = (Path(layouts.__file__).parents[2] / "budgets" / "layouts").glob("*.toml")
    assert {layout.name for layout in shipped} == {path.stem for path in files}
    for layout in shipped:
        assert layouts.load(layout.name) == layout
        assert layout.summary
        assert f"-{layout.flash_size >> 20}m" in layout.name
        assert layout.flash_size == flash_size(layout.partitions)


def test_a_name_that_is_not_known_gets_the_nearest_one() -> None:
    with pytest.raises(
        ImgcheckError,
        match=r"no layout named 'devcube-1': did you mean 'devcube-1\.4\.8-2m' or 'devcube-1\.8-2m' or",
    ):
        layouts.load("devcube-1")
    with pytest.raises(
        ImgcheckError, match=r"no layout named 'devcube-1\.4\.8': did you mean 'devcube-1\.4\.8-2m'\?"
    ):
        layouts.load("devcube-1.4.8")
    with pytest.raises(FormatError, match=r"none\.toml: No such file"):
        layouts.load("none.toml")


def test_a_file_is_told_by_its_content(tmp_path: Path) -> None:
    layout = layouts.load(write(tmp_path, TABLE, "my table.toml"))
    assert layout.name == "my table"
    assert layout.partitions[0].location
    assert layout.partitions[0].location.line == 13
    built = bfpt.build(
        bfpt.Entry(
            p.type, p.device, p.active, p.name, p.address0, p.address1, p.size0, p.size1, p.length, p.age
        )
        for p in layout.partitions
    )
    for name, data in {
        "partition.bin": built,
        "dump.bin": b"\xff" * 0xE000 + built.ljust(0x1000, b"\xff") + built.ljust(0x1F1000, b"\xff"),
    }.items():
        binary = layouts.load(write(tmp_path, data, name))
        assert [(p.name, p.address0, p.size0) for p in binary.partitions] == [
            (p.name, p.address0, p.size0) for p in layout.partitions
        ]
        assert binary.flash_size == 0x200000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("size0 = 0xC8000", "size0 = -4096", r"FW: size0 is negative \(-0x1000\) \(line 18\)"),
        ("size0 = 0xC8000", "size0 = 0xC8001", r"FW: size0 0xc8001 is not a multiple of 4 KiB.* \(line 18\)"),
        ("size0 = 0xC8000", "size0 = 0xC9000", r"FW \[0xd8000, 0x160000\) overlaps FW .* \(line 19\)"),
        ("size0 = 0xC8000", "size0 = 0", r"FW: its first slot has no size.* \(line 18\)"),
        ("size0 = 0xC8000", f"size0 = 1{'0' * 300}", r"FW: size0 \(over 64 bits\) does not fit its field"),
        ("address0 = 0x10000", "address0 = 0xF000", r"FW overlaps boot2 and the partition.* \(line 17\)"),
        ('name = "FW"', 'name = "FIRMWARE"', r"FIRMWARE: a name of 8 characters.* at most 7 \(line 15\)"),
        ('name = "FW"', 'name = ""', r"a partition without a name \(line 15\)"),
        ('name = "FW"', 'name = "F\\u001bW"', r"F\\x1bW: a name is printable ASCII \(line 15\)"),
        ("type = 0", "type = 9", r"no partition of type 0"),
        ("type = 0", "type = 256", r"FW: type \(0x100\) does not fit its field \(line 14\)"),
        ("address1 = 0xF000", "address1 = 0x2000", r"another chip: .* at 0xe000 and 0x2000.* \(line 9\)"),
        ("len = 0", "header = 1\nlen = 0", r"another chip: BL602's has no `header` \(line 21\)"),
        ("[pt_table]", "[pt_table", r"not TOML: expected ']'.* \(line 9, column 10\)"),
        ("size1 = 0x88000\n", "", r"partition 1 \(FW\) lacks size1 \(line 13\)"),
        ("flash_size = 0x200000", "flash_size = 0x100000", r"FW: slot 1 ends at 0x160000, beyond the flash"),
    ],
)  # fmt: skip
def test_a_table_that_no_device_can_carry_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = write(tmp_path, TABLE.replace(old, new, 1))
    with pytest.raises(FormatError, match="^" + re.escape(path) + ": .*" + message):
        layouts.load(path)


def test_more_partitions_than_the_device_takes(tmp_path: Path) -> None:
    entry = TABLE[TABLE.rindex("[[pt_entry]]") :]
    extra = "".join(
        entry.replace("factory", f"p{n}").replace("0x1F8000", hex(0x200000 + n * 0x8000)) for n in range(10)
    )
    with pytest.raises(FormatError, match="17 partitions; the device takes at most 16"):
        layouts.load(write(tmp_path, TABLE.replace("flash_size = 0x200000", "flash_size = 0x400000") + extra))


def test_manufacturing_firmware_in_the_second_slot_is_deliberate(tmp_path: Path) -> None:
    table = TABLE.replace("address0 = 0x160000", "address0 = 0xD8000")
    assert layouts.load(write(tmp_path, table)).partitions[1].address0 == 0xD8000
    with pytest.raises(FormatError, match="overlaps"):
        layouts.load(write(tmp_path, table.replace('"mfg"', '"user"')))


def test_a_survey_lists_everything_wrong(tmp_path: Path) -> None:
    text = TABLE.replace("type = 0", 'type = "x"').replace("size0 = 0x57000", "size0 = 0x57001")
    found = layouts.survey(Path(write(tmp_path, text)))
    assert [finding.code for finding in found.findings] == ["layout-wrong-type"]
    codes = {fault.code.removeprefix("layout-") for fault in soundness.faults(found.layout)}
    assert codes == {"unaligned", "no-application", "overlap"}


def test_damaged_copies_of_a_binary_table_are_findings(tmp_path: Path) -> None:
    one = bfpt.build([bfpt.Entry(0, 0, 0, "FW", 0x10000, 0, 0x10000, 0, 0, 0)])
    bad = one[:-1] + b"x"
    good = layouts.survey(Path(write(tmp_path, b"\xff" * 0xE000 + one.ljust(0x1000) + bad, "a.bin")))
    assert [(f.severity, f.subject) for f in good.findings] == [("warning", "copy 1")]
    with pytest.raises(FormatError, match="copy 0 of the table at 0x0 is not valid: CRC of the entries"):
        layouts.load(write(tmp_path, bad, "b.bin"))


@needs_vendor
@pytest.mark.parametrize(
    "path", sorted(CHIPS.glob("*/partition/*.toml")), ids=lambda path: "/".join(path.parts[-3:])
)
def test_the_vendors_tables_load_or_are_of_another_chip(path: Path) -> None:
    ours = {"1M": "devcube-1m", "1M_ota": "devcube-1m-ota", "2M": "devcube-1.8-2m", "4M": "devcube-4m"}
    if path.parts[-3] == "bl602":
        layout, known = layouts.load(str(path)), layouts.load(ours[path.stem.removeprefix("partition_cfg_")])
        assert layout.flash_size == known.flash_size
        assert [(p.name, p.type, p.address0, p.size0, p.address1, p.size1) for p in layout.partitions] == [
            (p.name, p.type, p.address0, p.size0, p.address1, p.size1) for p in known.partitions
        ]
    elif path.stem.endswith("boot2_isp"):  # the same keys and places as BL602's
        assert layouts.load(str(path)).partitions
    else:
        with pytest.raises(FormatError, match=r"another chip|not TOML"):
            layouts.load(str(path))


@needs_vendor
def test_the_vendors_whole_flash_image_holds_its_table() -> None:
    layout = layouts.load(str(CHIPS / "bl602/img_create_iot/whole_flash_data.bin"))
    assert [p.address0 for p in layout.partitions] == [
        p.address0 for p in layouts.load("devcube-1.8-2m").partitions
    ]


@pytest.mark.parametrize(
    "data", [b"\xff" * 0x20000, bytes(100), b"BFNP" + bytes(0x20000), b"\x7fELF\x01\x01\x01\0"]
)
def test_a_binary_file_without_a_table_is_told_where_one_was_looked_for(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(
        FormatError, match='no partition table: no "BFPT" at the start, at 0xe000 or at 0xf000'
    ):
        layouts.load(write(tmp_path, data, "x.bin"))


def test_fixed_partitions_of_a_device_tree_are_a_layout(tmp_path: Path) -> None:
    from imgcheck.readers.devicecompilers import compile_like_vendor

    text = """/dts-v1/;
/ {
    flash@23000000 {
        reg = <0x23000000 0x400000>;
        partitions {
            compatible = "fixed-partitions";
            partition@0 {
                label = "image-0";
                reg = <0 0x100000>;
            };
            partition@100000 {
                label = "storage";
                reg = <0x100000 0x300000>;
            };
        };
    };
};
"""
    source = layouts.load(write(tmp_path, text, "z.dts"))
    blob = layouts.load(write(tmp_path, compile_like_vendor(text), "z.dtb"))
    assert [(p.name, p.address0, p.size0) for p in source.partitions] == [
        ("image-0", 0, 0x100000),
        ("storage", 0x100000, 0x300000),
    ]
    assert [(p.name, p.address0) for p in blob.partitions] == [
        (p.name, p.address0) for p in source.partitions
    ]
    assert source.flash_size == blob.flash_size == 0x400000
    assert [p.location.line if p.location else 0 for p in source.partitions] == [7, 11]
    with pytest.raises(FormatError, match="a device tree without fixed partitions"):
        layouts.load(write(tmp_path, "/dts-v1/;\n/ {\n};\n", "y.dts"))
    with pytest.raises(FormatError, match=r"z\.dts: storage .* overlaps image-0 .* \(line 11\)"):
        layouts.load(write(tmp_path, text.replace("reg = <0x100000 0x3", "reg = <0xff000 0x3"), "z.dts"))


def test_shipped_layouts_are_read_once_for_all_builds_of_a_run() -> None:
    layouts._parsed.cache_clear()
    once = layouts.default()
    read = layouts._parsed.cache_info().misses
    assert once == layouts.default()
    assert 0 < read == layouts._parsed.cache_info().misses
