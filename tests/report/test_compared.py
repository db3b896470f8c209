"""What changed, as a page has it: it adds up, and every row that is left is the box it says."""

from __future__ import annotations

from functools import cache

import pytest
import studies

from imgcheck.api import diff
from imgcheck.model import Compared, Difference
from imgcheck.report import atlas, compared

pytestmark = [studies.needs_fixture, pytest.mark.usefixtures("remembered")]
ENDS = [("base", "over"), ("over", "base")]


@cache
def difference(old: str, new: str) -> Difference:
    return diff.compare(diff.Request(studies.inputs(old).firmware, studies.inputs(new).firmware))


@cache
def found(old: str, new: str) -> Compared:
    made = studies.built(new)
    return compared.compared(difference(old, new), atlas.atlas(made.facts.image, made.owners)[0])


@pytest.mark.parametrize(("old", "new"), ENDS)
def test_each_kind_and_the_tiles_add_up_to_the_totals(old: str, new: str) -> None:
    one, totals = found(old, new), difference(old, new)
    assert (one.flash, one.ram, one.ota) == tuple(totals.total(r) for r in ("flash", "ram", "ota"))
    for kind in one.kinds:
        assert (sum(kind.flash), sum(kind.ram), sum(kind.ota)) == (one.flash, one.ram, one.ota), kind.kind
    assert sum(tile.flash for tile in one.tiles) == one.flash
    assert sum(tile.ota or 0 for tile in one.tiles) == one.ota
    counted = next(kind for kind in one.kinds if kind.kind == one.counted)
    assert {tile.status: tile.things for tile in one.tiles if tile.things} == {
        status: counted.status.count(status) for status in counted.status
    }


@pytest.mark.parametrize(("old", "new"), ENDS)
def test_a_row_that_is_left_is_its_box(old: str, new: str) -> None:
    made = studies.built(new)
    boxes, _ = atlas.atlas(made.facts.image, made.owners)
    for kind in found(old, new).kinds:
        for name, status, box, now in zip(kind.name, kind.status, kind.box, kind.now, strict=True):
            if status == "gone":
                assert box == -1
            elif kind.kind == "symbol" and box >= 0:
                assert (boxes.leaves.name[box], boxes.leaves.flash[box]) == (name, now)
            elif box >= 0:
                assert boxes.groups.name[box] == name
                assert boxes.groups.level[box] == kind.kind
    symbols = next(kind for kind in found(old, new).kinds if kind.kind == "symbol")
    lost = {
        name
        for name, status, box in zip(symbols.name, symbols.status, symbols.box, strict=True)
        if box < 0 and status != "gone"
    }
    assert all(name.startswith("[") for name in lost), lost


def test_before_and_now_are_the_sizes_of_both_builds() -> None:
    symbols = found("base", "over").kinds[0]
    for name, status, before, now, flash in zip(
        symbols.name, symbols.status, symbols.before, symbols.now, symbols.flash, strict=True
    ):
        if before is not None and now is not None:
            assert now - before == flash, name
        if status == "new" and flash:
            assert before == 0


def test_the_same_build_twice_changes_nothing() -> None:
    same = compared.compared(difference("base", "base"))
    assert (same.flash, same.ram, same.ota, same.kinds) == (0, 0, 0, ())
    assert [tile.things for tile in same.tiles] == [0, 0, 0, 0]
    assert [one.flash for one in compared.tiles(same)] == ["0"] * 5


def test_tiles_are_written_with_signs_and_commas() -> None:
    words = compared.tiles(found("base", "over"))
    assert words[0].title == "In all" and words[0].flash.startswith("-") and "," in words[0].flash
    assert words[1].title.endswith(" added") and words[1].flash.startswith("+")
    assert "RAM " in words[1].more and "OTA +" in words[1].more
