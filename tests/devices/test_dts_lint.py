# ruff: noqa: E501 - a case stays on a line
from pathlib import Path

import pytest

from imgcheck.api import trees
from imgcheck.devices import layouts
from imgcheck.model import Diagnostic

TREE = """/dts-v1/;
/ {
    wifi {
        region {
            country_code = <86>;
        };
        mac {
            mode = "MB";
            sta_mac_addr = [02 11 22 33 44 55];
            ap_mac_addr = [02 11 22 33 44 56];
        };
        brd_rf {
            xtal_mode = "MF";
            xtal = <36 36 0 60 60>;
            pwr_mode = "bf";
        };
    };
};
"""


def found(tmp_path: Path, text: str | bytes, layout: str = "devcube-1.8-2m") -> list[Diagnostic]:
    path = tmp_path / "t.dts"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(trees.findings(str(path), (layouts.load(layout),)))


def test_a_good_tree_is_clean(tmp_path: Path) -> None:
    assert found(tmp_path, TREE) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "severity", "line", "message"),
    [
        (
            '"MB"',
            '"MBX"',
            "mac-mode",
            "error",
            8,
            "mode 'MBX': the firmware stops at 'X'; letters are M, B and F",
        ),
        ('"MB"', '"mb"', "mac-mode", "error", 8, "the firmware stops at 'm'"),
        (
            '"MB"',
            '"MBFM"',
            "mac-mode",
            "error",
            8,
            "has 4 letters, the firmware takes at most 3: no MAC is set at all",
        ),
        ('"MB"', '""', "mac-mode", "error", 8, "no mode: both interfaces get 18:B9:05:88:88:88"),
        ('mode = "MB";', "", "mac-mode", "error", 7, "no mode"),
        (
            '"MB"',
            '"MBF"',
            "mac-flash",
            "note",
            8,
            "mode F gives both interfaces ap_mac_addr; sta_mac_addr is checked, but not used (F comes after M and B)",
        ),
        ("[02 11 22 33 44 56]", "[00 00 00 00 00 00]", "mac-zero", "warning", 10, "ap_mac_addr is all zero"),
        (
            "[02 11 22 33 44 56]",
            "[C8 43 57 82 73 02]",
            "mac-shared",
            "warning",
            10,
            "ap_mac_addr is the vendor's default C8:43:57:82:73:02",
        ),
        (
            "[02 11 22 33 44 55]",
            "[C8 43 57 82 73 40]",
            "mac-shared",
            "warning",
            9,
            "sta_mac_addr is the vendor's default",
        ),
        ("[02 11 22 33 44 55]", "[03 11 22 33 44 55]", "mac-group", "warning", 9, "is a group address"),
        (
            "[02 11 22 33 44 55]",
            "[02 11 22 33 44]",
            "mac-address",
            "warning",
            9,
            "sta_mac_addr has 5 bytes, a MAC has 6",
        ),
        ('"MF"', '"MFM"', "radio-mode", "error", 13, "xtal_mode 'MFM': at most 2 of the letters M, F"),
        ('"bf"', '"x"', "radio-mode", "error", 15, "pwr_mode 'x': at most 2 of the letters B, b, F, f"),
        (
            "<36 36 0 60 60>",
            "<40000000>",
            "xtal",
            "error",
            14,
            "not a frequency; the crystal's frequency stands in the boot header",
        ),
        ("<36 36 0 60 60>", "<36 36 0 60>", "xtal", "error", 14, "five capcode trims"),
        ("<36 36 0 60 60>", "<36 36 0 60 38400>", "xtal", "error", 14, "five capcode trims up to 255"),
        ("mac {", "Mac {", "mac-missing", "warning", 0, "no node wifi/mac"),
        ("brd_rf {", "rf {", "radio", "note", 0, "no node wifi/brd_rf"),
        ("/ {", '/include/ "x.dtsi";\n/ {', "include", "note", 2, '/include/ "x.dtsi"; is not followed'),
        ('mode = "MB";', 'mode "MB";', "syntax", "error", 8, "not DTS: expected '{', '=', or ';'"),
        ('mode = "MB";', 'mode "MB";', "nonsense", "error", 7, "/wifi/mac gets a property 'mode \"MB\"'"),
        ('"MB";', '"MB"; a = <1>;', "nonsense", "error", 8, "mode of /wifi/mac becomes something else"),
        ('"MB";', '"MB"; // a {', "nonsense", "error", 0, ""),
        ("<86>;", "<86>\n;", "nonsense", "error", 0, ""),
        ("<86>", "<(80 + 6)>", "compile", "error", 5, "the vendor's compiler stops"),
        ("    };\n};\n", "    };\n", "syntax", "error", 0, "not DTS"),
    ],
)
def test_each_rule_finds_its_line(
    tmp_path: Path, *, old: str, new: str, code: str, severity: str, line: int, message: str
) -> None:
    text = TREE.replace(old, new, 1)
    assert text != TREE
    hits = [one for one in found(tmp_path, text) if one.code == f"dts-{code}"]
    if not message:  # these change nothing for either compiler
        assert hits == []
        return
    assert any(message in one.message and one.severity == severity for one in hits)
    if line:
        assert line in {one.location.line for one in hits if one.location}


