"""Will a device find in this factory device tree what its firmware looks for?

The rules are those of the SDK's hal_board.c, which reads the tree in the factory partition at start: the node
wifi/mac says where MAC addresses come from, wifi/brd_rf how the radio is trimmed. A missing node is a line in
its log, not a stop; a wrong letter stops it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imgcheck.model import Diagnostic, Layout, Location, Severity
from imgcheck.readers.devicenodes import Node, Property, cells, strings
from imgcheck.targets.tablewords import show
from imgcheck.wording import commas

MAC_LETTERS = {"M": "manufacturer's (efuse slots or mfg)", "B": "the efuse's own", "F": "this tree's"}
SHARED = (bytes.fromhex("c84357827340"), bytes.fromhex("c84357827302"))  # in every tree that the vendor ships
FALLBACK = "18:B9:05:88:88:88"
XTAL_WORDS = 5  # capcode trims; the crystal's frequency is in the boot header
LARGEST_TRIM = 255

_MOST_LINES = 20  # that repeat the same finding

_MODES = (("xtal_mode", 2, "MF"), ("pwr_mode", 2, "BbFf"))
_MADE_BY_VENDOR = ("phandle", "linux,phandle")


class Mistake(NamedTuple):
    """Something that a compiler says about the source; line and column from 1, 0 unknown."""

    message: str
    line: int
    column: int = 0


class Source(NamedTuple):
    """What is known of a tree's source; `tree` has its lines, None where its braces do not match."""

    bad_lines: tuple[int, ...] = ()  # with bytes that are not UTF-8
    includes: tuple[tuple[int, str], ...] = ()
    strict: Mistake | None = None  # the first thing that a strict compiler refuses
    vendor: Mistake | None = None  # where the vendor's compiler stops
    tree: Node | None = None
    late: tuple[tuple[int, str], ...] = ()  # properties behind a node of their block


def lint(
    path: str, blob: int | None, tree: Node | None, source: Source | None, layouts: Sequence[Layout]
) -> tuple[Diagnostic, ...]:
    """All findings: `tree` and `blob` (its bytes) are what a device gets, None if there is nothing to get."""
    found = list(_source(path, source)) if source else []
    if tree is not None:
        lines = source.tree if source else None
        found += [*_against_source(path, tree, lines), *_mac(path, tree, lines), *_radio(path, tree, lines)]
    if blob is not None:
        found += _room(path, blob, layouts)
    rank = {"error": 0, "warning": 1, "note": 2}
    return tuple(
        sorted(found, key=lambda one: (rank[one.severity], one.location.line if one.location else 0))
    )


def mac_text(data: bytes | None) -> str:
    """An address as people write it; other lengths as hex."""
    return data.hex(":").upper() if data else "-"


def _source(path: str, source: Source) -> Iterator[Diagnostic]:
    for number in source.bad_lines[:_MOST_LINES]:
        yield _at("encoding", "warning", "bytes that are not UTF-8", path, Mistake("", number))
    if len(source.bad_lines) > _MOST_LINES:
        message = f"{len(source.bad_lines)} lines with bytes that are not UTF-8 in all"
        yield _at("encoding", "warning", message, path, Mistake("", source.bad_lines[_MOST_LINES]))
    for number, text in source.includes[:_MOST_LINES]:
        message = f"{' '.join(text.split())} is not followed: the vendor's compiler ignores the line"
        yield _at("include", "note", message, path, Mistake("", number))
    for number, text in source.late[:_MOST_LINES]:
        message = f"{text}: the vendor's compiler takes it, dtc does not (properties must precede nodes)"
        yield _at("order", "note", message, path, Mistake("", number))
    if source.strict:
        yield _at("syntax", "error", f"not DTS: {source.strict.message}", path, source.strict)
    if source.vendor:
        yield _at("compile", "error", source.vendor.message, path, source.vendor)


def _against_source(path: str, tree: Node, source: Node | None) -> Iterator[Diagnostic]:
    """Where the vendor's compiler, which works line by line, makes something else than the source says."""
    if source is None:
        return
    made, said = dict(tree.walk()), dict(source.walk())
    for where, node in said.items():
        if where not in made:
            parent, _, name = where.rpartition("/")
            if not parent or parent in made:
                elsewhere = [path for path in made if path not in said and path.rpartition("/")[2] == name]
                yield _nonsense(
                    path,
                    f"node {where} " + (f"becomes {elsewhere[0]}" if elsewhere else "is lost"),
                    node.line,
                )
            continue
        got = made[where].properties
        for value in node.properties.values():
            if value.name not in got:
                yield _nonsense(path, f"{value.name} of {where} is lost", value.line)
            elif value.data is not None and (got[value.name].data or b"\0") != (value.data or b"\0"):
                yield _nonsense(path, f"{value.name} of {where} becomes something else", value.line)
        for name in got:
            if name not in node.properties and name not in _MADE_BY_VENDOR:
                yield _nonsense(path, f"{where} gets a property {show(name)!r}", node.line)


