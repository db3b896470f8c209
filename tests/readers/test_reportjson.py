"""Reports read back: whatever the bytes, a document or one FormatError."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.errors import FormatError
from imgcheck.readers import reportjson

SLOT = {"name": "body", "size": 1, "limit": 2, "headroom": 1}
FUNCTION = {
    "kind": "symbol",
    "name": "f (a.o)",
    "resource": "flash",
    "size": 4,
    "object": "a.o",
    "symbol": "f",
}
WHOLE = {
    "schema_version": 1,
    "tool": {"name": "imgcheck"},
    "command": "report",
    "title": "x",
    "verdict": "",
    "target": "bl602",
    "compiler": "GNU C11 12.2.0",
    "build": {"compilers": ["GNU C11 12.2.0"], "flags": ["-Os"], "lto": False, "detail": "map"},
    "image": {"bin_bytes": 4, "ota_file_bytes": 9, "heap_bytes": None},
    "layouts": [{"name": "a", "fits": True, "binding": "body", "slots": [SLOT]}],
    "measures": [{**FUNCTION, "aliases": ["g"], "section": ".text", "address": 3}],
    "features": [{"name": "F", "flash": 1, "ram": 2, "ota": 3}],
    "diagnostics": [
        {"code": "IMG101", "severity": "error", "subject": "a", "measure": {"size": 7}},
        {"code": "note", "severity": "note"},
    ],
}
scalars = st.none() | st.booleans() | st.integers(-9, 1 << 70) | st.text(max_size=4) | st.floats()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def places(value: Any, path: Any = ()) -> Iterator[Any]:
    """Every place in a document, as a path of keys."""
    yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in children:
        yield from places(inner, (*path, key))


def with_value(value: Any, path: Any, new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = with_value(value[path[0]], path[1:], new)
    return copy


def test_what_a_report_says() -> None:
    found = reportjson.parse(json.dumps(WHOLE).encode())
    (row,) = found.rows
    assert (row.symbol, row.object, row.aliases, row.address) == ("f", "a.o", ("g",), 3)
    assert (found.bin_bytes, found.ota_file_bytes, found.heap_bytes) == (4, 9, None)
    assert [tuple(one) for one in found.findings] == [("IMG101", "a", 7, False), ("note", "", None, True)]
    assert [tuple(one) for one in found.features] == [("F", 1, 2, 3)]


@given(
    st.binary(max_size=200)
    | st.text(max_size=50).map(str.encode)
    | values.map(lambda v: json.dumps(v).encode())
)
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        reportjson.parse(data)
    except FormatError as error:
        assert "\n" not in str(error)


@given(st.sampled_from(sorted(places(WHOLE), key=str)), values)
def test_any_value_anywhere_parses_or_is_refused(path: Any, value: Any) -> None:
    try:
        found = reportjson.parse(json.dumps(with_value(WHOLE, path, value)).encode())
    except FormatError:
        return
    assert all(isinstance(one.size, int) and isinstance(one.name, str) for one in found.rows)
    assert found.detail in reportjson.DETAILS


@pytest.mark.parametrize("key", ["title", "verdict", "measures", "image"])
def test_a_key_that_is_missing_is_named(key: str) -> None:
    document = {name: value for name, value in WHOLE.items() if name != key}
    with pytest.raises(FormatError, match=rf"{key}|no snapshot"):
        reportjson.parse(json.dumps(document).encode())
