"""The checker of shapes against the jsonschema package, on reports that were changed anywhere."""

import copy
import json
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.api import schema as published
from imgcheck.errors import FormatError
from imgcheck.readers import schema

SHAPE = json.loads(published.text())
MADE = schema.Shape(SHAPE)
SLOW = jsonschema.Draft202012Validator(SHAPE)
QUICK = jsonschema_rs.validator_for(SHAPE)
VALUES = st.sampled_from([None, True, False, 0, 1, -1, 2.5, "", "note", "imgcheck", [], {}, [None], {"x": 1}])


def accepts(document: Any) -> bool:
    try:
        schema.check(document, SHAPE)
    except FormatError as error:
        assert error.position
        return False
    return True


def small() -> dict[str, Any]:
    measure = {"kind": "component", "name": "a", "resource": "flash", "size": 1, "capacity": None}
    place = {"path": "a.h", "line": 1, "column": 0, "end_column": 0}
    finding = {
        "code": "IMG301", "severity": "error", "message": "m", "subject": "s", "location": place,
        "measure": measure, "help": "", "replacement": None, "waived": "",
    }  # fmt: skip
    slots = [{"name": "body", "size": 1, "limit": 2, "headroom": 1}]
    return {
        "schema_version": 1, "tool": {"name": "imgcheck", "version": "1"}, "command": "check", "title": "t",
        "verdict": "v", "passed": True, "image": None, "measures": [measure], "diagnostics": [finding],
        "layouts": [{"name": "l", "fits": True, "binding": "body", "slots": slots}],
        "checks": [{"rule": "IMG301", "subject": "s", "passed": True}],
    }  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found += [(value, key), *places(value[key])]
    return found


def test_the_published_schema_is_understood_whole() -> None:
    assert accepts(small())
    jsonschema.validate(small(), SHAPE)


@examples(300)
@given(st.data())
def test_it_says_what_jsonschema_says(data: st.DataObject) -> None:
    document = small()
    parent, key = data.draw(st.sampled_from(places(document)))
    if isinstance(parent, dict) and data.draw(st.booleans()):
        del parent[key]
    else:
        parent[key] = copy.deepcopy(data.draw(VALUES))
    expected = SLOW.is_valid(document)
    assert QUICK.is_valid(document) == expected  # what other tests judge documents by
    assert accepts(document) == expected
    assert MADE._fits(document, 0) == expected  # one that only seems not to fit is looked at twice


@pytest.mark.parametrize(("sound", "wrong"), [({"body": 60}, {"body": "60"}), ({}, [])])
def test_a_report_of_any_command_is_read(sound: Any, wrong: Any) -> None:
    """What a history and a diff have as well: a date, and a floor for each resource (an internal error)."""
    build = {"build": 1, "revision": "a", "branch": "b", "date": "2026-01-01T00:00:00+00:00", "target": "t"}
    history = [{**build, "variant": "", "compiler": ""}]
    side = {**dict.fromkeys(SHAPE["$defs"]["side"]["required"], ""), "flash": 1, "layouts": []}
    side |= dict.fromkeys(("ram", "ota", "heap"))
    diff = {"old": side, "new": side, "flash": 0, "ram": 0, "ota": 0, "changed_by": [], "noise": sound}
    for noise, good in ((sound, True), (wrong, False)):
        document = {**small(), "history": history, "diff": {**diff, "noise": noise}}
        assert SLOW.is_valid(document) == good
        assert accepts(document) == good


def test_documents_are_held_by_one_document_only() -> None:
    assert accepts({**small(), "builds": [small()]})
    twice = {**small(), "builds": [{**small(), "builds": [small()]}]}
    assert not accepts(twice) and not MADE._fits(twice, 0)


def test_places_are_named() -> None:
    document = small()
    document["layouts"][0]["slots"][0]["size"] = "1"
    with pytest.raises(FormatError) as error:
        schema.check(document, SHAPE)
    assert error.value.position == "layouts[0].slots[0].size"


def test_a_keyword_that_nobody_looks_at() -> None:
    with pytest.raises(KeyError):
        schema.check("x", {"pattern": "y"})
    with pytest.raises(KeyError):
        schema.check({}, {"properties": {}, "additionalProperties": {}})
