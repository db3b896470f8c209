"""Where pieces lie once others are left out, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import known, needs_fixture

from imgcheck.prediction import effects, layout
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.layout import Area, Piece
from imgcheck.prediction.linkage import Cut, Output

BASE = 0x23000000
TEXT = Output(".text", BASE, 0x340, BASE, 4)


def area(align: int) -> tuple[Area, ...]:
    """Code, 0x10 bytes of fill, code that is widely aligned, more code."""
    pieces = ((0, 0x100, 4), (0x100, 0x1F0, 4), (0x200, 0x300, align), (0x300, 0x340, 4))
    return (Area(TEXT, tuple(Piece(BASE + start, BASE + end, align) for start, end, align in pieces)),)


def doubt(align: int, gone: tuple[int, int], off: int) -> int:
    every = area(align)
    spans = [(BASE + gone[0], BASE + gone[1])] if gone[1] else []
    asked: list[tuple[str, int]] = []

    def before(output: str, address: int) -> int:
        asked.append((output, address))
        return off if address > BASE + 0x100 else 0

    found = layout.doubtful(every, layout.lay_out(every, spans), before)
    assert asked == ([(".text", BASE + 0x200)] if align > 16 and gone != (0x200, 0x300) else asked)
    return found


@pytest.mark.parametrize(
    ("align", "gone", "off", "bytes_"),
    [
        (256, (0, 0), 0x10, 0),  # 16 bytes more still fit into the fill
        (256, (0, 0), 0x11, 256),
        (256, (0, 0x20), 0x11, 0),  # 0x30 bytes of fill then
        (256, (0, 0x20), 0x31, 256),
        (256, (0, 0xF0), 1, 256),  # nothing of the fill is left
        (256, (0, 0xE8), 0x09, 256),  # 8 bytes less than predicted, and it begins a step earlier
        (256, (0, 0xE8), 0x08, 0),
        (256, (0x200, 0x300), 0x80, 0),  # it goes itself
        (256, (0, 0), 0, 0),
        (16, (0, 0), 0x80, 0),
    ],
)
def test_wide_alignments_that_may_begin_a_step_further(
    align: int, gone: tuple[int, int], off: int, bytes_: int
) -> None:
    assert doubt(align, gone, off) == bytes_


SIZES = st.tuples(st.integers(0, 12), st.sampled_from((1, 2, 4, 8, 16, 12)), st.integers(0, 3))
ENDS = st.lists(st.integers(0, 200), max_size=12)


@given(st.lists(SIZES, min_size=1, max_size=25), ENDS, st.integers(0, 7))
@examples(200)
def test_pieces_that_move_together_lie_where_each_by_itself_would(
    sizes: list[tuple[int, int, int]], ends: list[int], start: int
) -> None:
    pieces, at = [], BASE + start
    for size, align, odd in sizes:
        at = -(-at // align) * align + odd // 3 * 5  # one of four lies further than its alignment asks
        pieces.append(Piece(at, at + size, align))
        at += size
    output = Output(".text", BASE + start, at - BASE - start, BASE + start, 4)
    data = Output(".data", at + 3, 16, at + 3, 8)
    every = (Area(output, tuple(pieces)), Area(data, (Piece(at + 3, at + 19, 8),)))
    cuts = sorted({BASE + end for end in ends})
    gone = list(zip(cuts[::2], cuts[1::2], strict=False))
    found = layout.lay_out(every, gone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Area, "together", lambda _area, number, _by, _gone: number)
        assert found == layout.lay_out(every, gone)


@needs_fixture
def test_only_what_is_unsure_below_a_wide_alignment_widens_the_bar() -> None:
    base = known().base
    code = sorted(
        (node.address, index)
        for index, node in enumerate(base.graph.nodes)
        if node.code and node.placed and node.output == ".text" and node.flash >= 16
    )
    middle = code[len(code) // 2][0]
    wide = tuple(
        Area(area.output, tuple(p._replace(align=256) if p.start == middle else p for p in area.pieces))
        for area in base.areas
    )
    base = replace(base, areas=wide, layout=layout.lay_out(wide, ()))

    def error(at: int) -> int:
        address, index = code[at]
        loss = Loss(((address, address + 8),), unsure=2000)
        return effects.effect(base, Removal(Cut(frozenset(), {}), {index: loss})).error

    assert abs(error(0) - error(-1) - 256) <= 2  # and a share of what the alignment itself makes of 8 bytes
