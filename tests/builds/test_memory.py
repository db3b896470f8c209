"""How full a RAM region is: bytes that two sections share are counted once."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from imgcheck.builds import memory
from imgcheck.targets.bl602 import BL602

REGION = next(one for one in BL602.chip.regions if one.kind == "ram")


def placed(*spans: tuple[int, int]) -> list:
    return [
        (SimpleNamespace(index=number, address=REGION.origin + start, size=size), None, None)
        for number, (start, size) in enumerate(spans)
    ]


def used(*spans: tuple[int, int]) -> int:
    rows = placed(*spans)
    inside = [SimpleNamespace(section=row[0]) for row in rows]
    counted = memory.counted_from(inside, [REGION])
    return memory.uses(rows, [REGION], counted)[0].used


def test_an_overlay_inside_another_does_not_end_it() -> None:
    assert used((0, 100), (10, 10), (20, 100)) == 120


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 100)), max_size=8))
def test_every_byte_is_counted_once(spans: list[tuple[int, int]]) -> None:
    assert used(*spans) == len({at for start, size in spans for at in range(start, start + size)})
