"""Which bytes could a build do without, although no feature would be lost?"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from imgcheck.model import NOBODY, Image, Item, Waste
from imgcheck.wording import commas

SMALLEST_CONSTANT = 32  # bytes; below it a name in a report costs more attention than it is worth
SMALLEST_DATA = 256
SMALLEST_STRING = 12
SMALLEST_TABLE = 16
SMALLEST_KEPT = 256

_CONSTANT = (".rodata", ".srodata", ".tcm_const", ".data.rel.ro", ".constdata")
_PLAIN = frozenset((".text", ".rodata", ".data", ".bss", ".sdata", ".sbss"))
_USUAL = (".text", ".rodata", ".srodata", ".data", ".sdata", ".bss", ".sbss", ".tcm", ".init", ".fini")
_TOOLCHAIN = re.compile(r"lib(c|g|m|gcc|nosys|stdc\+\+|supc\+\+|semihost)(_nano)?\.a")
_STRING = re.compile(rb"(?<![\t\n\r\x20-\x7e])[\t\n\r\x20-\x7e]{%d,}+\x00" % SMALLEST_STRING)

# libgcc's routines for 64-bit floating point on a core that has 32-bit registers for it, or none.
_DOUBLE = re.compile(r"__(?:\w+df[23]|df\w+|fix(?:uns)?df[sdt]i|float(?:un)?[sdt]idf|extendsfdf2|truncdfsf2)")

# Entry points of the standard library's text conversions, and what its objects behind them are called.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "printf": (
        *("printf", "fprintf", "sprintf", "snprintf", "asprintf", "dprintf", "iprintf", "siprintf"),
        *("vprintf", "vfprintf", "vsprintf", "vsnprintf", "vasprintf", "sniprintf"),
    ),
    "scanf": ("scanf", "fscanf", "sscanf", "vscanf", "vfscanf", "vsscanf", "siscanf"),
    "strtod": ("strtod", "strtof", "strtold", "atof", "atoff"),
}
_FAMILY = {
    "printf": re.compile(
        r"printf|(?<![a-z])[edfgl]?cvt|dtoa(?!-(?:gethex|hexnan))|ryu|ultoa|exponent|dorounding"
    ),
    "scanf": re.compile(r"scanf|sccl|submore|refill"),
    "strtod": re.compile(r"strto(?:d|f|ld)(?![a-z])|strtod|atof|gethex|hexnan|gd_qnan"),
}


class Table(NamedTuple):
    """Sections that the linker script gathers between two symbols: (name, address, size, object) each."""

    first: str
    last: str
    rows: Sequence[tuple[str, int, int, str]]


def find(
    image: Image,
    mentions: Mapping[str, Sequence[str]],
    lonely: Collection[str] = (),
    tables: Iterable[Table] = (),
) -> tuple[Waste, ...]:
    """Every waste of `image`, the largest of each kind first.

    `mentions` has, for the symbols that `asked` names, the files that mention each (definer first);
    `lonely` the symbols that no object but their own mentions, `tables` what a linker script gathers. All
    come from the map and may be empty.
    """
    found = [
        *_constants(image.items),
        *_strings(image),
        *_tables(image),
        *_kept(image.items, lonely),
        *_unread(image, mentions, tables),
        *_double(image.items, mentions),
        *_families(image.items, mentions),
    ]
    return tuple(sorted(found, key=lambda waste: (-waste.flash - waste.ram, waste.kind, waste.name)))


def asked(image: Image, tables: Iterable[Table] = ()) -> tuple[str, ...]:
    """The symbols whose mentions `find` wants to know."""
    bounds = {name for table in tables for name in (table.first, table.last)}
    entries = frozenset(name for names in FAMILIES.values() for name in names)
    found = {item.name for item in image.items if item.name in entries or _is_double(item)}
    return tuple(sorted(found | bounds))


def all_or_nothing(image: Image) -> bool:
    """Whether some object has one section for several functions, so that `lonely` matters."""
    return any(_plain(item) for item in image.items)


def _constants(items: Iterable[Item]) -> Iterator[Waste]:
    """What lies in RAM and in flash, because it is copied at start. A library's is not told to be `const`."""
    for item in items:
        if not (item.flash and item.ram) or item.name in NOBODY:
            continue
        if item.input_section.startswith(_CONSTANT):
            if item.flash >= SMALLEST_CONSTANT:
                yield Waste("ram-constants", *_copied(item))
        elif (
            item.flash >= SMALLEST_DATA
            and item.input_section.startswith((".data", ".sdata"))
            and not _TOOLCHAIN.fullmatch(item.archive)
        ):
            yield Waste("ram-data", *_copied(item))


