"""Whose row of the map an address is in: what a symbol says of its object and archive hangs on it."""

from __future__ import annotations

import pytest

from imgcheck.builds import owners
from imgcheck.builds.mergedrows import Part
from imgcheck.readers.elf import STB_GLOBAL, STT_FUNC, Symbol
from imgcheck.readers.linkmap import InputSection

ROWS = owners._Rows(
    Part(row.address, row.address + row.size, row)
    for row in (
        InputSection(".text.b", 0x120, 0x10, "/l/libx.a(b.o)", "libx.a", "b.o", ".text"),
        InputSection(".text.a", 0x100, 0x10, "/l/libx.a(a.o)", "libx.a", "a.o", ".text"),
        InputSection("*fill*", 0x130, 0x10, "", "", "", ".text"),
    )
)


@pytest.mark.parametrize(
    ("address", "file"),
    [
        (0xFF, None), (0x100, "a.o"), (0x10F, "a.o"),
        (0x110, None), (0x11F, None),  # behind the end of a row nothing is its own
        (0x120, "b.o"), (0x12F, "b.o"), (0x130, None),  # padding is no file's
    ],
)  # fmt: skip
def test_an_address_is_in_the_row_that_holds_it(address: int, file: str | None) -> None:
    found = ROWS.at(address)
    assert (found.object if found else None) == file


def test_an_alias_begins_and_ends_where_the_symbol_does() -> None:
    one, two, shorter, behind = (
        Symbol(name, value, size, STB_GLOBAL, STT_FUNC, 1)
        for name, value, size in (
            ("one", 0x10, 8),
            ("two", 0x10, 8),
            ("shorter", 0x10, 4),
            ("behind", 0x18, 8),
        )
    )
    found = owners._aliases([(symbol, None, "") for symbol in (one, two, shorter, behind)])
    assert found == {one: ("two",), two: ("one",)}
