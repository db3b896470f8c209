"""A report that imgcheck wrote as JSON (reports/report.schema.json), read back as one build's sizes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from imgcheck.errors import FormatError

NEWEST = 1  # schema_version
LARGEST = 64 << 20  # bytes; 60,000 symbols take 25 MB
_MOST_PARTS = 1_000_000  # lists and objects, 64 bytes each in memory; reports have one in 300 bytes
DETAILS = ("map", "symbols", "sections", "binary")
RESOURCES = ("flash", "ram", "ota")

_NOT_OURS = "JSON, but not written by imgcheck"

T = TypeVar("T")


class Row(NamedTuple):
    """One entry of `measures`."""

    kind: str
    name: str
    resource: str
    size: int
    object: str
    archive: str
    symbol: str  # the name alone
    section: str
    address: int | None
    source: str
    line: int
    aliases: tuple[str, ...]
    content: str


class SlotRow(NamedTuple):
    """One entry of a layout's `slots`."""

    name: str
    size: int
    limit: int
    headroom: int


class LayoutRow(NamedTuple):
    """One entry of `layouts`."""

    name: str
    fits: bool
    binding: str
    slots: tuple[SlotRow, ...]


class FeatureRow(NamedTuple):
    """One entry of `features`: what switching it off saves."""

    name: str
    flash: int
    ram: int
    ota: int


class FindingRow(NamedTuple):
    """One entry of `diagnostics`."""

    code: str
    subject: str
    size: int | None  # that it is about
    hint: bool  # a note: it never counts


class Document(NamedTuple):
    """What a report says of the build that it is about; texts that it lacks are empty."""

    title: str
    verdict: str
    target: str
    compilers: tuple[str, ...]
    flags: tuple[str, ...]
    policy: str
    components: str
    revision: str
    lto: bool
    detail: str
    bin_bytes: int
    ota_file_bytes: int | None
    heap_bytes: int | None
    layouts: tuple[LayoutRow, ...]
    rows: tuple[Row, ...]
    features: tuple[FeatureRow, ...]
    findings: tuple[FindingRow, ...]


