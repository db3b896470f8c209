"""Every text that a gate reads has a size: one byte more is one line, and what it may have costs little."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import bounded
import pytest
from studies import ELF, needs_fixture

from imgcheck.api import ground, slips
from imgcheck.history import baseline
from imgcheck.policies import policy, policyfile
from imgcheck.prediction import proofs
from imgcheck.readers import devicecompilers, devicenodes, reportfile, reportjson

pytestmark = needs_fixture
BASELINE = "# imgcheck baseline 1\ntarget bl602\n"
REPORT = '{"schema":1,"tool":{"name":"imgcheck"},"x":['


class Text(NamedTuple):
    """A text, what reads it, and what it is told when it is too long."""

    name: str
    text: Callable[[], str]
    command: Sequence[str]
    says: str


def filled(start: str, most: int, fill: str = "#", end: str = "") -> Callable[[], str]:
    """A text one byte longer than `most`."""
    return lambda: start + fill * ((most + 1 - len(start) - len(end)) // len(fill) + 1) + end


CHECK = ("check", str(ELF))
POLICY, LAYOUT, DTS, BASE = ((*CHECK, f"--{what}") for what in ("policy", "layout", "dts", "baseline"))
START = "/dts-v1/;\n"
TEXTS = {
    "policy": Text("p.toml", filled("", policyfile.LARGEST), POLICY, "more than 256 KiB"),
    "policy of one array": Text(
        "p.toml", filled("[features]\nkeep = [", 800_000, '"A",', "]"), POLICY, "than 256 KiB"
    ),
    "table": Text("t.toml", filled("[pt_table]\n", 64 << 10), LAYOUT, "too large for a partition"),
    "tree": Text("t.dts", filled(START, devicenodes.LARGEST, "/"), DTS, "too large for a"),
    "factory tree": Text(
        "t.dts",
        filled("/dts-v1/; / { ", 128 << 10, "a; ", "};"),
        DTS,
        "too large for a factory",
    ),
    "table in a tree": Text(
        "t.dts",
        filled(START, devicenodes.LARGEST, "/"),
        LAYOUT,
        "too large for a device",
    ),
    "baseline": Text("b.txt", filled(BASELINE, baseline.LARGEST), BASE, "larger than any"),
    "snapshot": Text("r.json", filled(REPORT, reportjson.LARGEST, " "), BASE, "than 64 MiB"),
    "snapshot of nothing": Text(
        "r.json", lambda: REPORT + "[]," * 1_000_001 + "0]}", BASE, "lists and objects"
    ),
    "report of nothing": Text(  # 63 MB of it took 1.6 GB
        "r.json", lambda: REPORT + "[]," * 1_000_001 + "0]}", ("comment",), "lists and objects"
    ),
    "report": Text("r.json", filled(REPORT, reportfile.LARGEST, " "), ("comment",), "larger than any report"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_too_long_is_one_line(tmp_path: Path, name: str) -> None:
    one = TEXTS[name]
    (tmp_path / one.name).write_text(one.text())
    ran = bounded.run([*one.command, one.name], tmp_path)
    bounded.one_line(ran, one.says)
    bounded.cheap(ran, 5, 300)


ARRAY = '[features]\nkeep = ["' + '", "'.join(["A"] * 50_000) + '"]\n'
LONGEST = {
    "policy": ("p.toml", ARRAY, "--policy", 0),
    "baseline": ("b.txt", BASELINE + "reason 2026-01-01 x\n" * 200_000, "--baseline", 0),
    "table": ("t.toml", "[pt_table]\n" + "x = [" + "1," * 32_000 + "]\n", "--layout", 2),
    "tree": ("t.dts", "/dts-v1/; / { " + "a; " * 43_000 + "};", "--dts", 2),
    "snapshot": ("r.json", REPORT + "[]," * 900_000 + "1.5," * 7_000_000 + "0]}", "--baseline", 2),
}


@pytest.mark.parametrize("name", LONGEST)
def test_the_longest_text_costs_seconds(tmp_path: Path, name: str) -> None:
    file, text, option, code = LONGEST[name]
    (tmp_path / file).write_text(text)
    ran = bounded.run([*CHECK, option, file], tmp_path)
    assert ran.code == code, ran.err[:300]
    bounded.cheap(ran, 8, 800)


def test_a_comment_of_all_that_a_report_may_have_costs_seconds(tmp_path: Path) -> None:
    measure = '{"kind":"symbol","name":"a","resource":"flash","size":1,"capacity":null},'
    slot = '{"name":"body","size":1,"limit":2,"headroom":1}'
    layout = f'{{"name":"l","fits":true,"binding":"body","slots":[{slot}]}},'
    (tmp_path / "r.json").write_text(
        '{"schema_version":1,"tool":{"name":"imgcheck","version":"1"},"command":"check","title":"t",'
        '"verdict":"v","passed":true,"image":null,"diagnostics":[],"checks":[],'
        f'"measures":[{(measure * 200_000)[:-1]}],"layouts":[{(layout * 5_000)[:-1]}]}}'
    )
    ran = bounded.run(["comment", "r.json", "-o", "c.md"], tmp_path)
    assert ran.code == 0, ran.err[:300]
    bounded.cheap(ran, 8, 800)


def test_real_ones_are_far_from_it() -> None:
    root = Path(__file__).parents[2]
    shipped = max(one.stat().st_size for one in (root / "budgets").glob("*.toml"))
    assert shipped * 20 < policyfile.LARGEST < policy.LARGEST_CHAIN
    tables = max(one.stat().st_size for one in (root / "budgets/layouts").glob("*.toml"))
    assert tables * 20 < 64 << 10


def test_sources_headers_and_proofs_have_one_too(tmp_path: Path) -> None:
    """What is read of the checkout beside a build: too long, it is passed over or one line."""
    long = tmp_path / "a.c"
    long.write_text("int f(void) {}\n" + " " * ground.LARGEST)
    assert ground.definition(long, "f").line == 0
    long.write_text("int f(void) {}\n" + " " * 100)
    assert ground.definition(long, "f").line == 1
    assert slips.LARGEST_HEADER == 4 << 20 and proofs.LARGEST == 8 << 20
    assert devicecompilers.LARGEST == 128 << 10
