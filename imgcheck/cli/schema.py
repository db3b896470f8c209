"""`imgcheck schema`: the JSON Schema of the JSON report."""

from __future__ import annotations

import click

from imgcheck.cli import formats, values


@click.command(
    "schema",
    short_help="The JSON Schema of the JSON report.",
    epilog="Example: imgcheck schema --output report.schema.json",
)
@click.option(
    "-o", "--output", multiple=True, metavar="json[=PATH]", shell_complete=values.only("json"),
    help="Where it goes [standard output]; a PATH that ends in .json is enough.",
)  # fmt: skip
def command(*, output: tuple[str, ...]) -> int:
    """Print the JSON Schema (2020-12) of what --output json writes."""
    from imgcheck.api import schema

    formats.print_or_write(schema.text(), formats.only(output, "json", "schema", "a JSON Schema"))
    return 0
