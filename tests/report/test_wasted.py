"""What could go lies in the boxes: each byte of a waste in the leaf that holds it."""

from __future__ import annotations

import pytest
import studies

from imgcheck.api import needs
from imgcheck.report import atlas, wasted

pytestmark = [studies.needs_fixture, pytest.mark.usefixtures("remembered")]


@pytest.mark.parametrize("case", ["base", "over"])
def test_places_add_up_to_what_is_said_to_be_wasted(case: str) -> None:
    found = needs.wastes(studies.built(case))
    assert {one.kind for one in found} >= {"text", "double"}
    for one in found:
        size = sum(size for _, size in one.places)
        assert size == (one.flash if one.kind.startswith("ram-") else one.flash + one.ram), one.name


@pytest.mark.parametrize("case", ["base", "over"])
def test_leaves_have_the_bytes_and_none_more_than_it_is(case: str) -> None:
    made = studies.built(case)
    boxes, ground = atlas.atlas(made.facts.image, made.owners)
    leaves = boxes.leaves
    found = needs.wastes(made)
    kinds, waste, sizes = wasted.columns(found, ground, len(leaves.name))
    assert len(waste) == len(sizes) == len(leaves.name)
    for name, kind, size, flash, ram in zip(leaves.name, waste, sizes, leaves.flash, leaves.ram, strict=True):
        assert (kind >= 0) == (size > 0), name
        assert size <= max(flash, ram), name
    double = list(wasted.KINDS).index("double")
    routines = next(one for one in found if one.kind == "double")
    marked = [size for kind, size in zip(waste, sizes, strict=True) if kind == double]
    assert sum(marked) == routines.flash and len(marked) == len(routines.detail.split(", "))
    assert kinds[double] == "arithmetic of doubles in software"
