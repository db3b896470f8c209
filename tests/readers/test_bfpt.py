import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import bfpt

_u8 = st.integers(0, 0xFF)
_u32 = st.integers(0, 0xFFFFFFFF)
_name = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\\"), max_size=7)
entries = st.lists(
    st.builds(bfpt.Entry, _u8, _u8, _u8, _name, _u32, _u32, _u32, _u32, _u32, _u32),
    max_size=bfpt.MOST_ENTRIES,
)
FW = bfpt.Entry(0, 0, 0, "FW", 0x10000, 0xD8000, 0xC8000, 0x88000, 0, 0)
PSM = bfpt.Entry(4, 0, 0, "PSM", 0x1E9000, 0, 0x8000, 0, 0, 0)


def flash(first: bytes, second: bytes) -> bytes:
    image = bytearray(b"\xff" * 0x11000)
    image[0xE000 : 0xE000 + len(first)] = first
    image[0xF000 : 0xF000 + len(second)] = second
    return bytes(image)


@examples(60)
@given(entries, _u32)
def test_what_is_built_reads_back(wanted: list[bfpt.Entry], age: int) -> None:
    built = bfpt.build(wanted, age)
    assert len(built) == 16 + 36 * len(wanted) + 4
    table = bfpt.parse(built)
    assert table.chosen == 0
    assert not table.whole_flash
    assert (list(table.copies[0].entries), table.copies[0].age) == (wanted, age)


def test_the_fields_lie_where_the_struct_has_them() -> None:
    built = bfpt.build([FW._replace(active=1, length=7, age=9)], age=3)
    assert struct.unpack_from("<4sHHI", built) == (b"BFPT", 0, 1, 3)
    assert struct.unpack_from("<I", built, 12)[0] == zlib.crc32(built[:12])
    assert built[16:28] == b"\0\0\x01FW\0\0\0\0\0\0\0"
    assert struct.unpack_from("<6I", built, 28) == (0x10000, 0xD8000, 0xC8000, 0x88000, 7, 9)
    assert struct.unpack_from("<I", built, 52)[0] == zlib.crc32(built[16:52])


@pytest.mark.parametrize(
    ("ages", "chosen", "why"),
    [
        ((0, 0), 0, "both are valid and of age 0: the first one counts"),
        ((3, 2), 0, "both are valid, and its age 3 is the newer one"),
        ((2, 3), 1, "both are valid, and its age 3 is the newer one"),
    ],
)
def test_of_two_valid_copies_the_newer_counts(ages: tuple[int, int], chosen: int, why: str) -> None:
    table = bfpt.parse(flash(bfpt.build([FW], ages[0]), bfpt.build([FW], ages[1])))
    assert (table.chosen, table.why, table.whole_flash) == (chosen, why, True)
    assert [copy.offset for copy in table.copies] == [0xE000, 0xF000]


def test_every_damaged_byte_makes_its_copy_invalid() -> None:
    good = bfpt.build([FW, PSM], 1)
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 0x10
        table = bfpt.parse(flash(bytes(bad), good))
        assert table.copies[0].fault, at
        assert (table.chosen, table.why) == (1, "the only valid copy")


def test_faults_say_what_is_wrong_with_a_copy() -> None:
    good = bfpt.build([FW, PSM])
    count = bytearray(good)
    count[6] = 17
    count[12:16] = zlib.crc32(count[:12]).to_bytes(4, "little")
    assert bfpt.parse(bytes(count)).copies[0].fault == "17 entries; the device takes at most 16"
    assert bfpt.parse(good[:-1]).copies[0].fault == "the file ends within it"
    assert bfpt.parse(good[:10]).copies[0].fault == "the file ends before or in its header"
    assert bfpt.parse(flash(good, b"")).copies[1].fault == "erased"
    assert bfpt.parse(flash(good, b"\0" * 16)).copies[1].fault == 'no "BFPT"'
    assert bfpt.parse(good[:-1] + b"x").copies[0].fault.startswith("CRC of the entries is 0x")
    assert (
        bfpt.parse(good[:12] + b"xxxx" + good[16:])
        .copies[0]
        .fault.startswith("CRC of the header is 0x78787878")
    )
    assert bfpt.parse(good[:-1]).why == "it is not valid"


def test_no_table_is_an_error_that_says_where_was_looked() -> None:
    with pytest.raises(FormatError, match="empty"):
        bfpt.parse(b"")
    with pytest.raises(FormatError, match=r"at 0xe000 or at 0xf000$"):
        bfpt.parse(b"\xff" * 0x20000)
    other = bytearray(b"\xff" * 0x20000)
    other[0x1000:0x1004] = b"BFPT"
    with pytest.raises(FormatError, match="there is one at 0x1000, where other chips keep it"):
        bfpt.parse(bytes(other))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([FW._replace(name="LONGNAME")], "a name of 8 bytes"),
        ([FW._replace(size0=1 << 32)], "does not fit its field"),
        ([FW._replace(type=-1)], "does not fit its field"),
        ([FW] * 17, "17 partitions"),
    ],
)
def test_what_the_struct_cannot_hold_is_not_built(wanted: list[bfpt.Entry], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        bfpt.build(wanted)


@examples(150)
@given(st.binary(max_size=700), st.booleans(), st.booleans())
def test_any_bytes_parse_or_are_refused(data: bytes, magic: bool, whole: bool) -> None:
    data = b"BFPT" + data if magic else data
    try:
        table = bfpt.parse(flash(data, data) if whole else data)
    except FormatError as error:
        assert error.message
    else:
        assert all(len(copy.entries) <= bfpt.MOST_ENTRIES for copy in table.copies)
