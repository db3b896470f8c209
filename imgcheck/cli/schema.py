"""`imgcheck schema`: the JSON Schema of the JSON report."""

import click


@click.command(
    "schema",
    short_help="The JSON Schema of the JSON report.",
    epilog="Example: imgcheck schema > report.schema.json",
)
def command() -> int:
    """Print the JSON Schema (2020-12) of what --output json writes."""
    from imgcheck.api import schema

    click.echo(schema.text(), nl=False)
    return 0
