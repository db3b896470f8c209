"""Where the files that ship with imgcheck lie: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def shipped(folder: str) -> Traversable:
    """The shipped folder `budgets` or `reports`."""
    package = Path(__file__).parent
    for place in (package / folder, package.resolve().parent / folder):
        if place.is_dir():
            return place
    from importlib.resources import files  # what lies in a zip file is no folder

    return files("imgcheck") / folder


def content(file: Traversable) -> bytes:
    """The bytes of a shipped file."""
    return file.read_bytes()


def text(folder: str, *names: str) -> str:
    """The text of a shipped file."""
    return shipped(folder).joinpath(*names).read_text(encoding="utf-8")
