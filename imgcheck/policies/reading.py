"""What the readers of a policy's tables read with: values checked, mistakes with their place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from imgcheck.errors import FormatError
from imgcheck.model import Location
from imgcheck.readers.tomlplaces import Path


class Reader(Protocol):
    """One policy file that is being read."""

    def known(self, table: Mapping[str, object], names: Collection[str], path: Path) -> None:
        """Refuses a key that is not one of `names`."""

    def mapping(self, value: object, path: Path) -> Mapping[str, object]:
        """A table."""

    def text(self, value: object, path: Path) -> str:
        """A text that is not empty."""

    def texts(self, value: object, path: Path) -> tuple[str, ...]:
        """A list of texts."""

    def size(self, value: object, path: Path) -> int:
        """Bytes."""

    def share(self, value: object, path: Path) -> float:
        """A share of a whole."""

    def target(self, value: object, path: Path) -> str:
        """The name of a target."""

    def defines(self, table: Mapping[str, object], path: Path) -> dict[str, str]:
        """What a build passes with -D."""

    def origin(self, path: Path) -> None:
        """Keeps where a key was."""

    def placed(self, key: str, where: Location) -> None:
        """Keeps where a key was that is called otherwise in the file."""

    def where(self, path: Path) -> Location:
        """Where a key is."""

    def error(self, message: str, path: Path) -> FormatError:
        """What to raise for it."""
