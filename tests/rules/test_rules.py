"""Each rule on facts made by hand: when it speaks, what it says, and where that lands."""

import datetime
from collections.abc import Iterable
from typing import Any

import gatefacts
import pytest
from gatefacts import budget, facts, item

from imgcheck.errors import FormatError, UndecidedError
from imgcheck.model import (
    UNATTRIBUTED,
    Calibration,
    Diagnostic,
    Facts,
    Feature,
    FeatureSettings,
    Layout,
    Location,
    Loosening,
    Need,
    Partition,
    Plan,
    Read,
    RegionUse,
    Relief,
    Savings,
    Slip,
    Waiver,
    Waste,
)
from imgcheck.rules import RULES, Rule, gate

TODAY = datetime.date(2026, 11, 22)


def judge(made: Facts, today: datetime.date = TODAY) -> tuple[Diagnostic, ...]:
    return gate.judge(made, gate.select(made.policy), today).findings


def codes(findings: Iterable[Diagnostic]) -> list[str]:
    return [finding.code for finding in findings]


def only(made: Facts) -> Diagnostic:
    findings = judge(made)
    assert len(findings) == 1, codes(findings)
    return findings[0]


def test_nothing_is_wrong_with_the_plain_facts() -> None:
    outcome = gate.judge(facts(), gate.select(gatefacts.POLICY), TODAY)
    assert outcome.findings == ()
    assert outcome.passed("warning")
    assert ("IMG101", "devcube-1.4.8-2m", True) in outcome.checks


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: str(rule.code))
def test_a_page_says_it_all(rule: Rule) -> None:
    for heading in ("What it does", "Why it matters", "What to do", "Example"):
        assert f"\n\n{heading}\n    " in rule.page
    assert rule.title.endswith(".")
    assert {id(gate.find(name)) for name in (rule.code.lower(), rule.name)} == {id(rule)}


def test_the_unpacked_image_over_its_slot() -> None:
    found = only(facts(unpacked=831_488))
    assert (found.code, found.subject) == ("IMG101", "devcube-1.4.8-2m")
    assert found.message == "the unpacked image is 12,288 bytes over devcube-1.4.8-2m (831,488 of 819,200)"
    assert found.location == Location("imgcheck.toml", 3, 1, 8)
    assert only(facts(unpacked=819_201)).code == "IMG101"
    assert judge(facts(unpacked=819_200)) == ()


def test_the_body_over_its_slot() -> None:
    found = only(facts(body=557_056))
    assert found.message == "the OTA body is 1 bytes over devcube-1.4.8-2m (557,056 of 557,055)"
    single = gatefacts.fit("single", 700_000, 400_000, (900_000, 0))
    assert "takes no OTA update" in only(facts(fits=(single,))).message


def test_the_reserve() -> None:
    found = only(facts(reserve=50_000))
    assert found.message == (
        "45,728 bytes are left in the unpacked slot of devcube-1.4.8-2m; the reserve is 50,000"
    )
    assert found.location == Location("imgcheck.toml", 4, 1, 8)
    assert judge(facts(reserve=45_728)) == ()
    assert codes(judge(facts(reserve=50_000, unpacked=819_300))) == ["IMG101"]


def test_a_layout_that_nobody_has() -> None:
    own = Layout(
        "mine", 2 << 20, (Partition("FW", 0, 0x10000, 0xE8000, 0xF8000, 0x78000),), "", Location("m.toml")
    )
    found = only(facts(layouts=(gatefacts.LAYOUT, own)))
    assert "mine (0x10000+0xe8000, 0xf8000+0x78000)" in found.message
    assert found.location == Location("m.toml")
    assert judge(facts(layouts=(own,), known=())) == ()


def test_an_ota_file_of_another_build() -> None:
    said = Diagnostic(
        "artefact-other-image", "warning", "not made from x.elf", Location("x.ota"), subject="image"
    )
    artefact = facts().artefact
    found = only(facts(artefact=type(artefact)(1, 2, 3, Read("x.ota"), diagnostics=(said,))))
    assert (found.code, found.severity, found.location) == ("IMG105", "error", Location("x.ota"))


