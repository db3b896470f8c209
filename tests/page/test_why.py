"""Why is it here, on the page: chains, who else holds it, what would go, for symbols and whole objects."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pages
import pytest
import studies
from test_browser import number

from imgcheck import emitters
from imgcheck.api import build, why
from imgcheck.prediction import retention
from imgcheck.readers import elf, linkmap
from imgcheck.report import atlas

pytestmark = studies.needs_fixture
Visit = Callable[..., Any]

HOLDERS = """
import { Holders } from "@/why.js";
const answer = ({ why, objects }) => {
  const known = new Holders(why);
  return {
    distance: [...known.distance],
    chains: why.root.map((_, leaf) => known.chains([leaf], 5)),
    lost: objects.map((leaves) => known.lost(new Set(leaves))),
    holders: objects.map((leaves) => known.holders(new Set(leaves))),
  };
};
"""


@pages.needs_node
def test_chains_and_bytes_are_those_of_the_graph() -> None:
    data, known, made = pages.data(), studies.known(), studies.built()
    leaves, groups, reasons = data["leaves"], data["groups"], data["why"]
    assert isinstance(leaves, dict) and isinstance(groups, dict) and isinstance(reasons, dict)
    objects, first = {}, 0
    for name, level, count in zip(groups["name"], groups["level"], groups["leaves"], strict=True):
        if level == "object" and count:
            objects[name] = list(range(first, first + count))
        first += count
    found = pages.run(HOLDERS, {"why": reasons, "objects": list(objects.values())})
    assert isinstance(found, dict)
    graph = known.base.graph
    held = retention.retention(graph, elf.read(studies.ELF).entry, why.costs(graph, known.prices))
    _, ground = atlas.atlas(made.facts.image, made.owners, made.prices)
    placed = {
        node: ground.at(graph.nodes[node].address)
        for node in held.distance
        if graph.nodes[node].placed and graph.nodes[node].flash + graph.nodes[node].ram
    }
    assert min(placed.values()) >= 0
    steps = [list(one) for one in reasons["to"]]
    for one in steps:
        for at in range(1, len(one)):
            one[at] += one[at - 1]
    # Whatever is in the link has a chain, from a root, along references, none longer than the sections'.
    for node, leaf in placed.items():
        assert graph.nodes[node].merged or 0 <= found["distance"][leaf] <= held.distance[node], graph.nodes[
            node
        ]
    for leaf, chains in enumerate(found["chains"]):
        assert bool(chains) is (found["distance"][leaf] >= 0)
        for chain in chains:
            assert chain[-1] == leaf and reasons["root"][chain[0]] >= 0
            assert len(chain) == found["distance"][leaf] + 1
            assert all(two in steps[one] for one, two in pairwise(chain))
    # What would go with an object is what imgcheck why says, but for strings that several share.
    off = 0
    for (name, _), lost in zip(objects.items(), found["lost"], strict=True):
        nodes = {
            node
            for node in placed
            if linkmap.parts(graph.objects[graph.nodes[node].object])[1].rpartition("/")[2] == name
        }
        if not nodes:
            continue
        flash = held.held_by(frozenset(nodes))[0]
        said = sum(leaves["flash"][leaf] for leaf in lost)
        assert abs(said - flash) <= max(0.02 * flash, 64), (name, said, flash)
        off += abs(said - flash)
    assert off < 0.03 * len(made.facts.image.binary)


def test_groups_say_what_the_terminal_says() -> None:
    """An object's bytes to the byte, in flash and in the OTA file: they are not added up box by box."""
    data = pages.data()
    groups, reasons = data["groups"], data["why"]
    assert isinstance(groups, dict) and isinstance(reasons, dict)
    names = groups["name"]
    compared = 0
    for group, (name, level) in enumerate(zip(names, groups["level"], strict=True)):
        if level != "object" or names.count(name) > 1 or not reasons["groups"]["flash"][group]:
            continue
        if compared == 12:
            break
        ((_, rows),) = why.show(studies.inputs(), name).records
        said = (reasons["groups"]["flash"][group], reasons["groups"]["ota"][group])
        if len(rows) == 1:
            assert said == (rows[0]["retained_flash"], rows[0]["retained_ota"]), name
            compared += 1
    assert compared == 12


def test_an_object_is_asked_for_like_a_symbol(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Rows", exact=True).select_option("object")
    page.locator("#explore tbody button", has_text="drv_ssdp.o").click()
    panel = page.locator("#details")
    assert panel.locator("h3").inner_text() == "drv_ssdp.o"
    assert "the entry point" in panel.locator(".chain").first.inner_text()
    ((_, rows),) = why.show(studies.inputs(), "drv_ssdp.o").records
    assert "Without it" in panel.inner_text()
    said = number(panel.inner_text().split("Without it ")[1])
    assert said == rows[0]["retained_flash"]
    assert f"and {rows[0]['retained_ota']:,} of the OTA file" in panel.inner_text()
    assert "refer to it" in panel.inner_text() or "refers to it" in panel.inner_text()


@pytest.mark.parametrize("level", ["component", "archive"])
def test_larger_things_too(visit: Visit, level: str) -> None:
    page = visit()
    page.get_by_label("Rows", exact=True).select_option(level)
    page.locator("#explore tbody button").first.click()
    assert "Without it" in page.locator("#details").inner_text()


def test_what_the_map_shows_is_told_of(visit: Visit) -> None:
    page = visit()
    page.locator("#map").click(position={"x": 60, "y": 8})
    assert page.locator("#details h3").inner_text() in page.locator("#crumbs").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#details").is_visible()


@pytest.mark.parametrize("with_objects", [True, False])
def test_a_build_without_sources_says_it_too(visit: Visit, tmp_path: Path, with_objects: bool) -> None:
    for path in [studies.BASE / f"OpenBL602.{kind}" for kind in ("elf", "map")]:
        shutil.copy(path, tmp_path)
    if with_objects:
        for path in [*studies.BASE.rglob("*.a"), *studies.BASE.rglob("*.o")]:
            target = tmp_path / path.relative_to(studies.BASE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    made = build.show(build.Inputs(tmp_path / "OpenBL602.elf")).drawn
    assert made and made.page and made.page.why and made.page.held is None
    assert made.page.why.source == ("graph" if with_objects else "map")
    page = visit("alone", text=emitters.load("html").emit(made))
    page.locator("#find").fill("vfscanf")
    page.locator("#hits button").first.click()
    told = page.locator("#details").inner_text()
    assert "Why is it here?" in told and "Without it" in told
    assert ("cross references" in told) is not with_objects
