# ruff: noqa: E501 - a case stays on a line
import importlib.util
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import devicecompilers, devicesource, devicetree
from imgcheck.readers.devicenodes import Node, cells, strings
from imgcheck.readers.fixedpartitions import flashes

TREE = """/dts-v1/;
/ {
    model = "a board";
    wifi {
        mac {
            mode = "MBF"; // M, B, F
            sta_mac_addr = [C8 43 57 82 73 40];
        };
        brd_rf {
            xtal = <36 36 0 60 60>;
            table = <0x10 017 3>, <4>;
        };
    };
};
"""
ZEPHYR = """/dts-v1/;
#include <board.dtsi>
/ { chosen { zephyr,flash = &flash0; }; };
&flash0 {
    reg = <0x23000000 (DT_SIZE_M(4) - 0x2000)>;
    partitions {
        compatible = "fixed-partitions";
        slot0_partition: partition@0 {
            label = "image-0";
            reg = <0x0 DT_SIZE_M(1)>;
        };
        storage_partition: partition@100000 {
            reg = <0x00100000 (0x300000 - 0x2000)>;
        };
    };
};
"""
_vendor = importlib.util.find_spec("bflb_iot_tool")
TREES = (
    sorted((Path(_vendor.origin).parent / "chips").glob("*/device_tree/*.dts"))
    if _vendor and _vendor.origin
    else []
)
needs_dtc = pytest.mark.skipif(not shutil.which("dtc"), reason="needs dtc")


def test_source_gives_values_and_lines() -> None:
    root = devicesource.parse(TREE)
    mac, radio = root.at("wifi", "mac"), root.at("wifi", "brd_rf")
    assert mac and radio
    assert (mac.line, mac.properties["mode"].line, mac.properties["sta_mac_addr"].line) == (5, 6, 7)
    assert strings(mac, "mode") == ["MBF"]
    assert mac.properties["sta_mac_addr"].data == bytes.fromhex("c84357827340")
    assert cells(radio, "table") == [16, 15, 3, 4]


def test_all_readings_of_a_tree_agree() -> None:
    blob = devicetree.parse(devicecompilers.compile_like_vendor(TREE))
    source = devicesource.parse(TREE)

    def values(root: Node) -> dict[str, dict[str, bytes | None]]:
        return {path: {one.name: one.data for one in node.properties.values()} for path, node in root.walk()}

    assert values(blob) == values(source)
    assert devicecompilers.first_mistake(TREE) is None


@needs_dtc
def test_the_vendors_blob_is_that_of_dtc() -> None:
    done = subprocess.run(["dtc", "-q", "-O", "dtb"], input=TREE.encode(), capture_output=True, check=True)
    assert devicecompilers.compile_like_vendor(TREE) == done.stdout


def test_fixed_partitions_need_neither_includes_nor_macros() -> None:
    (flash,) = flashes(devicesource.parse(ZEPHYR))
    assert flash.size == 0x3FE000
    assert [(one.label, one.offset, one.size, one.line) for one in flash.partitions] == [
        ("image-0", 0, 0x100000, 8),
        ("partition", 0x100000, 0x2FE000, 12),
    ]
    mapped = ZEPHYR.replace('compatible = "fixed-partitions";', "ranges;").replace(
        'label = "image-0";', 'compatible = "zephyr,mapped-partition"; label = "image-0";'
    )
    assert [len(flash.partitions) for flash in flashes(devicesource.parse(mapped))] == [2]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(1 + 2)", 3), ("(0x400000 - 0x2000)", 0x3FE000), ("DT_SIZE_K(64)", 65536), ("(DT_SIZE_M(1) - 1)", 0xFFFFF),
        ("(1 << 4 | 1)", 17), ("((1 << 4) >> (1 + 1))", 4), ("(7 / 2)", 3), ("010", 8), ("16UL", 16), ("(2 * (3 + 4))", 14),
        ("(9 ** 9)", None), ("(1 / 0)", None), ("UNKNOWN", None), ("&label", None), ("(" * 300, None), ("(1, 2)", None),
    ],
)  # fmt: skip
def test_cells_are_worked_out_or_left_open(expression: str, value: int | None) -> None:
    root = devicesource.parse(f"/ {{ a = <{expression}>; }};")
    assert root.properties["a"].data == (None if value is None else struct.pack(">I", value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/ {\n a = <1>;\n", r"node / never ends \(line 1\)"),
        ("/ { };\n};", r"a } without its { \(line 2\)"),
        ("/ {\n a = \"x;\n};", r"a string that never ends \(line 2\)"),
        ("/ {\n\n/* x", r"a comment that never ends \(line 3\)"),
        ("a {" * 70, r"more than 64 nodes inside each other"),
        ("x" * (1 << 20) + "x", "too large"),
    ],
)  # fmt: skip
def test_source_that_does_not_close_is_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        devicesource.parse(text)


def test_bytes_that_are_not_utf8_are_counted_by_line() -> None:
    decoded = devicesource.decode(b"a\r\nb \xb3\xa4 // \xe9\xac\xe9\nc \xff\n\xe9\x95\xbf")
    assert decoded.bad_lines == (2, 3)
    assert decoded.text.count("\n") == 3
    with pytest.raises(FormatError, match="binary"):
        devicesource.decode(b"a\0b")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('mode = "MBF";', 'mode "MBF";', 6, "expected '{', '=', or ';'"),
        ("xtal = <36 36 0 60 60>;", "xtal = <36 36 0 60 60>", 11, "expected ';' or ','"),
        ("/dts-v1/;", "", 2, "expected '/dts-v1/;'"),
        ("60>;", "60>; #", 10, ""),
    ],
)
def test_the_strict_compiler_names_line_and_column(old: str, new: str, line: int, message: str) -> None:
    mistake = devicecompilers.first_mistake(TREE.replace(old, new))
    assert mistake
    assert mistake.line in (line, line + 1)
    assert mistake.column > 0
    assert message in mistake.message


