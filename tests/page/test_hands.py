"""The page under fingers and with the keyboard alone, and what is taken from it: CSV, patch, link, paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pages
import pytest
import studies
from test_browser import AXE, crumbs, number

pytestmark = studies.needs_fixture
Visit = Callable[..., Any]
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def fingers(page: Any, *gaps: float) -> None:
    """Two fingers on the middle of the map, so far apart one after the other."""
    page.locator("#map").scroll_into_view_if_needed()
    rect = page.locator("#map").bounding_box()
    x, y = rect["x"] + rect["width"] / 3, rect["y"] + rect["height"] / 4
    session = page.context.new_cdp_session(page)

    def send(kind: str, gap: float | None) -> None:
        points = [] if gap is None else [{"x": x - gap / 2, "y": y}, {"x": x + gap / 2, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", gaps[0])
    for gap in gaps[1:]:
        send("touchMove", gap)
    send("touchEnd", None)
    page.wait_for_timeout(100)


def test_two_fingers_go_in_and_out(visit: Visit) -> None:
    page = visit(**PHONE)
    scale = "window.visualViewport.scale"
    fingers(page, 40, 60, 80, 110)
    inside = crumbs(page)
    assert len(inside) > 1
    fingers(page, 200, 170, 120, 80, 50)
    assert len(crumbs(page)) < len(inside)
    assert page.evaluate(scale) == 1  # the fingers zoomed the map, not the page


def copied(page: Any, name: str, within: str = "body") -> str:
    page.locator(within).get_by_role("button", name=name).first.click()
    page.locator(within).get_by_role("button", name="Copied").first.wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_what_is_copied_is_what_is_shown(visit: Visit) -> None:
    page = visit(**CLIPBOARD)
    text = copied(page, "Copy as CSV", "#explore")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0])[:4] == ["Name", "Flash", "RAM", "OTA"]
    assert {"Object", "Archive", "Section", "Address", "Source"} <= set(rows[0])
    summary = pages.report().summary
    assert summary and sum(int(row["Flash"]) for row in rows) == summary.bin_bytes
    page.locator("#find").fill("ssdp")
    page.locator("#found", has_text="hit").wait_for()
    few = list(csv.DictReader(io.StringIO(copied(page, "Copy as CSV", "#explore"))))
    assert len(few) == number(page.locator("#found").inner_text()) < len(rows)
    page.get_by_label("Rows", exact=True).select_option("object")
    page.locator("#find").fill("")
    page.locator("#explore .count", has_not_text="of").wait_for()
    objects = list(csv.DictReader(io.StringIO(copied(page, "Copy as CSV", "#explore"))))
    assert {"Code", "Strings"} <= set(objects[0])
    assert 0 < sum(int(row["Flash"]) for row in objects) <= summary.bin_bytes


def test_patch_and_link_are_copied(visit: Visit) -> None:
    page = visit(**CLIPBOARD)
    page.get_by_label("ENABLE_DRIVER_SSDP").check()
    assert "\n+//#define ENABLE_DRIVER_SSDP" in copied(page, "Copy patch")
    link = copied(page, "Copy link")
    assert link.endswith("#off=ENABLE_DRIVER_SSDP")
    other = visit(fragment="#" + link.split("#")[1])
    assert other.get_by_label("ENABLE_DRIVER_SSDP").is_checked()


def test_undo_takes_back_one_tick_after_the_other(visit: Visit) -> None:
    page = visit()
    left = page.locator("#slot-0-body .p-left")
    seen = [left.inner_text()]
    for name in ("ENABLE_DRIVER_SSDP", "ENABLE_DRIVER_WEMO", "ENABLE_NTP"):
        page.get_by_label(name, exact=False).first.check()
        seen.append(left.inner_text())
    assert len(set(seen)) == 4
    page.get_by_role("button", name="All on").click()
    assert left.inner_text() == seen[0]
    for expected in reversed(seen):
        page.get_by_role("button", name="Undo").click()
        assert left.inner_text() == expected
    assert page.get_by_role("button", name="Undo").is_disabled()


def tab_to(page: Any, wanted: str, most: int = 60) -> None:
    """Presses Tab until the element that matches is focused."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({wanted!r})"):
            return
    raise AssertionError(f"{wanted} is not reached by Tab")


def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    page = visit("over")
    tab_to(page, "#try-plan")
    page.keyboard.press("Enter")
    assert "Fits small" in page.locator("#verdict-now").inner_text()
    tab_to(page, "#find")
    tab_to(page, "#area input")
    page.keyboard.press("ArrowRight")
    assert page.locator("#area-ram").is_checked() and "area=ram" in page.url
    tab_to(page, "#map")
    ring = page.evaluate("getComputedStyle(document.querySelector('.stage')).outlineStyle")
    assert ring == "solid"  # where one is, is seen
    page.keyboard.press("Enter")
    assert len(crumbs(page)) > 1
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ssdp")
    page.locator("#hits button").first.wait_for()
    tab_to(page, "#hits button")
    page.keyboard.press("Enter")
    assert page.locator("#details").is_visible()
    tab_to(page, "#what-if input[type=checkbox]")
    ticked = page.evaluate("document.activeElement.checked")
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.checked") is not ticked
    tab_to(page, "#explore th button")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('th').getAttribute('aria-sort')")
    tab_to(page, "details.table > summary", 200)
    was = page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open") is not was


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ink_is_read_on_its_paper(visit: Visit, scheme: str) -> None:
    page = visit("over", color_scheme=scheme)
    ink, paper = page.evaluate(
        "['color', 'backgroundColor'].map((name) => getComputedStyle(document.body)[name])"
    )
    dark = sum(int(one) for one in paper[4:-1].split(",")) < 200
    assert dark is (scheme == "dark") and ink != paper
    shades = page.evaluate(
        "(() => { const c = document.querySelector('#map'); const d = c.getContext('2d').getImageData(0, 0, "
        "c.width, c.height).data; let sum = 0; for (let i = 0; i < d.length; i += 400) sum += d[i + 1]; "
        "return sum / (d.length / 400) })()"
    )
    assert (shades < 120) is (scheme == "dark")


def test_forced_colours_keep_lines_and_labels(visit: Visit) -> None:
    page = visit("over", forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    inks = page.evaluate(
        "(() => { const c = document.querySelector('#map'); const d = c.getContext('2d').getImageData(0, 0, "
        "c.width, c.height).data; const seen = new Set(); for (let i = 0; i < d.length; i += 4) "
        "seen.add(d[i] >> 6); return seen.size })()"
    )
    assert inks > 1  # boxes have edges although they have no fills
    assert page.locator(".bar .v").first.bounding_box()["width"] > 0


def test_paper_has_the_state_that_was_ticked(visit: Visit) -> None:
    page = visit(fragment="#off=ENABLE_DRIVER_SSDP")
    page.emulate_media(media="print")
    assert page.locator("#verdict-now").is_visible()
    assert not page.locator("#what-if").is_visible()
    assert page.locator(".trust").is_visible()
    body = page.pdf()
    assert body.startswith(b"%PDF") and len(body) > 20_000


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci)")
@pytest.mark.parametrize(
    ("case", "fragment", "settings"),
    [("base", "", PHONE), ("diff", "", {}), ("diff", "", {"color_scheme": "dark"}), ("history", "", {})],
)
def test_axe_finds_nothing_on_other_pages(
    visit: Visit, case: str, fragment: str, settings: dict[str, Any]
) -> None:
    page = visit(case, fragment=fragment, bypass_csp=True, **settings)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")
    assert [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]
    ] == []
