"""`imgcheck rule`: what the gate can find, and each rule's page."""

import click

from imgcheck.cli import values


@click.command(
    "rule",
    short_help="What `imgcheck check` can find: the list, or one rule's page.",
    epilog="Example: imgcheck rule IMG402",
)
@click.argument("code", required=False, metavar="[CODE|NAME]", shell_complete=values.rules)
def command(*, code: str | None) -> int:
    """Print the rules, or the page of the one named by its code or its name."""
    from imgcheck.api import rules

    click.echo(rules.page(code) if code else rules.listing(), nl=False)
    return 0
