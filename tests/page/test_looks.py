"""The page looks as it did in the states that matter; `IMGCHECK_GOLDEN=write` takes the pictures anew.

Pictures are compared at an eighth of their size, where fonts are rendered alike: a cell counts as another
when one of its colours is, and a few may be (anti-aliasing, another version of the browser).
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import studies
from PIL import Image, ImageChops

KEPT = Path(__file__).parent / "looks"
FONT = "DejaVu Sans"  # of Debian's fonts-dejavu-core; another one breaks lines elsewhere
STEP = 8  # pixels of the page for one of a kept picture
COLOUR = 20  # of 255 by which a cell may differ
CELLS = 0.02  # share of cells that may differ by more

Visit = Callable[..., Any]


def _has_font() -> bool:
    tool = shutil.which("fc-list")
    listed = subprocess.run([tool, FONT], capture_output=True, check=False).stdout if tool else b""
    return bool(listed)


pytestmark = [
    studies.needs_fixture,
    pytest.mark.skipif(not _has_font(), reason=f"{FONT} is not installed"),
]

STATES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "fits": ("fits", "", {}),
    "nearly-full": ("base", "", {"color_scheme": "dark"}),
    "does-not-fit": ("over", "#off=ENABLE_NTP", {}),
    "compare": ("diff", "", {}),
    "phone": ("over", "", {"viewport": {"width": 390, "height": 1900}, "has_touch": True}),
}


def small(page: Any) -> Image.Image:
    """The picture of a page, each cell the mean of its pixels."""
    page.add_style_tag(content=f"* {{ font-family: '{FONT}' !important }}")
    page.wait_for_timeout(150)  # a canvas is drawn again once its size is known
    whole = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return whole.resize((whole.width // STEP, whole.height // STEP), Image.Resampling.BOX)


def differing(one: Image.Image, other: Image.Image) -> float:
    """The share of cells that differ."""
    if one.size != other.size:
        return 1.0
    worst = ImageChops.difference(one, other)
    bands = [band.point(lambda value: 255 if value > COLOUR else 0) for band in worst.split()]
    seen = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return seen.histogram()[255] / (seen.width * seen.height)


@pytest.mark.parametrize("name", STATES)
def test_it_looks_as_it_did(visit: Visit, name: str, tmp_path: Path) -> None:
    case, fragment, settings = STATES[name]
    found = small(visit(case, fragment, bypass_csp=True, **settings))
    path = KEPT / f"{name}.png"
    if os.environ.get("IMGCHECK_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        found.quantize(256).save(path, optimize=True)
    found.save(tmp_path / path.name)
    share = differing(found, Image.open(path).convert("RGB"))
    assert share <= CELLS, f"{share:.1%} of {name} is not as it was: {tmp_path / path.name}"


def test_a_change_that_people_see_is_seen(visit: Visit) -> None:
    page = visit("base", bypass_csp=True)
    before = small(page)
    for rule in (
        ".verdict { display: none }",
        ".cards { display: block }",
        "#map { filter: grayscale(1) }",
        ".columns { grid-template-columns: 1fr !important }",
        ".verdict { background: #444 !important }",
    ):
        style = page.add_style_tag(content=rule)
        assert differing(before, small(page)) > CELLS / 2, rule
        style.evaluate("element => element.remove()")
        assert differing(before, small(page)) <= CELLS / 2