def test_ram() -> None:
    made = facts()
    over = type(made.image)(
        "a", "a.elf", gatefacts.SOC, (), b"\1", (RegionUse("ram_tcm", 222_000, 221_184),), 100, "map"
    )
    assert "816 more than it has" in only(facts(image=over)).message


def test_the_heap() -> None:
    found = only(facts(heap_floor=102_400))
    assert found.message == "the heap at start is 100,000 bytes, 2,400 under the floor of 102,400"
    assert judge(facts(heap_floor=100_000)) == ()
    with pytest.raises(UndecidedError, match=r"IMG202.*has no symbols _heap_size"):
        judge(facts(heap_floor=1, image=gatefacts.image(heap=None)))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (budget("mqtt", 40_960), "component mqtt takes 41,000 bytes of flash, 40 over its budget of 40,960"),
        (budget("mqtt", 800, "ram"), "component mqtt takes 900 bytes of RAM, 100 over its budget of 800"),
        (budget("liblwip.a", 1, kind="archive"), "archive liblwip.a takes 60,000 bytes"),
        (budget("lwip", 0, share=0.05), "over its budget of 40,960"),
        (budget("mqtt", 41_001), "100.0 % of its budget"),
        (budget("mqtt", 50_000, warn_at=0.8), "82.0 % of its budget"),
        (budget("mqqt", 1), "no component of this build is named 'mqqt'; did you mean 'mqtt'?"),
        (budget("mian", 1, kind="symbol"), "did you mean 'main'?"),
    ],
)
def test_budgets(asked: Any, words: str) -> None:
    found = only(facts(budgets=(asked,)))
    assert words in found.message
    assert found.location == asked.location
    assert found.subject == f"{asked.kind} {asked.name} {asked.resource}"


def test_budgets_that_are_kept() -> None:
    kept = (
        budget("mqtt", 45_000),
        budget("berry", 10),
        budget("lwip", 5, "ram"),
        budget("main", 0, "ram", "symbol"),
    )
    outcome = gate.judge(facts(budgets=kept), gate.select(gatefacts.POLICY), TODAY)
    assert outcome.findings == ()
    assert ("IMG301", "component mqtt flash", True) in outcome.checks


def test_budgets_that_cannot_be_answered() -> None:
    with pytest.raises(UndecidedError, match="read by binary only"):
        judge(facts(budgets=(budget("mqtt", 1),), image=gatefacts.image(detail="binary")))
    with pytest.raises(UndecidedError, match="packed sizes"):
        judge(facts(budgets=(budget("mqtt", 1, "ota"),)))
    with pytest.raises(UndecidedError, match="share of a slot"):
        judge(facts(budgets=(budget("mqtt", 0, share=0.5),), fits=()))


def feature(name: str, flash: int, ota: int) -> Feature:
    return Feature(name, "src/obk_config.h", 268, flash, 0, ota, 10, 70, off=f"#define {name} 0")


def savings(*names: str) -> Savings:
    known = (
        feature("ENABLE_IR", 65_003, 35_652),
        feature("ENABLE_B", 5_000, 2_000),
        feature("ENABLE_C", 100, 50),
    )
    plan = Plan(names, 65_003, 0, 35_652, 100, 70, True, 1.0, 0, 0, None, 500)
    return Savings(known, Calibration(1000, 0, 0), (plan,) if names else ())


def test_the_features_to_strip() -> None:
    found = judge(facts(unpacked=831_488, savings=savings("ENABLE_IR")))
    assert codes(found) == ["IMG101", "IMG401"]
    assert found[1].message == (
        "Switching off ENABLE_IR saves 65,003 bytes of flash and 35,652 of the OTA file; "
        "the image is 12,288 bytes over devcube-1.4.8-2m"
    )
    assert found[1].location == Location("src/obk_config.h", 268)
    assert found[1].replacement == "#define ENABLE_IR 0"


