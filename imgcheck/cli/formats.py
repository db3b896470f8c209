"""Which formats have something to say about a command? The others are refused: an empty list misleads."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from imgcheck.output import Outputs

_FILE = click.Path(path_type=Path, dir_okay=False)
_DOCUMENTS = ("gitlab", "sarif", "junit", "rdjson")  # of findings, and nothing else
_LINES = ("concise", "github", "azure")  # findings, and the verdict
# Commands that find nothing wrong. Those of the first kind judge nothing either.
_LISTS = frozenset(("layouts", "layout list", "layout show", "rule", "history list", "history show"))
_MAKES = frozenset(
    (
        "baseline update",
        "forecast",
        "history blame",
        "history export",
        "history first",
        "history import",
        "history last",
        "history plot",
        "history prune",
        "history record",
        "init",
        "layout build",
        "why",
    )
)
_TABLES = ("text", "markdown")  # of savings, where savings are asked for
_OLD = "-o FILE is --to FILE now; -o says in which format the command reports"


def refuse(outputs: Outputs, path: str) -> None:
    """Raises UsageError for a format that has nothing to say about the command of this path."""
    words = path.partition(" ")[2]
    silent = (*_DOCUMENTS, *_LINES) if words in _LISTS else _DOCUMENTS if words in _MAKES else ()
    for one in outputs.destinations:
        if one.format in silent:
            raise click.UsageError(
                f"--output {one.format} holds findings, and `imgcheck {words}` makes none; "
                "text, markdown, json, csv and html show what it says."
            )


def prices(outputs: Outputs) -> bool:
    """Whether an output lists what everything costs in the OTA file."""
    return any(one.format not in _TABLES for one in outputs.destinations)


def asked() -> bool:
    """Whether the command line or the environment says where a report goes, and how."""
    source = click.get_current_context().get_parameter_source("output")
    return source not in (ParameterSource.DEFAULT, None)


def only(texts: tuple[str, ...], format: str, command: str, what: str) -> tuple[Path | None, ...]:
    """Where to write what is of one format by its nature; None is standard output.

    Raises UsageError for another format, ImgcheckError for a path that cannot be written.
    """
    from imgcheck.output import plan

    for one in (planned := plan(texts or (format,))).destinations:
        if one.format != format:
            words = f"`imgcheck {command}` writes {what}: {format} only."
            raise click.UsageError(f"--output {one.format}: {words}")
    return tuple(one.path for one in planned.destinations)


def print_or_write(text: str, paths: tuple[Path | None, ...]) -> None:
    """Writes `text` to every path; None is standard output."""
    from imgcheck import output

    output.replace([(path, text) for path in paths if path])
    if None in paths:
        click.echo(text, nl=False)


def makes(metavar: str, help: str, *, required: bool = True) -> Callable[[Callable[..., int]], Any]:
    """Gives the command `to: Path | None`, the file that it makes.

    `-o FILE` said that once, and still does where FILE is no format and no report's name.
    """

    def decorate(command: Callable[..., int]) -> Any:
        @wraps(command)
        def collect(*, to: Path | None, output: tuple[str, ...], **others: Any) -> int:
            to, output = _spelled(to, output)
            if to is None and required:
                raise click.UsageError("Missing option '--to'.")
            return command(to=to, output=output, **others)

        return click.option("--to", type=_FILE, metavar=metavar, help=help)(collect)

    return decorate


def _spelled(to: Path | None, output: tuple[str, ...]) -> tuple[Path | None, tuple[str, ...]]:
    """The file to make and the outputs, the old spelling read as the new one."""
    from imgcheck.output import named

    if to is not None or len(output) != 1 or named(output[0]):
        return to, output
    click.echo(f"imgcheck: note: {_OLD}", err=True)
    return Path(output[0]), ()
