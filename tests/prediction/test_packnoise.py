"""What packing says of a saving is steadied by prices, and bars are made of how far those two are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studies import built, known, needs_fixture

from imgcheck.prediction import effects, packer, packnoise
from imgcheck.prediction.effects import Effect
from imgcheck.prediction.packer import Packer

SAVED = st.integers(-200_000, 200_000)


@given(SAVED, SAVED, st.integers(0, 500))
def test_what_is_steadied_lies_between_packing_and_price_and_nearer_to_packing(
    one: int, other: int, unsure: int
) -> None:
    found = packnoise.steadied(one, other, unsure)
    assert min(one, other) <= found <= max(one, other)
    assert abs(found - one) <= abs(found - other)


def test_of_a_large_saving_the_price_says_next_to_nothing() -> None:
    assert packnoise.steadied(1_000, 1_100, 80) > 1_035
    assert packnoise.steadied(70_000, 71_000, 80) < 70_001


def test_where_nothing_is_unsure_packing_is_right() -> None:
    assert packnoise.steadied(1_000, 1_100, 0) == 1_000
    assert packnoise.steadied(1_000, 1_100, 20) < 1_005


def test_two_ways_to_be_packed_say_nothing_of_how_near_a_prediction_is() -> None:
    one_way = [-90, -85, -35, -20, -10, 0, 5, 20, 60, 75]
    assert packnoise.noise(one_way) == 117
    assert packnoise.noise([*one_way, *(change - 350 for change in one_way)]) is None
    assert packnoise.noise(one_way[:7]) is None
    assert packnoise.noise([0, 0, 0, 0, 4, 4, 4, 4]) == 4  # nothing is compressed


@given(st.lists(st.integers(-2_000, 2_000), max_size=40), st.integers(-500, 500))
def test_noise_does_not_depend_on_what_all_have(beyond: list[int], more: int) -> None:
    assert packnoise.noise(beyond) == packnoise.noise([change + more for change in beyond])
    assert packnoise.shift([change + more for change in beyond or [0]]) == packnoise.shift(beyond) + more


def test_a_bar_of_measured_noise_is_narrower_and_never_wider() -> None:
    judged = Effect(
        flash=2_000, ram=0, spans=(), gone=(), losses={}, elements={}, error=0, layout=None, reworked=1
    )
    wide = effects.ota_error(1_000, 60, judged, False, 900_000)
    assert 140 < effects.ota_error(1_000, 60, judged, False, 900_000, 140) < 170
    assert effects.ota_error(1_000, 60, judged, False, 900_000, 5_000) == wide
    priced = effects.ota_error(1_000, 60, judged, True, 900_000)
    assert effects.ota_error(1_000, 60, judged, True, 900_000, 140) == priced


def _saved(found: Mapping[str, Effect], few: Sequence[str] = ()) -> dict[str, packer.Packed]:
    study, made = known(), built()
    with Packer(study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc) as packing:
        wanted = {name: effect for name, effect in found.items() if not few or name in few}
        return packing.savings(wanted, {name: packing.begin(effect) for name, effect in wanted.items()})


@needs_fixture
def test_only_what_is_compiled_otherwise_is_steadied_and_only_in_a_noisy_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = known()
    found = {name: study.effect(frozenset((name,))) for name in study.configuration.features}
    plain = _saved(found)
    monkeypatch.setattr(packer, "is_noisy", lambda _: True)
    saved = _saved(found)
    assert {name for name in found if saved[name].ota != plain[name].ota} <= {
        name for name, effect in found.items() if effect.reworked
    }
    assert any(saved[name].ota != plain[name].ota for name in found)
    assert all(one.noise is None for one in plain.values())
    for name, effect in found.items():
        assert (saved[name].noise is not None) == bool(effect.reworked)


@needs_fixture
def test_one_feature_alone_is_what_packing_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing shows there what all features have beyond their price."""
    study = known()
    monkeypatch.setattr(packer, "is_noisy", lambda _: True)
    found = {name: study.effect(frozenset((name,))) for name in study.configuration.features}
    name = next(name for name, effect in found.items() if effect.reworked and effect.spans)
    alone = _saved(found, [name])[name]
    with Packer(study.base, lambda: study.prices, built().facts.artefact, built().facts.image.soc) as packing:
        job = packing.begin(found[name])
        assert job is not None
        assert abs(alone.ota - packing.saving(found[name], job).ota) <= 1
    assert alone.noise is None
