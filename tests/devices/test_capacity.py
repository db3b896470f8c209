from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck import targets
from imgcheck.devices import capacity, layouts
from imgcheck.errors import UndecidedError
from imgcheck.model import Layout, Partition, Slot
from imgcheck.report import verdict

_sector = st.integers(0, 0x200).map(lambda n: n * 0x1000)
_size = st.integers(0, 0x210000)


def layout(size0: int, size1: int) -> Layout:
    return Layout("a layout", 0x200000, (Partition("FW", 0, 0x10000, size0, 0x10000 + size0, size1),))


# The box of BL602.md section 0: largest bin, unpacked image and XZ body of the tables in the field.
@pytest.mark.parametrize(
    ("name", "binary", "unpacked", "body"),
    [
        ("sdk-2m", 815104, 819200, 557055),
        ("devcube-1.4.8-2m", 815104, 819200, 557055),
        ("devcube-1.8-2m", 880640, 884736, 557055),
        ("guiflasher-old-2m", 1044480, 1048576, 598015),
        ("guiflasher-2m", 1052672, 1056768, 589823),
        ("guiflasher-1m", 896992 // 16 * 16, 901120, None),
    ],
)
def test_limits_of_the_layouts_in_the_field(name: str, binary: int, unpacked: int, body: int | None) -> None:
    known = layouts.load(name)
    binary = unpacked - 4096 if body is None else binary
    assert capacity.limits(known) == (binary, unpacked, body)
    if body is None:
        return
    assert capacity.fits(known, unpacked, body).fits
    assert not capacity.fits(known, unpacked + 1, body).fits
    assert not capacity.fits(known, unpacked, body + 1).fits


@given(_sector, _sector, _size, _size, st.sampled_from([0, 1]))
def test_the_device_would_compare_the_same(
    size0: int, size1: int, unpacked: int, body: int, active: int
) -> None:
    max_len = (size0, size1)
    fit = capacity.fits(layout(size0, size1), unpacked, body, active)
    refused = body >= max_len[1 - active] or max_len[active] < unpacked
    assert fit.fits is not refused
    assert all(slot.limit - slot.size == slot.headroom for slot in fit.slots)
    assert fit.fits is all(slot.headroom >= 0 for slot in fit.slots) or max_len[1 - active] == 0
    binding = next(slot for slot in fit.slots if slot.name == fit.binding)
    if not fit.fits and max_len[1 - active]:
        assert binding.headroom < 0


@given(st.lists(st.tuples(_sector, _sector), min_size=1), _size, _size)
def test_the_worst_layout_fits_only_if_all_do(sizes: list[tuple[int, int]], unpacked: int, body: int) -> None:
    fits = [capacity.fits(layout(*pair), unpacked, body) for pair in sizes]
    worst = capacity.worst(fits)
    assert worst in fits
    assert worst.fits is all(fit.fits for fit in fits)


def test_the_binding_slot_has_the_least_share_left() -> None:
    both = capacity.fits(layout(0x100000, 0x80000), 0x100000 - 1000, 0x80000 - 901)
    assert [slot.headroom for slot in both.slots] == [1000, 900]
    assert both.binding == "unpacked"
    assert capacity.fits(layout(0x100000, 0x80000), 0x100000, 0x80000).binding == "body"


def test_without_a_second_slot_there_is_no_update() -> None:
    fit = capacity.fits(layout(0x100000, 0), 4096, 1)
    assert (fit.fits, fit.binding, fit.slots[1].limit) == (False, "body", 0)
    alone = capacity.fits(layout(0x100000, 0), 4096, None)
    assert (alone.fits, alone.binding, len(alone.slots)) == (False, "body", 1)
    assert capacity.worst([]) is None


def test_a_table_without_an_application_cannot_be_judged() -> None:
    with pytest.raises(UndecidedError, match="no application partition"):
        capacity.fits(Layout("zephyr", 0x400000, (Partition("storage", -1, 0, 4096, 0, 0),)), 1, 1)


def test_one_worst_layout_is_named_also_where_no_body_is_known() -> None:
    # Without a body the layout without a second slot has room, and still takes no update: it decides.
    fits = [
        capacity.fits(layout(0x100000, 0), 0x80000, None),
        capacity.fits(layout(0x90000, 0x80000), 0x8F000, None),
    ]
    fits = [one._replace(name=name) for one, name in zip(fits, ("single", "tight"), strict=True)]
    worst = capacity.worst(fits)
    assert worst and worst.name == "single"
    assert verdict.sentence(fits) == "single takes no update at all: it has no second slot."
    assert capacity.worst([]) is None


@given(st.integers(0x2000, 0x20000))
def test_the_largest_bin_fits_when_it_is_padded_and_one_more_byte_does_not(size: int) -> None:
    one = layout(size, 0x8000)
    chip = targets.of_layout(one).chip
    most = capacity.limits(one).binary

    def unpacked(binary: int) -> int:
        return chip.header_bytes + -(-binary // chip.image_alignment) * chip.image_alignment

    assert capacity.fits(one, unpacked(most), 0).fits
    assert not capacity.fits(one, unpacked(most + 1), 0).fits
    assert most % chip.image_alignment == 0


_limit = st.one_of(st.integers(1, 40), st.integers(1, 2**32))
_slot = st.builds(lambda limit, size: Slot("body", size, limit, limit - size), _limit, st.integers(0, 2**33))


@given(_slot, _slot)
def test_the_least_share_is_that_of_fractions(one: Slot, other: Slot) -> None:
    def exact(slot: Slot) -> Fraction:
        return Fraction(slot.headroom, slot.limit)

    shares = capacity._relative(one), capacity._relative(other)
    assert (shares[0] < shares[1], shares[0] == shares[1]) == (
        exact(one) < exact(other),
        exact(one) == exact(other),
    )
