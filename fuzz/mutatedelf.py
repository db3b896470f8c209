"""Sound ELF files and archives with one field or table changed, for tests and fuzz targets."""

from __future__ import annotations

import random
import struct

from mutated import EDGES, words

_HEADER, _SECTION, _SEGMENT, _SYMBOL = 52, 40, 32, 16
_SYMTAB, _RELA = 2, 4
# The header's fields: where each is, and its bytes.
_FIELDS = (
    (4, 1),
    (5, 1),
    (16, 2),
    (18, 2),
    *((at, 4) for at in range(24, 40, 4)),
    *((at, 2) for at in range(40, 52, 2)),
)
# SHF_WRITE, ALLOC, EXECINSTR, MERGE, TLS, COMPRESSED, of which sections have some.
_FLAGS = (0, 1, 2, 3, 6, 7, 0x10, 0x30, 0x402, 0x403, 0x802)
_TYPES = (0, 1, 2, 3, 4, 7, 8, 9, 14, 18, 0x70000003)
_AR = 60  # bytes of a member's header


PARTS = (
    "header", "section", "segment", "symbol", "relocation", "names", "swap", "overlap", "extended", "end",
)  # fmt: skip


def elf(data: bytes, pick: random.Random) -> bytes:
    """A 32-bit ELF with one thing of one of its tables changed."""
    return elf_part(data, pick.choice(PARTS), pick)


def elf_part(data: bytes, part: str, pick: random.Random) -> bytes:
    """The same with the table chosen; without that table nothing happens."""
    made = bytearray(data)
    if len(made) < _HEADER:
        return data
    segments, sections = struct.unpack_from("<II", made, 28)
    segment_count, section_count, names = (struct.unpack_from("<H", made, at)[0] for at in (44, 48, 50))
    if sections + _SECTION * section_count > len(made) or segments + _SEGMENT * segment_count > len(made):
        return data
    section = sections + _SECTION * pick.randrange(section_count) if section_count else 0
    other = sections + _SECTION * pick.randrange(section_count) if section_count else 0
    match part:
        case "header":
            _put(made, *pick.choice(_FIELDS), pick)
        case "section" if section:
            field = pick.randrange(10)
            if field in (1, 2):
                struct.pack_into("<I", made, section + 4 * field, pick.choice((_TYPES, _FLAGS)[field - 1]))
            else:
                _put(made, section + 4 * field, 4, pick)
        case "segment" if segment_count:
            _put(made, segments + _SEGMENT * pick.randrange(segment_count) + 4 * pick.randrange(8), 4, pick)
        case "symbol" | "relocation" if section_count:
            wanted, size = (_SYMTAB, _SYMBOL) if part == "symbol" else (_RELA, 12)
            _row(made, sections, section_count, wanted, size, pick)
        case "names" if section:  # two sections of one name, or a name of the table broken
            table = sections + _SECTION * min(names, section_count - 1)
            start, size = struct.unpack_from("<II", made, table + 16)
            if pick.random() < 0.5:
                made[section : section + 4] = made[other : other + 4]
            elif 0 < size <= len(made) - start:
                made[start + pick.randrange(size)] = pick.choice((0, 0x2E, 0x41, 0xFF))
        case "swap" if section:
            made[section : section + _SECTION], made[other : other + _SECTION] = (
                made[other : other + _SECTION],
                made[section : section + _SECTION],
            )
        case "overlap" if segment_count:  # a segment lies, in the file or in memory, where another does
            one, two = (segments + _SEGMENT * pick.randrange(segment_count) for _ in range(2))
            at = 4 * pick.randrange(1, 6)
            made[one + at : one + at + 4] = made[two + at : two + at + 4]
        case "extended" if section_count:  # what the header has no room for stands in section 0
            struct.pack_into("<II", made, sections + 20, section_count, names)
            struct.pack_into("<I", made, sections + 28, segment_count)
            for at, value in ((48, 0), (50, 0xFFFF), (44, 0xFFFF)):
                if pick.random() < 0.5:
                    struct.pack_into("<H", made, at, value)
        case "end":
            del made[pick.randrange(len(made)) :]
    return bytes(made)


def _row(made: bytearray, sections: int, count: int, wanted: int, size: int, pick: random.Random) -> None:
    """Changes one field of one symbol or relocation."""
    every = range(sections, sections + _SECTION * count, _SECTION)
    tables = [at for at in every if struct.unpack_from("<I", made, at + 4)[0] == wanted]
    for table in tables[:1] if wanted == _SYMTAB else [pick.choice(tables)] if tables else []:
        start, length = struct.unpack_from("<II", made, table + 16)
        if not size <= length <= len(made) - start:
            return
        row = start + size * pick.randrange(length // size)
        if wanted == _SYMTAB and pick.random() < 0.3:  # st_info, st_shndx
            made[row + 12] = pick.randrange(256)
            struct.pack_into("<H", made, row + 14, pick.choice((0, 1, 2, 0xFFF1, 0xFFF2, 0xFFFF, count)))
        else:
            _put(made, row + 4 * pick.randrange(3), 4, pick)


def _put(made: bytearray, at: int, size: int, pick: random.Random) -> None:
    """A field gets an edge value, its neighbour, or the length of the file."""
    old = int.from_bytes(made[at : at + size], "little")
    near = tuple(old + step for step in (1, -1, 4, -4, 64, 0x1000, -0x1000))
    new = pick.choice((*near, *EDGES, old * 2, len(made), len(made) - 1, 0x42020000, 0x23010000))
    made[at : at + size] = (new % 256**size).to_bytes(size, "little")


def archive(data: bytes, pick: random.Random) -> bytes:
    """An archive with a member's name, size or contents changed, a member twice, gone or at another place."""
    members, at = [], 8
    while at + _AR <= len(data):
        digits = data[at + 48 : at + 58].strip()
        size = int(digits) if digits.isdigit() else 0
        members.append(data[at : at + _AR + size + size % 2])
        at += _AR + size + size % 2
    if not members:
        return words(data, pick)
    one, other = pick.randrange(len(members)), pick.randrange(len(members))
    member = members[one]
    match pick.randrange(7):
        case 0:
            name = pick.choice(
                (b"/0", b"/99999999999", b"//", b"/", b"/SYM64/", b"#1/20", b"x/", b"", b"/ 1", b"a/b.o/")
            )
            members[one] = name.ljust(16) + member[16:]
        case 1:
            text = pick.choice((b"0", b"1", b"-1", b"9999999999", b"", b"1e3", b"%d" % (len(member) - 59)))
            members[one] = member[:48] + text.ljust(10)[:10] + member[58:]
        case 2:
            members.insert(other, member)
        case 3:
            del members[one]
        case 4:
            members[one], members[other] = members[other], members[one]
        case 5:
            return pick.choice((b"!<thin>\n", b"!<arch>\n", b"!<arch>\r\n")) + b"".join(members)
        case _:
            members[one] = member[:_AR] + elf(member[_AR:], pick)
    return data[:8] + b"".join(members)
