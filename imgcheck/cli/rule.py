"""`imgcheck rule`: what can be found, and the page of each rule and code."""

import click

from imgcheck.cli import values


@click.command(
    "rule",
    short_help="Everything that can be found: the list, or the page of one rule or code.",
    epilog="Example: imgcheck rule IMG402",
)
@click.argument("code", required=False, metavar="[CODE|NAME]", shell_complete=values.rules)
def command(*, code: str | None) -> int:
    """Print all rules and codes of findings, or the page of the one named.

    A rule has a code such as IMG402 and a name; other findings have a code such as layout-overlap.
    """
    from imgcheck.api import rules

    click.echo(rules.page(code) if code else rules.listing(), nl=False)
    return 0