def _mac(path: str, tree: Node, source: Node | None) -> Iterator[Diagnostic]:
    node = tree.at("wifi", "mac")
    if node is None:
        message = "no node wifi/mac: the firmware does not know where to take its MAC from"
        yield Diagnostic("dts-mac-missing", "warning", message, Location(path), subject="wifi/mac")
        return
    at = _Places(path, source, ("wifi", "mac"))
    mode = strings(node, "mode")[:1]
    letters = mode[0] if mode else ""
    if not letters:
        yield at.found(
            "mac-mode", "error", f"no mode: both interfaces get {FALLBACK}, as every such unit", "mode"
        )
    elif len(letters) > 3:
        message = (
            f"mode {letters!r} has {len(letters)} letters, the firmware takes at most 3: no MAC is set at all"
        )
        yield at.found("mac-mode", "error", message, "mode")
    wrong = [letter for letter in letters[:3] if letter not in MAC_LETTERS]
    if wrong and len(letters) <= 3:
        message = f"mode {letters!r}: the firmware stops at {wrong[0]!r}; letters are M, B and F"
        yield at.found("mac-mode", "error", message, "mode")
    for name in ("sta_mac_addr", "ap_mac_addr"):
        yield from _address(at, name, node.properties.get(name), letters)
    if "F" in letters:
        message = "mode F gives both interfaces ap_mac_addr; sta_mac_addr is checked, but not used" + (
            ""
            if letters.startswith("F")
            else f" (F comes after {' and '.join(letters[: letters.index('F')])})"
        )
        yield at.found("mac-flash", "note", message, "mode")


def _address(at: "_Places", name: str, value: Property | None, letters: str) -> Iterator[Diagnostic]:
    used = "F" in letters
    data = value.data if value else None
    if value is None:
        if used:
            yield at.found(
                "mac-address", "error", f"mode has F, but there is no {name}: F never works", "mode"
            )
    elif data is None or len(data) != 6:
        length = len(data or b"")
        message = f"{name} has {length} bytes, a MAC has 6" + (": F never works" if used else "")
        yield at.found("mac-address", "error" if used else "warning", message, name)
    elif not any(data):
        message = f"{name} is all zero, and the firmware accepts it" if used else f"{name} is all zero"
        yield at.found("mac-zero", "warning", message, name)
    elif data in SHARED:
        message = f"{name} is the vendor's default {mac_text(data)}"
        message += ": all units that get as far as F share it" if used else ""
        yield at.found("mac-shared", "warning", message, name)
    elif data[0] & 1:
        yield at.found(
            "mac-group", "warning", f"{name} {mac_text(data)} is a group address, not a unit's", name
        )


def _radio(path: str, tree: Node, source: Node | None) -> Iterator[Diagnostic]:
    node = tree.at("wifi", "brd_rf")
    if node is None:
        message = "no node wifi/brd_rf: the firmware takes its own radio data"
        yield Diagnostic("dts-radio", "note", message, Location(path), subject="wifi/brd_rf")
        return
    at = _Places(path, source, ("wifi", "brd_rf"))
    for name, most, letters in _MODES:
        for value in strings(node, name)[:1]:
            if len(value) > most or not value or set(value) - set(letters):
                message = f"{name} {value!r}: at most {most} of the letters {', '.join(letters)}"
                yield at.found("radio-mode", "error", message, name)
    if "xtal" in node.properties:
        words = cells(node, "xtal")
        if len(words) != XTAL_WORDS or max(words) > LARGEST_TRIM:
            shown = " ".join(map(str, words[:8])) or "no words"
            message = (
                f"xtal = <{shown}>: five capcode trims up to {LARGEST_TRIM} (the default is 50 50 1 60 60), "
                "not a frequency; the crystal's frequency stands in the boot header"
            )
            yield at.found("xtal", "error", message, "xtal")


def _room(path: str, blob: int, layouts: Sequence[Layout]) -> Iterator[Diagnostic]:
    for layout in layouts:
        for partition in layout.partitions:
            if partition.name == "factory" and 0 < partition.size0 < blob:
                message = (
                    f"{commas(blob)} bytes as DTB, but factory of {layout.name} has {commas(partition.size0)}"
                )
                help_text = "flash tools do not check it: what lies behind the partition is overwritten"
                yield Diagnostic(
                    "dts-size", "error", message, Location(path), help=help_text, subject=layout.name
                )


class _Places:
    """Findings about the properties of one node, where the source has them."""

    def __init__(self, path: str, source: Node | None, node: tuple[str, ...]) -> None:
        self.path = path
        self.node = source.at(*node) if source else None
        self.subject = "/".join(node)

    def found(self, code: str, severity: Severity, message: str, name: str) -> Diagnostic:
        value = self.node.properties.get(name) if self.node else None
        line = value.line if value else self.node.line if self.node else 0
        return Diagnostic(
            f"dts-{code}", severity, message, Location(self.path, line), subject=f"{self.subject}/{name}"
        )


def _nonsense(path: str, message: str, line: int) -> Diagnostic:
    help_text = "it reads line by line: one node or property a line, each ended by { or ;"
    where = Location(path, line)
    return Diagnostic(
        "dts-nonsense", "error", f"the vendor's compiler: {message}", where, help=help_text, subject=message
    )


def _at(code: str, severity: Severity, message: str, path: str, where: Mistake) -> Diagnostic:
    place = Location(path, where.line, where.column, where.column + 1 if where.column else 0)
    return Diagnostic(f"dts-{code}", severity, message, place, subject=code)
