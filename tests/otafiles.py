"""OTA files for tests: made field by field, sealed again after a change, never with imgcheck's own pack."""

import lzma
from hashlib import sha256
from struct import pack
from zlib import crc32

MARK = b"BLRFPARA"  # at 0x400 of every image that the SDK links


def marked(image: bytes) -> bytes:
    """`image` with the mark: bytes without it and without code are no firmware."""
    return image[:1024] + MARK + image[1024 + len(MARK) :]


IMAGE = marked(b"".join(b"%d;" % (n * n % 7919) for n in range(5000)))
IMAGE += bytes(-len(IMAGE) % 16)
CHAIN = [{"id": lzma.FILTER_LZMA2, "dict_size": 32768}]


def boot_header(image: bytes = IMAGE, bootcfg: int = 0x3300) -> bytes:
    flash, clock = bytes(range(84)), bytes((4, 4, 0, 1, 3, 1, 0, 0))
    header = pack("<4sI4s84sI", b"BFNP", 1, b"FCFG", flash, crc32(flash))
    header += pack("<4s8sI", b"PCFG", clock, crc32(clock))
    header += pack("<IIII", bootcfg, len(image), 0, 0x1000) + sha256(image).digest() + bytes(8)
    return header + pack("<I", crc32(header))


def page(header: bytes | None = None, image: bytes = IMAGE) -> bytes:
    return (boot_header(image) if header is None else header).ljust(4096, b"\xff") + image


def seal(body: bytes, unpacked: int = 0xFFFFFFFF, kind: bytes = b"XZ  ", length: int | None = None) -> bytes:
    """An OTA file whose header fits `body`."""
    header = b"BL60X_OTA_Ver1.0" + kind + pack("<I", len(body) if length is None else length)
    header += bytes(range(1, 9)) + b"BFL_Module_v1.1\0" + b"EVENT_V1.1.1\0\0\0\0"
    return (header + sha256(body).digest() + pack("<I", unpacked)).ljust(512, b"\xff") + body


def packed(
    plain: bytes | None = None, check: int = lzma.CHECK_CRC32, chain: list[dict[str, int]] | None = None
) -> bytes:
    return lzma.compress(page() if plain is None else plain, check=check, filters=chain or CHAIN)


def ota(plain: bytes | None = None) -> bytes:
    plain = page() if plain is None else plain
    return seal(packed(plain), len(plain))


def changed(data: bytes, offset: int, mask: int = 0x01) -> bytes:
    out = bytearray(data)
    out[offset] ^= mask
    return bytes(out)
