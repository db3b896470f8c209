"""Does a JSON value have the shape that a JSON Schema (2020-12) asks for?

Of the specification, the keywords that the schemas of this project use; another one is a KeyError, so that
no schema asks for what nobody looks at.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from imgcheck.errors import FormatError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Schema: TypeAlias = "Mapping[str, object]"
Keyword: TypeAlias = "Callable[[_Checker, object, Json, str], None]"

_ANNOTATIONS = frozenset(("$schema", "$id", "$defs", "title", "description", "default"))
_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def check(value: Json, schema: Schema) -> None:
    """Raises FormatError with the place of the first value that has another shape, as `layouts[0].slots`."""
    _Checker(schema).check(schema, value, "")


class _Checker:
    """One schema, whose own definitions it refers to."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.definitions = cast(Mapping[str, Schema], root.get("$defs", {}))

    def check(self, schema: Schema, value: Json, place: str) -> None:
        for name, asked in schema.items():
            if name not in _ANNOTATIONS:
                _KEYWORDS[name](self, asked, value, place)

    def reference(self, asked: object, value: Json, place: str) -> None:
        if asked != "#":
            return self.check(self.definitions[str(asked).removeprefix("#/$defs/")], value, place)
        if place.count("[") > 1:  # of documents in documents there is no end
            raise _fault(place, "holds others, and is held by one")
        return self.check(self.root, value, place)

    def type(self, asked: object, value: Json, place: str) -> None:
        names = cast("list[str]", asked if isinstance(asked, list) else [asked])
        if not any(_TYPES[name](value) for name in names):
            raise _fault(place, f"must be of type {' or '.join(names)}")

    def const(self, asked: object, value: Json, place: str) -> None:
        if type(value) is not type(asked) or value != asked:
            raise _fault(place, f"must be {asked!r}")

    def enum(self, asked: object, value: Json, place: str) -> None:
        options = cast("list[Json]", asked)
        if not any(type(value) is type(option) and value == option for option in options):
            raise _fault(place, f"must be one of {', '.join(map(str, options))}")

    def any_of(self, asked: object, value: Json, place: str) -> None:
        faults = []
        for option in cast("list[Schema]", asked):
            try:
                return self.check(option, value, place)
            except FormatError as fault:
                faults.append(fault)
        # The one that went deepest is about what was meant.
        raise max(faults, key=lambda fault: len(fault.position))

    def required(self, asked: object, value: Json, place: str) -> None:
        for name in cast("list[str]", asked) if isinstance(value, dict) else ():
            if name not in cast("dict[str, Json]", value):
                raise _fault(place, f"lacks {name!r}")

    def properties(self, asked: object, value: Json, place: str) -> None:
        if isinstance(value, dict):
            for name, schema in cast("Mapping[str, Schema]", asked).items():
                if name in value:
                    self.check(schema, value[name], f"{place}.{name}" if place else name)

    def items(self, asked: object, value: Json, place: str) -> None:
        if isinstance(value, list):
            for index, one in enumerate(value):
                self.check(cast(Schema, asked), one, f"{place}[{index}]")

    def minimum(self, asked: object, value: Json, place: str) -> None:
        if isinstance(value, int | float) and value < cast(float, asked):
            raise _fault(place, f"must be {asked} or more")


def _fault(place: str, message: str) -> FormatError:
    return FormatError(message, position=place or "the whole document")


_KEYWORDS: Mapping[str, Keyword] = {
    "$ref": _Checker.reference,
    "type": _Checker.type,
    "const": _Checker.const,
    "enum": _Checker.enum,
    "anyOf": _Checker.any_of,
    "required": _Checker.required,
    "properties": _Checker.properties,
    "items": _Checker.items,
    "minimum": _Checker.minimum,
}
