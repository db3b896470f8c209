"""`-` in the place of a file: standard input, kept in a file of its own while the command runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from imgcheck.errors import ImgcheckError

NAME = "standard input"
MOST = 256 << 20  # bytes; more than any file that imgcheck reads
_KEY = "imgcheck.cli.standard"


def reads(*names: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Lets the parameters `names`, a path or several, be `-`, called "standard input" then."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @wraps(command)
        def collect(**parameters: Any) -> int:
            asked = sum(
                str(one) == "-" for name in names for one in _several(parameters[name]) if one is not None
            )
            if not asked:
                return command(**parameters)
            if asked > 1:
                raise click.UsageError("standard input can be read once; give the others a name.")
            from tempfile import TemporaryDirectory

            with TemporaryDirectory(prefix="imgcheck-") as folder:
                path = Path(folder) / NAME
                path.write_bytes(_read())
                click.get_current_context().meta[_KEY] = str(path)
                try:
                    return command(**{**parameters, **{n: _swapped(parameters[n], path) for n in names}})
                except ImgcheckError as error:
                    from imgcheck.report import moving

                    raise ImgcheckError(moving.said(str(error), str(path), NAME)) from None

        return collect

    return decorate


def path() -> str:
    """Where standard input is kept while this command runs, "" when it was not asked for."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get(_KEY, "")) if context else ""


def _several(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _swapped(value: object, path: Path) -> object:
    if isinstance(value, tuple):
        return tuple(_swapped(one, path) for one in value)
    return type(value)(path) if isinstance(value, str | Path) and str(value) == "-" else value


def _read() -> bytes:
    if sys.stdin is None:
        raise ImgcheckError("standard input is closed")
    data = sys.stdin.buffer.read(MOST + 1)
    if len(data) > MOST:
        raise ImgcheckError(f"{NAME}: more than {MOST >> 20} MiB")
    return data
