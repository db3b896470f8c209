"""Which bytes does a string literal put into the image (C17 6.4.5)?"""

from __future__ import annotations

import re

ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]+)|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
SIMPLE = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27, "\n": -1}
LITERAL = re.compile(r'(u8|[LuU])?(R)?"(.*?)"?\Z', re.DOTALL)
WIDE = {"L": "utf-32-le", "U": "utf-32-le", "u": "utf-16-le"}


def decoded(literal: str) -> bytes:
    """The bytes of a string literal, without the terminating null."""
    parts = LITERAL.match(literal)
    if not parts:
        return b""
    prefix, raw, text = parts[1], parts[2], parts[3]
    if raw:
        opening = text.find("(")
        text = text[opening + 1 : len(text) - opening - 1]
    codec = WIDE.get(prefix or "", "utf-8")
    if raw or "\\" not in text:
        return _encoded(text, codec)
    output = bytearray()
    position = 0
    for escape in ESCAPE.finditer(text):
        output += _encoded(text[position : escape.start()], codec)
        position = escape.end()
        hexadecimal, octal, short, long, simple = escape.groups()
        if short or long:
            code = int(short or long, 16)
            output += _encoded(chr(code) if code < 0x110000 else "", codec)
            continue
        if hexadecimal or octal:
            code = int(hexadecimal, 16) if hexadecimal else int(octal, 8)
        else:
            code = SIMPLE.get(simple, -2)
            if code < 0:
                output += b"" if code == -1 else _encoded(simple, codec)
                continue
        width = {"utf-8": 1, "utf-16-le": 2}.get(codec, 4)
        output += (code & (1 << 8 * width) - 1).to_bytes(width, "little")
    return bytes(output + _encoded(text[position:], codec))


def _encoded(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec, "surrogateescape" if codec == "utf-8" else "surrogatepass")
    except UnicodeError:
        return text.encode(codec, "replace")