@pytest.mark.parametrize("mode", ["F", "FM", "MBF"])
def test_with_f_addresses_of_the_tree_matter_more(tmp_path: Path, mode: str) -> None:
    text = TREE.replace('"MB"', f'"{mode}"').replace("[02 11 22 33 44 56]", "[00 00 00 00 00 00]")
    zero = next(one for one in found(tmp_path, text) if one.code == "dts-mac-zero")
    assert zero.message == "ap_mac_addr is all zero, and the firmware accepts it"
    shared = TREE.replace('"MB"', f'"{mode}"').replace("[02 11 22 33 44 56]", "[C8 43 57 82 73 02]")
    assert "all units that get as far as F share it" in next(
        one.message for one in found(tmp_path, shared) if one.code == "dts-mac-shared"
    )
    for name in ("sta_mac_addr", "ap_mac_addr"):
        gone = TREE.replace('"MB"', f'"{mode}"').replace(f"{name} =", "x =")
        assert [
            (one.severity, one.message) for one in found(tmp_path, gone) if one.code == "dts-mac-address"
        ] == [("error", f"mode has F, but there is no {name}: F never works")]


def test_a_node_that_closes_too_late_is_named_where_it_ends_up(tmp_path: Path) -> None:
    text = TREE.replace('            mode = "MB";\n', "            late <1>\n        }\n").replace(
        "        };\n        brd_rf", "        brd_rf"
    )
    messages = [one.message for one in found(tmp_path, text) if one.code in ("dts-nonsense", "dts-syntax")]
    assert messages


def test_bytes_of_another_encoding_are_reported_by_line(tmp_path: Path) -> None:
    hits = found(tmp_path, TREE.encode().replace(b"<86>;", b"<86>; // \xb3\xa4\xb6\xc8"))
    assert [(one.code, one.severity, one.location.line) for one in hits if one.location] == [
        ("dts-encoding", "warning", 5)
    ]
    many = found(tmp_path, TREE.encode() + b"// \xb3\n" * 1000)
    assert len(many) == 21


def test_size_against_the_factory_partition(tmp_path: Path) -> None:
    padding = "".join(f"        p{n} = <{' '.join(['1'] * 100)}>;\n" for n in range(30))
    text = TREE.replace("        region {", padding + "        region {")
    hits = found(tmp_path, text, "sdk-nano-1m")
    assert [(one.code, one.severity, one.subject) for one in hits] == [("dts-size", "error", "sdk-nano-1m")]
    assert "but factory of sdk-nano-1m has 8,192" in hits[0].message
    assert found(tmp_path, text) == []


def test_a_blob_is_judged_as_the_firmware_reads_it(tmp_path: Path) -> None:
    from imgcheck.readers.devicecompilers import compile_like_vendor

    path = tmp_path / "t.dtb"
    path.write_bytes(compile_like_vendor(TREE.replace('"MB"', '"Q"')) + b"\xff" * 100)
    assert [(one.code, one.location.line) for one in trees.findings(str(path), ()) if one.location] == [
        ("dts-mac-mode", 0)
    ]
