"""Pages of real builds, made once for each test process, and what the page's script says of them."""

from __future__ import annotations

import atexit
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import studies

from imgcheck import emitters
from imgcheck.api import build, check, diff
from imgcheck.api.asked import Asked
from imgcheck.model import Chart, Mark, Report
from imgcheck.report import merged, moving

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "reports" / "page"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


@cache
def report(case: str = "base") -> Report:
    """The report of a fixture build, as `--output html` makes it of `imgcheck report`, diff or check."""
    if case in ("diff", "kept"):
        ends = (studies.inputs("base").firmware, studies.inputs("over").firmware)
        if case == "kept":
            ends = (kept("base"), kept("over"))
        changed = diff.show(diff.Request(*ends, tree=True))
        return _anywhere(changed.drawn or changed)
    if case == "history":
        sizes = tuple(100_000 + at * 150 + 2_000 * (at > 12) for at in range(30))
        names = tuple(f"1.18.{at}<b>" for at in range(30))
        limits = (("fixture-2m", 110_592), ("far", 819_200))
        fan = tuple((sizes[-1] + at * 50, sizes[-1] + at * 150, sizes[-1] + at * 400) for at in range(1, 9))
        marks = (Mark(13, "1.18.13 +2,150", True),)
        chart = Chart("Unpacked image", "30 builds", names, sizes, limits, marks, fan)
        return replace(report(), charts=(chart,))
    if case == "check":
        asked = check.Request(
            date(2026, 11, 27), tree=True, baseline=Asked(elf=studies.inputs("base").firmware)
        )
        judged = check.show(studies.inputs("over"), asked, lambda _what, _share: None)
        return judged.drawn or judged
    if case == "builds":
        asked = check.Request(date(2026, 11, 27), tree=True)
        both = [replace(studies.inputs(one), title=f"Lamp {one}") for one in ("base", "over")]
        return merged.build([check.show(one, asked, lambda _what, _share: None) for one in both], "lamps")
    if case == "budget":
        own = Path(tempfile.mkdtemp(prefix="budget")) / "imgcheck.toml"
        atexit.register(shutil.rmtree, own.parent)
        own.write_text(f'extends = "{studies.FIRMWARE}/imgcheck.toml"\n[budgets]\nmqtt = 3000\n')
        asked = check.Request(date(2026, 11, 27), tree=True)
        judged = check.show(
            replace(studies.inputs("base"), policy=str(own)), asked, lambda _what, _share: None
        )
        return judged.drawn or judged
    if case == "fits":
        roomy = ("devcube-1.4.8-2m", "guiflasher-2m")
        return build.show(replace(studies.inputs("base"), layouts=roomy)).drawn or report()
    made = moving.seen_from(build.show(studies.inputs(case)), str(ROOT))
    return made.drawn or made


def _anywhere(made: Report) -> Report:
    """The same report wherever this checkout lies."""
    here = f"{ROOT}/"
    found = made.compared
    found = found and replace(found, base=found.base.replace(here, ""))
    return replace(made, verdict=made.verdict.replace(here, ""), compared=found)


@cache
def kept(case: str) -> Path:
    """The JSON report of a fixture build."""
    path = Path(tempfile.mkdtemp(prefix="kept")) / f"{case}.json"
    atexit.register(shutil.rmtree, path.parent)
    path.write_text(emitters.load("json").emit(build.show(studies.inputs(case), packed=True, tree=False)))
    return path


@cache
def html(case: str = "base") -> str:
    """The same as a page."""
    return emitters.load("html").emit(report(case))


@cache
def data(case: str = "base") -> dict[str, object]:
    """What the page's script works on."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html(case))
    assert found
    made = json.loads(found[1])
    assert isinstance(made, dict) and "deflated" not in made
    return made


def run(script: str, value: object) -> object:
    """What a module, which has `input` and sets `output`, makes of a value; imports are from reports/page."""
    program = (
        'import { readFileSync } from "node:fs";\n'
        f"{script.replace('@/', f'{SCRIPTS.as_posix()}/')}\n"
        "const input = JSON.parse(readFileSync(0, 'utf8'));\n"
        "process.stdout.write(JSON.stringify(answer(input)));\n"
    )
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", program],
        input=json.dumps(value), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


HOSTILE = (
    "<script>window.evil = 1</script><img src=x onerror='window.evil=1'>",
    "</script><script>window.evil = 1</script>",
    "\"'><b onclick=window.evil=1>&lt;",
    "\u202egpj.exe\u2066 \u2028 \ud800 \x00",
    "x" * 10_000,
)


def hostile(name: str) -> str:
    """A page on which everything is called `name`."""
    made = report()
    assert made.page and made.savings
    atlas = made.page.atlas
    leaves = atlas.leaves._replace(name=(name,) * len(atlas.leaves.name))
    groups = atlas.groups._replace(name=(name,) * len(atlas.groups.name))
    boxes = replace(atlas, leaves=leaves, groups=groups, sources=(name,) * len(atlas.sources))
    features = tuple(
        replace(one, name=f"{name}{i}", path=name) for i, one in enumerate(made.savings.features)
    )
    assert made.page.held and made.page.why and made.provenance
    why = replace(made.page.why, roots=(name,) * len(made.page.why.roots))
    files = tuple(one._replace(what=name, path=name, how=name) for one in made.page.files)
    held = replace(made.page.held, features=tuple(one.name for one in features))
    drawn = replace(made.page, atlas=boxes, held=held, why=why, files=files)
    savings = replace(made.savings, features=features)
    layouts = tuple(fit._replace(name=name) for fit in made.layouts)
    named = replace(made, title=name, verdict=name, page=drawn, savings=savings, layouts=layouts)
    origin = made.provenance._replace(compilers=(name,), flags=(name,), policy=name, revision=name)
    measures = tuple(
        one._replace(name=name, capacity=1) if one.kind == "component" else one for one in made.measures
    )
    named = replace(named, provenance=origin, measures=measures)
    return emitters.load("html").emit(named)
