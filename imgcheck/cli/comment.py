"""`imgcheck comment`: a pull request's comment from the JSON of a run that is not trusted."""

from __future__ import annotations

from pathlib import Path

import click

from imgcheck.cli import formats, standard, values


@click.command("comment", epilog="Example: imgcheck comment imgcheck.json -o comment.md")
@standard.reads("file")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.json|-")
@click.option(
    "-o", "--output", multiple=True, metavar="markdown[=PATH]", shell_complete=values.only("markdown"),
    help="Where it goes [standard output]; a PATH that ends in .md is enough.",
)  # fmt: skip
def command(*, file: Path, output: tuple[str, ...]) -> int:
    """Write the comment for a pull request from the JSON report of its own run.

    For a job with the right to comment, about a run without any (a fork's): FILE.json is held against the
    schema, every text in it is escaped, and the result stays under the 65,536 characters of a comment. Its
    first line is a hidden marker, one for each target, by which the comment is found and kept up to date.

    Exit code: 0 written, 2 FILE.json is no report of imgcheck, or a link.
    """
    from imgcheck.api import comment

    paths = formats.only(output, "markdown", "comment", "a comment")
    formats.print_or_write(comment.write(file), paths)
    return 0
