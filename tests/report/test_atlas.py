"""The boxes of the map hold every byte once, wherever they are counted."""

from dataclasses import replace

import pytest
import studies
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.model import Atlas, Item
from imgcheck.report import atlas

pytestmark = [studies.needs_fixture, pytest.mark.usefixtures("remembered")]


@pytest.fixture(scope="module")
def made() -> tuple[Atlas, atlas.Ground]:
    built = studies.built()
    return atlas.atlas(built.facts.image, built.owners, built.prices)


def test_leaves_add_up_to_the_image(made: tuple[Atlas, atlas.Ground]) -> None:
    leaves, image = made[0].leaves, studies.built().facts.image
    assert sum(leaves.flash) == len(image.binary)
    assert sum(leaves.ram) == sum(use.used for use in image.regions)
    prices = studies.built().prices
    assert leaves.ota is not None and prices is not None
    assert sum(leaves.ota) == round(prices[-1] - prices[0])
    assert sum(made[0].groups.leaves) == len(leaves.name)


def test_components_are_those_of_the_measures(made: tuple[Atlas, atlas.Ground]) -> None:
    groups, leaves = made[0].groups, made[0].leaves
    sums: dict[str, int] = {}
    at = 0
    for number, count in enumerate(groups.leaves):
        top = number
        while groups.parent[top] >= 0:
            top = groups.parent[top]
        sums[groups.name[top]] = sums.get(groups.name[top], 0) + sum(leaves.flash[at : at + count])
        at += count
    wanted = {
        m.name: m.size
        for m in studies.built().facts.measures
        if m.kind == "component" and m.resource == "flash"
    }
    assert {name: size for name, size in sums.items() if size} == wanted


def test_groups_come_after_their_parents_and_siblings_differ(made: tuple[Atlas, atlas.Ground]) -> None:
    groups = made[0].groups
    assert all(parent < number for number, parent in enumerate(groups.parent))
    assert len(set(zip(groups.parent, groups.name, strict=True))) == len(groups.name)


def test_every_address_of_an_item_leads_to_its_leaf(made: tuple[Atlas, atlas.Ground]) -> None:
    boxes, ground = made
    for item in studies.built().facts.image.items[::7]:
        size = max(item.flash, item.ram)
        if size:
            assert boxes.leaves.name[ground.at(item.address)] == item.name
            found = {
                boxes.leaves.name[leaf]: bytes_
                for leaf, bytes_ in ground.within(item.address, item.address + size)
            }
            assert found == {item.name: size}


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 5), st.integers(0, 99)), max_size=30
    )
)
def test_any_items_are_in_their_own_boxes(rows: list[tuple[int, int, int, int]]) -> None:
    items, at = [], 0
    for archive, unit, symbol, size in rows:
        items.append(
            Item(at, at, size, size % 3, ".text", "", f"s{symbol}", f"o{unit}", f"a{archive}"[: archive * 2])
        )
        at += size + 3
    image = replace(studies.built().facts.image, items=tuple(items))
    boxes, _ = atlas.atlas(image, [item.archive or "none" for item in items])
    assert sum(boxes.leaves.flash) == sum(item.flash for item in items)
    assert sum(boxes.leaves.ram) == sum(item.ram for item in items)
    names = {(item.archive, item.object, item.name) for item in items}
    assert len(boxes.leaves.name) == len(names)
