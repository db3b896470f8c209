"""Tables between two symbols of a linker script."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.readers import tables

MAP = Path(__file__).parent.parent / "firmware/build/base/OpenBL602.map"
TEXT = b"""
.static_tables  0x23017f54       0x30
                0x23017f54                        . = ALIGN (0x4)
                0x23017f54                        _cmds_start = .
 *(SORT_BY_NAME(.cmds) SORT_BY_NAME(.cmds.*))
 .cmds.help     0x23017f54        0xc cli/libcli.a(cli.o)
 .cmds.a_name_that_wraps
                0x23017f60        0xc cli/libcli.a(a b.o)
 .cmds.empty    0x23017f6c        0x0 cli/libcli.a(cli.o)
                0x23017f6c                        _cmds_end = ABSOLUTE (.)
                0x23017f6c                        _none_start = .
 *(.none)
                0x23017f6c                        _none_end = .

.data           0x4200c000       0x10
 .data.x        0x4200c000       0x10 a.o
                0x4200c010                        _data_end = .
"""


def test_what_stands_between_two_symbols() -> None:
    (found,) = tables.parse(TEXT)
    assert (found.first, found.last) == ("_cmds_start", "_cmds_end")
    assert found.rows == (
        (".cmds.help", 0x23017F54, 12, "cli/libcli.a(cli.o)"),
        (".cmds.a_name_that_wraps", 0x23017F60, 12, "cli/libcli.a(a b.o)"),
    )


@pytest.mark.skipif(not MAP.exists(), reason="needs the fixture")
def test_a_real_map() -> None:
    names = {table.first for table in tables.parse(MAP.read_bytes())}
    assert "__init_array_start" in names


@given(st.text(alphabet=" \n.=ax0_()", max_size=300), st.integers(0, len(TEXT)))
@examples(80)
def test_any_text_is_read(text: str, cut: int) -> None:
    for table in tables.parse(TEXT[:cut] + text.encode() + TEXT[cut:]):
        assert table.rows
