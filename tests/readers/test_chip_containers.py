"""Containers of the other chips: every byte string parses or is refused, damage is seen, bombs stay small."""

import gzip
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import chipfiles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import (
    amebaz,
    amebaz2,
    bekenflash,
    espimage,
    esptable,
    ln882h,
    rbl,
    tuyaug,
    unpacking,
    w600image,
    w800image,
)

LIMIT = 1 << 20
FUZZ = Path(__file__).parents[2] / "fuzz"


def _rbl(data: bytes) -> object:
    return (one := rbl.parse(data)).checks, rbl.unpack(one, LIMIT)


def _w800(data: bytes) -> object:
    return [w800image.unpack(one, LIMIT) if one.packed else one for one in w800image.parse(data)]


def _w600(data: bytes) -> object:
    images = w600image.parse(data)
    return [(one, w600image.unpack(one, LIMIT) if one.packed else b"") for one in images]


def _ln882h(data: bytes) -> object:
    return ln882h.unpack(ln882h.parse(data), LIMIT)


READERS: dict[str, Callable[[bytes], object]] = {
    "rbl": _rbl,
    "tuyaug": tuyaug.parse,
    "bekenflash": bekenflash.parse,
    "bekenflash qio": lambda data: bekenflash.parse(data, bekenflash.APP),
    "espimage": espimage.parse,
    "esptable": esptable.parse,
    "w800image": _w800,
    "w600image": _w600,
    "ln882h": _ln882h,
    "ln882h flash": ln882h.flash,
    "amebaz2": amebaz2.parse,
    "amebaz2 flash": amebaz2.flash,
    "amebaz": amebaz.parse,
    "amebaz ug": amebaz.ug,
    "amebaz flash": amebaz.flash,
}
SAMPLES = chipfiles.samples()


def reader(sample: str) -> Callable[[bytes], object]:
    return READERS.get(sample) or READERS[sample.split(maxsplit=1)[0]]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sound_file_parses_and_all_its_checks_hold(sample: str) -> None:
    found = reader(sample)(SAMPLES[sample])
    checks = _checks(found)
    assert all(passed for _, passed in checks), checks


def _checks(found: object) -> list[tuple[str, bool]]:
    if isinstance(found, tuple | list):
        own = list(getattr(found, "checks", ()))
        return own + [
            one for part in found if not isinstance(part, bytes | str | int) for one in _checks(part)
        ]
    return []


@pytest.mark.parametrize("sample", SAMPLES)
@examples(20)
@given(data=st.data())
def test_any_damage_parses_or_is_one_error(sample: str, data: st.DataObject) -> None:
    whole = SAMPLES[sample]
    cut = data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))
    made = bytearray(whole[:cut])
    # Headers are where a byte matters.
    for _ in range(data.draw(st.integers(0, 4))):
        if made:
            place = data.draw(
                st.one_of(st.integers(0, min(len(made) - 1, 300)), st.integers(0, len(made) - 1))
            )
            made[place] = data.draw(st.integers(0, 255))
    try:
        reader(sample)(bytes(made))
    except FormatError as error:
        assert error.message


@pytest.mark.parametrize("name", READERS)
@examples(20)
@given(data=st.binary(max_size=300))
def test_any_bytes_parse_or_are_one_error(name: str, data: bytes) -> None:
    head = next(whole for sample, whole in SAMPLES.items() if sample.startswith(name))[:8]
    for given_bytes in (data, head + data):
        try:
            READERS[name](given_bytes)
        except FormatError as error:
            assert error.message


@pytest.mark.parametrize(
    "sample", [name for name in SAMPLES if name not in ("bekenflash qio", "amebaz flash")]
)
def test_one_changed_byte_of_the_contents_is_seen(sample: str) -> None:
    whole = bytearray(SAMPLES[sample])
    place = {"esptable": 8, "bekenflash": 40}.get(sample, len(whole) // 2)
    if sample in ("ln882h flash", "amebaz2 flash", "w600image fls"):
        place = len(whole) - 1000
    whole[place] ^= 0x40
    try:
        found = reader(sample)(bytes(whole))
    except FormatError:
        return
    bad = getattr(found, "bad_blocks", 0)
    assert bad or not all(passed for _, passed in _checks(found))


@pytest.mark.parametrize("pack", [gzip.compress, chipfiles.lzma_alone])
def test_bombs_stay_small(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(16 << 20))
    unpack = unpacking.gunzip if pack is gzip.compress else unpacking.unlzma
    tracemalloc.start()
    with pytest.raises(FormatError, match="more than"):
        unpack(bomb, LIMIT)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_an_lzma_length_that_lies_is_bounded_too() -> None:
    bomb = chipfiles.lzma_alone(bytes(16 << 20))
    small = bomb[:5] + (1000).to_bytes(8, "little") + bomb[13:]
    with pytest.raises(FormatError, match="does not unpack"):
        unpacking.unlzma(small, LIMIT)
    endless = bomb[:5] + b"\xff" * 8 + bomb[13:]
    with pytest.raises(FormatError, match="promises"):
        unpacking.unlzma(endless, LIMIT)


@examples(30)
@given(st.binary(min_size=0, max_size=200))
def test_decrypting_garbage_is_an_error(body: bytes) -> None:
    garbage = rbl.build(body, b"", 2, 1)
    with pytest.raises(FormatError):
        rbl.unpack(rbl.parse(garbage), LIMIT)


@given(st.binary(max_size=400))
def test_blocks_round_trip_and_their_crc_is_the_plain_one(data: bytes) -> None:
    stored = bekenflash.with_crc(data)
    assert bekenflash.without_crc(stored)[: len(data)] == data
    for at in range(0, len(stored), 34):
        crc = 0xFFFF
        for byte in stored[at : at + 32]:
            crc ^= byte << 8
            for _ in range(8):
                crc = (crc << 1 ^ (0x8005 if crc & 0x8000 else 0)) & 0xFFFF
        assert stored[at + 32 : at + 34] == crc.to_bytes(2)


def test_the_first_words_under_the_tuya_key_are_those_that_flash_tools_look_for() -> None:
    assert chipfiles.ciphered(b"\x0e\x00\x00\xea\x14\xf0\x9f\xe5") == bytes.fromhex("2f07b59435ff2a9b")


def test_what_a_uart_file_uses_is_its_last_block_with_anything_in_it() -> None:
    raw = chipfiles.code(5_000)
    dump = bekenflash.parse(chipfiles.ua_file(raw, 1_000 * 34, tuya=False))
    assert dump.used == -(-5_000 // 32) * 34
    assert dump.app[:5_000] == raw
    assert dump.trailer


def test_the_boot_loaders_table_is_read_in_flash_bytes() -> None:
    dump = bekenflash.parse(SAMPLES["bekenflash qio"], bekenflash.APP)
    assert [one.name for one in dump.partitions] == ["bootloader", "app"]
    assert dump.partitions[1].physical == (0x11000, 0x118F70)


@pytest.mark.parametrize("name", sorted({sample.split(maxsplit=1)[0] for sample in SAMPLES}))
def test_every_container_has_a_fuzz_target_and_seeds(name: str, tmp_path: Path) -> None:
    assert f"import {name}\n" in (FUZZ / f"fuzz_{name}.py").read_text()
    subprocess.run([sys.executable, FUZZ / "seeds.py", tmp_path, name], check=True)
    seeds = [path.read_bytes() for path in tmp_path.iterdir()]
    assert sorted(seeds) == sorted(data for sample, data in SAMPLES.items() if sample.split()[0] == name)
