"""Files of the other chips, made from the descriptions of their formats, for tests and the benchmark."""

import gzip
import lzma
import random
import struct
import zlib
from functools import cache, reduce
from hashlib import sha256
from operator import xor

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from imgcheck.readers import (
    amebaz,
    amebaz2,
    bekenflash,
    espimage,
    esptable,
    ln882h,
    rbl,
    tuyaug,
    w600image,
    w800image,
)


@cache
def code(size: int, seed: int = 0) -> bytes:
    """Something that packs about as well as firmware, and begins as an ARM application does."""
    rng = random.Random(seed)
    words = [rng.randbytes(4) for _ in range(256)]
    body = b"".join(map(words.__getitem__, rng.randbytes(size // 4 + 1)))
    return (b"\x0e\x00\x00\xea\x14\xf0\x9f\xe5" + body)[:size]


def encrypted(data: bytes) -> bytes:
    """AES-256-CBC with OpenBeken's key, padded."""
    count = 16 - len(data) % 16
    cipher = Cipher(algorithms.AES(rbl.KEY), modes.CBC(rbl.IV)).encryptor()
    return cipher.update(data + bytes([count]) * count) + cipher.finalize()


def rbl_file(raw: bytes, size: int | None = None) -> bytes:
    """An OTA file of a Beken chip; with `size` its gzip is stretched by an extra field to make it so long."""
    packed = gzip.compress(raw, 9, mtime=0)
    if size is not None:
        room = size - rbl.SIZE - 1 - len(packed)  # one byte of padding at least
        if room < 0:
            raise ValueError(f"{len(packed) + rbl.SIZE + 1} bytes already")
        # Members of a gzip cannot be padded; a stored block of the raw image cannot shrink either: the file
        # comment of the gzip header (RFC 1952, FCOMMENT) takes what is missing.
        if room:
            room = (
                room // 16 * 16 + (16 - (len(packed) + 1) % 16) % 16 if (size - rbl.SIZE) % 16 == 0 else room
            )
            while (len(packed) + room) // 16 * 16 + 16 > size - rbl.SIZE:
                room -= 1
            packed = packed[:3] + b"\x10" + packed[4:10] + b"x" * (room - 1) + b"\0" + packed[10:]
    return rbl.build(encrypted(packed), raw, 2, 1, version="1.0")


def ciphered(raw: bytes) -> bytes:
    """With Tuya's key, as from address 0x10000."""
    raw = raw.ljust(-(-len(raw) // 4) * 4, b"\xff")
    words = struct.unpack(f"<{len(raw) // 4}I", raw)
    stream = (word ^ bekenflash.keystream(0x10000 + 4 * n) for n, word in enumerate(words))
    return struct.pack(f"<{len(words)}I", *stream)


def ua_file(raw: bytes, size: int, tuya: bool) -> bytes:
    """A UART file of the application partition: blocks, FF, and the trailer in its last three."""
    return _container(ciphered(raw) if tuya else raw, size, b"app")


def qio_file(ua: bytes, table: tuple[tuple[str, str, int, int], ...]) -> bytes:
    """The same behind a boot loader that ends with its partition table."""
    rows = b"".join(bekenflash.build_entry(*row) for row in table)
    # A boot loader that is not encrypted holds the mark of an entry in its code, too.
    words = b"01PE\0Initialize failed! No memory for table buffer.\r\n".ljust(96, b"\0")
    boot = (code(0xC000, 99) + words).ljust(0xDC40 - len(rows), b"\0") + rows
    return _container(boot, 0xF000 // 32 * 34, b"bootloader").ljust(bekenflash.APP, b"\xff") + ua


def _container(body: bytes, size: int, name: bytes) -> bytes:
    blocks = bekenflash.with_crc(body)
    # Sixteen FF belong to what the trailer describes, sixteen bytes of padding are counted and not written.
    told = body.ljust(-(-len(body) // 32) * 32, b"\xff") + b"\xff" * 16
    padded = told + b"\x10" * 16
    head = rbl.build(b"", b"", 0, 0)[:12] + name.ljust(16, b"\0") + b"1.0".ljust(48, b"\0")
    head += struct.pack("<IIII", zlib.crc32(padded), 0, len(told), len(padded))
    head += struct.pack("<I", zlib.crc32(head))
    return blocks.ljust(size - bekenflash.TRAILER, b"\xff") + bekenflash.with_crc(head)


def esp_image(size: int, chip: int, version: str = "1.18.299") -> bytes:
    """An application image of exactly `size` bytes (a multiple of 16) with descriptor, checksum and hash."""
    description = struct.pack("<II8x", espimage.DESCRIPTION, 0)
    for text, width in (
        (version, 32),
        ("OpenBeken", 32),
        ("12:00:00", 16),
        ("Jul 24 2026", 16),
        ("v5.5.2", 32),
    ):
        description += text.encode().ljust(width, b"\0")
    description = (description + b"\x11" * 32).ljust(256, b"\0")
    length = size - 32 - 16 - 24 - 8
    data = (description + code(length, chip))[:length]
    head = bytes([0xE9, 1, 2, 0x4F]) + struct.pack("<IB3xHBHH4xB", 0x40080000, 0xEE, chip, 0, 0, 99, 1)
    out = head + struct.pack("<II", 0x3C000020, len(data)) + data
    total = reduce(xor, data, 0xEF)
    out = out.ljust(len(out) + 15 - len(out) % 16, b"\0") + bytes([total])
    return out + sha256(out).digest()


def esp_factory(app: bytes, rows: tuple[esptable.Row, ...], boot: int) -> bytes:
    """Boot loader, table and application in one, as merge_bin makes it."""
    loader = esp_image(21_024, int.from_bytes(app[12:14], "little"))
    out = b"\xff" * boot + loader
    out = out.ljust(esptable.OFFSET, b"\xff") + esptable.build(rows)
    return out.ljust(0x10000, b"\xff") + app


def lzma_alone(plain: bytes) -> bytes:
    """As the SDK of the LN882H packs: a dictionary of 4 KiB, the length filled in."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 4096, "mode": lzma.MODE_FAST}]
    packed = lzma.compress(plain, lzma.FORMAT_ALONE, filters=filters)
    return packed[:5] + struct.pack("<Q", len(plain)) + packed[13:]


def ln_flash(plain: bytes, partitions: tuple[tuple[int, int, int], ...]) -> bytes:
    """A flash image: boot loader, table, application."""
    out = code(0x2600, 5).ljust(ln882h.TABLE, b"\xff") + ln882h.build_table(partitions)
    return out.ljust(ln882h.APP_OFFSET, b"\xff") + ln882h.build(plain)


def w600_fls(plain: bytes) -> bytes:
    """Boot loader and image, each behind its header."""
    # The real boot loader's code holds the mark of a header.
    loader = code(0x5C00, 6) + struct.pack("<I", w600image.MAGIC) + code(3_248, 7)
    return w600image.build_fls(w600image.build(loader, type=w600image.SECBOOT), w600image.build(plain))


def rtl8710b_ota(one: bytes, two: bytes) -> bytes:
    """OpenBeken's container of both slots' images."""
    return struct.pack("<II", len(one), len(two)) + one + two


def rtl8710b_ug(one: bytes, two: bytes) -> bytes:
    """Realtek's container of the same."""
    out = struct.pack("<II", amebaz.UG_MAGIC, 2)
    at = 0x38
    for mark, image, flash in ((b"OTA1", one, 0x0800B000), (b"OTA2", two, 0x080D0000)):
        out += struct.pack("<4sIIIII", mark, 24, sum(image) & 0xFFFFFFFF, len(image), at, flash)
        at += len(image)
    return out + one + two


def samples() -> dict[str, bytes]:
    """A small sound file of every container."""
    raw = code(6_000)
    one, two = amebaz.build(code(500, 1)), amebaz.build(code(400, 2))
    ota = rbl_file(raw)
    table = (
        ("bootloader", bekenflash.CRC_FLASH, 0, 0x10000),
        ("app", bekenflash.CRC_FLASH, 0x10000, 0x108700),
    )
    ua = ua_file(raw, 300 * 34, tuya=True)
    firmware = amebaz2.build((raw, code(300, 3)))
    return {
        "rbl": ota,
        "tuyaug": tuyaug.build(ota),
        "bekenflash": ua,
        "bekenflash qio": qio_file(ua, table),
        "espimage": esp_image(4096, 5),
        "esptable": esptable.build((esptable.Row("app0", 0, 0x10, 0x10000, 0xF0000),)),
        "w800image": w800image.build(gzip.compress(w800image.build(raw), mtime=0), packed=True),
        "w800image fls": w800image.build(code(500), type=0) + w800image.build(raw),
        "w600image": w600image.build(raw, gzip.compress(raw, mtime=0)),
        "w600image fls": w600_fls(raw),
        "ln882h": ln882h.build(raw, lzma_alone(raw)),
        "ln882h flash": ln_flash(raw, ((0, 0x7000, 0x12C000), (1, 0x133000, 0xAA000))),
        "amebaz2": firmware,
        "amebaz2 flash": amebaz2.build_flash(((0x4000, 0x8000, 1), (0x10000, 0xE0000, 5)), firmware),
        "amebaz": rtl8710b_ota(one, two),
        "amebaz ug": rtl8710b_ug(one, two),
        "amebaz flash": amebaz.FLASH_MARK.ljust(amebaz.SLOT1, b"\xff") + one,
    }
