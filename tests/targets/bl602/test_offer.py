"""Offers: forbidden XZ properties refused for the right reason, a wrong byte in every field (golden)."""

import lzma
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from struct import pack_into
from zlib import crc32

import otafiles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.model import Layout, Partition, Soc
from imgcheck.targets.bl602 import acceptance, generations, offer

SOC = Soc("bl602", 243, (), 0x23000000, 0x23400000, 4096, 16, 512, 32768, frozenset(), ())
LAYOUT = Layout("b", 0x200000, (Partition("FW", 0, 0x10000, 0xC8000, 0xD8000, 0x88000),))
LIMIT = 0xC8000
GOLDEN = Path(__file__).parents[2] / "golden" / "refusals.txt"
OLD, NEW = generations.FIELD[2:]


def opened(data: bytes) -> offer.Opened:
    return offer.open_ota(data, "x.ota", SOC, LIMIT)


def verdict(data: bytes, device: generations.Installed = OLD) -> tuple[str, str, str]:
    found = acceptance.replay(opened(data).offer, LAYOUT, device).verdict
    return found.outcome, found.step, found.message


def test_a_sound_file_is_accepted() -> None:
    for device in generations.FIELD:
        assert verdict(otafiles.ota(), device) == ("accepts", "start", "")
    assert opened(otafiles.ota()).findings == ()


MEMORY = ("refuses", "boot2: trial run", "Memory usage limit reached")
OPTIONS = ("refuses", "boot2: trial run", "Unsupported options in the .xz headers")
CORRUPT = ("refuses", "boot2: trial run", "File is corrupt")


@pytest.mark.parametrize("size", [4096, 16384, 32768])
def test_dictionaries_that_fit(size: int) -> None:
    chain = [{"id": lzma.FILTER_LZMA2, "dict_size": size}]
    assert verdict(otafiles.seal(otafiles.packed(chain=chain)))[0] == "accepts"


@pytest.mark.parametrize("size", [49152, 65536, 1 << 20, 8 << 20])
def test_dictionaries_that_do_not(size: int) -> None:
    chain = [{"id": lzma.FILTER_LZMA2, "dict_size": size}]
    data = otafiles.seal(otafiles.packed(chain=chain))
    assert verdict(data) == MEMORY
    fault = opened(data).offer.decode
    assert fault
    assert fault.why == f"its dictionary has {size >> 10:,} KiB, boot2 holds 32 KiB"


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (lzma.CHECK_NONE, "accepts"),
        (lzma.CHECK_CRC32, "accepts"),
        (lzma.CHECK_CRC64, OPTIONS),
        (lzma.CHECK_SHA256, OPTIONS),
    ],
)
def test_checks(check: int, expected: str | tuple[str, str, str]) -> None:
    found = verdict(otafiles.seal(otafiles.packed(check=check)))
    assert found == expected if isinstance(expected, tuple) else found[0] == expected


@pytest.mark.parametrize("kind", [lzma.FILTER_X86, lzma.FILTER_ARM, lzma.FILTER_DELTA])
def test_filters(kind: int) -> None:
    data = otafiles.seal(otafiles.packed(chain=[{"id": kind}, *otafiles.CHAIN]))
    assert verdict(data) == OPTIONS
    fault = opened(data).offer.decode
    assert fault
    assert "boot2 has LZMA2 alone" in fault.why


@pytest.mark.parametrize(("lc", "lp", "pb"), [(0, 0, 0), (4, 0, 4), (0, 4, 0), (2, 1, 1)])
def test_any_lc_lp_pb(lc: int, lp: int, pb: int) -> None:
    chain = [{**otafiles.CHAIN[0], "lc": lc, "lp": lp, "pb": pb}]
    assert verdict(otafiles.seal(otafiles.packed(chain=chain)))[0] == "accepts"


def test_only_the_first_stream_is_read() -> None:
    first = otafiles.packed()
    for tail in (first, b"\xff" * 100):
        made = opened(otafiles.seal(first + tail))
        assert [one.code for one in made.findings if one.code != "ota-no-unpacked-len"] == ["ota-trailing"]
        assert verdict(otafiles.seal(first + tail))[0] == "accepts"
    short = otafiles.page(image=otafiles.IMAGE[:16])
    split = otafiles.packed(short) + first
    assert opened(otafiles.seal(split)).offer.unpacked == len(short)


