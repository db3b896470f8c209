"""Sound files with one thing changed that their format gives a meaning, for tests and fuzz targets.

Each function takes the bytes and a source of chance, and changes a field, a row or a block.
"""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable

Mutate = Callable[[bytes, random.Random], bytes]

EDGES = (0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x100, 0xFFF, 0x1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x23000000)
_NUMBER = re.compile(rb"0x[0-9a-f]+|\d+")
_MAP_ROWS = (
    b" *fill*        0x23000000   0xffffffff ", b".text", b" *(.text*)", b"Cross Reference Table",
    b"LOAD a.o", b"Linker script and memory map", b" .text 0x0 0x0 a.o",
    b"                0x40 (size before relaxing)",
)  # fmt: skip
_VALUES = (
    b"0", b"-1", b"1e400", b"nan", b"true", b'""', b'"x"', b"[]", b"[[]]", b"{}", b"{ a = 1 }", b"2027-01-01",
    b"'''", b'"8 KiB"', b'"200 %"', b'["archive:*"]', b"9223372036854775808",
)  # fmt: skip
_TABLES = (
    b"[components]", b"[budgets]", b"[[waivers]]", b"[build.one]", b"[rules.runway]", b"[growth.components]",
    b"[features.weights]", b"[heap]", b"[a.b.c]",
)  # fmt: skip
_DTS_ROWS = (
    b"/delete-node/ &%s;", b"&%s { reg = <0 0x1000>; };", b"/delete-property/ %s;", b"/delete-node/ %s;",
    b"/omit-if-no-ref/ &%s;", b"a = &%s;",
)  # fmt: skip
_CELLS = (
    b"<(1 << 31)>", b"<(1 / 0)>", b"<0x1 0x2 0x3>", b"/bits/ 64 <0x1>", b"<&{/}>", b"<SIZE_K(4)>", b"[00 ff]",
    b"<(1 << 9999999999)>",
)  # fmt: skip


# --- text ---------------------------------------------------------------------------------------


def lines(data: bytes, pick: random.Random) -> bytes:
    """A text with a line doubled, cut, moved, or a number in it changed."""
    rows = data.split(b"\n")
    at, other = pick.randrange(len(rows)), pick.randrange(len(rows))
    match pick.randrange(6):
        case 0:
            rows.insert(other, rows[at])
        case 1:
            del rows[at : at + pick.randrange(1, 9)]
        case 2:
            rows[at], rows[other] = rows[other], rows[at]
        case 3:
            rows[at] = _numbers(rows[at], pick)
        case 4:
            rows[at] = rows[at][: pick.randrange(len(rows[at]) + 1)] + rows[other]
        case _:
            rows[at] = rows[at].replace(b" ", pick.choice((b"  ", b"\t", b"")), pick.randrange(1, 5))
    return b"\n".join(rows)


def _numbers(row: bytes, pick: random.Random) -> bytes:
    return _NUMBER.sub(lambda _: b"%#x" % pick.choice(EDGES), row, count=pick.randrange(1, 4))


def linkmap(data: bytes, pick: random.Random) -> bytes:
    """A map with a row of another member, wrapped, of another section, or as a block again."""
    rows = data.split(b"\n")
    at, other = pick.randrange(len(rows)), pick.randrange(len(rows))
    match pick.randrange(7):
        case 0:  # libx.a(m.o) goes where another row's file was
            rows[at] = rows[at].rsplit(b" ", 1)[0] + b" " + rows[other].rsplit(b" ", 1)[-1]
        case 1:  # a long name stands alone on its line
            rows[at] = re.sub(rb"^( \S+) +(0x)", rb"\1\n                \2", rows[at])
        case 2:
            rows[at] = rows[at].replace(b"(", pick.choice((b"((", b")", b":(", b" (")), 1)
        case 3:  # a block of input sections once more, elsewhere
            rows[other:other] = rows[at : at + pick.randrange(2, 12)]
        case 4:
            rows[at] = pick.choice(_MAP_ROWS)
        case 5:
            rows[at] = _numbers(rows[at], pick)
        case _:
            return lines(data, pick)
    return b"\n".join(rows)


