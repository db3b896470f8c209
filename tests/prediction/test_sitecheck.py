"""The check of relocations notices when they are followed wrongly, and is quiet when they are not."""

from __future__ import annotations

import pytest
from studies import ELF, known, needs_fixture

from imgcheck.prediction import addresses, buildfiles, relaxation
from imgcheck.prediction.sitecheck import Check
from imgcheck.readers import elf, linkmap, objects

pytestmark = needs_fixture


def looked() -> Check:
    links = linkmap.read(ELF.with_suffix(".map"))
    linked = buildfiles.load_objects(links, ELF.with_suffix(".map"), ELF.parent).linked
    base = known().base
    return addresses.find(base.graph, linked, elf.read(ELF), base.binary).check


def test_the_fixture_is_as_its_objects_have_it() -> None:
    found = looked()
    assert found.sites > 5000
    assert found.copied > 20_000
    assert (found.odd, found.differing, found.distrust(), found.doubt) == (0, 0, "", 0)
    calibration = known().calibration
    assert (calibration.sites, calibration.odd_sites) == (found.sites, 0)


def test_relocations_in_the_order_of_the_file_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # As it was before relocations were sorted: branches and jumps behind all others.
    rows = objects.entries

    def unsorted(obj: objects.Object, section: int) -> list[tuple[int, int, int]]:
        late = {16, relaxation.JUMP, 44, relaxation.RVC_JUMP}
        return sorted(rows(obj, section), key=lambda row: row[1] & 0xFF in late)

    monkeypatch.setattr(objects, "entries", unsorted)
    found = looked()
    assert found.odd > 0.001 * found.sites
    assert "relocations are not where" in found.distrust()
    assert found.doubt > 100


def test_a_few_odd_places_are_worth_something() -> None:
    check = Check(sites=100_000, odd=3, copied=100_000, differing=20)
    assert check.distrust() == ""
    assert check.doubt == 32
    assert Check(sites=1000, odd=2).distrust()
    assert Check(sites=1000, copied=1000, differing=2).distrust()


def test_relax_is_left_out_behind_its_twin_only(monkeypatch: pytest.MonkeyPatch) -> None:
    links = linkmap.read(ELF.with_suffix(".map"))
    linked = buildfiles.load_objects(links, ELF.with_suffix(".map"), ELF.parent).linked
    graph, binary = known().base.graph, known().base.binary
    index, node = next(
        (index, one) for index, one in enumerate(graph.nodes) if one.code and one.placed and one.flash > 40
    )
    assert index in graph.sections[node.object]
    obj = linked[node.object].object
    assert obj is not None
    kinds = [(0, relaxation.JUMP), (0, relaxation.RELAX), (4, 35), (4, 39), (8, relaxation.RELAX), (12, 44)]
    monkeypatch.setattr(objects, "entries", lambda *_: [(at, kind, 0) for at, kind in kinds])
    told = [(one.offset, one.type) for one in relaxation.follow(binary, node, obj)]
    assert told == [kinds[0], *kinds[2:]]
