"""Predicted savings against builds that were really made without the features (truth.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from statistics import median
from typing import NamedTuple

import pytest
import readme_figures
from studies import FIRMWARE, OVER, PERMUTED, built, known, needs_fixture

from imgcheck.prediction import effects as savings
from imgcheck.prediction.packer import Packer

pytestmark = needs_fixture

BASE = FIRMWARE / "truth.toml"
TRUTH = {"base": BASE, "over": OVER / "truth.toml", PERMUTED: BASE}
KINDS = {"base": ("single", "pairs"), "over": ("single",), PERMUTED: ("single", "pairs")}
GROUPS = [(case, what) for case, kinds in KINDS.items() for what in kinds]
# Issue 3: median and worst share that a prediction may be off, and bytes that it may whatever the share is.
BARS = {"flash": (0.01, 0.03, 48), "ota": (0.03, 0.08, 100)}
HEAP_BYTES = 64


class Row(NamedTuple):
    """What a set of features saves in one currency: measured, and predicted."""

    name: str
    real: int
    predicted: int
    error_bar: int

    @property
    def off(self) -> int:
        return abs(self.predicted - self.real)

    @property
    def share(self) -> float:
        return self.off / max(abs(self.real), 1)


@cache
def table(case: str) -> dict[str, tuple[Row, ...]]:
    """Rows by currency, for every entry of a truth.toml; each set predicted as a whole."""
    truth = tomllib.loads(TRUTH[case].read_text())
    study, made = known(case), built(case)
    names = tuple(truth["minus"])
    size = len(study.base.binary)
    effects = {name: savings.effect(study.base, study.removal(frozenset(name.split("+")))) for name in names}
    with Packer(study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc) as packer:
        packed = packer.savings(effects, {name: packer.begin(one) for name, one in effects.items()})
    found: dict[str, list[Row]] = {"flash": [], "ota": [], "heap": []}
    for name in names:
        real = {key: truth["base"][key] - truth["minus"][name][key] for key in ("bin", "xz", "heap")}
        effect = effects[name]
        ota_error = savings.ota_error(packed[name].ota, effect.error, effect, not packed[name].real, size)
        found["flash"].append(Row(name, real["bin"], effect.flash, effect.error))
        found["ota"].append(Row(name, real["xz"], packed[name].ota, ota_error))
        found["heap"].append(Row(name, -real["heap"], effect.ram, HEAP_BYTES))
    return {currency: tuple(rows) for currency, rows in found.items()}


def written(case: str) -> str:
    """The table as people read it."""
    rows = table(case)
    lines = [
        f"{'features':<36}{'flash':>7}{'pred.':>7}{'':>15}{'OTA':>7}{'pred.':>7}{'':>15}{'heap':>7}{'pred.':>7}"
    ]
    for flash, ota, heap in zip(rows["flash"], rows["ota"], rows["heap"], strict=True):
        name = flash.name.replace("ENABLE_", "").replace("DRIVER_", "")
        heaps = f"{heap.real:7,}{heap.predicted:7,}{heap.predicted - heap.real:+5}"
        lines.append(f"{name:<36}{_compared(flash)}{_compared(ota)}{heaps}")
    for what in KINDS[case]:
        middle, packed = (median(one.share for one in entries(case, c, what)) for c in ("flash", "ota"))
        lines.append(f"{what}: median error of flash {middle:.2%}, of OTA {packed:.2%}")
    return "\n".join(lines)


def _compared(row: Row) -> str:
    off = row.predicted - row.real
    return f"{row.real:7,}{row.predicted:7,}{off:+6}{100 * off / max(row.real, 1):+7.1f} %"


@pytest.fixture(autouse=True, scope="module")
def print_table() -> None:
    for case in TRUTH:
        print(f"\n{case}\n{written(case)}")


def entries(case: str, currency: str, what: str) -> list[Row]:
    return [one for one in table(case)[currency] if ("+" in one.name) == (what == "pairs")]


@pytest.mark.parametrize(("case", "what"), GROUPS)
@pytest.mark.parametrize("currency", BARS)
def test_savings_come_true(case: str, what: str, currency: str) -> None:
    typical, worst, free = BARS[currency]
    found = entries(case, currency, what)
    assert median(one.share for one in found) <= typical, written(case)
    assert not [one for one in found if one.off > max(worst * one.real, free)], written(case)


@pytest.mark.parametrize("case", TRUTH)
def test_heap_is_exact(case: str) -> None:
    assert not [one for one in table(case)["heap"] if one.off > HEAP_BYTES], written(case)


@pytest.mark.parametrize("case", TRUTH)
@pytest.mark.parametrize("currency", BARS)
def test_error_bars_hold(case: str, currency: str) -> None:
    # An error bar is worth something when the truth is inside it nearly always.
    found = table(case)[currency]
    outside = [one for one in found if one.off > one.error_bar]
    assert len(outside) <= len(found) // 10, (outside, written(case))


def test_the_readme_says_these_figures() -> None:
    readme = (FIRMWARE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert readme_figures.written(readme, frozenset(("savings",))) == readme, "`make readme` writes them anew"
