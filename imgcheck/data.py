"""Where the files that ship with imgcheck lie: inside the wheel, or beside the package in a checkout."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def shipped(folder: str) -> Traversable:
    """The shipped folder `budgets` or `reports`."""
    inside = files("imgcheck") / folder
    return inside if inside.is_dir() else Path(__file__).resolve().parent.parent / folder


def content(file: Traversable) -> bytes:
    """The bytes of a shipped file."""
    return file.read_bytes()


def text(folder: str, *names: str) -> str:
    """The text of a shipped file."""
    return shipped(folder).joinpath(*names).read_text(encoding="utf-8")
