"""The JSON Schema of the JSON report, as shipped."""

from imgcheck import data


def text() -> str:
    """JSON Schema 2020-12 of what `--output json` writes."""
    return data.text("reports", "report.schema.json")
