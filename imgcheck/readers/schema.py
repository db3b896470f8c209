"""Does a JSON value have the shape that a JSON Schema (2020-12) asks for?

Of the specification, the keywords that the schemas of this project use; another one is a KeyError when the
schema is taken apart, so that none asks for what nobody looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from imgcheck.errors import FormatError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Schema: TypeAlias = "Mapping[str, object]"
Keyword: TypeAlias = "Callable[[_Checker, object, Json, str], None]"
Fits: TypeAlias = "Callable[[Json, int], bool]"  # of a value, below so many lists

# `format` is one by the specification: where it is to be held, a vocabulary says so.
_ANNOTATIONS = frozenset(("$schema", "$id", "$defs", "title", "description", "default", "format"))
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
    """Raises FormatError as `Shape.check`."""
    Shape(schema).check(value)


class Shape:
    """A schema, taken apart once: a report has a million values, and where they stand is asked for of one."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        definitions = cast(Mapping[str, Schema], schema.get("$defs", {}))
        self._defined = {name: self._made(one) for name, one in definitions.items()}
        self._fits = self._made(schema)

    def check(self, value: Json) -> None:
        """Raises FormatError with the place of the first value of another shape, as `layouts[0].slots`."""
        if not self._fits(value, 0):
            _Checker(self._schema).check(self._schema, value, "")

    def _made(self, schema: Schema) -> Fits:
        """Whether a value fits; the law is that `_Checker` then has nothing to say."""
        if {"properties", "additionalProperties"} <= schema.keys():
            raise KeyError(
                "additionalProperties beside properties"
            )  # those that are not named: not looked at
        tests = [self._test(name, asked) for name, asked in schema.items() if name not in _ANNOTATIONS]
        if len(tests) == 1:
            return tests[0]

        return lambda value, lists: all(test(value, lists) for test in tests)

    def _test(self, name: str, asked: object) -> Fits:
        match name:
            case "$ref":
                return self._reference(str(asked))
            case "anyOf":
                options = [self._made(one) for one in cast("list[Schema]", asked)]
                return lambda value, lists: any(option(value, lists) for option in options)
            case "required":
                names = frozenset(cast("list[str]", asked))
                return lambda value, _: not isinstance(value, dict) or names <= value.keys()
            case "properties":
                return self._properties(cast("Mapping[str, Schema]", asked))
            case "additionalProperties":
                other = self._made(cast(Schema, asked))
                return lambda value, lists: (
                    not isinstance(value, dict) or all(other(one, lists) for one in value.values())
                )
            case "items":
                each = self._made(cast(Schema, asked))
                return lambda value, lists: (
                    not isinstance(value, list) or all(each(one, lists + 1) for one in value)
                )
            case "type":
                tests = [_TYPES[kind] for kind in _names(asked)]
                if len(tests) == 1:
                    test = tests[0]
                    return lambda value, _: test(value)
                return lambda value, _: any(test(value) for test in tests)
        keyword, checker = _KEYWORDS[name], _Checker(self._schema)
        return lambda value, _: _says_nothing(keyword, checker, asked, value)

    def _reference(self, asked: str) -> Fits:
        if asked == "#":
            return lambda value, lists: lists <= 1 and self._fits(value, lists)
        name = asked.removeprefix("#/$defs/")

        def fits(value: Json, lists: int) -> bool:  # definitions may be made in any order
            return self._defined[name](value, lists)

        return fits

    def _properties(self, asked: Mapping[str, Schema]) -> Fits:
        known = {name: self._made(schema) for name, schema in asked.items()}

        def fits(value: Json, lists: int) -> bool:
            if not isinstance(value, dict):
                return True
            for name, one in value.items():
                test = known.get(name)
                if test is not None and not test(one, lists):
                    return False
            return True

        return fits


def _says_nothing(keyword: Keyword, checker: _Checker, asked: object, value: Json) -> bool:
    try:
        keyword(checker, asked, value, "")
    except FormatError:
        return False
    return True


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
        names = _names(asked)
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

    def additional(self, asked: object, value: Json, place: str) -> None:
        if isinstance(value, dict):
            for name, one in value.items():
                self.check(cast(Schema, asked), one, f"{place}.{name}" if place else name)

    def items(self, asked: object, value: Json, place: str) -> None:
        if isinstance(value, list):
            for index, one in enumerate(value):
                self.check(cast(Schema, asked), one, f"{place}[{index}]")

    def minimum(self, asked: object, value: Json, place: str) -> None:
        if isinstance(value, int | float) and value < cast(float, asked):
            raise _fault(place, f"must be {asked} or more")


def _names(asked: object) -> list[str]:
    return cast("list[str]", asked if isinstance(asked, list) else [asked])


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
    "additionalProperties": _Checker.additional,
    "items": _Checker.items,
    "minimum": _Checker.minimum,
}
