"""What rules need: each is found out when a rule asks, once, and never without one that asks."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gatefacts
import pytest
from gatefacts import budget, facts

from imgcheck.errors import UndecidedError
from imgcheck.model import (
    UNATTRIBUTED,
    Base,
    Calibration,
    Diagnostic,
    Facts,
    Feature,
    Forecast,
    Growth,
    Location,
    Loosening,
    Need,
    Plan,
    Savings,
    Slip,
    Waiver,
    Waste,
)
from imgcheck.rules import RULES, gate

TODAY = datetime.date(2026, 11, 22)
FEATURE = Feature("ENABLE_IR", "src/obk_config.h", 268, 65_003, 0, 35_652, 10, 70)
SAVINGS = Savings(
    (FEATURE,),
    Calibration(1000, 500, 0),
    (Plan(("ENABLE_IR",), 65_003, 0, 35_652, 100, 70, True, 1.0, 0, 0, None, 500),),
)
WASTES = tuple(
    Waste(kind, kind, 9_000, 300, ("a.o",), "f")
    for kind in ("ram-data", "strings", "tables", "kept", "double", "text")
)
SLIPS = (Slip("ENABLE_IR", "#if (V == 4)", Location("src/obk_config.h", 268), 267, 269),)
OTHER_IMAGE = Diagnostic("artefact-other-image", "warning", "other", Location("x.ota"), subject="image")
FORECASTS = (
    Forecast("devcube-1.4.8-2m", "unpacked", 819_200, 773_472, 900.0, 4, 2, 9, "1.18.304", None, 60),
)
# What each provider fills in; everything is wrong with FULL.
FIELDS: dict[Need, dict[str, Any]] = {
    Need.FIELD: {"known": (replace(gatefacts.LAYOUT, partitions=()),)},
    Need.WASTES: {"wastes": WASTES},
    Need.SLIPS: {"slips": SLIPS},
    Need.SAVINGS: {"savings": SAVINGS},
    Need.HISTORY: {"forecasts": FORECASTS},
}
FULL = facts(
    fits=(
        gatefacts.fit(gatefacts.LAYOUT.name, 831_488, 600_000),
        gatefacts.fit(gatefacts.LAYOUT.name, 810_000, 550_000),
    ),
    reserve=50_000,
    origins={},
    budgets=(budget("mqtt", 40_960), budget("lwip", 61_000)),
    image=replace(
        gatefacts.image(gatefacts.item(UNATTRIBUTED, 900)),
        diagnostics=(Diagnostic("bin-differs", "warning", "differs", Location("x.bin"), subject="bin"),),
    ),
    artefact=replace(
        facts().artefact,
        diagnostics=(
            Diagnostic("artefact-other-image", "warning", "other", Location("x.ota"), subject="image"),
            Diagnostic("artefact-refused", "error", "refused", Location("x.ota"), subject="loader"),
        ),
    ),
    growth=(Growth("mqtt", "flash", 8),),
    base=Base("base.json", {("component", "mqtt", "flash"): 40_000}),
    options={"rules.runway.releases": 6},
    second=("lief reads another image",),
    loosenings=tuple(Loosening(kind, "x", "looser", Location("p")) for kind in ("limit", "waiver", "rule")),
    **{name: value for field in FIELDS.values() for name, value in field.items()},
)
BARE = replace(FULL, known=(), wastes=None, slips=None, savings=None, forecasts=None)
EVERYTHING = gate.select(gatefacts.POLICY)


def providers(asked: list[Need]) -> dict[Need, gate.Provider]:
    def provider(need: Need) -> gate.Provider:
        def fill(made: Facts) -> Facts:
            asked.append(need)
            return replace(made, **FIELDS[need])

        return fill

    return {need: provider(need) for need in FIELDS}


def one(code: str) -> gate.Selection:
    return gate.Selection((code,), frozenset())


@pytest.mark.parametrize("code", [code for code in RULES if not RULES[code].wants and code != "IMG401"])
def test_what_a_rule_reads_it_asks_for(code: str) -> None:
    # Dropping a need from a rule leaves it with less than it reads: it must then find less.
    asked: list[Need] = []
    found = gate.judge(BARE, one(code), TODAY, providers(asked)).findings
    assert found == tuple(RULES[code].check(FULL))
    assert found or code in ("IMG201", "IMG202", "IMG203", "IMG303", "IMG306", "IMG704")
    assert len(asked) == len(set(asked))
    assert set(asked) <= {*RULES[code].needs, *RULES[code].prompts}


@pytest.mark.parametrize("code", ["IMG401", "IMG402", "IMG502"])
def test_what_waits_for_a_finding(code: str) -> None:
    asked: list[Need] = []
    outcome = gate.judge(BARE, gate.Selection(("IMG101", code), frozenset()), TODAY, providers(asked))
    found = tuple(finding for finding in outcome.findings if finding.code == code)
    assert found == tuple(RULES[code].check(FULL)) != ()
    assert asked.count(Need.SAVINGS) == 1
    assert outcome.facts.savings == SAVINGS


@pytest.mark.parametrize(
    ("code", "need"),
    [
        ("IMG203", Need.ELF),
        ("IMG501", Need.ELF),
        ("IMG605", Need.ELF),
        ("IMG606", Need.ELF),
        ("IMG604", Need.MAP),
        ("IMG105", Need.OTA),
        ("IMG106", Need.OTA),
        ("IMG701", Need.BASE),
        ("IMG702", Need.BASE),
        ("IMG703", Need.BASE),
        ("IMG402", Need.SLIPS),
        ("IMG401", Need.SAVINGS),
        ("IMG305", Need.HISTORY),
    ],
)
def test_a_rule_without_what_it_needs_is_left_out_or_refused(code: str, need: Need) -> None:
    lacking = replace(FULL, missing={need: "there is none"})
    outcome = gate.judge(lacking, one(code), TODAY)
    assert (outcome.findings, outcome.skipped, outcome.checks) == ((), ((code, "there is none"),), ())
    with pytest.raises(UndecidedError, match=f"{code} .* there is none") as raised:
        gate.judge(lacking, gate.Selection((code,), frozenset((code,))), TODAY)
    assert raised.value.reason is need


OVER: dict[str, Callable[[], Facts]] = {
    "IMG101": lambda: facts(unpacked=831_488),
    "IMG102": lambda: facts(body=600_000),
    "IMG103": lambda: facts(reserve=50_000),
    "IMG301": lambda: facts(budgets=(budget("mqtt", 40_000),)),
    "IMG302": lambda: facts(budgets=(budget("mqtt", 42_000, warn_at=0.9),)),
}


@pytest.mark.parametrize("code", OVER)
def test_what_is_over_prompts_the_question_what_to_strip(code: str) -> None:
    made = OVER[code]()
    asked: list[Need] = []
    found = gate.judge(made, gate.Selection((code, "IMG401"), frozenset()), TODAY, providers(asked)).findings
    assert (found[0].code, found[1].code) == (code, "IMG401")
    assert asked.count(Need.SAVINGS) == 1
    # Nobody waits for the answer when the finding is waived.
    quiet = Waiver(code, "*", "known", "2027-01-01")
    waived = replace(made, policy=replace(made.policy, waivers=(quiet,)))
    asked.clear()
    gate.judge(waived, gate.Selection((code, "IMG401"), frozenset()), TODAY, providers(asked))
    assert Need.SAVINGS not in asked


@pytest.mark.parametrize("code", [code for code in RULES if code not in OVER])
def test_other_findings_do_not(code: str) -> None:
    asked: list[Need] = []
    gate.judge(BARE, gate.Selection((code, "IMG502"), frozenset()), TODAY, providers(asked))
    assert Need.SAVINGS not in asked


def test_what_nobody_asks_for_is_not_looked_at() -> None:
    asked: list[Need] = []
    gate.judge(facts(), gate.Selection(("IMG201", "IMG202"), frozenset()), TODAY, providers(asked))
    assert asked == []


def test_everything_at_once_asks_once() -> None:
    asked: list[Need] = []
    gate.judge(BARE, EVERYTHING, TODAY, providers(asked))
    assert sorted(need.value for need in asked) == ["field", "history", "savings", "slips", "wastes"]


def test_what_is_known_to_be_missing_is_not_looked_for_however_dear_the_finding() -> None:
    """A finding over the slot asks what to strip; that there are no sources was said before."""
    asked: list[Need] = []
    made = replace(OVER["IMG101"](), missing={Need.SAVINGS: "there are no sources"})
    outcome = gate.judge(made, gate.Selection(("IMG101", "IMG401"), frozenset()), TODAY, providers(asked))
    assert Need.SAVINGS not in asked
    assert outcome.facts.savings is None
    assert dict(outcome.skipped)["IMG401"] == "there are no sources"
