"""How soon can the page be used, how large is it, and how long does one stroke take?

A made-up image of 6,000 and of 60,000 symbols in chromium without a screen; beside it, in the same run, the
least that any page would do: 60,000 rectangles on a canvas, as SVG and as DIVs.
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/emitters"), str(ROOT / "tests")]

import samples  # noqa: E402

from imgcheck import emitters  # noqa: E402
from imgcheck.model import Item, Measure, Page  # noqa: E402
from imgcheck.report import atlas  # noqa: E402
from imgcheck.report import summary as report  # noqa: E402

ROUNDS = 5
WORDS = (
    *("wifi", "mqtt", "http", "lwip", "tcp", "udp", "drv", "cmd", "ota", "flash", "task", "queue", "timer"),
    *("init", "read", "write", "parse", "send", "recv", "state", "config", "channel", "sensor", "energy"),
    *("light", "pwm", "led", "button", "json", "string", "buffer", "packet", "header", "token", "event"),
)
LIMITS = {6_000: (0.2, 700_000), 60_000: (0.5, 1_500_000)}
FLOORS = {
    "canvas": "const c=document.createElement('canvas');c.width=1400;c.height=900;document.body.append(c);"
    "const g=c.getContext('2d');for(let i=0;i<60000;i++){g.fillStyle=`hsl(${i%360} 50% 70%)`;"
    "g.fillRect(i%300*4.6,(i/300|0)*4.5,4,4)}",
    "SVG": "let s='<svg width=1400 height=900>';for(let i=0;i<60000;i++)"
    "s+=`<rect x=${i%300*4.6} y=${(i/300|0)*4.5} width=4 height=4 fill='hsl(${i%360} 50% 70%)'/>`;"
    "document.body.innerHTML=s+'</svg>';",
    "DIV": "let s='';for(let i=0;i<60000;i++)s+=`<div style='position:absolute;left:${i%300*4.6}px;"
    "top:${(i/300|0)*4.5}px;width:4px;height:4px;background:hsl(${i%360} 50% 70%)'></div>`;"
    "document.body.innerHTML=s;",
}


def made(count: int) -> str:
    """A page of so many symbols in objects and archives of the usual sizes."""
    rng = random.Random(count)
    items, owners, at = [], [], samples.image().soc.image_origin
    archive = unit = ""
    for number in range(count):
        if number % (count // 30) == 0:
            archive = f"lib{rng.choice(WORDS)}{number % 97}.a"
        if number % 12 == 0:
            unit = f"{rng.choice(WORDS)}_{rng.choice(WORDS)}{number % 89}.o"
        name = f"{'_'.join(rng.choices(WORDS, k=rng.choice((2, 3, 3))))}_{number % 997}"
        size = int(rng.lognormvariate(4, 1.2)) + 4
        source = f"sdk/components/{archive[3:-2]}/src/{unit[:-2]}.c"
        items.append(
            Item(at, at, size, size % 7 == 0, ".text", "", name, unit, archive, source, number % 900)
        )
        owners.append(archive[3:-2])
        at += size
    length = at - samples.image().soc.image_origin
    image = samples.image()
    image = type(image)(
        image.name, image.path, image.soc, tuple(items), bytes(length), image.regions, image.heap, "map"
    )
    prices = [offset * 0.6 for offset in range(length + 1)]
    boxes, _ = atlas.atlas(image, owners, prices)
    facts = samples.facts()
    facts = type(facts)(
        image, facts.artefact, (), facts.fits,
        tuple(Measure("symbol", item.name, "flash", item.flash) for item in items), facts.policy,
    )  # fmt: skip
    start = time.perf_counter()
    text = emitters.load("html").emit(report.build(facts, Page(boxes, header=4096, alignment=16)))
    print(f"{count:,} symbols: written in {time.perf_counter() - start:.2f} s, {len(text.encode()):,} bytes")
    return text


def stroke(tab: Tab, script: str) -> float:
    """Milliseconds of script that one action takes."""
    return float(
        tab.evaluate(f"(() => {{ const t = performance.now(); {script}; return performance.now() - t; }})()")
    )


def measured(tab: Tab, path: Path, count: int) -> None:
    ready, strokes = [], {"zoom": [], "search": []}  # type: ignore[var-annotated]
    for _ in range(ROUNDS):
        tab.goto("about:blank")
        tab.goto(f"file://{path}")
        tab.wait_for_selector("html[data-ready]", state="attached")
        ready.append(float(tab.evaluate("+document.documentElement.dataset.ready")) / 1000)
        tab.evaluate("document.querySelector('#map').focus()")
        key = "document.querySelector('#map').dispatchEvent(new KeyboardEvent('keydown', {{key: '{}'}}))"
        for name in ("Enter", "Home"):
            strokes["zoom"].append(stroke(tab, key.format(name)))
        tab.evaluate(
            "window.took = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
            " window.took = Math.max(window.took, one.duration); }).observe({type: 'longtask'})"
        )
        tab.fill("#find", "mqtt send")
        tab.locator("#found", has_text="hit").wait_for()
        tab.wait_for_timeout(100)
        strokes["search"].append(float(tab.evaluate("window.took")))
    limit, size = LIMITS[count]
    bytes_ = path.stat().st_size
    print(f"  usable after {statistics.median(ready):.2f} s (at most {limit})")
    print(f"  {bytes_:,} bytes (at most {size:,})")
    for name, times in strokes.items():
        worst, middle = max(times), statistics.median(times)
        print(f"  {name}: {middle:.0f} ms, worst {worst:.0f} (at most 50; 0 is under 50 and no long task)")


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
        for count in LIMITS:
            path = Path(name) / f"{count}.html"
            path.write_text(made(count), encoding="utf-8")
            measured(tab, path, count)
        print("60,000 rectangles and nothing else, until they are drawn:")
        for kind, script in FLOORS.items():
            path = Path(name) / f"{kind}.html"
            path.write_text(
                f"<!doctype html><body><script>{script}requestAnimationFrame(() => setTimeout(() => "
                "document.documentElement.dataset.ready = performance.now()))</script>"
            )
            times = []
            for _ in range(ROUNDS):
                tab.goto("about:blank")
                tab.goto(f"file://{path}")
                tab.wait_for_selector("html[data-ready]", state="attached")
                times.append(float(tab.evaluate("+document.documentElement.dataset.ready")) / 1000)
            print(f"  {kind}: {statistics.median(times):.2f} s")
        browser.close()


if __name__ == "__main__":
    main()