def _copied(item: Item) -> tuple[str, int, int, tuple[str, ...], str, tuple[tuple[int, int], ...]]:
    return (_name(item), item.flash, item.ram, _owner(item), "", _where((item,)))


def _where(items: Iterable[Item]) -> tuple[tuple[int, int], ...]:
    return tuple((item.address, max(item.flash, item.ram)) for item in items)


def _strings(image: Image) -> Iterator[Waste]:
    """Equal strings at several places: the linker merges only those of equal alignment and section flags."""
    items = [item for item in image.items if item.flash and not item.ram and _read_only(item)]
    items.sort(key=lambda item: item.load)
    starts = [item.load for item in items]
    places: dict[bytes, list[int]] = defaultdict(list)
    for first, last in _runs(items):
        begin, end = first - image.soc.image_origin, last - image.soc.image_origin
        for match in _STRING.finditer(image.binary, max(begin, 0), max(end, 0)):
            places[match[0]].append(match.start())
    for text, offsets in places.items():
        if len(offsets) < 2:
            continue
        owners: list[str] = []
        where: list[tuple[int, int]] = []
        for offset in offsets:
            load = offset + image.soc.image_origin
            item = items[bisect_right(starts, load) - 1]
            owners += _owner(item)
            where.append((item.address + load - item.load, len(text)))
        again = tuple(where[1:])
        yield Waste("strings", text[:-1].decode(), len(again) * len(text), 0, _unique(owners), places=again)


