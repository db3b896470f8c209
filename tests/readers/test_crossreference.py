"""Mentions of a few symbols, against the whole table as the map's reader has it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.readers import crossreference, linkmap

MAP = Path(__file__).parent.parent / "firmware/build/base/OpenBL602.map"

TEXT = b"""
f                                                 /lib/libc.a(f.o)
                                                  /app/libapp.a(a b.o)
f_long                                            x.o
a_name_that_is_too_long_for_its_column_and_so_wraps
                                                  y.o
                                                  z.o
last                                              x.o
"""


def test_each_form_of_an_entry() -> None:
    asked = ["f", "f_long", "a_name_that_is_too_long_for_its_column_and_so_wraps", "absent", "last"]
    assert crossreference.mentions(TEXT, asked) == {
        "f": ("/lib/libc.a(f.o)", "/app/libapp.a(a b.o)"),
        "f_long": ("x.o",),
        "a_name_that_is_too_long_for_its_column_and_so_wraps": ("y.o", "z.o"),
        "last": ("x.o",),
    }
    assert crossreference.lonely(TEXT) == {"f_long", "last"}
    assert crossreference.mentions(TEXT, []) == {}


@pytest.mark.skipif(not MAP.exists(), reason="needs the fixture")
def test_the_table_of_a_real_link() -> None:
    whole = linkmap.read(MAP).cref
    cross = crossreference.find(MAP.read_bytes())
    plain = {name: files for name, files in whole.items() if name.isidentifier()}
    assert len(plain) > 100
    assert crossreference.mentions(cross, plain) == plain
    lonely = crossreference.lonely(cross)
    once = {name for name, files in plain.items() if len(files) == 1}
    # Two members of one name in one archive are one file here and two rows there.
    assert {name for name in lonely if name.isidentifier()} <= once
    assert len(once - lonely) <= 3


@given(st.binary(max_size=300), st.lists(st.text(max_size=5), max_size=4))
@examples(80)
def test_any_bytes_are_read(data: bytes, names: list[str]) -> None:
    found = crossreference.mentions(data, names)
    assert set(found) <= set(names)
    crossreference.lonely(data)


def test_a_map_without_a_table() -> None:
    assert crossreference.find(b"Linker script and memory map\n") == b""
    assert crossreference.find(b"") == b""
    assert crossreference.find(b"\nCross Reference Table\n") == b""
