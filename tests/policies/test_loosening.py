"""What one policy allows and another does not."""

from dataclasses import replace
from typing import Any

import pytest

from imgcheck.model import Budget, Component, Location, Pattern, Policy, Waiver
from imgcheck.policies import loosening


def budget(**changes: Any) -> Budget:
    plain: dict[str, Any] = {"kind": "component", "name": "mqtt", "resource": "flash", "limit": 40_960}
    return Budget(**(plain | changes), location=Location("imgcheck.toml", 9))


WAIVER = Waiver("IMG301", "component lwip flash", "why", "2027-01-31", Location("imgcheck.toml", 20))
BASE = Policy(
    "app",
    "imgcheck.toml",
    "",
    layouts=("a", "b"),
    components=(Component("mqtt", (Pattern("object", "mqtt*"),)), Component("other", ())),
    reserve=8192,
    heap_floor=100_000,
    growth_stale=50,
    growth_strict=True,
    budgets=(budget(),),
    select=("IMG1", "IMG3"),
    ignore=("IMG602",),
    waivers=(WAIVER,),
)


@pytest.mark.parametrize(
    ("changes", "kind", "subject"),
    [
        ({"reserve": 4096}, "limit", "reserve"),
        ({"heap_floor": None}, "limit", "heap floor"),
        ({"heap_floor": 99_999}, "limit", "heap floor"),
        ({"growth_stale": 51}, "limit", "age of a baseline in commits"),
        ({"growth_strict": False}, "limit", "failing of what the baseline has as well"),
        ({"budgets": ()}, "limit", "component mqtt flash"),
        ({"budgets": (budget(limit=40_961),)}, "limit", "component mqtt flash"),
        ({"budgets": (budget(limit=0, share=0.9),)}, "limit", "component mqtt flash"),
        ({"layouts": ("a",)}, "limit", "layout b"),
        ({"components": (Component("other", ()),)}, "limit", "component mqtt"),
        ({"waivers": (WAIVER, replace(WAIVER, rule="IMG101"))}, "waiver", "IMG101 component lwip flash"),
        ({"waivers": (replace(WAIVER, expires="2027-02-01"),)}, "waiver", "IMG301 component lwip flash"),
        ({"select": ("IMG1",)}, "rule", "IMG3"),
        ({"ignore": ("IMG602", "IMG101")}, "rule", "IMG101"),
    ],
)
def test_what_is_looser(changes: dict[str, Any], kind: str, subject: str) -> None:
    (found,) = loosening.compare(BASE, replace(BASE, **changes))
    assert (found.kind, found.subject) == (kind, subject)
    assert found.message


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reserve": 9000, "heap_floor": 200_000},
        {"growth_stale": 49, "growth_strict": True},
        {"budgets": (budget(limit=1), budget(name="new"))},
        {"layouts": ("a", "b", "c")},
        {"waivers": ()},
        {"waivers": (replace(WAIVER, expires="2026-01-01", reason="other"),)},
        {"select": ("IMG1", "IMG3", "IMG4"), "ignore": ()},
        {"components": (*BASE.components, Component("more", ()))},
    ],
)
def test_what_is_not(changes: dict[str, Any]) -> None:
    assert list(loosening.compare(BASE, replace(BASE, **changes))) == []


def test_listing_what_was_all() -> None:
    bare = replace(BASE, layouts=(), select=())
    assert {found.subject for found in loosening.compare(bare, BASE)} == {"layouts", "select"}
    tight, loose = (replace(BASE, budgets=(budget(warn_at=share),)) for share in (0.8, 0.9))
    assert len(list(loosening.compare(tight, loose))) == 1
    assert list(loosening.compare(loose, tight)) == []