def is_one(start: bytes) -> bool:
    """Whether a file that starts like this is JSON: no firmware starts with a brace."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def load(data: bytes) -> Mapping[str, object]:
    """The JSON of any report; raises FormatError for what is none, or newer than this imgcheck."""
    if len(data) > LARGEST or data.count(b"[") + data.count(b"{") > _MOST_PARTS:
        raise FormatError("more bytes, or lists and objects, than any report has")
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise FormatError("not UTF-8 text", position=f"offset {error.start:#x}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise FormatError(f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}", position=where) from None
    except (RecursionError, ValueError):
        raise FormatError("not JSON of ours: nested too deeply, or a number that is none") from None
    _check_version(top := _Object(document, ""))
    return top.value


def parse(data: bytes, title: str = "") -> Document:
    """Of several builds the one with that title is meant.

    Raises FormatError for what is no report of a build, and says where in it the fault is.
    """
    top = _Object(load(data), "")
    tool = top.optional("tool", dict)
    if not isinstance(tool, dict) or tool.get("name") != "imgcheck":
        raise FormatError(_NOT_OURS)
    top = _build(top, title)
    if top.optional("image", dict) is None or not top.get("measures", list):
        command = (top.optional("command", str) or "?")[:40]
        raise FormatError(
            f"no snapshot of a build: {command!r} measures none; `imgcheck report --output json` writes one"
        )
    return _document(top)


def _no_number(text: str) -> float:
    raise ValueError(text)


def _check_version(top: _Object) -> None:
    if (version := top.optional("schema_version", int)) is None:
        raise FormatError(_NOT_OURS)
    if version > NEWEST:
        raise FormatError(f"of schema version {version}, of a newer imgcheck: this one reads up to {NEWEST}")


def _build(top: _Object, title: str) -> _Object:
    builds = tuple(top.objects("builds"))
    if not builds:
        return top
    called = {one.get("title", str): one for one in builds}
    if title not in called:
        names = ", ".join(name[:40] for name in list(called)[:5])
        raise FormatError(f"a report of {len(builds)} builds ({names}); {title or 'one'!r} is wanted")
    return called[title]


def _document(top: _Object) -> Document:
    image = _Object(top.get("image", dict), "image")
    build = _Object(top.optional("build", dict) or {}, "build")
    compilers = build.texts("compilers")
    detail = build.optional("detail", str) or "map"
    if detail not in DETAILS:
        raise build.error("detail", "is none that imgcheck writes")
    compiler = top.optional("compiler", str)
    return Document(
        title=top.get("title", str),
        verdict=top.get("verdict", str),
        target=top.optional("target", str) or image.get("soc", str),
        compilers=compilers or ((compiler,) if compiler else ()),
        flags=build.texts("flags"),
        policy=top.optional("policy", str) or "",
        components=build.optional("components", str) or "",
        revision=top.optional("revision", str) or "",
        lto=build.optional("lto", bool) or False,
        detail=detail,
        bin_bytes=image.size("bin_bytes"),
        ota_file_bytes=image.size("ota_file_bytes") if image.known("ota_file_bytes") else None,
        heap_bytes=image.optional("heap_bytes", int),
        layouts=tuple(map(_layout, top.objects("layouts"))),
        rows=tuple(_rows(top.get("measures", list))),
        features=tuple(map(_feature, top.objects("features"))),
        findings=tuple(_findings(top)),
    )


def _layout(entry: _Object) -> LayoutRow:
    slots = tuple(
        SlotRow(one.get("name", str), one.get("size", int), one.get("limit", int), one.get("headroom", int))
        for one in entry.objects("slots")
    )
    for slot in slots:
        if slot.name not in ("unpacked", "body"):
            raise entry.error("slots", "has a slot that is neither unpacked nor body")
    if not slots:
        raise entry.error("slots", "is empty")
    return LayoutRow(entry.get("name", str), entry.get("fits", bool), entry.get("binding", str), slots)


def _findings(top: _Object) -> Iterator[FindingRow]:
    for entry in top.objects("diagnostics"):
        measure = entry.optional("measure", dict)
        size = _Object(measure, f"{entry.place}.measure").get("size", int) if measure else None
        hint = entry.get("severity", str) == "note"
        yield FindingRow(entry.get("code", str), entry.optional("subject", str) or "", size, hint)


def _feature(entry: _Object) -> FeatureRow:
    return FeatureRow(entry.get("name", str), *(entry.get(resource, int) for resource in RESOURCES))


def _rows(entries: Sequence[object]) -> Iterator[Row]:
    """There are a hundred thousand of these: each is looked at by hand, and only for what it has."""
    for number, entry in enumerate(entries):
        try:
            kind, name, resource, size = entry["kind"], entry["name"], entry["resource"], entry["size"]  # type: ignore[index]
            get = entry.get  # type: ignore[attr-defined]
            aliases = get("aliases")
            row = Row(
                kind, name, resource, size,
                object=get("object", ""), archive=get("archive", ""), symbol=get("symbol", name),
                section=get("section", ""), address=get("address"), source=get("source", ""),
                line=get("line", 0), aliases=tuple(aliases) if aliases else (), content=get("content", ""),
            )  # fmt: skip
        except (KeyError, TypeError, AttributeError):
            raise FormatError("lacks kind, name, resource or size", position=f"measures[{number}]") from None
        if wrong := _wrong(row):
            raise FormatError(wrong, position=f"measures[{number}]")
        yield row


def _wrong(row: Row) -> str:
    if type(row.size) is not int or row.size < 0:
        return "size is not a number of bytes"
    if row.resource not in RESOURCES:
        return "resource is neither flash, ram nor ota"
    texts = (row.kind, row.name, row.object, row.archive, row.symbol, row.section, row.source, row.content)
    if set(map(type, (*texts, *row.aliases))) != {str}:
        return "a name is no text"
    if type(row.line) is not int or type(row.address) not in (int, type(None)):
        return "an address or line is no number"
    return ""


class _Object:
    """A JSON object and where it stands."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise FormatError(f"{place or 'the document'} is not an object")
        self.value: Mapping[str, object] = value
        self.place = place

    def error(self, key: str, what: str) -> FormatError:
        return FormatError(what, position=f"{self.place}.{key}".lstrip("."))

    def known(self, key: str) -> bool:
        return self.value.get(key) is not None

    def optional(self, key: str, kind: type[T]) -> T | None:
        found = self.value.get(key)
        if found is None:
            return None
        if type(found) is not kind:
            raise self.error(key, f"is not {_KINDS[kind]}")
        return found

    def get(self, key: str, kind: type[T]) -> T:
        found = self.optional(key, kind)
        if found is None:
            raise self.error(key, "is missing")
        return found

    def size(self, key: str) -> int:
        found = self.get(key, int)
        if found < 0:
            raise self.error(key, "is not a number of bytes")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        found: list[object] = self.optional(key, list) or []
        if any(type(one) is not str for one in found):
            raise self.error(key, "is not a list of texts")
        return tuple(map(str, found))

    def objects(self, key: str) -> Iterator[_Object]:
        found: list[object] = self.optional(key, list) or []
        for number, one in enumerate(found):
            yield _Object(one, f"{self.place}.{key}[{number}]".lstrip("."))


_KINDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}
