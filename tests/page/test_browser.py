"""The page in a real browser: what is clicked, typed and ticked does what it says, and nothing leaves it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pages
import pytest
import studies

pytestmark = studies.needs_fixture

AXE = pages.ROOT / "node_modules/axe-core/axe.min.js"
Visit = Callable[..., Any]
MINUS, INSIDE = "\u2212", "\u203a"


def number(text: str) -> int:
    """The first number of a text."""
    found = re.search(rf"[{MINUS}-]?[\d,]+", text)
    assert found, text
    return int(found[0].replace(",", "").replace(MINUS, "-"))


def crumbs(page: Any) -> list[str]:
    return [re.sub(r" [\d,]+$", "", text) for text in page.locator("#crumbs li").all_inner_texts()]


def test_click_keys_and_wheel_go_in_and_out(visit: Visit) -> None:
    page = visit()
    canvas = page.locator("#map")
    assert crumbs(page) == ["OpenBL602"]
    canvas.click(position={"x": 60, "y": 8})
    assert len(crumbs(page)) > 1
    page.keyboard.press("Escape")
    assert crumbs(page) == ["OpenBL602"]
    canvas.focus()
    told = page.locator("#readout").inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("#readout").inner_text() != told
    page.keyboard.press("ArrowDown")
    assert INSIDE in page.locator("#readout").inner_text()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert len(crumbs(page)) > 1
    page.keyboard.press("Home")
    assert crumbs(page) == ["OpenBL602"]
    rect = canvas.bounding_box()
    page.mouse.move(rect["x"] + 100, rect["y"] + 100)
    page.mouse.move(rect["x"] + 104, rect["y"] + 104)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(100)
    inside = crumbs(page)
    assert len(inside) > 1
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(100)
    assert len(crumbs(page)) < len(inside)


def test_hover_and_focus_tell_the_same(visit: Visit) -> None:
    page = visit()
    canvas = page.locator("#map")
    canvas.focus()
    focused = page.locator("#readout").inner_text()
    page.locator("h1").click()
    canvas.hover(position={"x": 30, "y": 5})
    assert page.locator("#readout").inner_text() == focused


def test_search_dims_lists_filters_and_finds(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type("vfscanf")
    page.locator("#found", has_text="hit").wait_for()
    hits = number(page.locator("#found").inner_text())
    assert hits > 0
    assert page.locator("#explore .count").inner_text().startswith(f"{hits} of ")
    page.locator("#hits button").first.click()
    assert (
        "vfscanf" in page.locator("#details h3").inner_text()
        or "vfscanf" in page.locator("#crumbs").inner_text()
    )
    page.keyboard.press("Escape")
    assert page.locator("#hits li").count() == 0


def test_a_row_finds_its_box_and_why_it_is_there(visit: Visit) -> None:
    page = visit()
    page.locator("#explore tbody button").nth(3).click()
    name = page.locator("#details h3").inner_text()
    assert name in page.locator("#readout").inner_text()
    assert page.locator("#ring").is_visible()
    assert "the entry point" in page.locator("#details .chain").first.inner_text()


def test_the_table_is_sorted_by_its_headings(visit: Visit) -> None:
    page = visit()
    cells = page.locator("#explore tbody tr:not(.gap) td:nth-child(2)")
    sizes = [number(text) for text in cells.all_inner_texts()]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) > 10
    page.locator("#explore th button", has_text="Flash").click()
    sizes = [number(text) for text in cells.all_inner_texts()]
    assert sizes == sorted(sizes)
    assert page.locator("#explore th[aria-sort]").get_attribute("aria-sort") == "ascending"


def chips(page: Any) -> list[str]:
    """What each layout's label says, which has to be what its fullest bar shows."""
    said = []
    for card in page.locator("article.card").all():
        states = {bar.get_attribute("data-state") for bar in card.locator(".slot").all()}
        label = card.locator(".chip")
        worst = next(one for one in ("over", "near", "good") if one in states)
        assert label.get_attribute("class") == f"chip {worst}"
        said.append(label.inner_text())
        assert said[-1] == {"over": "over", "near": "nearly full", "good": "fits"}[worst]
    return said


def test_ticking_moves_the_bars_by_what_was_predicted(visit: Visit) -> None:
    page = visit()
    report = pages.report()
    assert report.savings
    feature = next(one for one in report.savings.features if one.name == "ENABLE_DRIVER_SSDP")
    before = number(page.locator("#slot-0-body .p-left").inner_text())
    heap = number(page.locator("#heap").inner_text())
    figures = {name: number(page.locator(f"#size-{name}").inner_text()) for name in ("bin", "body", "file")}
    assert "nearly full" in chips(page)
    page.get_by_label("ENABLE_DRIVER_SSDP").check()
    chips(page)
    for name, size in figures.items():  # one that stood still would contradict the bars below it
        saved = feature.flash if name == "bin" else feature.ota
        assert number(page.locator(f"#size-{name}").inner_text()) == size - saved, name
    assert number(page.locator("#slot-0-body .p-left").inner_text()) == before + feature.ota
    assert number(page.locator("#heap").inner_text()) == heap + feature.ram
    assert number(page.locator("#saved-flash").inner_text()) == -feature.flash
    assert f"±{feature.flash_error:,}" in page.locator("#saved-flash").inner_text()
    assert "ENABLE_DRIVER_SSDP" in page.locator("#verdict-now").inner_text()
    assert "off=ENABLE_DRIVER_SSDP" in page.url
    assert number(page.locator("#crumbs").inner_text().split("602")[-1]) < 102_068
    page.get_by_role("button", name="Undo").click()
    assert number(page.locator("#slot-0-body .p-left").inner_text()) == before
    page.get_by_label("ENABLE_LOG2LFS").check()  # which is not enough
    assert "nearly full" in page.locator(".verdict.now.near").inner_text()
    page.get_by_role("button", name="Undo").click()
    assert "#" not in page.url


