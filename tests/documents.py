"""The JSON document as its schema has it, by a validator made once, which takes milliseconds for a report.

That the schemas are ones, and what imgcheck's own checker of shapes says, is judged by jsonschema, which is
the slower and older one: tests/emitters/test_formats.py, tests/readers/test_schema.py.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from imgcheck.data import text


@cache
def _made(schema: str) -> jsonschema_rs.Validator:
    document = json.loads(schema)
    jsonschema_rs.meta.validate(document)
    return jsonschema_rs.validator_for(document)


def validate(document: Any, schema: str | None = None) -> None:
    """Fails with a ValidationError, which says where; without a schema's text by that of reports."""
    _made(schema or text("reports", "report.schema.json")).validate(document)