def toml(data: bytes, pick: random.Random) -> bytes:
    """A policy with a value of another kind, a key of another table, a header twice or dotted."""
    rows = data.split(b"\n")
    at, other = pick.randrange(len(rows)), pick.randrange(len(rows))
    key, equals, value = rows[at].partition(b" = ")
    match pick.randrange(7):
        case 0 if equals:
            rows[at] = key + equals + pick.choice(_VALUES)
        case 1 if equals and b" = " in rows[other]:
            rows[at] = key + equals + rows[other].partition(b" = ")[2]
        case 2 if equals:
            rows[at] = (
                pick.choice((key + b".a", b'"' + key + b'"', b"build." + key, key + b".b.c")) + equals + value
            )
        case 3:
            rows.insert(at, pick.choice(_TABLES))
        case 4:
            rows[at] = rows[at].replace(b'"', pick.choice((b"'", b'"""', b"")), 1)
        case 5:
            rows[at] += pick.choice((b" # x", b"\r", b"\\", b'"', b",", b"]"))
        case _:
            return lines(data, pick)
    return b"\n".join(rows)


def dts(data: bytes, pick: random.Random) -> bytes:
    """A tree with a node twice, gone, inside another, a cell of another size, or something deleted."""
    opened = [one.start() for one in re.finditer(rb"\{", data)]
    closed = [one.end() for one in re.finditer(rb"\};", data)]
    labels: list[bytes] = re.findall(rb"(\w+):", data) or [b"a"]
    ends = [one.start() for one in re.finditer(rb";", data)]
    if not (opened and closed and ends):
        return lines(data, pick)
    at = pick.choice(ends) + 1
    match pick.randrange(7):
        case 0:
            start = pick.choice(opened)
            block = data[
                data.rfind(b"\n", 0, start) + 1 : next((end for end in closed if end > start), len(data))
            ]
            return data[:at] + b"\n" + block + data[at:]
        case 1:
            start = pick.choice(opened)
            return data[:start] + data[next((end for end in closed if end > start), len(data)) :]
        case 2:
            label = pick.choice(labels)
            return data[:at] + b"\n" + pick.choice(_DTS_ROWS) % label + b"\n" + data[at:]
        case 3:
            cells = pick.choice((b"#address-cells = <%d>;", b"#size-cells = <%d>;")) % pick.randrange(5)
            return data[:at] + cells + data[at:]
        case 4:
            return data[:at] + b"reg = " + pick.choice(_CELLS) + b";" + data[at:]
        case 5:
            return _numbers(data, pick)
        case _:
            return lines(data, pick)


# --- binary -------------------------------------------------------------------------------------


def words(data: bytes, pick: random.Random) -> bytes:
    """Binary tables: a word gets an edge value or another's, or a stretch goes."""
    made = bytearray(data)
    if len(made) < 8:
        return bytes(made)
    size = pick.choice((1, 2, 4))
    at = pick.randrange(min(len(made), pick.choice((64, 512, len(made)))))
    at -= at % size
    match pick.randrange(4):
        case 0:
            made[at : at + size] = (pick.choice(EDGES) & (256**size - 1)).to_bytes(size, "little")
        case 1:
            word = int.from_bytes(made[at : at + size], "little") + pick.choice((-1, 1, 4, -4, 64))
            made[at : at + size] = (word % 256**size).to_bytes(size, "little")
        case 2:
            other = pick.randrange(len(made))
            made[at : at + size] = made[other : other + size]
        case _:
            del made[at : at + pick.choice((1, 4, 16, 64))]
    return bytes(made)


def parts(mutators: tuple[Mutate, ...]) -> Mutate:
    """Of a file that holds several, one by its mutator; `packed` and `split` say how they are held."""

    def mutate(data: bytes, pick: random.Random) -> bytes:
        held = split(data, len(mutators))
        if held is None:
            return data
        one = pick.randrange(len(mutators))
        return packed([*held[:one], mutators[one](held[one], pick), *held[one + 1 :]])

    return mutate


def packed(files: list[bytes]) -> bytes:
    """Several files as one: each behind its length."""
    return b"".join(struct.pack("<I", len(one)) + one for one in files)


def split(data: bytes, count: int) -> list[bytes] | None:
    """The files again; None where a length is none."""
    found, at = [], 0
    for _ in range(count):
        if at + 4 > len(data):
            return None
        (size,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found
