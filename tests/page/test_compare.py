"""Two builds on one page, in a real browser: tiles and a table first, then the map by growth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pages
import pytest
import studies

pytestmark = [studies.needs_fixture, pytest.mark.usefixtures("remembered")]
Visit = Callable[..., Any]


def changes(page: Any) -> Any:
    return page.locator("#changes")


def statuses(page: Any) -> set[str]:
    return set(changes(page).locator("tbody tr:not(.gap) td:nth-child(1)").all_inner_texts())


def test_tiles_choose_the_rows(visit: Visit) -> None:
    page = visit("diff")
    found = pages.report("diff").compared
    assert found
    assert statuses(page) >= {"removed", "added"}
    page.locator(".tile.new button").click()
    tile = next(one for one in found.tiles if one.status == "new")
    assert statuses(page) == {"added"}
    assert changes(page).locator(".count").inner_text().startswith(f"{tile.things} of ")
    page.locator(".tile.gone button").click()
    assert statuses(page) == {"removed"}
    assert changes(page).locator("tbody .link").count() == 0  # what is gone has no box
    page.locator(".tile.gone button").click()
    assert statuses(page) >= {"removed", "added"}


def test_a_row_finds_its_box_and_the_map_is_coloured_by_growth(visit: Visit) -> None:
    page = visit("diff")
    assert page.locator("#colour-growth").is_checked() and "#" not in page.url
    assert "grown" in page.locator("#legend").inner_text()
    changes(page).get_by_label("Filter").fill("cmd_ntc")
    name = changes(page).locator("tbody .link").first.inner_text()
    changes(page).locator("tbody .link").first.click()
    assert page.locator("#details h3").inner_text() == name
    assert "since" in page.locator("#readout").inner_text()
    page.locator("label[for=colour-component]").click()
    assert "colour=component" in page.url


def test_rows_of_every_kind_add_up(visit: Visit) -> None:
    page = visit("diff")
    found = pages.report("diff").compared
    assert found
    for kind in found.kinds:
        changes(page).get_by_label("Rows of changes").select_option(kind.kind)
        assert changes(page).locator(".count").inner_text() == f"{len(kind.name):,}"


def test_reports_that_were_kept_have_tiles_and_a_table_without_a_map(visit: Visit) -> None:
    page = visit("kept")
    page.locator(".tile.shrunk button").click()
    assert statuses(page) == {"shrunk"}
    assert page.locator("#map").count() == 0


def test_without_javascript_tiles_and_tables_say_it(visit: Visit) -> None:
    page = visit("diff", java_script_enabled=False)
    assert page.locator(".tile").count() >= 5
    assert page.locator("#t-changed-symbols tbody tr").count() > 20
    assert not changes(page).is_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_it_does_not_scroll_sideways(visit: Visit, width: int) -> None:
    page = visit("diff", viewport={"width": width, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_gate_with_a_base_has_the_same_and_what_if(visit: Visit) -> None:
    page = visit("check")
    assert page.locator(".tile.gone").is_visible()
    page.get_by_label("ENABLE_DRIVER_NTC").check()
    assert "Without ENABLE_DRIVER_NTC" in page.locator("#verdict-now").inner_text()
    page.locator("#explore tbody button").first.click()
    assert page.locator("#details .chain li").count() > 1


def test_what_could_go_is_a_colour_of_its_own(visit: Visit) -> None:
    page = visit("over", fragment="#colour=waste")
    assert "could go" in page.locator("#legend").inner_text()
    page.locator("#find").fill("__muldf3")
    page.locator("#hits button").first.click()
    page.locator("#map").focus()
    assert "could go" in page.locator("#readout").inner_text()
