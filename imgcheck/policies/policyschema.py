"""The JSON Schema of a policy file (draft 2020-12), made from the table of its keys; editors use it."""

import json
from collections.abc import Mapping, Sequence

from imgcheck.policies.keys import Key, required

_Schema = Mapping[str, object]

_DEFS: _Schema = {
    "growth": {
        "description": "Bytes, or a percentage of what the baseline has.",
        "anyOf": [{"$ref": "#/$defs/size"}, {"$ref": "#/$defs/share"}],
    },
    "size": {
        "description": 'Bytes, or a text with a unit: "8 KiB" (1024), "64 kB" (1000), "0x1000".',
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {
                "type": "string",
                "pattern": "^\\s*(0[xX][0-9a-fA-F]+|[0-9][0-9_,]*(\\.[0-9]+)?)\\s*([kKmM]?([iI]?[bB])?|[bB]ytes?)?\\s*$",
            },
        ],
    },
    "share": {"type": "string", "pattern": "^\\s*[0-9]+(\\.[0-9]+)?\\s*%\\s*$"},
    "limit": {
        "description": 'A size, or a share of the smallest slot ("12 %") for flash and ota.',
        "anyOf": [{"$ref": "#/$defs/size"}, {"$ref": "#/$defs/share"}],
    },
    "texts": {"type": "array", "items": {"type": "string", "minLength": 1}},
    "budget": {
        "anyOf": [
            {"$ref": "#/$defs/limit"},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "flash": {"$ref": "#/$defs/limit"},
                    "ram": {"$ref": "#/$defs/size"},
                    "ota": {"$ref": "#/$defs/limit"},
                    "warn_at": {"$ref": "#/$defs/part"},
                },
                "anyOf": [{"required": ["flash"]}, {"required": ["ram"]}, {"required": ["ota"]}],
            },
        ]
    },
    "group": {
        "anyOf": [
            {"$ref": "#/$defs/budget"},
            {"type": "object", "additionalProperties": {"$ref": "#/$defs/budget"}},
        ]
    },
    "part": {
        "description": 'A share such as "95 %" or 0.95.',
        "anyOf": [{"$ref": "#/$defs/share"}, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}],
    },
    "glob": {"type": "string", "pattern": "^(?:(?:archive|object|source|section|symbol):.+|[^:]+)$"},
}
_KINDS: Mapping[str, _Schema] = {
    "growth": {"$ref": "#/$defs/growth"},
    "growths": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                {"$ref": "#/$defs/growth"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "flash": {"$ref": "#/$defs/growth"},
                        "ram": {"$ref": "#/$defs/growth"},
                        "ota": {"$ref": "#/$defs/growth"},
                    },
                },
            ]
        },
    },
    "count": {"type": "integer", "minimum": 0, "maximum": 100000},
    "flag": {"type": "boolean"},
    "size": {"$ref": "#/$defs/size"},
    "text": {"type": "string", "minLength": 1},
    "file": {"type": "string", "minLength": 1},
    "texts": {"$ref": "#/$defs/texts"},
    "share": {"$ref": "#/$defs/part"},
    "reason": {"type": "string", "pattern": "\\S"},
    "date": {"type": "string", "format": "date"},
    "extends": {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/texts"}]},
    "components": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [{"$ref": "#/$defs/glob"}, {"type": "array", "items": {"$ref": "#/$defs/glob"}}]
        },
    },
    "defines": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
    "weights": {
        "type": "object",
        "additionalProperties": {"type": "number", "minimum": 0, "exclusiveMaximum": 1000000000},
    },
    "budgets": {
        "type": "object",
        "properties": {
            "component": {"$ref": "#/$defs/group"},
            "archive": {"$ref": "#/$defs/group"},
            "object": {"$ref": "#/$defs/group"},
            "section": {"$ref": "#/$defs/group"},
            "symbol": {"$ref": "#/$defs/group"},
        },
        "propertyNames": {"pattern": "^(?:[^:]+|(?:component|archive|object|section|symbol):.+)$"},
        "additionalProperties": {"$ref": "#/$defs/budget"},
    },
}


def text(keys: Sequence[Key]) -> str:
    """The schema of a policy with these keys."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:imgcheck:schema:policy:1",
        "title": "imgcheck policy (imgcheck.toml)",
        **_table(keys, ""),
        "$defs": _DEFS,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _table(keys: Sequence[Key], path: str) -> dict[str, object]:
    """The schema of the table at `path`, whose keys are those of `keys` that start with it."""
    start = f"{path}." if path else ""
    found: dict[str, object] = {}
    for key in keys:
        name, _, deeper = key.name.removeprefix(start).partition(".")
        if name in found:
            continue
        inner = [one for one in keys if one.name.startswith(f"{start}{name}.")]
        if name == "waivers":
            rows = {**_table(inner, name), "required": list(required(name))}
            found[name] = {"type": "array", "items": rows}
        elif name == "build" and not path:
            builds = {"type": "object", "additionalProperties": _table(inner, name)}
            found[name] = {
                "description": "Builds by name.",
                "propertyNames": {"pattern": "^\\S(.*\\S)?$"},
                **builds,
            }
        elif deeper:
            found[name] = _table(inner, start + name)
        else:
            found[name] = _value(key, inner)
    return {"type": "object", "additionalProperties": False, "properties": found}


def _value(key: Key, inner: Sequence[Key]) -> dict[str, object]:
    """The schema of one key; a table of names may have a few keys of its own (`inner`)."""
    doc = f"{key.doc} Without it: {key.default}." if key.default else key.doc
    made: dict[str, object] = {"description": doc, **_KINDS[key.kind]}
    named = made.get("properties")
    if inner and isinstance(named, dict):
        own = {one.name.removeprefix(f"{key.name}."): _value(one, ()) for one in inner}
        made["properties"] = {**own, **named}
    return made
