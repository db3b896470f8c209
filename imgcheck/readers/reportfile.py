"""A report as `--output json` wrote it, held against reports/report.schema.json.

It may come from anywhere: a pull request's own job wrote it. What parses has the schema's shape, and sizes
that can be sizes; whether it is true nobody knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from imgcheck.errors import FormatError
from imgcheck.readers.schema import Json, Shape
from imgcheck.wording import commas

LARGEST = 64 << 20  # a large firmware's report is 5 MB
_LARGEST_SIZE = 1 << 40
_MOST_PARTS = 1_000_000  # lists and objects, which take 64 bytes each before anybody can count them
# A build is a comment each; a real one has four layouts, some hundred findings and 20,000 measures.
_MOST = {"builds": 20, "layouts": 5_000, "diagnostics": 20_000, "measures": 200_000}
_Object = Mapping[str, Json]


class Slot(NamedTuple):
    """One limit of a layout, and how much is left."""

    name: str
    size: int
    limit: int
    headroom: int


class Fitting(NamedTuple):
    """One layout that the build was held against."""

    name: str
    fits: bool
    binding: str
    slots: tuple[Slot, ...]


class Size(NamedTuple):
    """One measure."""

    kind: str
    name: str
    resource: str
    size: int


class Finding(NamedTuple):
    """One diagnostic; `path` is "" where it has no place."""

    code: str
    severity: str
    message: str
    path: str
    line: int
    help: str
    waived: str
    inherited: bool = False


class Written(NamedTuple):
    """What a report file says."""

    title: str
    command: str
    verdict: str
    passed: bool | None
    bin_bytes: int
    layouts: tuple[Fitting, ...]
    measures: tuple[Size, ...]
    findings: tuple[Finding, ...]
    builds: tuple[Written, ...] = ()


def parse(data: bytes, shape: Shape) -> Written:
    """The report in `data`; `shape` is the published schema.

    Raises FormatError with the line, or with the place of the value that the schema does not allow.
    """
    if len(data) > LARGEST:
        raise FormatError("larger than any report")
    if data.count(b"[") + data.count(b"{") > _MOST_PARTS:
        raise FormatError("more lists and objects than any report has")
    document = _document(data)
    _count(document)
    shape.check(document)
    top = cast(_Object, document)
    builds = cast("list[Json]", top.get("builds", []))
    return _written(top)._replace(builds=tuple(_written(cast(_Object, one)) for one in builds))


def _count(document: Json) -> None:
    """Raises FormatError for more of anything than a report has, before each of them is looked at."""
    left = dict(_MOST)
    builds = document.get("builds") if isinstance(document, dict) else None
    for one in (document, *(builds[: _MOST["builds"]] if isinstance(builds, list) else ())):
        for name, most in _MOST.items():
            several = one.get(name) if isinstance(one, dict) else None
            left[name] -= len(several) if isinstance(several, list) else 0
            if left[name] < 0:
                raise FormatError(f"more than {commas(most)} {name}", position=name)


def _written(top: _Object) -> Written:
    image = top["image"]
    return Written(
        title=cast(str, top["title"]),
        command=cast(str, top["command"]),
        verdict=cast(str, top["verdict"]),
        passed=cast("bool | None", top["passed"]),
        bin_bytes=_size(cast(_Object, image), "bin_bytes", "image") if image else 0,
        layouts=tuple(_fitting(one, place) for place, one in _entries(top, "layouts")),
        measures=tuple(
            Size(_text(one, "kind"), _text(one, "name"), _text(one, "resource"), _size(one, "size", place))
            for place, one in _entries(top, "measures")
        ),
        findings=tuple(_finding(one, place) for place, one in _entries(top, "diagnostics")),
    )


def _document(data: bytes) -> Json:
    def refuse(name: str) -> None:
        raise FormatError(f"{name} is no number of JSON")

    try:
        return cast(Json, json.loads(data.decode("utf-8"), parse_constant=refuse))
    except UnicodeDecodeError as error:
        raise FormatError("not UTF-8 text", offset=error.start) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise FormatError(f"not JSON: {error.msg}", position=place) from None
    except (RecursionError, ValueError):
        raise FormatError("not JSON: nested too deeply or a number out of range") from None


def _entries(parent: _Object, name: str, above: str = "") -> Iterator[tuple[str, _Object]]:
    for index, one in enumerate(cast("list[_Object]", parent[name])):
        yield f"{above}{name}[{index}]", one


def _text(one: _Object, name: str) -> str:
    return cast(str, one[name])


def _size(one: _Object, name: str, place: str) -> int:
    size = cast(int, one[name])
    if abs(size) > _LARGEST_SIZE:
        raise FormatError("is larger than any flash", position=f"{place}.{name}")
    return size


def _fitting(one: _Object, place: str) -> Fitting:
    slots = tuple(
        Slot(_text(slot, "name"), *(_size(slot, name, at) for name in ("size", "limit", "headroom")))
        for at, slot in _entries(one, "slots", f"{place}.")
    )
    if not slots:
        raise FormatError("is empty", position=f"{place}.slots")
    return Fitting(_text(one, "name"), cast(bool, one["fits"]), _text(one, "binding"), slots)


def _finding(one: _Object, place: str) -> Finding:
    found = cast("_Object | None", one["location"])
    at = f"{place}.location"
    return Finding(
        code=_text(one, "code"),
        severity=_text(one, "severity"),
        message=_text(one, "message"),
        path=_text(found, "path") if found else "",
        line=_size(found, "line", at) if found else 0,
        help=_text(one, "help"),
        waived=_text(one, "waived"),
        inherited=one.get("inherited") is True,
    )
