"""No cheaper set does: said only where brute force over all sets says it too, and nearly always then."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from laws import examples
from test_plan import SEEDS, brute, feature

from imgcheck.model import Feature
from imgcheck.prediction import cheapest
from imgcheck.prediction.plan import Choice, Need, Saving

Parts = Mapping[frozenset[str], int]  # what goes only when all of these are off
NOTHING = Saving(0, 0, 0, 0, 0)


def world(parts: Parts, names: Sequence[str]) -> tuple[list[Feature], Callable[[frozenset[str]], Saving]]:
    """Features whose bytes go when all who hold them are off; OTA bytes are half of them."""

    def predict(off: frozenset[str]) -> Saving:
        flash = sum(size for held, size in parts.items() if held <= off)
        return Saving(flash, 0, flash // 2, 0, len(parts))

    made = []
    for name in names:
        alone = predict(frozenset((name,)))
        others = {other for held in parts if name in held and len(held) > 1 for other in held} - {name}
        made.append(replace(feature(name, alone.flash, alone.ota, 0, len(parts)), shared_with=tuple(others)))
    return made, predict


def worlds(dice: random.Random) -> tuple[Parts, list[str]]:
    names = [f"F{number}" for number in range(dice.randint(1, 7))]

    def holders() -> frozenset[str]:
        return frozenset(dice.choices(names, k=dice.randint(1, 3)))

    return {holders(): dice.randint(1, 3000) for _ in range(dice.randint(1, 10))}, names


@examples(400)
@given(SEEDS)
def test_what_is_proven_is_so(seed: int) -> None:
    dice = random.Random(seed)
    parts, names = worlds(dice)
    features, predict = world(parts, names)
    weights = {name: float(dice.randint(0, 4)) for name in names}
    # About as much as all of them have, so that it is met by few sets.
    most = predict(frozenset(names))
    need = dice.choice((Need(dice.randint(1, most.flash + 1), 0), Need(0, dice.randint(1, most.ota + 1))))
    best = brute(features, need, weights, predict)
    if best is None:
        return
    limit = dice.choice((best, best + 1))
    found = cheapest.proof(features, need, weights, predict, Choice((), NOTHING, limit))
    if found.proven:
        assert limit == best
    elif found.cheaper:
        assert limit > best
        assert need.met(predict(frozenset(found.cheaper.features)))
        assert found.cheaper.weight < limit


def test_small_ones_are_proven_with_few_predictions() -> None:
    features = [feature(f"F{number}", 100 + number, 50) for number in range(40)]
    asked: list[frozenset[str]] = []

    def predict(names: frozenset[str]) -> Saving:
        asked.append(names)
        return Saving(sum(100 + int(name[1:]) for name in names), 0, 50 * len(names), 0, 0)

    found = cheapest.proof(features, Need(420, 0), {}, predict, Choice(("F0",), NOTHING, 4.0))
    assert found == cheapest.Proof(True)
    assert asked == []
    found = cheapest.proof(features, Need(410, 0), {}, predict, Choice(("F0",), NOTHING, 4.0))
    assert found.cheaper  # three of the largest have 414
    assert found.cheaper.weight == 3


def test_two_that_share_are_found_where_their_sums_do_not_promise_it() -> None:
    parts = {frozenset("A"): 100, frozenset("B"): 100, frozenset("AB"): 900, frozenset("C"): 500}
    features, predict = world(parts, ["A", "B", "C"])
    weights = {"C": 1.0, "A": 0.25, "B": 0.25}
    found = cheapest.proof(features, Need(450, 0), weights, predict, Choice(("C",), NOTHING, 1.0))
    assert found.cheaper
    assert found.cheaper.features == ("A", "B")


def test_what_cannot_go_is_no_cheaper_choice_and_hides_no_bound() -> None:
    parts = {frozenset("A"): 100, frozenset("B"): 100, frozenset("ABC"): 900, frozenset("C"): 100}
    features, most = world(parts, ["A", "B", "C"])

    def predict(names: frozenset[str]) -> Saving:
        return NOTHING if len(names) == 3 else most(names)

    dear = Choice(("X",), NOTHING, 9.0)
    assert cheapest.proof(features, Need(1000, 0), {}, predict, dear, most) == cheapest.Proof(True)
    assert cheapest.proof(features, Need(1000, 0), {}, most, dear).cheaper


def test_groups_are_announced_and_then_asked_for() -> None:
    parts = {
        frozenset("AB"): 900,
        frozenset("CD"): 300,
        frozenset("E"): 500,
        **{frozenset(one): 100 for one in "ABCD"},
    }
    features, most = world(parts, ["A", "B", "C", "D", "E"])
    announced: list[frozenset[str]] = []
    asked: list[frozenset[str]] = []

    def counted(names: frozenset[str]) -> Saving:
        asked.append(names)
        return most(names)

    choice = Choice(("X",), NOTHING, 9.0)
    cheapest.proof(features, Need(1500, 0), {}, most, choice, most=counted, ahead=announced.extend)
    assert announced == [frozenset("AB"), frozenset("CD")]
    assert set(announced) <= set(asked)


def test_what_takes_too_long_is_not_proven() -> None:
    features = [feature(f"F{number:02}", 1000, 500, 600) for number in range(40)]

    def predict(names: frozenset[str]) -> Saving:
        return Saving(1000 * len(names), 0, 500 * len(names), 600 * len(names), 0)

    found = cheapest.proof(features, Need(4000, 0), {}, predict, Choice(("X",), NOTHING, 10.0))
    assert found == cheapest.Proof(False)