def test_the_cheapest_feature_comes_first() -> None:
    settings = FeatureSettings(weights={"ENABLE_IR": 5.0, "ENABLE_B": 2.0})
    made = facts(unpacked=831_488, savings=savings("ENABLE_IR", "ENABLE_B", "ENABLE_C"), features=settings)
    (found,) = judge(made)[1:]  # one plan, one finding
    assert found.subject == "ENABLE_C+ENABLE_B+ENABLE_IR"
    assert "ENABLE_C, ENABLE_B and ENABLE_IR" in found.message
    assert found.location is not None
    assert found.help.count(" is at ") == 2


def test_a_guard_commented_out() -> None:
    slip = Slip("ENABLE_IR", "#if (V == 4)", Location("src/obk_config.h", 268), 267, 269)
    found = only(facts(slips=(slip,), savings=savings()))
    assert "ENABLE_IR is on in every variant" in found.message
    assert "65,003 bytes of flash" in found.message
    assert found.location == slip.location


def test_accounting() -> None:
    lost = gatefacts.image(item(UNATTRIBUTED, 14_500))
    assert only(facts(image=lost)).message == "14,500 bytes of the image (14.5 %) have no known owner"
    assert judge(facts(image=gatefacts.image(item(UNATTRIBUTED, 500)))) == ()
    failed = Savings((), Calibration(100_000, 90, 20))
    assert "misses 90 and adds 20 of 100,000" in only(facts(savings=failed)).message
    assert judge(facts(savings=Savings((), Calibration(100_000, 90, 10)))) == ()


@pytest.mark.parametrize(
    ("waste", "code", "words"),
    [
        (
            Waste("ram-constants", "t", 64, 64, ("a.o",)),
            "IMG601",
            "t (64 bytes, a.o) is read-only and lies in RAM",
        ),
        (
            Waste("ram-data", "g", 300, 300, ()),
            "IMG601",
            "g (300 bytes) is initialised data in RAM and",
        ),
        (Waste("strings", "application/json", 34, 0, ("a.o", "b.o")), "IMG602", "is there 3 times, 34 bytes"),
        (Waste("tables", "crc", 1024, 0, ("a.o", "b.o")), "IMG603", "1,024 bytes too many (a.o, b.o)"),
        (Waste("kept", "libx.a(y.o)", 900, 0, ("y.o",), "f, g"), "IMG604", "up to 900 bytes in it"),
        (Waste("double", "double", 9_000, 0, ("j.o",), "__muldf3"), "IMG605", "asked for by j.o"),
        (
            Waste("text", "scanf", 9_000, 0, tuple("abcde"), "x 1"),
            "IMG606",
            "asked for by a, b, c and 2 more",
        ),
    ],
)
def test_waste(waste: Waste, code: str, words: str) -> None:
    found = only(facts(wastes=(waste,)))
    assert (found.code, found.severity) == (code, "note")
    assert words in found.message


def test_much_waste_is_summed_up() -> None:
    many = tuple(Waste("tables", f"t{number}", 100, 0, ()) for number in range(25))
    found = judge(facts(wastes=many))
    assert len(found) == 11
    assert found[-1].message == "15 smaller ones: 1,500 bytes of flash in all"


def test_what_is_loosened() -> None:
    kinds: tuple[Any, ...] = ("limit", "waiver", "rule")
    found = judge(facts(loosenings=tuple(Loosening(kind, "x", "looser", Location("p")) for kind in kinds)))
    assert codes(found) == ["IMG701", "IMG702", "IMG703"]


# --- selection and waivers ------------------------------------------------------------------------


def waiver(**changes: Any) -> Waiver:
    plain = {"rule": "IMG101", "subject": "devcube-1.4.8-2m", "reason": "moving", "expires": "2026-11-22"}
    return Waiver(**(plain | changes), location=Location("imgcheck.toml", 20))


