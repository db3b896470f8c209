"""What the page says of a set of features is what the prediction says of it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pages
import pytest
import studies

from imgcheck.prediction import effects, heldbytes, holding
from imgcheck.prediction.packer import Packer
from imgcheck.prediction.ways import holds

pytestmark = studies.needs_fixture

SETS = 50
EFFECT = """
import { effect } from "@/whatif.js";
const answer = ({ held, sets }) => sets.map((off) => effect(held, new Set(off)));
"""
SENTENCES = """
import { after, refit, sentence } from "@/verdict.js";
const answer = ({ sizes, layouts, saved }) => saved.map(([flash, ota]) => {
  const made = after(sizes, flash, ota);
  return [made.unpacked, made.body, sentence(refit(layouts, made))];
});
"""


def drawn(count: int, seed: int) -> list[list[int]]:
    """Random sets of `count` features, small ones more often."""
    rng = random.Random(seed)
    sizes = [rng.choice([1, 2, 2, 3, 3, 4, 5, 8, count // 2, count - 1, count]) for _ in range(SETS)]
    return [sorted(rng.sample(range(count), min(size, count))) for size in sizes]


@pages.needs_node
@pytest.mark.parametrize(("case", "seed"), [("base", 1), ("over", 2)])
def test_the_page_agrees_with_the_prediction_for_whole_sets(case: str, seed: int) -> None:
    data = pages.data(case)
    held = data["held"]
    assert isinstance(held, dict)
    names = held["features"]
    sets = drawn(len(names), seed)
    found = pages.run(EFFECT, {"held": held, "sets": sets})
    assert isinstance(found, list)
    known, made = studies.known(case), studies.built(case)
    effects_ = {
        str(n): effects.effect(known.base, known.removal(frozenset(names[i] for i in off)))
        for n, off in enumerate(sets)
    }
    with Packer(known.base, lambda: known.prices, made.facts.artefact, made.facts.image.soc) as packer:
        packed = studies.packed(packer, effects_)
    off_by = []
    for number, said in enumerate(found):
        effect, ota = effects_[str(number)], packed[str(number)]
        # The page adds prices up and lays nothing out anew: the packer's whole noise counts.
        noisy = replace(effect, reworked=1)
        ota_error = effects.ota_error(ota, effect.error, noisy, False, len(known.base.binary))
        assert abs(said["flash"] - effect.flash) <= max(effect.error, 16), sets[number]
        assert abs(said["ram"] - effect.ram) <= 64, sets[number]
        assert abs(said["ota"] - ota) <= ota_error, (sets[number], said, ota, ota_error)
        off_by.append(abs(said["flash"] - effect.flash))
    assert sum(off_by) / len(off_by) < 16


@pytest.mark.parametrize("case", ["base", "over"])
def test_conditions_say_of_each_section_and_string_what_the_linker_does(case: str) -> None:
    known = studies.known(case)
    held = holding.held(known)
    for off in drawn(len(held.names), 3)[:20]:
        bits = sum(1 << i for i in off)
        effect = effects.effect(known.base, known.removal(frozenset(held.names[i] for i in off)))
        gone = {
            node
            for node, ways in held.nodes.items()
            if holds(ways, bits) and known.base.graph.nodes[node].placed
        }
        assert gone == set(effect.gone)
        strings = {one for one, ways in held.elements.items() if holds(ways, bits)}
        assert strings & known.base.pools.places.keys() == set(effect.elements)


def test_each_byte_goes_once() -> None:
    known = studies.known()
    runs = heldbytes.runs(known.base, holding.held(known), known.prices)
    whole = [run for run in runs if run.flash >= 0 and run.ram >= 0 and not (run.partial and not run.ota)]
    places = sorted((run.address, run.address + max(run.flash, run.ram)) for run in whole)
    twice = sum(max(end - start, 0) for (_, end), (start, _) in pairwise(places))
    # A string is looked for by its content, and one is found inside another.
    assert twice <= 32


@pages.needs_node
def test_the_verdict_is_in_the_reports_own_words() -> None:
    data, report = pages.data(), pages.report()
    saved = [(0, 0), (100, 50), (5000, 3000)]
    found = pages.run(SENTENCES, {"sizes": data["sizes"], "layouts": data["layouts"], "saved": saved})
    assert isinstance(found, list)
    assert found[0][2] == report.verdict
    summary = report.summary
    assert summary and found[0][:2] == [summary.unpacked_bytes, summary.ota_body_bytes]
    assert found[1][0] == 4096 + -(-(summary.bin_bytes - 100) // 16) * 16


def test_the_page_is_whole_without_a_script() -> None:
    still = re.sub(r"<script.*?</script>", "", pages.html("over"), flags=re.DOTALL)
    assert pages.report("over").verdict in still
    assert 'class="v p-value"' in still and "Least to strip" in still
    for name in ("components", "objects", "symbols", "features"):
        assert f'id="t-{name}"' in still


def test_a_budget_is_judged_anew(visit: Callable[..., Any]) -> None:
    page = visit("budget")
    assert "250 over its budget of 3,000" in page.locator(".verdict.bad").first.inner_text()
    now = page.locator("#verdict-now")
    page.get_by_label("ENABLE_LOG2LFS").check()
    assert "bad" in str(now.get_attribute("class"))
    assert "The component mqtt is 250 over its flash budget of 3,000." in now.inner_text()
    page.get_by_label("ENABLE_MQTT_CIPHER").check()
    assert "budget" not in now.inner_text() and "bad" not in str(now.get_attribute("class"))


def test_a_pair_says_what_ticking_both_gives(visit: Callable[..., Any]) -> None:
    page = visit()
    before = int(page.locator("#size-bin").inner_text().replace(",", ""))
    page.get_by_text("Pairs that share code").click()
    offers = page.locator(".pairs button")
    only = [
        int(re.findall(r"; ([\d,]+) only", text)[0].replace(",", "")) for text in offers.all_inner_texts()
    ]
    assert only == sorted(only, reverse=True) and only[-1] > 0
    words = offers.first.inner_text()
    offers.first.click()
    names = re.findall(r"ENABLE_\w+", words)
    assert len(names) == 2
    assert all(page.get_by_role("checkbox", name=re.compile(rf"{name}\b")).is_checked() for name in names)
    flash = int(re.findall(r"\u2212([\d,]+) flash", words)[0].replace(",", ""))
    assert before - int(page.locator("#size-bin").inner_text().replace(",", "")) == flash
    saved = pages.report().savings
    assert saved
    singles = {one.name: one.flash for one in saved.features}
    assert (
        flash >= sum(singles[name] for name in names) + only[0] - 64
    )  # what goes with each, and what with both