def _runs(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    """Where sorted items follow each other without a gap: first address and end."""
    if not items:
        return
    start = items[0].load
    for item, following in pairwise(items):
        if item.load + item.flash != following.load:
            yield start, item.load + item.flash
            start = following.load
    yield start, items[-1].load + items[-1].flash


def _tables(image: Image) -> Iterator[Waste]:
    """Constant arrays with the same bytes, as a `static const` in a header makes them."""
    same: dict[bytes, dict[int, Item]] = defaultdict(dict)
    for item in image.items:
        if item.flash < SMALLEST_TABLE or item.ram or not _read_only(item) or ".str" in item.input_section:
            continue
        offset = item.load - image.soc.image_origin
        content = image.binary[offset : offset + item.flash]
        if content.count(content[0]) < len(content) and not _STRING.fullmatch(content):
            same[content].setdefault(item.load, item)
    for content, copies in same.items():
        names = {_name(item) for item in copies.values()}
        if len(copies) > 1:
            owners = _unique(owner for item in copies.values() for owner in _owner(item))
            again = _where([copies[load] for load in sorted(copies)][1:])
            yield Waste("tables", min(names), len(again) * len(content), 0, owners, places=again)


def _kept(items: Iterable[Item], lonely: Collection[str]) -> Iterator[Waste]:
    """Objects compiled without a section per function: the linker keeps all of one or nothing."""
    sizes: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        if _plain(item):
            sizes[item.archive, item.object].append(item)
    for (archive, name), parts in sizes.items():
        unused = [item for item in parts if item.name in lonely]
        flash, ram = sum(item.flash for item in unused), sum(item.ram for item in unused)
        if len(parts) > 1 and flash + ram >= SMALLEST_KEPT:
            names = sorted(unused, key=lambda item: -item.flash - item.ram)
            detail = ", ".join(item.name for item in names[:5]) + (", …" if len(names) > 5 else "")
            called = f"{archive}({name})" if archive else name
            yield Waste("kept", called, flash, ram, (name,), detail, places=_where(unused))


def _unread(image: Image, mentions: Mapping[str, Sequence[str]], tables: Iterable[Table]) -> Iterator[Waste]:
    """Tables that a linker script keeps for somebody who is not there: nothing mentions their bounds."""
    for table in tables:
        usual = any(row[0].startswith(_USUAL) for row in table.rows)
        if usual or mentions.get(table.first) or mentions.get(table.last):
            continue
        flash = ram = 0
        for _, address, size, _ in table.rows:
            in_flash = image.soc.image_origin <= address < image.soc.image_limit
            flash, ram = flash + size * in_flash, ram + size * (not in_flash)
        owners = _unique(row[3].replace("\\", "/").rsplit("/", 1)[-1] for row in table.rows)
        places = tuple((address, size) for _, address, size, _ in table.rows)
        yield Waste(
            "unread", table.first, flash, ram, owners, f"{table.first} and {table.last}", places=places
        )


def _plain(item: Item) -> bool:
    inside = item.input_section in _PLAIN and item.object and item.name != item.input_section
    return bool(inside) and item.name not in NOBODY and not _TOOLCHAIN.fullmatch(item.archive)


def _double(items: Iterable[Item], mentions: Mapping[str, Sequence[str]]) -> Iterator[Waste]:
    routines = [item for item in items if _is_double(item)]
    if routines:
        names = _unique(item.name for item in sorted(routines, key=lambda item: -item.flash))
        callers = _callers((mentions.get(name, ()) for name in names), ("libgcc.a",))
        flash = sum(item.flash for item in routines)
        yield Waste("double", "double", flash, 0, callers, ", ".join(names), places=_where(routines))


def _is_double(item: Item) -> bool:
    return item.archive == "libgcc.a" and item.flash > 0 and bool(_DOUBLE.fullmatch(item.name))


def _families(items: Iterable[Item], mentions: Mapping[str, Sequence[str]]) -> Iterator[Waste]:
    members: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.flash and _TOOLCHAIN.fullmatch(item.archive) and item.archive != "libgcc.a":
            for family, pattern in _FAMILY.items():
                if pattern.search(item.name.lower()) or pattern.search(item.object.lower()):
                    members[family].append(item)
                    break
    for family, parts in members.items():
        largest = sorted(parts, key=lambda item: -item.flash)
        detail = ", ".join(_unique(f"{_name(item)} {commas(item.flash)}" for item in largest[:4]))
        asked_for = (mentions.get(name, ()) for name in FAMILIES[family])
        own = ("libc.a", "libg.a", "libc_nano.a", "libg_nano.a")
        flash, ram = sum(item.flash for item in parts), sum(item.ram for item in parts)
        yield Waste("text", family, flash, ram, _callers(asked_for, own), detail, places=_where(parts))


def _callers(files: Iterable[Sequence[str]], own: Sequence[str]) -> tuple[str, ...]:
    """Short names of the files that mention something, those of the library itself left out."""
    short = (path.replace("\\", "/").rsplit("/", 1)[-1] for paths in files for path in paths[1:])
    others = {name for name in short if not name.startswith(tuple(f"{lib}(" for lib in own))}
    # The project's own objects first: those somebody can change.
    return tuple(sorted(others, key=lambda name: (bool(_TOOLCHAIN.match(name)), name)))


def _read_only(item: Item) -> bool:
    if item.name in NOBODY:
        return False
    return (item.input_section or item.section).startswith((".rodata", ".srodata"))


def _name(item: Item) -> str:
    if item.name.startswith("_Z"):
        from imgcheck.readers.symbolnames import source_name

        return source_name(item.name)
    return item.name or item.input_section


def _owner(item: Item) -> tuple[str, ...]:
    label = f"{item.archive}({item.object})" if item.archive else item.object
    return (label,) if label else ()


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def rest(wastes: Sequence[Waste]) -> str:
    """One sentence for the findings that are too many to name."""
    flash, ram = sum(waste.flash for waste in wastes), sum(waste.ram for waste in wastes)
    sizes = [f"{commas(size)} bytes of {name}" for size, name in ((flash, "flash"), (ram, "RAM")) if size]
    return f"{commas(len(wastes))} smaller ones: {' and '.join(sizes) or 'no bytes'} in all"