def test_a_link_reproduces_the_state(visit: Visit) -> None:
    page = visit()
    page.get_by_label("ENABLE_DRIVER_WEMO").check()
    page.locator("label[for=area-ram]").click()
    page.locator("label[for=colour-feature]").click()
    page.locator("#map").click(position={"x": 60, "y": 8})
    other = visit(fragment="#" + page.url.split("#")[1])
    assert other.get_by_label("ENABLE_DRIVER_WEMO").is_checked()
    assert other.locator("#area-ram").is_checked() and other.locator("#colour-feature").is_checked()
    assert crumbs(other) == crumbs(page)
    assert other.locator("#saved-flash").inner_text() == page.locator("#saved-flash").inner_text()


def test_the_patch_applies(visit: Visit, tmp_path: Path) -> None:
    import shutil
    import subprocess

    page = visit()
    page.get_by_label("ENABLE_DRIVER_SSDP").check()
    page.get_by_label("ENABLE_DRIVER_WEMO").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save patch").click()
    text = Path(download.value.path()).read_text()
    assert text.count("@@") == 4
    path = re.search(r"^\+\+\+ b/(.*)$", text, re.MULTILINE)
    assert path
    target = tmp_path / path[1]
    target.parent.mkdir(parents=True)
    shutil.copy(studies.FIRMWARE / "src/obk_config.h", target)
    subprocess.run(["patch", "-p1", "-s"], cwd=tmp_path, input=text, text=True, check=True)
    assert "//#define ENABLE_DRIVER_SSDP" in target.read_text()


def test_the_plans_first_choice_is_one_click(visit: Visit) -> None:
    page = visit("over")
    assert "Does not fit" in page.locator(".verdict.bad").first.inner_text()
    assert page.locator("#slot-0-unpacked").get_attribute("data-state") == "over"
    page.get_by_role("button", name="Try it").click()
    assert "Fits small" in page.locator("#verdict-now").inner_text()
    assert page.locator("#slot-0-unpacked").get_attribute("data-state") != "over"


def test_touch_and_a_narrow_window(visit: Visit) -> None:
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#map").tap(position={"x": 60, "y": 8})
    assert len(crumbs(page)) > 1


@pytest.mark.parametrize("width", [390, 768, 1440, 3840])
def test_no_width_scrolls_sideways(visit: Visit, width: int) -> None:
    page = visit("over", viewport={"width": width, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rect = page.locator("#map").bounding_box()
    assert rect["width"] > 0.55 * min(width, 2600) - 60


def test_without_javascript_verdict_bars_and_tables_are_there(visit: Visit) -> None:
    page = visit("over", java_script_enabled=False)
    assert page.locator(".verdict").first.is_visible()
    assert page.locator(".bar").count() == 2
    assert page.locator("#t-components tbody tr").count() > 5
    assert not page.locator("#map").is_visible()


def test_print_has_the_map_and_no_controls(visit: Visit) -> None:
    page = visit()
    page.emulate_media(media="print")
    assert page.locator("#map").is_visible() and not page.locator("#find").is_visible()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize("settings", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_nothing(visit: Visit, settings: dict[str, str]) -> None:
    page = visit("over", fragment="#off=ENABLE_DRIVER_SSDP&find=drv", bypass_csp=True, **settings)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")
    assert [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]
    ] == []


@pytest.mark.parametrize("name", pages.HOSTILE, ids=range(len(pages.HOSTILE)))
def test_names_stay_text(visit: Visit, name: str) -> None:
    page = visit("hostile", text=pages.hostile(name), viewport={"width": 390, "height": 900})
    assert page.evaluate("window.evil") is None
    assert page.locator("b, img, marquee").count() == page.locator("b.p-left").count()
    page.locator("#explore tbody button").first.click()
    page.locator("#find").fill("x")
    page.get_by_role("checkbox").first.check()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_says_how_far_to_trust_it(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    terms = page.locator(".trust dt").all_inner_texts()
    assert terms == ["Tool", "Build", "Commit", "Policy", "Attribution", "OTA bytes", "What if", "Why"]
    assert page.locator(".files tbody tr").count() == 5
    assert re.fullmatch("[0-9a-f]{64}", page.locator(".files code").first.inner_text())
