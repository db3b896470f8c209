"""The policy that `imgcheck init` writes, and the reference of the format: both are read back."""

import re
from pathlib import Path

import gatefacts
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.model import FILL, Measure
from imgcheck.policies import policyfile
from imgcheck.rules import gate, starter

ROOT = Path(__file__).parent.parent.parent


def test_the_reference_is_a_policy() -> None:
    text, *others = re.findall(
        r"```toml\n(.*?)```", (ROOT / "docs/policy.md").read_text(encoding="utf-8"), re.DOTALL
    )
    for other in others:
        policyfile.parse(other)
    draft = policyfile.parse(text)
    assert set(draft.components) == {"my-driver", "vendor"}
    assert len(draft.budgets) == 8
    policy = gatefacts.facts(select=draft.select, ignore=draft.ignore, waivers=draft.waivers).policy
    assert "IMG402" in gate.select(policy).explicit


def test_limits_are_above_todays_sizes() -> None:
    facts = gatefacts.facts(
        measures=(
            Measure("component", "mqtt", "flash", 41_000),
            Measure("component", "mqtt", "ram", 900),
            Measure("component", "tiny", "flash", 10),
            Measure("component", FILL, "flash", 5_000),
            Measure("component", "big", "flash", 300_001),
        )
    )
    draft = policyfile.parse(starter.write(facts, "src/obk_config.h", "OpenBL602.elf"))
    limits = {key: budget.limit for key, budget in draft.budgets.items()}
    sizes = {("component", "mqtt", "flash"): 41_000, ("component", "big", "flash"): 300_001}
    assert limits.keys() == sizes.keys()
    assert all(1.03 * size <= limits[key] <= 1.03 * size + 256 for key, size in sizes.items())
    own = policyfile.parse(starter.write(facts, own={"mqtt"}))
    assert {key[1] for key in own.budgets} == {"mqtt"}
    assert draft.layouts == ("devcube-1.4.8-2m",)
    assert draft.plain["heap.floor"] == 100_000 // 1024 * 1024
    assert draft.plain["reserve"] == 4096
    assert draft.features == {"config": "src/obk_config.h"}


def test_a_layout_that_does_not_fit_is_demanded_all_the_same() -> None:
    draft = policyfile.parse(starter.write(gatefacts.facts(unpacked=900_000), name="x.elf"))
    assert draft.layouts == ("devcube-1.4.8-2m",)
    assert "DOES NOT FIT: unpacked 80,800 bytes over" in starter.write(gatefacts.facts(unpacked=900_000))


def test_without_a_build() -> None:
    draft = policyfile.parse(starter.write(None, "app/config.h", known=["a", "b"]))
    assert draft.layouts is None
    assert draft.budgets == {}
    assert draft.features["source_roots"] == ("app",)


@pytest.mark.parametrize("name", ["x\n[budgets]\n", 'a"b', "\x1b[31m"])
def test_names_are_only_names(name: str) -> None:
    facts = gatefacts.facts(measures=(Measure("component", name, "flash", 2_000),))
    draft = policyfile.parse(starter.write(facts, f"{name}/x.h", name))
    assert [key[1] for key in draft.budgets] == [name]
    assert draft.features["config"] == f"{name}/x.h"


@given(st.text(min_size=1, max_size=40), st.integers(1024, 4_000_000))
@examples(60)
def test_any_component_is_limited(name: str, size: int) -> None:
    if name.startswith("["):
        return
    facts = gatefacts.facts(measures=(Measure("component", name, "flash", size),))
    text = starter.write(facts).encode("utf-8", "replace").decode()
    (budget,) = policyfile.parse(text).budgets.values()
    assert 1.03 * size <= budget.limit <= 1.03 * size + 257
