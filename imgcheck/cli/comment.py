"""`imgcheck comment`: a pull request's comment from the JSON of a run that is not trusted."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("comment", epilog="Example: imgcheck comment imgcheck.json -o comment.md")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.json")
@click.option(
    "-o", "--output", "target", type=click.Path(path_type=Path), metavar="PATH",
    help="Where the Markdown goes [standard output].",
)  # fmt: skip
def command(*, file: Path, target: Path | None) -> int:
    """Write the comment for a pull request from the JSON report of its own run.

    For a job with the right to comment, about a run without any (a fork's): FILE.json is held against the
    schema, every text in it is escaped, and the result stays under the 65,536 characters of a comment. Its
    first line is a hidden marker, one for each target, by which the comment is found and kept up to date.

    Exit code: 0 written, 2 FILE.json is no report of imgcheck, or a link.
    """
    from imgcheck import output
    from imgcheck.api import comment

    if target:
        output.check(target)
    text = comment.write(file)
    if target:
        output.replace([(target, text)])
    else:
        click.echo(text, nl=False)
    return 0
