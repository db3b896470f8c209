"""Partition tables as the vendor's tools take them: TOML, one [pt_table], one [[pt_entry]] per partition.

    [pt_table]
    address0 = 0xE000       # where the table's two copies lie in the flash
    address1 = 0xF000
    [[pt_entry]]
    type = 0                # 0 is the application, looked up by type; everything else by name
    name = "FW"
    device = 0
    address0 = 0x10000      # first copy
    size0 = 0xC8000
    address1 = 0xD8000      # second copy; 0, 0 when there is none
    size1 = 0x88000
    len = 0

The keys are those that the SDK's flash_build.py and the vendor's bflb_pt_creater.py read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.printable import clip, printable
from imgcheck.readers import files, tomltext
from imgcheck.readers.tomlplaces import Place, places

# A vendor table has 2 KB. The limits bound tomllib's time, which is quadratic in the parts of a dotted key.
_LONGEST_FILE = 64 * 1024
_LONGEST_LINE = 500

_REQUIRED = ("type", "name", "device", "address0", "size0", "address1", "size1", "len")
_OPTIONAL = ("activeindex", "age")
_FOREIGN = ("header", "security")


class Entry(NamedTuple):
    """One [[pt_entry]] as written; `lines` has the line of each key, `line` that of its header."""

    name: str
    type: int
    device: int
    address0: int
    size0: int
    address1: int
    size1: int
    length: int
    active: int
    age: int
    line: int
    lines: Mapping[str, int]


class Problem(NamedTuple):
    """What keeps a document from being a BL602 table: `code` is stable, `subject` the key it is about."""

    code: str
    message: str
    line: int
    subject: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table's records; those from `flash_size` on come from our own [imgcheck] table."""

    addresses: tuple[int, int]
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    line: int = 0
    flash_size: int | None = None
    summary: str = ""
    in_field: bool = False
    target: str = ""


def read(path: str | Path) -> Table:
    """The table in a file; FormatError as `parse`, naming the file."""
    with files.named(path):
        return parse(files.read(path))


def parse(data: bytes | str) -> Table:
    """The table of a TOML document; FormatError with the line of the first thing that makes it none.

    Numbers are as written, however senseless: whether a device can carry them is soundness.py's question.
    """
    table = scan(data)
    for problem in sorted(table.problems, key=lambda problem: problem.line):
        raise FormatError(problem.message, line=problem.line)
    return table


def scan(data: bytes | str) -> Table:
    """The table of a TOML document, with all that is wrong in `problems`.

    Raises FormatError only if it is no TOML, or has no table in it at all.
    """
    text = _text(data)
    document = tomltext.load(text)
    where = places(text)
    head, listed = document.get("pt_table"), document.get("pt_entry")
    if head is None and listed is None:
        raise FormatError("not a partition table: it has no [pt_table] and no [[pt_entry]]")
    if not isinstance(head, dict):
        raise FormatError("not a partition table: it has no [pt_table]")
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise FormatError("not a partition table: it has no [[pt_entry]]")
    problems = list(_head_problems(head, where))
    entries = []
    for index, item in enumerate(listed):
        lines = {key: _line(where, "pt_entry", index, key) for key in item}
        found = list(_key_problems(item, lines, _line(where, "pt_entry", index), f"partition {index + 1}"))
        problems += found
        if not any(problem.code in ("missing-key", "wrong-type") for problem in found):
            entries.append(_entry(item, lines, _line(where, "pt_entry", index)))
    ours = document.get("imgcheck")
    ours = ours if isinstance(ours, dict) else {}
    size, summary, target = ours.get("flash_size"), ours.get("summary"), ours.get("target")
    return Table(
        addresses=(_int(head, "address0"), _int(head, "address1")),
        entries=tuple(entries),
        problems=tuple(problems),
        line=_line(where, "pt_table"),
        flash_size=size if type(size) is int and size > 0 else None,
        summary=summary if isinstance(summary, str) else "",
        in_field=ours.get("in_field") is True,
        target=target if isinstance(target, str) else "",
    )


def _text(data: bytes | str) -> str:
    if len(data) > _LONGEST_FILE:
        raise FormatError(f"too large for a partition table: {len(data)} bytes, at most {_LONGEST_FILE}")
    # tomllib replaces line ends first, too, so lines and columns agree.
    text = (data if isinstance(data, str) else _decoded(data)).replace("\r\n", "\n")
    if not text.strip():
        raise FormatError("empty")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONGEST_LINE and not line.lstrip().startswith("#"):
            raise FormatError("a line too long for a partition table", line=number)
    return text


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise FormatError("a binary file, not a TOML partition table", offset=data.index(0))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError("not TOML: a byte that is not UTF-8", line=line) from None


def _line(where: Mapping[tuple[str | int, ...], Place], *path: str | int) -> int:
    place = where.get(path)
    return place.line if place else 0


def _int(table: Mapping[str, object], key: str, default: int = -1) -> int:
    value = table.get(key)
    return value if type(value) is int else default


def _entry(item: Mapping[str, object], lines: Mapping[str, int], line: int) -> Entry:
    return Entry(
        name=str(item["name"]),
        type=_int(item, "type"),
        device=_int(item, "device"),
        address0=_int(item, "address0"),
        size0=_int(item, "size0"),
        address1=_int(item, "address1"),
        size1=_int(item, "size1"),
        length=_int(item, "len"),
        active=_int(item, "activeindex", 0),
        age=_int(item, "age", 0),
        line=line,
        lines=lines,
    )


def _head_problems(
    head: Mapping[str, object], where: Mapping[tuple[str | int, ...], Place]
) -> Iterator[Problem]:
    line = _line(where, "pt_table")
    for key in ("address0", "address1"):
        if key not in head:
            yield Problem("missing-key", f"[pt_table] lacks {key}", line, key)
        elif type(head[key]) is not int:
            yield Problem(
                "wrong-type", f"{key} of [pt_table] is not an integer", _line(where, "pt_table", key), key
            )
    if head.get("version") == 2:
        message = "a table of another chip: BL602's has no `version = 2`"
        yield Problem("other-chip", message, _line(where, "pt_table", "version"), "version")


def _key_problems(
    item: Mapping[str, object], lines: Mapping[str, int], line: int, which: str
) -> Iterator[Problem]:
    name = item.get("name")
    which = f"{which} ({printable(clip(name, 24))})" if isinstance(name, str) else which
    for key in _REQUIRED:
        if key not in item:
            yield Problem("missing-key", f"{which} lacks {key}", line, key)
        elif key == "name" and not isinstance(name, str):
            yield Problem("wrong-type", f"name of {which} is not a string", lines[key], key)
    for key in (*_REQUIRED, *_OPTIONAL):
        if key != "name" and key in item and type(item[key]) is not int:
            yield Problem("wrong-type", f"{key} of {which} is not an integer", lines[key], key)
    for key in _FOREIGN:
        if key in item:
            yield Problem("other-chip", f"a table of another chip: BL602's has no `{key}`", lines[key], key)
