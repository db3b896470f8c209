# ruff: noqa: E501 - a case stays on a line
from dataclasses import replace
from pathlib import Path

import pytest

from imgcheck import targets
from imgcheck.data import shipped
from imgcheck.devices import layouts
from imgcheck.devices.layout_lint import concerns, lint
from imgcheck.model import Layout, Partition

TABLE = (shipped("budgets") / "layouts" / "devcube-1.4.8-2m.toml").read_text()


def found(tmp_path: Path, text: str) -> list[tuple[str, str, str, int]]:
    (tmp_path / "t.toml").write_text(text)
    survey = layouts.survey(tmp_path / "t.toml")
    return [
        (
            one.code.removeprefix("layout-"),
            one.severity,
            one.message,
            one.location.line if one.location else 0,
        )
        for one in lint(survey.layout)
    ]


def line(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_tables_in_the_field_are_clean() -> None:
    for layout in layouts.default():
        assert lint(layout) == ()


def test_known_faults_of_the_vendors_own_tables() -> None:
    codes = {
        layout.name: {one.code for one in lint(layout) if one.severity == "error"}
        for layout in layouts.shipped()
    }
    assert codes["devcube-4m"] == {"layout-beyond-flash"}
    assert codes["sdk-demo-mtd-2m"] == {"layout-duplicate-type"}
    assert codes["devcube-1m"] == codes["guiflasher-1m"] == {"layout-no-second-slot"}
    assert codes["sdk-hf-1m"] == {"layout-missing"}
    assert codes["devcube-1m-ota"] == set()


@pytest.mark.parametrize(
    ("old", "new", "code", "severity", "message", "at"),
    [
        ("size0 = 0x57000", "size0 = 0x58000", "overlap", "error", "PSM [0x1e9000, 0x1f1000) overlaps media",
         "address0 = 0x1E9000"),
        ("size0 = 0x2000", "size0 = 0x1800", "unaligned", "error", "KEY: size0 0x1800 is not a multiple of 4 KiB",
         "size0 = 0x1800"),
        ('"factory"', '"factory1"', "long-name", "error", "factory1: a name of 8 characters", '"factory1"'),
        ('"media"', '"Media"', "missing", "error", "no partition media (the file system that is opened at boot): the "
         "firmware hangs when it opens it; Media is another name to it", "[pt_table]"),
        ('"PSM"', '"KEY"', "missing", "error", "no partition PSM (the settings)", "[pt_table]"),
        ('"PSM"', '"KEY"', "duplicate-name", "error", "a second partition KEY", 'name = "KEY"\ndevice = 0\naddress0 '
         '= 0x1F1000'),
        ("type = 7", "type = 6", "duplicate-type", "error", "factory has type 6, as DATA has", 'type = 6\nname = "fac'),
        ("size0 = 0x8000", "size0 = 0x1000", "settings", "error", "PSM has 4 KiB: EasyFlash takes no less than 8 KiB",
         "size0 = 0x1000"),
        ("size0 = 0x8000", "size0 = 0x2000", "settings", "warning", "PSM has 8 KiB: too few", "size0 = 0x2000"),
        ("size0 = 0x8000", "size0 = 0x5000", "settings", "note", "PSM has 20 KiB", "size0 = 0x5000"),
        ("size0 = 0x7000", "size0 = 0x9000", "beyond-flash", "error",
         "factory ends at 0x201000, beyond the flash of 2,048 KiB (0x200000)", "size0 = 0x9000"),
        ("address1 = 0xD8000\nsize1 = 0x88000", "address1 = 0\nsize1 = 0", "no-second-slot", "error",
         "FW has no second slot: a device with this table takes no OTA", "size1 = 0"),
        ("address0 = 0x10000\nsize0 = 0xC8000", "address0 = 0x11000\nsize0 = 0xC7000", "first-slot", "error",
         "FW starts at 0x11000, not at 0x10000", "address0 = 0x11000"),
        ("size0 = 0x57000", "size0 = 0", "missing", "error", "media (the file system that is opened at boot) has no size",
         "size0 = 0\n"),
        ("address0 = 0x160000", "address0 = 0xD8000", "mfg-in-slot", "note", "mfg lies in the second slot",
         "address0 = 0xD8000"),
        ("len = 0", "activeindex = 1\nlen = 0", "active", "note", "FW: the device runs from its second slot",
         "activeindex"),
        ("len = 0", "activeindex = 2\nlen = 0", "active", "warning", "FW: active copy 2; there are only 0 and 1",
         "activeindex"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_line(
    tmp_path: Path, *, old: str, new: str, code: str, severity: str, message: str, at: str
) -> None:
    text = TABLE.replace(old, new, 1)
    hits = [one for one in found(tmp_path, text) if one[0] == code and message in one[2]]
    assert [(one[1], one[3]) for one in hits] == [(severity, line(text, at))]


def test_what_is_opened_by_bus_address_lies_behind_both_slots() -> None:
    entries = (
        Partition("FW", 0, 0x10000, 0x80000, 0x100000, 0x80000),
        Partition("media", 3, 0x90000, 0x10000, 0, 0),
        Partition("PSM", 4, 0xA0000, 0x8000, 0, 0),
        Partition("factory", 7, 0x180000, 0x8000, 0, 0),
    )
    layout = Layout("t", 0x200000, entries, tables=(0xE000, 0xF000))
    assert [one.message for one in lint(layout)] == ["media at 0x90000 lies below the slot of FW at 0x100000"]


def test_a_device_trees_partitions_are_judged_by_flash_and_overlap_only() -> None:
    entries = (
        Partition("image-0", -1, 0, 0x100000, 0, 0),
        Partition("storage", -1, 0x100000, 0x300000, 0, 0),
    )
    layout = Layout("zephyr", 0x400000, entries)
    assert [(one.code, one.severity) for one in lint(layout)] == [("layout-no-table", "note")]
    wide = (entries[0], replace(entries[1], address0=0xFF000, size0=0x302000))
    assert [one.code for one in lint(replace(layout, partitions=wide))] == [
        "layout-overlap",
        "layout-beyond-flash",
        "layout-no-table",
    ]


def test_what_a_verdict_mentions_are_errors_that_leave_the_slots_sound() -> None:
    said = concerns(layouts.shipped(targets.DEFAULT))
    assert {(one.code, one.severity) for one in said} == {
        ("layout-beyond-flash", "warning"),
        ("layout-duplicate-type", "warning"),
        ("layout-missing", "warning"),
    }
    assert "layout devcube-4m: factory ends at 0x404000, beyond the flash of 4,096 KiB (0x400000)" in {
        one.message for one in said
    }
    assert concerns(layouts.default()) == ()


def test_a_boot2_partition_means_another_chip() -> None:
    layout = layouts.load("devcube-1.8-2m")
    other = replace(layout, partitions=(Partition("Boot2", 16, 0, 0xE000, 0, 0), *layout.partitions))
    assert (
        lint(other)[0].message == "a table of another chip: Boot2 has type 16, BL602's boot2 has no partition"
    )
