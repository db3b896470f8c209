"""The JSON Schema of the JSON report, as shipped."""

from imgcheck.data import shipped


def text() -> str:
    """JSON Schema 2020-12 of what `--output json` writes."""
    return (shipped("reports") / "report.schema.json").read_text(encoding="utf-8")
