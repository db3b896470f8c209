"""Several builds in one page: what all do, and each with its map, as the address says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pages

from imgcheck import emitters

Visit = Callable[..., Any]


def test_all_builds_come_first_and_each_has_its_own_page(visit: Visit) -> None:
    page = visit("builds")
    assert page.title() == "lamps · imgcheck check"
    assert page.locator(".builds a").all_inner_texts() == ["All builds", "Lamp base", "Lamp over"]
    assert page.locator("[aria-current=page]").inner_text() == "All builds"
    rows = page.locator("#t-builds tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == ["Lamp base", "Lamp over"]
    assert page.locator("#map").count() == 0
    levels = page.locator(".findings > li > p:first-child > .chip").all_inner_texts()
    assert levels == sorted(levels, key=["error", "warning", "note"].index) and levels[0] == "error"
    page.get_by_role("link", name="Lamp over").click()
    page.wait_for_selector("#map")
    assert page.locator("h1").inner_text() == "Lamp over"
    assert page.locator("[aria-current=page]").inner_text() == "Lamp over"
    assert page.title().startswith("Lamp over")


def test_what_if_works_in_a_build_and_a_link_names_the_build(visit: Visit) -> None:
    page = visit("builds", fragment="#build=2")
    page.wait_for_selector("html[data-ready]")
    before = page.locator("#size-bin").inner_text()
    page.get_by_role("checkbox", name=re.compile("DRIVER_NTC")).check()
    after = page.locator("#size-bin").inner_text()
    assert int(after.replace(",", "")) < int(before.replace(",", ""))
    fragment = page.evaluate("location.hash")
    assert fragment == "#build=2&off=ENABLE_DRIVER_NTC"
    again = visit("builds", fragment=fragment)
    again.wait_for_selector("html[data-ready]")
    assert again.locator("#size-bin").inner_text() == after
    assert again.locator("h1").inner_text() == "Lamp over"


def test_a_build_in_it_is_the_page_that_it_has_alone(visit: Visit) -> None:
    page = visit("builds", fragment="#build=1")
    page.wait_for_selector("html[data-ready]")
    part = pages.report("builds").builds[0]
    alone = visit("alone", text=emitters.load("html").emit(part.drawn or part))
    for one in ("header", ".verdict", ".cards", ".findings", "#crumbs", ".trust"):
        assert page.locator(one).first.inner_text() == alone.locator(one).first.inner_text()


def test_without_a_script_all_is_said_and_no_build_is_unknown(visit: Visit) -> None:
    page = visit("builds", java_script_enabled=False)
    assert not page.locator(".builds").is_visible()
    assert "Lamp over: small" in page.locator(".cards").inner_text()
    assert visit("builds", fragment="#build=7").locator("h1").inner_text()
