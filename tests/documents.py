"""The JSON document as its schema has it: the schema is checked once, which costs more than any document."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from imgcheck.data import shipped


@cache
def _schema() -> Draft202012Validator:
    schema = json.loads((shipped("reports") / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def validate(document: Any) -> None:
    """Fails with jsonschema's ValidationError, which says where."""
    _schema().validate(document)
