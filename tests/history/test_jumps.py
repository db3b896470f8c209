from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import accumulate

import histories
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.history import jumps
from imgcheck.history.jumps import Jump


def f1(pairs: Sequence[tuple[Sequence[int], Sequence[int]]], tolerance: int = 1) -> float:
    """Of (found, true) places; a place counts when it is one build away at most."""
    hit = wrong = lost = 0
    for found, true in pairs:
        near = [place for place in found if any(abs(place - other) <= tolerance for other in true)]
        wrong += len(found) - len(near)
        there = [place for place in true if any(abs(place - other) <= tolerance for other in found)]
        hit += len(there)
        lost += len(true) - len(there)
    return 2 * hit / (2 * hit + wrong + lost)


def found(sizes: Sequence[int]) -> list[int]:
    return [one.at for one in jumps.jumps(sizes)]


def test_true_steps_among_skewed_commits() -> None:
    scores = {}
    for kind in histories.COMMITS:
        made = [histories.hard(seed, kind) for seed in range(30)]
        scores[kind] = f1([(found(sizes), places) for sizes, places in made])
    print({kind: round(score, 3) for kind, score in scores.items()})
    assert sum(scores.values()) / len(scores) >= 0.95
    assert min(scores.values()) >= 0.9


def test_a_plain_history_shows_its_steps_and_nothing_else() -> None:
    made = [histories.hard(seed, "normal") for seed in range(30)]
    assert f1([(found(sizes), places) for sizes, places in made]) >= 0.98


def test_a_level_that_moves_in_noise() -> None:
    made = [histories.noisy(seed) for seed in range(30)]
    assert f1([(found(sizes), places) for sizes, places in made], tolerance=3) >= 0.95


@pytest.mark.parametrize("seed", range(8))
def test_noise_alone_has_no_change(seed: int) -> None:
    sizes, _ = histories.noisy(seed, moved=0)
    assert jumps.noisy(sizes)
    assert found(sizes) == []


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([5], []),
        ([5] * 50, []),
        ([5, 9], [Jump(1, 4)]),
        ([100] * 20 + [400] * 20, [Jump(20, 300)]),
        ([100] * 20 + [400] * 20 + [50] * 20, [Jump(20, 300), Jump(40, -350)]),
    ],
)
def test_few_changes_are_all_of_them_changes(sizes: list[int], expected: list[Jump]) -> None:
    assert jumps.jumps(sizes) == expected


def test_one_odd_build_is_no_change_of_the_code() -> None:
    assert jumps.jumps([100] * 20 + [900] + [100] * 20) == []


def test_small_commits_hide_no_large_one() -> None:
    deltas = [4, 8, 12, 4, 0, 16, 8] * 8
    deltas[30] = 2_000
    assert jumps.jumps(list(accumulate(deltas, initial=700_000))) == [Jump(31, 2_000)]


@pytest.mark.parametrize("kind", histories.COMMITS)
def test_fifty_builds_are_enough_to_tell_sizes_from_noise(kind: str) -> None:
    assert not any(jumps.noisy(histories.hard(seed, kind)[0][:51]) for seed in range(20))
    assert all(jumps.noisy(histories.noisy(seed, 130, 0)[0][:51]) for seed in range(20))


def test_noise_that_grows_is_said_and_is_no_move_of_the_level() -> None:
    r = random.Random(5)
    sizes = [round(90_000 + r.gauss(0, 20 if at < 150 else 120)) for at in range(300)]
    moved = jumps.jumps(sizes)
    assert len(moved) == 1
    assert abs(moved[0].at - 150) <= 5
    assert moved[0].delta == 0
    assert re.fullmatch(r"noise: \+-[12]\d -> \+-1\d\d bytes", moved[0].words)


def test_one_odd_measurement_among_noise_is_said_to_be_one() -> None:
    sizes, _ = histories.noisy(1, moved=0)
    sizes[100] += 5_000
    (one,) = jumps.jumps(sizes)
    assert (one.at, one.words) == (100, "noise: this build only")
    assert one.delta == pytest.approx(5_000, abs=300)


def test_what_is_too_small_to_matter_is_left_out() -> None:
    assert jumps.jumps([100] * 20 + [400] * 20, least=500) == []


@given(st.lists(st.integers(-(1 << 40), 1 << 40), max_size=60))
def test_any_history_has_an_answer(sizes: list[int]) -> None:
    for one in jumps.jumps(sizes):
        assert 0 < one.at < len(sizes)
        assert one.delta or one.words or jumps.noisy(sizes)


@pytest.mark.parametrize("sizes", [[], [5]])
def test_a_history_that_has_only_begun_has_no_change(sizes: list[int]) -> None:
    assert jumps.levels(sizes) == jumps.jumps(sizes) == []


@given(st.lists(st.integers(-5_000, 5_000), min_size=2, max_size=60), st.integers(-1_000_000, 1_000_000))
def test_where_a_size_starts_makes_no_difference(deltas: list[int], start: int) -> None:
    here = list(accumulate(deltas, initial=0))
    there = [size + start for size in here]
    assert [one.at for one in jumps.jumps(here)] == [one.at for one in jumps.jumps(there)]


def test_a_change_of_the_noise_is_hardly_ever_taken_for_a_move_of_the_level() -> None:
    """A few builds of the restless half lie off by what is much for the calm one."""
    moved = []
    for seed in range(100):
        r = random.Random(seed)
        sizes = [round(90_000 + r.gauss(0, 100 if at < 150 else 300)) for at in range(300)]
        moved.append(any(not one.words for one in jumps.jumps(sizes)))
    assert sum(moved) <= 6


def test_stairs_of_a_dozen_builds_are_told_from_the_noise_of_the_whole_history() -> None:
    """A dozen builds alone may be restless by chance, and would hide the steps on both sides."""
    made = []
    for seed in range(100):
        r = random.Random(seed)
        sizes = [round(90_000 + at // 12 * 260 + r.gauss(0, 100)) for at in range(48)]
        made.append(([one.at for one in jumps.jumps(sizes) if not one.words], [12, 24, 36]))
    assert f1(made, tolerance=3) >= 0.89
