"""The least to strip, against brute force over all sets."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.model import Feature
from imgcheck.prediction import plan
from imgcheck.prediction.plan import Need, Saving


def feature(name: str, flash: int, ota: int, flash_error: int = 0, ota_error: int = 0) -> Feature:
    return Feature(name, "c.h", 1, flash, 0, ota, flash_error, ota_error, (), False, ())


def total(features: list[Feature], bonus: Mapping[frozenset[str], int]) -> Callable[[frozenset[str]], Saving]:
    """Sums, and what pairs save more together than apart."""
    by_name = {one.name: one for one in features}

    def predict(names: frozenset[str]) -> Saving:
        rows = [by_name[name] for name in names]
        more = sum(size for pair, size in bonus.items() if pair <= names)
        return Saving(
            sum(f.flash for f in rows) + more,
            0,
            sum(f.ota for f in rows) + more // 2,
            sum(f.flash_error for f in rows),
            sum(f.ota_error for f in rows),
        )

    return predict


# One number for each example: drawing every size by itself took longer than the laws.
SEEDS = st.integers(0, (1 << 64) - 1)


def cases(dice: random.Random, most: int = 6) -> tuple[list[Feature], Need, dict[str, float]]:
    def sizes() -> int:  # as often none, few or equal as large
        return dice.choice((0, 1, 1000, dice.randint(0, 50), dice.randint(0, 5000), dice.randint(0, 5000)))

    features = [
        feature(f"F{i}", sizes(), sizes(), dice.randint(0, 50), dice.randint(0, 50))
        for i in range(dice.randint(0, most))
    ]
    need = dice.choice(
        (
            Need(dice.randint(1, 12_000), 0),
            Need(0, dice.randint(1, 9000)),
            Need(dice.randint(1, 9000), dice.randint(1, 9000)),
        )
    )
    weights = {one.name: float(dice.randint(1, 9)) for one in features if dice.random() < 0.5}
    return features, need, weights


def brute(
    features: list[Feature],
    need: Need,
    weights: Mapping[str, float],
    predict: Callable[[frozenset[str]], Saving],
) -> float | None:
    """The weight of the cheapest set that meets the need."""
    names = [one.name for one in features]
    found = [
        sum(weights.get(name, 1.0) for name in chosen)
        for size in range(1, len(names) + 1)
        for chosen in combinations(names, size)
        if need.met(predict(frozenset(chosen)))
    ]
    return min(found, default=None)


@examples(600)
@given(SEEDS)
def test_the_cheapest_is_found(seed: int) -> None:
    features, need, weights = cases(random.Random(seed))
    predict = total(features, {})
    found = plan.choose(features, need, weights, predict)
    best = brute(features, need, weights, predict)
    assert (found[0].weight if found else None) == best
    check(found, need, weights, predict)


@examples(200)
@given(SEEDS)
def test_features_that_share_code(seed: int) -> None:
    dice = random.Random(seed)
    features, need, weights = cases(dice, 10)
    bonus = {}
    if len(features) > 1:
        names = [f.name for f in features]
        bonus = {frozenset(dice.sample(names, 2)): dice.randint(1, 3000) for _ in range(dice.randint(0, 4))}
    predict = total(features, bonus)
    found = plan.choose(features, need, weights, predict)
    check(found, need, weights, predict)
    everything = frozenset(f.name for f in features)
    if need.met(predict(everything)):
        assert found  # the whole set would do, so something is said


def check(
    found: tuple[plan.Choice, ...],
    need: Need,
    weights: Mapping[str, float],
    predict: Callable[[frozenset[str]], Saving],
) -> None:
    for one in found:
        saving = one.saving
        assert saving == predict(frozenset(one.features))
        assert saving.flash - saving.flash_error >= need.flash or need.flash <= 0
        assert saving.ota - saving.ota_error >= need.ota or need.ota <= 0
        assert one.weight == sum(weights.get(name, 1.0) for name in one.features)
        assert list(one.features) == sorted(one.features)
    sets = [set(one.features) for one in found]
    assert not any(one <= other for one in sets for other in sets if one is not other)
    ranks = [(one.weight, need.surplus(one.saving)) for one in found]
    assert ranks == sorted(ranks)


def test_nothing_suffices() -> None:
    features = [feature("A", 100, 50), feature("B", 200, 60)]
    assert plan.choose(features, Need(301, 0), {}, total(features, {})) == ()
    assert plan.choose(features, Need(300, 0), {}, total(features, {}))
    assert plan.choose([], Need(1, 0), {}, total([], {})) == ()


def test_nothing_needed() -> None:
    features = [feature("A", 100, 50)]
    assert plan.choose(features, Need(0, 0), {}, total(features, {})) == ()
    assert plan.choose(features, Need(-5, 0), {}, total(features, {})) == ()


def test_at_least_three_alternatives_where_there_are() -> None:
    features = [feature(f"F{i}", 1000 + i, 500) for i in range(8)]
    found = plan.choose(features, Need(1000, 0), {}, total(features, {}))
    assert len(found) >= 3
    assert found[0].features == ("F0",)  # the least left over comes first


def test_weights_decide() -> None:
    features = [feature("DEAR", 1000, 0), feature("CHEAP", 500, 0), feature("OTHER", 600, 0)]
    found = plan.choose(features, Need(1000, 0), {"DEAR": 5.0}, total(features, {}))
    assert found[0].features == ("CHEAP", "OTHER")
    found = plan.choose(features, Need(1000, 0), {}, total(features, {}))
    assert found[0].features == ("DEAR",)


@given(SEEDS)
@examples(20)
def test_many_light_features_that_do_together_are_found(seed: int) -> None:
    """Sets of more features than all combinations are tried of, against every total of whole weights."""
    dice = random.Random(seed)
    features = [feature(f"F{i}", dice.randint(100, 9000), 0) for i in range(28)]
    weights = {one.name: float(dice.randint(1, 5)) for one in features}
    need = Need(sum(one.flash for one in features) * dice.randint(20, 60) // 100, 0)
    most = [0] + [-(10**9)] * 140  # by weight, the most that features of exactly that weight save
    for one in features:
        for at in range(140, int(weights[one.name]) - 1, -1):
            most[at] = max(most[at], most[at - int(weights[one.name])] + one.flash)
    least = next(weight for weight, saved in enumerate(most) if saved >= need.flash)
    first, *_ = plan.choose(features, need, weights, total(features, {}))
    assert first.weight == least


def test_weights_of_any_kind_take_a_bounded_time() -> None:
    dice = random.Random(7)
    features = [feature(f"F{i}", dice.randint(100, 9000), 0) for i in range(200)]
    weights = {one.name: dice.random() for one in features}
    need = Need(sum(one.flash for one in features) // 2, 0)
    assert plan.choose(features, need, weights, total(features, {}))


def test_error_bars_are_taken_off() -> None:
    features = [feature("A", 1000, 0, 10), feature("B", 1011, 0, 10)]
    found = plan.choose(features, Need(1000, 0), {}, total(features, {}))
    assert [one.features for one in found] == [("B",)]


def test_sums_that_promise_too_much() -> None:
    # Two that share nearly everything: together they save hardly more than one.
    features = [feature("A", 600, 0), feature("B", 600, 0), feature("C", 550, 0)]
    predict = total(features, {frozenset(("A", "B")): -580})
    found = plan.choose(features, Need(1100, 0), {}, predict)
    assert found[0].features == ("A", "C")
    assert ("A", "B") not in [one.features for one in found]


def test_many_features_take_a_bounded_number_of_predictions() -> None:
    features = [feature(f"F{i}", 100 + i % 7, 50) for i in range(60)]
    asked: list[frozenset[str]] = []
    predict = total(features, {})

    def counted(names: frozenset[str]) -> Saving:
        asked.append(names)
        return predict(names)

    assert plan.choose(features, Need(3000, 0), {}, counted)
    assert len(asked) < 40


def test_what_is_asked_for_is_announced_before_and_little_else_is() -> None:
    features = [feature(f"F{i}", 100 + i % 7, 50, 40) for i in range(12)]
    announced: list[frozenset[str]] = []
    asked: list[tuple[frozenset[str], bool]] = []
    predict = total(features, {})

    def counted(names: frozenset[str]) -> Saving:
        asked.append((names, names in announced))
        return predict(names)

    found = plan.choose(features, Need(250, 0), {}, counted, announced.extend)
    assert found == plan.choose(features, Need(250, 0), {}, predict)
    began = [names for names, before in asked if before]
    assert len(began) > 3
    assert [names for names in announced if names in began] == began
    assert not any(before for _, before in asked[: len(asked) - len(began)])  # the lightest, tried one by one
    assert len(announced) <= len(asked) + 2 + sum(
        set(one.features) <= names for one in found for names in announced
    )
