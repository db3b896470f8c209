"""How the build came to be this large, drawn on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pages
import pytest
import studies

from imgcheck.report import chart

pytestmark = [studies.needs_fixture, pytest.mark.usefixtures("remembered")]
Visit = Callable[..., Any]


@pytest.mark.parametrize("settings", [{}, {"java_script_enabled": False}, {"color_scheme": "dark"}])
def test_the_trend_has_its_limits_its_jump_and_where_it_goes(visit: Visit, settings: dict[str, Any]) -> None:
    page = visit("history", **settings)
    texts = page.locator(".trend text").all_text_contents()
    assert "fixture-2m" in texts and "far" not in texts  # which would squeeze the builds into a line
    assert "1.18.13 +2,150" in texts and "1.18.29<b>: 106,350" in texts
    line = page.locator(".trend path.s").bounding_box()
    band = page.locator(".trend path.f").bounding_box()
    limit = page.locator(".trend path.l").bounding_box()
    assert abs(line["x"] + line["width"] - band["x"]) < 3  # the future begins where the past ends
    assert limit["y"] < line["y"]
    fill = page.locator(".trend path.s").evaluate("(e) => getComputedStyle(e).fill")
    assert fill == "none"


@pytest.mark.parametrize("width", [390, 1440])
def test_it_scrolls_inside_not_sideways(visit: Visit, width: int) -> None:
    page = visit("history", viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_picture_is_the_one_of_history_plot() -> None:
    drawn = pages.report("history").charts[0]
    shapes = re.compile(r"<(?:path|circle)[^>]*>")
    found = shapes.findall(chart.inline(drawn))
    assert len(found) > 8 and found == shapes.findall(chart.svg(drawn))
