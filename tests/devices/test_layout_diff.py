from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck import cli
from imgcheck.devices import layouts
from imgcheck.devices.layout_diff import compare
from imgcheck.model import Layout

SHIPPED = {layout.name: layout for layout in layouts.shipped()}


def said(old: str, new: str) -> dict[str, str]:
    return {
        one.code.removeprefix("diff-"): one.message
        for one in compare(SHIPPED[old], SHIPPED[new]).consequences
    }


# BL602.md section 1: what a reflash with another layout loses.
@pytest.mark.parametrize(
    ("old", "new", "lost", "kept"),
    [
        ("devcube-1.4.8-2m", "devcube-1.8-2m", {"scripts"}, {"settings", "mac"}),
        ("sdk-2m", "devcube-1.8-2m", {"scripts"}, {"settings", "mac"}),
        ("devcube-1.8-2m", "guiflasher-2m", {"mac"}, {"settings", "scripts"}),
        ("devcube-1.8-2m", "guiflasher-old-2m", {"mac"}, {"settings", "scripts"}),
        ("guiflasher-old-2m", "guiflasher-2m", set(), {"settings", "scripts", "mac"}),
        ("devcube-1.4.8-2m", "guiflasher-2m", {"scripts", "mac"}, {"settings"}),
        ("devcube-1m", "guiflasher-1m", {"settings", "scripts", "mac"}, set()),
        ("devcube-old-4m", "devcube-4m", {"settings", "scripts", "mac"}, set()),
    ],
)
def test_what_users_lose(old: str, new: str, lost: set[str], kept: set[str]) -> None:
    codes = set(said(old, new))
    assert {one for one in ("settings", "scripts", "mac") if f"{one}-lost" in codes} == lost
    assert {one for one in ("settings", "scripts", "mac") if f"{one}-kept" in codes} == kept


def test_it_is_said_in_words() -> None:
    words = said("devcube-1.4.8-2m", "devcube-1.8-2m")
    moved = "media moves from 0x192000 (348 KiB) to 0x1a2000 (284 KiB)"
    assert words["scripts-lost"] == f"LittleFS scripts lost (autoexec.bat, files): {moved}"
    assert words["settings-kept"] == "settings kept: PSM stays at 0x1e9000 (32 KiB)"
    assert words["limit"] == "largest unpacked image: 819,200 bytes before, 884,736 after"
    grown = said("devcube-1.8-2m", "guiflasher-2m")["settings-kept"]
    assert grown.endswith("grows from 32 KiB to 76 KiB and takes the place of the old KEY, DATA and factory")
    assert said("devcube-1.8-2m", "devcube-1m")["no-second-slot"].startswith("no OTA any more")
    assert "OTA becomes possible" in said("devcube-1m", "devcube-1m-ota")["limit"]


@given(st.sampled_from(sorted(SHIPPED)))
def test_against_itself_nothing_changes(name: str) -> None:
    difference = compare(SHIPPED[name], SHIPPED[name])
    assert {move.change for move in difference.moves} <= {"same"}
    assert all(one.severity == "note" and one.code.endswith("-kept") for one in difference.consequences)


@given(st.sampled_from(sorted(SHIPPED)), st.sampled_from(sorted(SHIPPED)))
def test_every_copy_of_both_tables_is_listed_once(old: str, new: str) -> None:
    there, back = compare(SHIPPED[old], SHIPPED[new]), compare(SHIPPED[new], SHIPPED[old])
    assert {(move.label, move.old, move.new) for move in there.moves} == {
        (move.label, move.new, move.old) for move in back.moves
    }
    assert len({move.label for move in there.moves}) == len(there.moves)


def test_only_a_shrinking_factory_asks_whether_the_tree_still_fits() -> None:
    def with_factory(size: int) -> Layout:
        layout = SHIPPED["devcube-1.8-2m"]
        return replace(
            layout,
            partitions=tuple(replace(p, size0=size) if p.name == "factory" else p for p in layout.partitions),
        )

    shrunk = compare(with_factory(0x7000), with_factory(0x4000)).consequences
    assert [one.severity for one in shrunk if one.code == "diff-mac-kept"] == ["warning"]
    grown = compare(with_factory(0x4000), with_factory(0x7000)).consequences
    assert [one.severity for one in grown if one.code == "diff-mac-kept"] == ["note"]


def test_no_finding_stands_in_a_file_that_ships(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can edit it there, and its path is that of an installation."""
    assert cli.run(["layout", "diff", "devcube-1.4.8-2m", "devcube-1.8-2m"]) == 0
    out = capsys.readouterr().out
    assert "diff-second-slot-moves" in out
    assert ".toml" not in out
