"""Prices against an exact range decoder, tuning against xz itself."""

import lzma
import random
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import exact_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.readers import xz
from imgcheck.targets.bl602 import packing

FIXTURE = Path(__file__).parents[2] / "firmware/build/base/OpenBL602.bin"


def firmware_like(size: int, seed: int = 1) -> bytes:
    """Code-like words, strings, tables and noise, so that every kind of packet occurs."""
    rng = random.Random(seed)
    words = [rng.randbytes(rng.choice((2, 4, 6, 8))) for _ in range(600)]
    out = bytearray()
    while len(out) < size:
        kind = rng.random()
        if kind < 0.7:
            out += b"".join(rng.choices(words, k=rng.randint(1, 60)))
        elif kind < 0.8:
            out += bytes(rng.randint(1, 400))
        elif kind < 0.9:
            out += rng.randbytes(rng.randint(1, 80))
        elif out:
            at = rng.randrange(len(out))
            out += out[at : at + rng.randint(1, 300)]
    return bytes(out[:size])


def exact(stream: bytes) -> tuple[bytes, list[tuple[int, float]]]:
    """Each packet's end and its exact price, chunk overhead shared in proportion."""
    chunks = xz.parse(stream).chunks
    plain, packets = exact_prices.decode(stream, chunks)
    whole = {packet.chunk: packet.bits for packet in packets}
    ends, before = [], 0.0
    for packet in packets:
        chunk = chunks[packet.chunk]
        size = chunk.header + chunk.packed + (packet.chunk == len(chunks) - 1)
        before = sum(c.header + c.packed for c in chunks[: packet.chunk])
        ends.append((packet.end, before + size * packet.bits / whole[packet.chunk]))
    return plain, ends


def check(stream: bytes, plain: bytes) -> None:
    container = xz.parse(stream)
    prices = packing.prices(stream, container.chunks)
    assert len(prices) == len(plain) + 1
    assert prices[0] == 0.0
    assert all(a <= b for a, b in pairwise(prices))
    assert prices[-1] == container.payload
    unpacked, ends = exact(stream)
    assert unpacked == plain
    errors = sorted(abs(prices[end] - price) for end, price in ends)
    assert errors[-1] < 4.0
    assert errors[int(len(errors) * 0.99)] < 1.5
    # No bias: the error does not add up over a component of many symbols.
    assert abs(sum(prices[end] - price for end, price in ends) / len(ends)) < 0.5


@pytest.mark.parametrize("options", [packing.SDK, packing.Options(0, 1, 1), packing.Options(2, 2, 0, 273)])
def test_prices_agree_with_an_exact_decoder(options: packing.Options) -> None:
    plain = firmware_like(60_000)
    check(packing.compress(plain, options), plain)


@pytest.mark.skipif(not FIXTURE.exists(), reason="fixture not built")
def test_prices_of_the_fixture_agree_with_an_exact_decoder() -> None:
    plain = FIXTURE.read_bytes()[:100_000]
    check(packing.compress(plain), plain)


def test_stored_chunks_cost_a_byte_a_byte() -> None:
    plain = firmware_like(50_000) + random.Random(2).randbytes(200_000) + firmware_like(50_000, 3)
    stream = packing.compress(plain)
    chunks = xz.parse(stream).chunks
    assert any(chunk.control < 0x80 for chunk in chunks)
    assert any(0xA0 <= chunk.control < 0xE0 for chunk in chunks)  # decoding goes on with a reset state
    check(stream, plain)
    prices = packing.prices(stream, chunks)
    assert prices[-1] == xz.parse(stream).payload
    assert prices[240_000] - prices[60_000] == pytest.approx(180_000, rel=0.01)


@pytest.mark.skipif(not shutil.which("xz"), reason="no xz")
def test_prices_of_several_blocks() -> None:
    plain = firmware_like(12_000)
    command = ["xz", "-c", "--check=crc32", "--block-size=5000"]
    stream = subprocess.run(command, input=plain, capture_output=True, check=True).stdout
    parsed = xz.parse(stream)
    assert len(parsed.blocks) == 3
    prices = packing.prices(stream, parsed.chunks)
    assert len(prices) == 12_001
    assert prices[-1] == parsed.payload


@examples(40)
@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(1, 50)), max_size=30))
def test_prices_add_up_for_anything(parts: list[tuple[bytes, int]]) -> None:
    plain = b"".join(piece * times for piece, times in parts)
    stream = packing.compress(plain)
    container = xz.parse(stream)
    prices = packing.prices(stream, container.chunks)
    assert len(prices) == len(plain) + 1
    assert all(a <= b for a, b in pairwise(prices))
    assert prices[-1] == (container.payload if plain else 0)


def test_a_damaged_stream_has_no_prices() -> None:
    stream = bytearray(packing.compress(firmware_like(4_000)))
    chunks = xz.parse(bytes(stream)).chunks
    stream[-40] ^= 0xFF
    with pytest.raises(ValueError, match="does not unpack"):
        packing.prices(bytes(stream), chunks)
    with pytest.raises(ValueError, match="does not unpack"):
        packing.prices(bytes(stream[:-60]), chunks)


@pytest.mark.skipif(not shutil.which("xz"), reason="no xz")
@pytest.mark.parametrize("options", [packing.SDK, packing.Options(1, 1, 1, 128)])
def test_options_are_said_as_xz_takes_them(options: packing.Options, tmp_path: Path) -> None:
    plain = firmware_like(30_000)
    (tmp_path / "plain").write_bytes(plain)
    command = ["xz", "-c", "--format=xz", "--check=crc32", str(options), str(tmp_path / "plain")]
    packed = subprocess.run(command, capture_output=True, check=True).stdout
    # Another liblzma than Python's may find other matches; sizes stay within a percent.
    assert len(packed) == pytest.approx(len(packing.compress(plain, options)), rel=0.01)


def test_tuning_saves_what_it_says() -> None:
    plain = firmware_like(40_000)
    present = len(packing.compress(plain))
    found = packing.tune(plain, present)
    options, size = packing.best(plain)
    assert len(packing.compress(plain, options)) == size
    assert lzma.decompress(packing.compress(plain, options)) == plain
    assert [free.ota for free in found] == ([present - size] if size < present else [])
    if found:
        assert str(options) in found[0].what


def test_what_was_packed_already_is_not_packed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = firmware_like(20_000)
    present = len(packing.compress(plain))
    told = packing.tune(plain, present)
    asked: list[packing.Options] = []
    real = packing.compress

    def compress(plain: bytes, options: packing.Options = packing.SDK) -> bytes:
        asked.append(options)
        return real(plain, options)

    monkeypatch.setattr(packing, "compress", compress)
    assert packing.tune(plain, present, sdk=present) == told
    assert packing.SDK not in asked
    assert packing.tune(plain, present + 1) != told  # of another packer: what ours makes is to be found out
    assert packing.SDK in asked


def test_thorough_is_never_worse() -> None:
    plain = firmware_like(6_000)
    told: list[int] = []
    found = packing.best(plain, True, told.append)
    assert told == sorted(told)
    every = [packing.Options(lc, lp, pb) for lc in range(5) for lp in range(5 - lc) for pb in range(5)]
    assert found[1] <= min(len(packing.compress(plain, options)) for options in every) * 1.002
    assert packing.best(plain, thorough=True)[1] <= packing.best(plain)[1] <= len(packing.compress(plain))


def test_nothing_to_gain_is_nothing_free() -> None:
    plain = firmware_like(4_000)
    _, size = packing.best(plain)
    assert packing.tune(plain, size) == ()
