"""The first lines of a diff: who has most of it, and what is not known of a build that is bytes alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import studies

from imgcheck.api import diff
from imgcheck.api.files import Judges, pack
from imgcheck.model import FILL, UNATTRIBUTED, Difference
from imgcheck.report import changes

pytestmark = studies.needs_fixture
BASE, OVER = (studies.inputs(name).firmware for name in ("base", "over"))


def compared(old: Path, new: Path) -> Difference:
    return diff.compare(diff.Request(old, new))


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """The base's image with three bytes less than a multiple of 16, and what goes over the air of it."""
    data = BASE.with_suffix(".bin").read_bytes()
    data = data[: len(data) // 16 * 16 - 4] + b"\x7f"
    (tmp_path / "a.bin").write_bytes(data)
    pack(tmp_path / "a.bin", tmp_path / "a.ota", tune=False, unpacked_len=False, judges=Judges(),
         progress=None)  # fmt: skip
    return tmp_path


def test_the_sentence_names_who_has_a_fifth_of_it_or_more_and_three_at_most() -> None:
    difference = compared(BASE, OVER)
    named = re.search(r" Mostly (.*?)\. ", changes.sentence(difference) + " ")
    sizes = {
        one.name: one.difference
        for one in difference.deltas
        if (one.kind, one.resource) == ("component", "flash")
    }
    whole = difference.total("flash")
    assert whole
    large = sorted(
        (name for name, size in sizes.items() if abs(size) * 5 >= abs(whole) and name[0] != "["),
        key=lambda name: (-abs(sizes[name]), name),
    )[:3]
    assert (named[1] if named else "") == ", ".join(f"{name} {sizes[name]:+,}" for name in large)
    assert large


def test_against_bytes_alone_nothing_is_gone_that_nobody_can_know() -> None:
    for old, new in ((BASE, OVER.with_suffix(".bin")), (BASE.with_suffix(".bin"), OVER)):
        difference = compared(old, new)
        assert {one.status for one in difference.deltas if one.name == UNATTRIBUTED} == {"shrunk"}
        assert all(one.name.startswith("[") for one in difference.deltas)
        for kind in {one.kind for one in difference.deltas}:
            for resource in ("flash", "ota"):
                mine = [one for one in difference.deltas if (one.kind, one.resource) == (kind, resource)]
                assert sum(one.difference for one in mine) == difference.total(resource)
        words = changes.sentence(difference)
        assert "Mostly" not in words and "Not only the sources changed: detail" in words


def test_what_the_packer_filled_up_is_padding(packed: Path) -> None:
    difference = compared(packed / "a.bin", packed / "a.ota")
    grown = {
        one.name: one.difference
        for one in difference.deltas
        if (one.kind, one.resource) == ("symbol", "flash")
    }
    assert grown == {FILL: 3}
    totals = next(table for table in changes.tables(difference) if table.name == "totals")
    assert totals.note == "Of the .bin, +3 bytes are padding."