def test_another_format() -> None:
    alone = lzma.compress(otafiles.page(), format=lzma.FORMAT_ALONE)
    assert verdict(otafiles.seal(alone)) == ("refuses", "boot header", "bootheader crc error")


@pytest.mark.skipif(not shutil.which("xz"), reason="no xz")
def test_several_blocks_are_taken() -> None:
    command = ["xz", "-c", "--check=crc32", "--block-size=9000", "--lzma2=dict=32KiB"]
    body = subprocess.run(command, input=otafiles.page(), capture_output=True, check=True).stdout
    assert verdict(otafiles.seal(body))[0] == "accepts"


def test_a_truncated_body() -> None:
    body = otafiles.packed()
    assert verdict(otafiles.seal(body[:-100])) == CORRUPT
    whole = otafiles.ota()
    assert verdict(whole[:-100]) == ("refuses", "SHA-256", "SHA256 NOT Correct")


def test_the_crystal_in_the_folders_name() -> None:
    for folder, codes in (("dts40M_pt2M_boot2release_ef4015", []), ("dts26M_pt2M_x_ef4015", ["ota-xtal"])):
        made = offer.open_ota(otafiles.ota(), f"ota/{folder}/FW_OTA.bin.xz.ota", SOC, LIMIT)
        assert [one.code for one in made.findings] == codes
    header = otafiles.changed(otafiles.boot_header(), 104, 0xF0)
    assert "ota-xtal" in [one.code for one in opened(otafiles.ota(otafiles.page(header))).findings]


def test_a_bomb_is_a_finding() -> None:
    body = otafiles.packed(bytes(20_000_000))
    made = opened(otafiles.seal(body, 1000))
    assert made.offer.unpacked == 20_000_000
    assert len(made.plain) == LIMIT
    assert "ota-too-large" in [one.code for one in made.findings]
    assert verdict(otafiles.seal(body, 1000), NEW)[1:] == ("boot2: size", "decomped img too large!")
    assert verdict(otafiles.seal(body, 1000), OLD)[0] == "bricks"


def test_findings() -> None:
    body = otafiles.packed()
    size = len(otafiles.page())
    codes = {
        "ota-length": otafiles.seal(body, size, length=7),
        "ota-kind": otafiles.seal(body, size, b"RAW "),
        "ota-no-unpacked-len": otafiles.seal(body),
        "ota-unpacked-len": otafiles.seal(body, size + 16),
    }
    for code, data in codes.items():
        assert [one.code for one in opened(data).findings] == [code]
        assert verdict(data)[0] == "accepts"


@pytest.mark.parametrize(
    ("bootcfg", "hash", "crc", "expected"),
    [
        (0x33300, b"\xef\xbe\xad\xde", b"\xef\xbe\xad\xde", "accepts"),
        (0x33300, b"\0\0\0\0", b"\xef\xbe\xad\xde", "Hash error"),
        (0x33300, b"\xef\xbe\xad\xde", b"\0\0\0\0", "bootheader crc error"),
        (0x23300, b"\xef\xbe\xad\xde", b"\xef\xbe\xad\xde", "bootheader crc error"),
        (0x13300, b"\xef\xbe\xad\xde", b"\xef\xbe\xad\xde", "Hash error"),
        (0x33301, b"\xef\xbe\xad\xde", b"\xef\xbe\xad\xde", "sign not fit"),
        (0x33700, b"\xef\xbe\xad\xde", b"\xef\xbe\xad\xde", "(no message)"),
    ],
)
def test_boot_header_rules(bootcfg: int, hash: bytes, crc: bytes, expected: str) -> None:
    header = bytearray(otafiles.boot_header(bootcfg=bootcfg))
    header[132:164] = hash.ljust(32, b"\0")
    header[172:176] = crc
    found = verdict(otafiles.ota(otafiles.page(bytes(header))))
    assert found[0] == "accepts" if expected == "accepts" else found == ("bricks", "boot header", expected)


@pytest.mark.parametrize("bootcfg", [0x33304, 0x33200])
def test_what_boot2_does_not_notice(bootcfg: int) -> None:
    """Encrypted, or in segments: it jumps, whichever way the image came."""
    header = bytearray(otafiles.boot_header(bootcfg=bootcfg))
    header[132:136] = header[172:176] = b"\xef\xbe\xad\xde"
    plain = otafiles.page(bytes(header))
    for data in (otafiles.ota(plain), otafiles.seal(plain, len(plain), b"RAW ")):
        for device in (OLD, NEW):
            assert verdict(data, device) == ("bricks", "start", "(no message)")