def test_the_vendors_compiler_stops_at_a_line() -> None:
    with pytest.raises(FormatError, match=r"the vendor's compiler stops: .*int.* \(line 10\)"):
        devicecompilers.compile_like_vendor(TREE.replace("36 36 0", "36 (1+2) 0"))


def test_no_compiler_reads_another_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("/ { found; };")
    text = f'/dts-v1/;\n/include/ "{secret}"\n{TREE.partition(";")[2]}'
    assert devicecompilers.first_mistake(text) is None
    assert devicecompilers.includes(text) == [(2, f'/include/ "{secret}"')]
    for compiler in (devicecompilers.first_mistake, devicecompilers.compile_like_vendor):
        with pytest.raises(FormatError, match=r"/incbin/ is not followed \(line 1\)"):
            compiler(f'/dts-v1/; / {{ a = /incbin/("{secret}"); }};')


@pytest.mark.parametrize("text", ["/*" * 60_000, "//" * 60_000, "a;\n" * 5000, "(" * 100_000, '"' + "/*" * 60_000,
                                  "/ {\n" + "n {\n" * 2000 + "};\n" * 2001,
                                  "/dts-v1/;\n/ { a = <(1 << 99999999999)>; };",
                                  "/dts-v1/;\n/ { a = <((1 << 60000) << (60000 * 60000))>; };"])  # fmt: skip
def test_hostile_source_costs_no_time(text: str) -> None:
    for reader in (devicesource.parse, devicecompilers.first_mistake, devicecompilers.compile_like_vendor):
        try:
            reader(text)
        except FormatError as error:
            assert error.message


@pytest.mark.skipif(not TREES, reason="needs the bflb-iot-tool package")
def test_every_tree_of_the_vendor_compiles_and_reads_back() -> None:
    for path in TREES:
        text = devicesource.decode(path.read_bytes())
        root = devicetree.parse(devicecompilers.compile_like_vendor(text.text))
        assert devicecompilers.first_mistake(text.text) is None, path
        source = devicesource.parse(text.text)
        assert [path for path, _ in root.walk()] == [path for path, _ in source.walk()]
        for where, node in source.walk():
            made = dict(root.walk())[where].properties
            assert {n: p.data or b"\0" for n, p in made.items() if not n.endswith("phandle")} == {
                n: p.data or b"\0" for n, p in node.properties.items()
            }, (path, where)


BLOB = devicecompilers.compile_like_vendor(TREE)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no d00dfeed"),
        (BLOB[:39], "too short"),
        (b"\xff" * 64, "no d00dfeed"),
        (BLOB[:-1], r"truncated: its header says \d+ bytes"),
        (BLOB[:20] + b"\0\0\0\x03" + BLOB[24:], r"version 3; only 16 and 17 are known \(offset 0x14\)"),
        (BLOB[:8] + b"\0\0\0\0" + BLOB[12:], "a block lies outside"),
        (BLOB[:56] + b"\0\0\0\x07" + BLOB[60:], r"tag 0x7 makes no sense here \(offset 0x38\)"),
    ],
)
def test_a_broken_blob_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        devicetree.parse(data)


def test_version_16_has_no_size_of_its_structure_block_and_reads_the_same() -> None:
    old = BLOB[:20] + struct.pack(">II", 16, 16) + BLOB[28:36] + b"\0\0\0\0" + BLOB[40:]
    assert devicetree.parse(old) == devicetree.parse(BLOB)


@examples(150)
@given(st.integers(0, len(BLOB) - 1), st.integers(0, 255), st.binary(max_size=40))
def test_any_blob_parses_or_is_refused(at: int, byte: int, tail: bytes) -> None:
    for data in (BLOB[:at] + bytes([byte]) + BLOB[at + 1 :] + tail, BLOB[:at] + tail, tail):
        try:
            devicetree.parse(data)
        except FormatError as error:
            assert error.message


_pieces = st.sampled_from(
    ["/dts-v1/;", "/ {", "};", "a = ", "<1 2>", '"x"', "[00 11]", ";", "\n", "n {", "/* */", "//", "=", "<", "&l", "l: ",
     "/include/ \"x\"", "#include", "(1 + 2)", ",", "\\", "/delete-node/ n;", "\ufffd", "/bits/ 8", "'"]
)  # fmt: skip


@examples(150)
@given(st.lists(_pieces, max_size=40).map(" ".join))
def test_any_source_is_read_or_refused(text: str) -> None:
    for reader in (devicesource.parse, devicecompilers.first_mistake, devicecompilers.compile_like_vendor):
        try:
            reader(text)
        except FormatError as error:
            assert error.message


@pytest.mark.skipif(not TREES, reason="needs the bflb-iot-tool package")
def test_the_vendors_own_copy_of_the_compiler_makes_the_same_of_its_trees() -> None:
    path = TREES[0].parents[3] / "libs" / "bflb_fdt.py"
    spec = importlib.util.spec_from_file_location("vendors_fdt", path)
    assert spec and spec.loader
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)
    for tree in TREES:
        text = devicesource.decode(tree.read_bytes()).text
        assert devicecompilers.compile_like_vendor(text) == theirs.parse_dts(text).to_dtb(version=17), tree
