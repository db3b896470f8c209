"""`imgcheck rule`: what can be found, and the page of each rule and code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgcheck.cli import options, values

if TYPE_CHECKING:
    from imgcheck.output import Outputs


@click.command(
    "rule",
    short_help="Everything that can be found: the list, or the page of one rule or code.",
    epilog="Example: imgcheck rule IMG402",
)
@click.argument("code", required=False, metavar="[CODE|NAME]", shell_complete=values.rules)
@options.outputs
def command(*, code: str | None, outputs: Outputs) -> int:
    """Print all rules and codes of findings, or the page of the one named.

    A rule has a code such as IMG402 and a name; other findings have a code such as layout-overlap.
    """
    from imgcheck.api import rules

    options.write(rules.page(code) if code else rules.listing(), outputs)
    return 0
