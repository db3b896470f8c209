"""Sizes as people write them: "8 KiB", "64 kB", "0x1000", 4096, and shares of a slot: "12 %"."""

import re

# The International System's kB is 1,000 bytes and IEC's KiB is 1,024; linker scripts' bare K is 1,024 too.
UNITS = {"": 1, "b": 1, "byte": 1, "bytes": 1}
UNITS |= {"k": 1024, "kib": 1024, "kb": 1000, "m": 1024**2, "mib": 1024**2, "mb": 1000**2}
LARGEST = 1 << 40

_SIZE = re.compile(r"([0-9][0-9_,]{0,20}(?:\.[0-9]{1,9})?|0[xX][0-9a-fA-F]{1,12})\s{0,8}([A-Za-z]{0,5})")
_SHARE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s{0,8}%")


def parse(value: str | int) -> int:
    """Bytes of `value`: an integer, or a number with an optional unit (KiB, MiB, kB, MB, K, M, B).

    Raises ValueError with a sentence when it is no size, is negative or is beyond any flash.
    """
    if isinstance(value, bool):
        raise ValueError("a size is a number of bytes or a text like '8 KiB'")
    if isinstance(value, int):
        size = float(value)
    else:
        match = _SIZE.fullmatch(value.strip())
        if not match or match[2].lower() not in UNITS:
            raise ValueError(f"{shorten(value)} is no size; write bytes, or a text like '8 KiB' or '64 kB'")
        digits = match[1].replace("_", "").replace(",", "")
        size = float(int(digits, 16) if digits[:2].lower() == "0x" else float(digits))
        size *= UNITS[match[2].lower()]
    if size < 0:
        raise ValueError("a size cannot be negative")
    if size > LARGEST:
        raise ValueError(f"{shorten(str(value))} is larger than any flash")
    return round(size)


def parse_share(value: str) -> float | None:
    """The share that "12 %" means (0.12); None when `value` is not written as a percentage."""
    match = _SHARE.fullmatch(value.strip())
    return float(match[1]) / 100 if match else None


def shorten(text: str, limit: int = 40) -> str:
    """`text` in quotes for a message, cut when it is long."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
