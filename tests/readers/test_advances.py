"""Advances applied by columns: the law is that one by one they come out the same."""

from __future__ import annotations

import struct

from hypothesis import example, given
from hypothesis import strategies as st

from imgcheck.readers import advances

ADD16, SUB16 = 34, 38
VALUES = (0, 7, 300, 70_000, 0xFFFF_FFFF)
Rows = list[tuple[int, int, int]]


def pair(at: int, end: int, start: int) -> Rows:
    return [(at, end << 8 | ADD16, 0), (at, start << 8 | SUB16, 0)]


rows = st.tuples(st.integers(0, 70), st.sampled_from((1, 1 << 8 | 1, 39, 2 << 8 | 35)), st.integers(-9, 9))
pairs = st.builds(pair, st.integers(0, 70), st.integers(0, 4), st.integers(0, 4))
lone = st.tuples(st.integers(0, 70), st.sampled_from((2 << 8 | ADD16, 3 << 8 | SUB16)), st.integers(-9, 9))
tables = st.lists(
    st.one_of(pairs, pairs, pairs, st.lists(rows, max_size=1), st.lists(lone, max_size=1)), max_size=6
)


def one_by_one(data: bytearray, table: Rows) -> None:
    for at, info, addend in table:
        if info & 0xFF in (ADD16, SUB16):
            value = VALUES[info >> 8] + addend
            old = struct.unpack_from("<H", data, at)[0]
            struct.pack_into("<H", data, at, (old + value if info & 0xFF == ADD16 else old - value) & 0xFFFF)


@given(tables, st.booleans(), st.binary(min_size=72, max_size=72))
@example([pair(0, 2, 1), pair(2, 3, 2), [(9, 1 << 8 | 1, 5)], pair(17, 4, 1)], True, bytes(range(72)))
def test_by_columns_is_one_by_one(parts: list[Rows], in_order: bool, data: bytes) -> None:
    table = [row for part in parts for row in part]
    if in_order:
        table.sort(key=lambda row: row[0])
    packed = b"".join(struct.pack("<IIi", *row) for row in table)
    made = bytearray(data)
    others = advances.apply(made, packed + b"odd", VALUES)
    if others is None:
        assert made == data
        return
    wanted = bytearray(data)
    one_by_one(wanted, [row for row in table if row not in others])
    assert made == wanted
    assert others == [row for row in table if row in others]


def test_what_an_assembler_writes_is_done_and_what_overlaps_is_not() -> None:
    data = bytearray(20)
    table = b"".join(struct.pack("<IIi", *row) for row in [*pair(3, 2, 1), (8, 0x101, 5), *pair(16, 3, 2)])
    assert advances.apply(data, table, VALUES) == [(8, 0x101, 5)]
    assert struct.unpack_from("<H", data, 3) == (293,)
    assert struct.unpack_from("<H", data, 16) == (70_000 - 300 & 0xFFFF,)
    for odd in (
        [*pair(16, 3, 2), *pair(3, 2, 1)],
        [*pair(3, 2, 1), *pair(4, 2, 1)],
        [(0, 0x101, 5), *pair(3, 2, 1)],
        [(12, 0x101, 5), *pair(3, 2, 1)],
        pair(19, 2, 1),
        pair(3, 5, 1),
        [],
    ):
        before = bytes(data)
        table = b"".join(struct.pack("<IIi", *row) for row in odd)
        assert advances.apply(data, table, VALUES) is None
        assert data == before
