"""Can these bytes be an image that a BL602 runs?  A raw one has no header, so its content has to say so."""

from __future__ import annotations

RF_MARK = (1024, b"BLRFPARA")  # the SDK's linker script puts it into every application image
# How functions end: c.jr ra, or jalr x0, 0(ra) in code that is not compressed (RISC-V Unprivileged ISA);
# the bytes of each, and what its address is a multiple of.
_RETURNS = ((b"\x82\x80", 2), (b"\x67\x80\x00\x00", 4))
_MOST_WITHOUT = 8192  # bytes for each return: firmware has one in 200, chance one in 131,072


def marked(data: bytes) -> bool:
    """Whether the SDK's mark is where every application image of it has one."""
    at, mark = RF_MARK
    return data[at : at + len(mark)] == mark


def doubt(data: bytes) -> str:
    """Why the bytes are no application image, "" where nothing speaks against it."""
    if marked(data) or _returns(data) * _MOST_WITHOUT >= len(data):
        return ""
    return "there is no RISC-V code in it, nor the mark that the SDK's linker script leaves"


def _returns(data: bytes) -> int:
    """How many returns there are where an instruction may begin."""
    found = 0
    for code, unit in _RETURNS:
        at = data.find(code)
        while at >= 0:
            found += at % unit == 0
            at = data.find(code, at + 1)
    return found
