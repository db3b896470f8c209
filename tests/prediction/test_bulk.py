"""Sites that are corrected together against the same ones, one by one in Python's own arithmetic."""

from __future__ import annotations

import struct
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.prediction import relink, riscv
from imgcheck.prediction.layout import Layout, Moved, Run
from imgcheck.prediction.relink import Sites

SIZE = 160
FAR = 0x23000000  # where what is referred to lies
OPCODES = st.sampled_from([0x6F, 0x37, 0x17, 0x03, 0x13, 0x23, 0x27])
WORDS = st.tuples(st.integers(0, (1 << 25) - 1), OPCODES).map(lambda one: one[0] << 7 | one[1])
PLACES = st.integers(0, SIZE // 2 - 2).map(lambda n: 2 * n)
NAMES = st.integers(0, 5)
MOVES = st.integers(-3000, 3000) | st.sampled_from([-(1 << 21), 1 << 21, 1 << 12])


def word(data: bytes, at: int) -> int:
    found: int = struct.unpack_from("<I", data, at)[0]
    return found


def one_by_one(binary: bytes, layout: Layout, sites: Sites, moves: dict[int, int]) -> bytes:
    """What `relink.image` says, site by site; a site is corrected when its run stays."""
    old = bytearray(binary)
    for run in layout.moved:
        for at, target in sites.jumps:
            if run.start <= at < run.end and moves[target] != run.by:
                riscv.move_jump(old, at, moves[target] - run.by)
    for run in layout.moved:
        for first, second, target in sites.pairs:
            upper, lower = word(binary, first), word(binary, second)
            by = moves[target] - (run.by if upper & 0x7F == riscv.AUIPC else 0)
            if run.start <= first < run.end and by:
                said = (upper & 0xFFFFF000) + riscv.immediate(lower) + by
                struct.pack_into("<I", old, first, upper & 0xFFF | said + 0x800 & 0xFFFFF000)
                riscv.set_low(old, second, said)
    for run in layout.moved:
        for at, target in sites.words:
            if run.start <= at < run.end and moves[target]:
                struct.pack_into("<I", old, at, target + moves[target] & 0xFFFFFFFF)
    return b"".join(bytes(old[run.start : run.end]) for run in layout.moved)


@st.composite
def images(draw: st.DrawFn) -> tuple[bytes, Sites, Layout, dict[int, int]]:
    """An image, sites in it that do not lie across each other, and what stays of it."""
    places = sorted(draw(st.sets(PLACES, min_size=2, max_size=30)))
    apart = [at for at, following in pairwise([*places, SIZE]) if following >= at + 4]
    binary = bytearray(SIZE)
    for at in apart:
        struct.pack_into("<I", binary, at, draw(WORDS))
    jumps, uppers, lowers, words = list[int](), list[int](), list[int](), list[int]()
    for at in apart:
        opcode = binary[at] & 0x7F
        kind = {0x6F: jumps, 0x37: uppers, 0x17: uppers}.get(opcode, lowers)
        (words if kind is lowers and draw(st.booleans()) else kind).append(at)
    named = {at: FAR + 64 * draw(NAMES) for at in apart}
    pairs = []
    for at in lowers if uppers else ():
        first = draw(st.sampled_from(uppers))
        absolute = [other for other in uppers if binary[other] & 0x7F == 0x37 and draw(st.booleans())]
        for upper in {first, *(absolute if binary[first] & 0x7F == 0x37 else ())}:
            pairs.append((upper, at, named[upper]))
    for at in words:
        struct.pack_into("<I", binary, at, named[at])
    sites = Sites(
        tuple((at, named[at]) for at in jumps),
        tuple(sorted(pairs)),
        words=tuple((at, named[at]) for at in words),
    )
    edges = sorted({0, *draw(st.sets(st.integers(1, SIZE - 1), max_size=6)), SIZE})
    moved, to = [], 0
    for start, end in pairwise(edges):
        if draw(st.booleans()):
            moved.append(Moved(start, end, to, draw(MOVES), FAR))
            to += end - start
    moves = {target: draw(MOVES) for target in named.values()}
    runs = tuple(Run(target, target + 1, target + by) for target, by in sorted(moves.items()))
    return bytes(binary), sites, Layout(runs, tuple(moved), to, {}), moves


@given(images())
@examples(60)
def test_together_is_as_one_by_one(case: tuple[bytes, Sites, Layout, dict[int, int]]) -> None:
    binary, sites, layout, moves = case
    assert relink.image(binary, layout, sites) == one_by_one(binary, layout, sites, moves)


def test_sites_across_each_other_are_corrected_one_by_one() -> None:
    binary = struct.pack("<III", 0x6F, 0x6F, 0x6F)
    sites = Sites(((0, FAR), (2, FAR)), words=((8, FAR),))
    layout = Layout((Run(FAR, FAR + 1, FAR + 8),), (Moved(0, 12, 0, 0, 0),), 12, {})
    moves = {FAR: 8}
    assert relink.image(binary, layout, sites) == one_by_one(binary, layout, sites, moves)


def test_the_last_bytes_of_a_word_that_goes_stay_as_they_are() -> None:
    binary = struct.pack("<II", 0x12345678, 0x6F)
    sites = Sites(words=((0, FAR),))
    layout = Layout((Run(FAR, FAR + 1, FAR + 8),), (Moved(3, 8, 0, 0, 0),), 5, {})
    assert relink.image(binary, layout, sites) == binary[3:]
