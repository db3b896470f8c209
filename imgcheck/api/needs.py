"""What rules need beyond the build itself: what of it is not there, and how the rest is found out."""

from __future__ import annotations

from dataclasses import replace

from imgcheck import targets
from imgcheck.api.build import Built
from imgcheck.builds import waste
from imgcheck.devices import layouts
from imgcheck.model import Diagnostic, Facts, Layout, Need, Waste
from imgcheck.policies import limits
from imgcheck.rules import RULES, gate


def missing(made: Built, forced: bool, compared: bool, second: bool = False) -> dict[Need, str]:
    """What rules may need and this build does not have, with the reason."""
    found: dict[Need, str] = {}
    if made.ota is None:
        found[Need.OTA] = "there is no OTA file (--ota)"
    if made.facts.image.detail == "binary":
        found[Need.ELF] = "there is no ELF"
    if made.map is None:
        found[Need.MAP] = "there is no link map (--map)"
    if not compared:
        found[Need.BASELINE] = "there is nothing to compare with (--baseline, --base-elf)"
    if not second:
        found[Need.SECOND] = "no second reader was asked for (--second-reader)"
    elif made.facts.image.detail == "binary":
        found[Need.SECOND] = "there is no ELF that other readers could read"
    if not forced:
        found[Need.BASE] = "no other revision's policy was asked for (--policy-from)"
    return found


def skipped(outcome: gate.Outcome, second: bool = False) -> list[Diagnostic]:
    """Only what may surprise: without --policy-from there is nothing to compare.

    `second` says whether other readers were asked for.
    """
    asked = outcome.facts.policy.options
    return [
        Diagnostic("not-evaluated", "note", f"{code} ({RULES[code].name}) was left out: {why}", subject=code)
        for code, why in outcome.skipped
        if Need.BASE not in RULES[code].needs
        and (Need.SECOND not in RULES[code].needs or second)
        and (Need.HISTORY not in RULES[code].needs or any(key.name in asked for key in RULES[code].options))
        and Need.BASELINE not in RULES[code].needs  # limits that were not held are a finding (IMG306)
    ]


def with_known(facts: Facts) -> Facts:
    """`facts` with the layouts that devices carry."""
    return replace(facts, known=_known(facts))


def _known(facts: Facts) -> tuple[Layout, ...]:
    """Layouts that devices carry: the usual ones, and all when those do not explain the build's."""
    target, tables = targets.find(facts.image.soc.name), facts.layouts
    usual = layouts.default(target)
    if all(any(limits.same_slots(table, known) for known in usual) for table in tables):
        return usual
    return layouts.shipped(target)


def wastes(made: Built) -> tuple[Waste, ...]:
    """Bytes that could be had for nothing, of which a link map tells most."""
    from imgcheck.readers import crossreference, linkmap, tables

    image = made.facts.image
    if image.detail == "binary":
        return ()
    text = linkmap.printed(made.map) if made.map else b""
    cross = crossreference.find(text)
    lonely = crossreference.lonely(cross) if waste.all_or_nothing(image) else ()
    # Without a cross reference table nothing is known of who mentions what.
    gathered = tuple(waste.Table(*table) for table in tables.parse(text)) if cross else ()
    mentions = crossreference.mentions(cross, waste.asked(image, gathered))
    return waste.find(image, mentions, lonely, gathered)
