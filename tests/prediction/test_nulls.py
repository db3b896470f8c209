"""What moving an image by a few bytes does to its packed size is tried, and bars are made of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest
from studies import built, known, needs_fixture

from imgcheck.api import savings
from imgcheck.prediction import effects, nulls, packer
from imgcheck.prediction.packer import Packer


@needs_fixture
def test_a_trial_is_the_image_without_a_few_bytes() -> None:
    base = known().base
    shorter = [len(base.binary) - len(image) for image in nulls.images(base)]
    assert len(shorter) == 4
    assert all(0 <= less <= 32 for less in shorter)
    assert list(nulls.images(replace(base, relinker=None))) == []


def test_two_ways_to_be_packed_say_nothing_of_how_near_a_prediction_is() -> None:
    assert nulls.noise([0, -380, 12, 40]) is None
    assert nulls.noise([]) is None
    assert nulls.noise([3, -2]) == nulls.noise([-100, 90])
    assert nulls.noise([3, -200]) == 200


def test_a_bar_of_measured_noise_is_narrower_and_never_wider() -> None:
    judged = effects.Effect(
        flash=2_000, ram=0, spans=(), gone=(), losses={}, elements={}, error=0, layout=None, reworked=1
    )
    wide = effects.ota_error(1_000, 60, judged, False, 900_000)
    assert 140 < effects.ota_error(1_000, 60, judged, False, 900_000, 140) < 170
    assert effects.ota_error(1_000, 60, judged, False, 900_000, 5_000) == wide
    priced = effects.ota_error(1_000, 60, judged, True, 900_000)
    assert effects.ota_error(1_000, 60, judged, True, 900_000, 140) == priced


@needs_fixture
def test_only_what_is_compiled_otherwise_is_judged_by_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    study, made = known(), built()
    monkeypatch.setattr(packer, "is_noisy", lambda _: True)
    found = {name: study.effect(frozenset((name,))) for name in study.configuration.features}
    assert any(effect.reworked for effect in found.values())
    with Packer(study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc) as packing:
        saved = packing.savings(found, {name: packing.begin(effect) for name, effect in found.items()})
    for name, effect in found.items():
        assert (saved[name].noise is not None) == bool(effect.reworked)


@needs_fixture
def test_trials_that_are_begun_beside_the_study_say_what_the_packer_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, base = built(), known().base
    monkeypatch.setattr(packer, "is_noisy", lambda _: True)
    with ExitStack() as stack:
        trials = savings.Trials(made, stack)
        assert trials.sizes is None
        trials.begin(base)
        assert trials.sizes is not None
        begun = trials.sizes()
    assert len(begun) == 4
    assert begun == packer.trial_sizes(base, made.facts.artefact, made.facts.image.soc)


@needs_fixture
def test_a_small_image_is_not_tried() -> None:
    made = built()
    assert packer.trial_sizes(known().base, made.facts.artefact, made.facts.image.soc) == []