def resealed_header(offset: int) -> bytes:
    """A file whose boot header has one changed byte, and a CRC that fits again."""
    header = bytearray(otafiles.changed(otafiles.boot_header(), offset))
    pack_into("<I", header, 172, crc32(header[:172]))
    return otafiles.ota(otafiles.page(bytes(header)))


OTA_FIELDS = {
    "ident": 0, "ident version": 12, "type": 16, "length": 20, "pad": 24, "hardware": 32, "software": 48,
    "sha256": 64, "unpacked_len, high byte": 99, "rest": 100, "body": 700,
}  # fmt: skip
BOOT_FIELDS = {
    "magic": 0, "revision": 4, "flash magic": 8, "flash config": 12, "flash crc": 96, "clock magic": 100,
    "clock config": 104, "clock crc": 112, "bootcfg sign": 116, "bootcfg no_segment": 117,
    "bootcfg crc_ignore": 118, "img_len": 120, "entry": 124, "img_start": 128, "sha256": 132, "reserved": 164,
    "crc": 172,
}  # fmt: skip
XZ_FIELDS = {
    "magic": 0, "stream flags": 7, "stream crc": 8, "header size": 12, "block flags": 13, "filter id": 14,
    "properties size": 15, "dictionary": 16, "block padding": 17, "block crc": 20, "chunk control": 24,
    "chunk unpacked": 25, "chunk packed": 27, "lc/lp/pb": 29, "range coder start": 30, "data": 400,
    "block check": -28, "index": -23, "index crc": -16, "footer crc": -12, "backward size": -8,
    "footer flags": -3, "footer magic": -1,
}  # fmt: skip


def refusals() -> str:
    """One line per field: what old and new boot2 with a guarded application do when a bit of it is wrong."""
    good = otafiles.ota()
    size = len(otafiles.page())
    cases = [(f"ota {name}", otafiles.changed(good, at)) for name, at in OTA_FIELDS.items()]
    cases += [
        (f"boot {name}", otafiles.ota(otafiles.page(otafiles.changed(otafiles.boot_header(), at))))
        for name, at in BOOT_FIELDS.items()
    ]
    cases += [
        (f"boot {name}, crc redone", resealed_header(at)) for name, at in BOOT_FIELDS.items() if at < 172
    ]
    cases += [
        (f"xz {name}", otafiles.seal(otafiles.changed(otafiles.packed(), at), size))
        for name, at in XZ_FIELDS.items()
    ]
    lines = []
    for name, data in cases:
        ends = [" | ".join(verdict(data, device)) for device in (OLD, NEW)]
        said = ", ".join(one.code for one in opened(data).findings) or "-"
        lines.append(f"{name}\n    old boot2: {ends[0]}\n    new boot2: {ends[1]}\n    findings: {said}\n")
    return "".join(lines)


def test_golden_refusals() -> None:
    text = refusals()
    if os.environ.get("IMGCHECK_WRITE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_hash_twins() -> None:
    body = otafiles.packed()
    assert offer.tail_fits(body + sha256(body).digest())
    assert not offer.tail_fits(body)
    assert not offer.tail_fits(b"")


@examples(150)
@given(st.data())
def test_any_damage_has_an_end(data: st.DataObject) -> None:
    made = bytearray(otafiles.ota())
    for _ in range(data.draw(st.integers(0, 4))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(made[: data.draw(st.integers(0, len(made)))])
    if data.draw(st.booleans()) and len(damaged) > 512:
        damaged = otafiles.seal(damaged[512:])
    for device in generations.FIELD:
        outcome = verdict(damaged, device)[0]
        assert outcome in ("accepts", "refuses", "bricks")
        if outcome == "accepts":
            assert opened(damaged).plain[176:] == otafiles.page()[176:] or len(damaged) == 0


@examples(100)
@given(st.binary(max_size=400), st.sampled_from([b"", b"BL60X_OTA".ljust(512, b"\0"), otafiles.ota()[:540]]))
def test_any_bytes(tail: bytes, head: bytes) -> None:
    assert verdict(head + tail)[0] == "refuses"
