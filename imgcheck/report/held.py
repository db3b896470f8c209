"""What each set of features holds, box by box, for the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from imgcheck.model import Define, Held, Known, Part
from imgcheck.prediction.heldbytes import Run
from imgcheck.prediction.heldsets import Correction, Whole, price
from imgcheck.prediction.ways import Ways
from imgcheck.report.atlas import Ground


def held(
    order: Sequence[str],
    names: Sequence[str],
    runs: Sequence[Run],
    wholes: Iterable[Whole],
    correction: Correction,
    *,
    ground: Ground,
    defines: Iterable[Define],
    derived: Iterable[str],
) -> Held:
    """`order` is that of the features on the page; `names` says which feature each bit of a set is."""
    places = {name: number for number, name in enumerate(order)}
    at = [places[name] for name in names]

    def numbers(off: int) -> tuple[int, ...]:
        return tuple(sorted(at[bit] for bit in range(len(at)) if off >> bit & 1))

    sets: dict[Ways, int] = {}
    sums: dict[tuple[int, int, bool], list[float]] = {}
    for run in runs:
        number = sets.setdefault(run.ways, len(sets))
        for leaf, share in _leaves(run, ground):
            sum_ = sums.setdefault((number, leaf, run.partial), [0, 0, 0.0])
            sum_[0] += run.flash * share
            sum_[1] += run.ram * share
            sum_[2] += run.ota * share
    parts = tuple(
        Part(number, leaf, round(flash), round(ram), ota, partial)
        for (number, leaf, partial), (flash, ram, ota) in sums.items()
    )
    shifts = _shifts(correction.each, at)
    return Held(
        features=tuple(order),
        sets=tuple(tuple(sorted(map(numbers, ways), key=lambda way: (len(way), way))) for ways in sets),
        parts=parts,
        known=tuple(Known(numbers(one.off), *one[1:], price(runs, one.off)) for one in wholes),
        always=correction.always,
        shifts=tuple(shifts.get(number, 0.0) for number in range(len(order))),
        defines=tuple(defines),
        derived=tuple(derived),
    )


def _leaves(run: Run, ground: Ground) -> list[tuple[int, float]]:
    """(leaf, share of the run): its bytes may lie in several boxes."""
    size = max(abs(run.flash), abs(run.ram))
    if run.flash < 0 or run.ram < 0 or size <= 1:
        return [(ground.at(run.address), 1.0)]
    found = list(ground.within(run.address, run.address + size))
    rest = size - sum(bytes_ for _, bytes_ in found)
    return [(leaf, bytes_ / size) for leaf, bytes_ in found] + ([(-1, rest / size)] if rest > 0 else [])


def _shifts(each: Mapping[int, float], at: Sequence[int]) -> dict[int, float]:
    return {at[off.bit_length() - 1]: shift for off, shift in each.items()}
