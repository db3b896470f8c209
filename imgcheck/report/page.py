"""What the page's script gets to work on: one document of columns, its text harmless and clipped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from imgcheck.model import KINDS, Atlas, Compared, Feature, Held, Page, Report, Savings
from imgcheck.printable import clip, printable

LONGEST = 160  # characters of a name
_PLAIN = re.compile(r"[\w.$()\[\]+/ -]*", re.ASCII)
VERSION = 1


def document(report: Report) -> dict[str, object]:
    """The data of a report's page; the sizes of groups are sums, which the script makes."""
    page = report.page
    compared = _compared(report.compared) if report.compared else None
    if page is None:
        return {"version": VERSION, "compared": compared} if compared else {}
    atlas = page.atlas
    savings = report.savings
    found = savings.features if savings and page.held else ()
    held = _held(page.held)
    return {
        "version": VERSION,
        "title": name(report.title),
        "sizes": _sizes(report, page),
        "layouts": [
            {
                "name": name(fit.name),
                "slots": [{"name": s.name, "size": s.size, "limit": s.limit} for s in fit.slots],
            }
            for fit in report.layouts
        ],
        "reserve": page.reserve,
        "budgets": [
            {
                "kind": one.kind,
                "name": name(one.name),
                "resource": one.resource,
                "size": one.size,
                "limit": one.capacity,
            }
            for one in report.measures
            if one.capacity is not None and one.kind != "region"
        ],
        "kinds": KINDS,
        **_atlas(atlas),
        "features": _features(found, page.held),
        "defines": [
            {"name": name(one.name), "path": name(one.path), "line": one.line, "on": one.on, "off": one.off}
            for one in (page.held.defines if page.held else ())
            if _whole(one.on) and _whole(one.off)
        ],
        "plans": _plans(savings),
        "held": held,
        "why": _why(page),
        "wastes": [name(one) for one in page.wastes],
        "waste": page.waste or None,
        "wasted": page.wasted or None,
        "compared": compared,
    }


def name(text: str) -> str:
    """A text of the build as it may be shown anywhere on the page."""
    if len(text) <= LONGEST and _PLAIN.fullmatch(text):
        return text
    return clip(printable(text), LONGEST)


def _whole(line: str) -> bool:
    """Whether a line can stand in a patch as it is."""
    return printable(line.replace("\t", " ")) == line.replace("\t", " ") and len(line) <= 400


def _sizes(report: Report, page: Page) -> dict[str, object]:
    summary = report.summary
    return {
        "bin": summary.bin_bytes if summary else 0,
        "unpacked": summary.unpacked_bytes if summary else 0,
        "body": summary.ota_body_bytes if summary else None,
        "file": summary.ota_file_bytes if summary else None,
        "heap": summary.heap_bytes if summary else None,
        "header": page.header,
        "alignment": page.alignment,
    }


def _atlas(atlas: Atlas) -> dict[str, object]:
    groups, leaves = atlas.groups, atlas.leaves
    return {
        "groups": {
            "name": list(map(name, groups.name)),
            "parent": groups.parent,
            "level": groups.level,
            "leaves": groups.leaves,
        },
        "leaves": {
            "name": list(map(name, leaves.name)),
            "flash": leaves.flash,
            "ram": leaves.ram,
            "ota": leaves.ota,
            "address": _steps(leaves.address),
            "section": leaves.section,
            "kind": leaves.kind,
            "source": leaves.source,
            "line": leaves.line,
        },
        "sections": list(map(name, atlas.sections)),
        "sources": list(map(name, atlas.sources)),
    }


def _steps(numbers: Sequence[int]) -> list[int]:
    """The first, then the difference of each to the one before: neighbours lie close."""
    return [*numbers[:1], *(after - before for before, after in pairwise(numbers))]


def _features(found: Iterable[Feature], held: Held | None) -> list[dict[str, object]]:
    """In the order in which sets count them."""
    by_name = {one.name: one for one in found}
    order = [by_name[one] for one in held.features if one in by_name] if held else []
    return [
        {
            "name": name(one.name),
            "place": name(f"{one.path}:{one.line}" if one.line else one.path),
            "flash": one.flash,
            "ram": one.ram,
            "ota": one.ota,
            "flash_error": one.flash_error,
            "ota_error": one.ota_error,
            "shared": [name(other) for other in one.shared_with[:8]],
            "derived": one.name in held.derived if held else False,
        }
        for one in order
    ]


def _plans(savings: Savings | None) -> list[dict[str, object]]:
    return [
        {"off": [name(one) for one in plan.features], "flash": plan.flash, "ota": plan.ota, "fits": plan.fits}
        for plan in (savings.plans if savings else ())
        if plan.features
    ]


def _held(held: Held | None) -> dict[str, object]:
    parts = held.parts if held else ()
    return {
        "features": [name(one) for one in held.features] if held else [],
        "sets": held.sets if held else [],
        "pieces": {
            "set": [one.set for one in parts],
            "leaf": [one.leaf for one in parts],
            "flash": [one.flash for one in parts],
            "ram": [one.ram for one in parts],
            "ota": [round(one.ota, 1) for one in parts],
            "part": [int(one.partial) for one in parts],
        },
        "known": [{**one._asdict(), "priced": round(one.priced, 1)} for one in (held.known if held else ())],
        "always": round(held.always, 1) if held else 0,
        "shifts": [round(one, 1) for one in (held.shifts if held else ())],
    }


def _why(page: Page) -> dict[str, object] | None:
    why = page.why
    if why is None:
        return None
    return {
        "source": why.source,
        "roots": [name(one) for one in why.roots],
        "root": why.root,
        "flash": why.flash,
        "ota": why.ota,
        "to": [_steps(one) for one in why.to],
        "groups": {"flash": why.group_flash, "ota": why.group_ota},
    }


def _compared(found: Compared) -> dict[str, object]:
    return {
        "base": name(found.base),
        "totals": {"flash": found.flash, "ram": found.ram, "ota": found.ota},
        "counted": found.counted,
        "kinds": [
            {
                **one._asdict(),
                "name": list(map(name, one.name)),
                "object": list(map(name, one.object)),
                "archive": list(map(name, one.archive)),
                "was": list(map(name, one.was)),
            }
            for one in found.kinds
        ],
    }


def next_step(report: Report) -> str:
    """What to do when it does not fit: the plan's first choice, in words; "" when nothing has to be done."""
    savings = report.savings
    plan = next((one for one in savings.plans if one.features), None) if savings else None
    if plan is None:
        return ""
    names = ", ".join(f"`{one}`" for one in plan.features)
    return (
        f"Least to strip: {names} gives back {plan.flash:,} ±{plan.flash_error:,} bytes of flash and "
        f"{plan.ota:,} ±{plan.ota_error:,} of the OTA file{'' if plan.fits else ', which is not enough'}."
    )
