"""The XZ container reader against liblzma and xz, and against damage."""

import lzma
import random
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import xz, xzdata

PLAIN = b"".join(b"%x," % n for n in range(4000)) + random.Random(5).randbytes(3000)


def packed(check: int = lzma.CHECK_CRC32, before: tuple[dict[str, Any], ...] = (), **options: Any) -> bytes:
    last = {"id": lzma.FILTER_LZMA2, "dict_size": 32768} | options
    return lzma.compress(PLAIN, check=check, filters=[*before, last])


@pytest.mark.parametrize("size", [4096, 32768, 49152, 65536, 8 << 20])
def test_dictionary_size(size: int) -> None:
    (block,) = xz.parse(packed(dict_size=size)).blocks
    assert [(f.name, f.dict_bytes) for f in block.filters] == [("LZMA2", size)]


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (lzma.CHECK_NONE, "none"),
        (lzma.CHECK_CRC32, "CRC32"),
        (lzma.CHECK_CRC64, "CRC64"),
        (lzma.CHECK_SHA256, "SHA-256"),
    ],
)
def test_check(check: int, name: str) -> None:
    assert xz.parse(packed(check)).check_name == name


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (({"id": lzma.FILTER_X86},), ["BCJ x86", "LZMA2"]),
        (({"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_ARM}), ["Delta", "BCJ ARM", "LZMA2"]),
    ],
)
def test_filters(filters: tuple[dict[str, Any], ...], names: list[str]) -> None:
    assert [f.name for f in xz.parse(packed(before=filters)).blocks[0].filters] == names


@pytest.mark.parametrize(("lc", "lp", "pb"), [(3, 0, 2), (0, 1, 1), (0, 4, 4), (4, 0, 0)])
def test_chunks_carry_their_parameters(lc: int, lp: int, pb: int) -> None:
    stream = packed(lc=lc, lp=lp, pb=pb)
    chunks = xz.parse(stream).chunks
    assert {(c.lc, c.lp, c.pb) for c in chunks if c.control >= 0x80} == {(lc, lp, pb)}
    assert sum(c.unpacked for c in chunks) == len(PLAIN)


def test_sizes_add_up() -> None:
    stream = packed()
    parsed = xz.parse(stream + b"\xff" * 20)
    assert (parsed.size, parsed.trailing, parsed.oddities) == (len(stream), 20, ())
    assert parsed.unpacked == len(PLAIN)
    assert len(stream) - parsed.payload < 60
    (block,) = parsed.blocks
    assert stream[block.offset + block.payload - 1] == 0
    assert block.payload == sum(c.header + c.packed for c in block.chunks) + 1


def test_only_the_first_stream_counts() -> None:
    one = packed()
    assert xz.parse(one + one).trailing == len(one)
    assert xzdata.unpack(one + one, 1 << 20) == PLAIN


@pytest.mark.skipif(not shutil.which("xz"), reason="no xz")
def test_xz_lists_the_same(tmp_path: Any) -> None:
    file = tmp_path / "a.xz"
    file.write_bytes(subprocess.run(["xz", "-c", "-C", "crc64", "--block-size=9000"],
                                    input=PLAIN, capture_output=True, check=True).stdout)  # fmt: skip
    listing = subprocess.run(["xz", "--robot", "-lvv", str(file)], capture_output=True, check=True, text=True)
    rows = [line.split("\t") for line in listing.stdout.splitlines()]
    blocks = [row for row in rows if row[0] == "block"]
    parsed = xz.parse(file.read_bytes())
    assert [int(row[7]) for row in blocks] == [block.unpacked for block in parsed.blocks]
    assert parsed.check_name == "CRC64"


def test_unpacking_is_bounded() -> None:
    bomb = lzma.compress(bytes(50_000_000))
    with pytest.raises(FormatError, match="more than 1,000,000 bytes"):
        xzdata.unpack(bomb, 1_000_000)
    assert xzdata.unpack(packed(), len(PLAIN)) == PLAIN
    with pytest.raises(FormatError, match="more than"):
        xzdata.unpack(packed(), len(PLAIN) - 1)


def test_unpacking_says_where_it_stopped() -> None:
    stream = packed()
    with pytest.raises(FormatError, match="ends early"):
        xzdata.unpack(stream[:-20], 1 << 20)
    with pytest.raises(FormatError, match="does not unpack"):
        xzdata.unpack(stream[:2000] + b"\x55" + stream[2001:], 1 << 20)


@pytest.mark.parametrize(
    ("offset", "said"),
    [
        (0, "FD 37 7A 58 5A 00"),
        (7, "CRC-32 of the stream header"),
        (9, "CRC-32 of the stream header"),
        (12, "block header"),
        (13, "CRC-32 of the block header"),
        (16, "CRC-32 of the block header"),
        (20, "CRC-32 of the block header"),
        (24, "LZMA2 control byte"),
        (-14, "CRC-32 of the index"),
        (-22, "index"),
        (-1, "YZ"),
    ],
)
def test_a_changed_byte_is_named(offset: int, said: str) -> None:
    stream = bytearray(packed())
    stream[offset] ^= 0x55
    with pytest.raises(FormatError, match=said) as caught:
        xz.parse(bytes(stream))
    assert caught.value.position.startswith("offset 0x")


@pytest.mark.parametrize(("offset", "said"), [(-12, "CRC-32"), (-8, "backward size"), (-3, "flags")])
def test_a_changed_footer_is_odd(offset: int, said: str) -> None:
    stream = bytearray(packed())
    stream[offset] ^= 0x01
    assert any(said in oddity for oddity in xz.parse(bytes(stream)).oddities)


@examples(150)
@given(st.data())
def test_any_damage_parses_or_is_one_error(data: st.DataObject) -> None:
    stream = bytearray(packed())
    for _ in range(data.draw(st.integers(0, 3))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(stream[: data.draw(st.integers(0, len(stream)))])
    for work in (xz.parse, lambda b: xzdata.unpack(b, 100_000)):
        try:
            work(damaged)
        except FormatError as error:
            assert error.message
            assert error.position


@examples(100)
@given(st.binary(max_size=300))
def test_any_bytes_behind_the_magic(tail: bytes) -> None:
    for head in (b"", xz.MAGIC, packed()[:12], packed()[:24]):
        try:
            xz.parse(head + tail)
        except FormatError as error:
            assert error.position


def test_no_more_parts_than_memory_bears() -> None:
    stream = bytearray(packed()[:24])
    stream += b"\x01\0\0x" + b"\x02\0\0x" * xz.MOST_PARTS
    with pytest.raises(FormatError, match="more than 16,384 LZMA2 chunks"):
        xz.parse(bytes(stream))