def test_a_waiver_holds_until_its_date() -> None:
    made = facts(unpacked=831_488, waivers=(waiver(),))
    outcome = gate.judge(made, gate.select(made.policy), TODAY)
    assert outcome.findings[0].waived == "moving (until 2026-11-22)"
    assert outcome.passed("note")
    assert ("IMG101", "devcube-1.4.8-2m", True) in outcome.checks
    late = judge(made, TODAY + datetime.timedelta(days=1))
    assert [(one.code, one.waived) for one in late] == [("IMG101", ""), ("IMG704", "")]
    assert late[1].location == Location("imgcheck.toml", 20)


def test_a_waiver_may_name_the_rule_and_a_glob() -> None:
    made = facts(unpacked=831_488, waivers=(waiver(rule="unpacked-over-slot", subject="devcube-*"),))
    assert judge(made)[0].waived
    other = facts(unpacked=831_488, waivers=(waiver(subject="other"), waiver(rule="IMG102")))
    assert not judge(other)[0].waived


def test_selection() -> None:
    chosen = gate.select(facts(select=("IMG1", "heap-under-floor"), ignore=("IMG104",)).policy)
    assert chosen.codes == ("IMG101", "IMG102", "IMG103", "IMG105", "IMG106", "IMG107", "IMG108", "IMG202")
    assert chosen.explicit == {"IMG202"}
    for wrong in (
        {"select": ("IMG9",)},
        {"ignore": ("unpaked-over-slot",)},
        {"waivers": (waiver(rule="X"),)},
    ):
        with pytest.raises(FormatError, match="no rule"):
            gate.select(facts(**wrong).policy)
    with pytest.raises(FormatError, match="did you mean 'unpacked-over-slot'"):
        gate.select(facts(ignore=("unpaked-over-slot",)).policy)


def test_savings_that_are_withheld() -> None:
    why = dict.fromkeys((Need.SAVINGS, Need.CALIBRATION), "the link is not reproduced: 9 of 10")
    found = judge(facts(unpacked=831_488, missing=why))
    assert codes(found) == ["IMG101", "IMG502"]
    with pytest.raises(UndecidedError, match="IMG401"):
        judge(facts(unpacked=831_488, missing=why, select=("IMG401",)))


def test_what_relieves_a_budget() -> None:
    over = budget("mqtt", 40_960)
    made = facts(budgets=(over,), savings=savings(), reliefs=(Relief(over, 40, (("ENABLE_B", 3_000),)),))
    found = judge(made)
    assert codes(found) == ["IMG301", "IMG401"]
    assert found[1].message == (
        "Switching off ENABLE_B takes 3,000 bytes of flash off component mqtt, which is 40 over its budget"
    )
    assert found[1].location == Location("src/obk_config.h", 268)


def test_a_budget_is_relieved_by_one_finding_for_all_of_its_features() -> None:
    over = budget("mqtt", 40_960)
    features = (("ENABLE_C", 300), ("ENABLE_B", 200))
    found = judge(facts(budgets=(over,), savings=savings(), reliefs=(Relief(over, 600, features),)))
    (strip,) = (one for one in found if one.code == "IMG401")
    assert "ENABLE_C and ENABLE_B takes 500 bytes of flash off component mqtt" in strip.message
    assert strip.message.endswith("which is 600 over its budget; that is all that may go")
    assert strip.help.startswith("ENABLE_B is at ")
    assert strip.subject == "ENABLE_C+ENABLE_B"


def test_a_rule_without_its_input() -> None:
    missing = {Need.SLIPS: "no header was found"}
    outcome = gate.judge(facts(missing=missing), gate.select(gatefacts.POLICY), TODAY)
    assert outcome.skipped == (("IMG402", "no header was found"),)
    named = facts(missing=missing, select=("IMG402",))
    with pytest.raises(UndecidedError, match=r"IMG402 .* cannot be evaluated: no header was found"):
        judge(named)


def test_what_counts() -> None:
    outcome = gate.judge(facts(budgets=(budget("mqtt", 41_001),)), gate.select(gatefacts.POLICY), TODAY)
    assert outcome.passed("error")
    assert not outcome.passed("warning")
