"""The targets: what a chip, its images and its devices fix, behind one interface, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Layout
from imgcheck.readers import files
from imgcheck.targets.bl602 import BL602
from imgcheck.targets.target import HEAD, Target
from imgcheck.wording import near

DEFAULT = BL602  # whose build a file is taken for when nothing says otherwise
_TARGETS: dict[str, Target] = {}


def register(target: Target) -> None:
    """Makes a target known; ValueError when another has its name."""
    if target is not DEFAULT:
        _others()
    _add(target)


def _add(target: Target) -> None:
    if _TARGETS.setdefault(target.name, target) is not target:
        raise ValueError(f"two targets are named {target.name!r}")


def forget(name: str) -> None:
    """Takes a target back: for who registered it for a while."""
    del _TARGETS[name]


def known() -> tuple[Target, ...]:
    """All targets, in the order in which they are asked whether a file is theirs."""
    _others()
    return tuple(_TARGETS.values())


def find(name: str) -> Target:
    """The target of that name; ImgcheckError with the nearest names when there is none."""
    if name not in _TARGETS:
        _others()
    if name in _TARGETS:
        return _TARGETS[name]
    close = near(name, _TARGETS, cutoff=0.4)
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    raise ImgcheckError(f"no target named {name!r}: {hint}there is: {', '.join(sorted(_TARGETS))}")


def of_layout(layout: Layout) -> Target:
    """The target that a layout is for; the default one where it does not say."""
    return find(layout.target) if layout.target else DEFAULT


def of_data(head: bytes, path: str = "") -> Target:
    """The first target that knows a file by its beginning; the default one when none does."""
    if DEFAULT.recognises(head, path):
        return DEFAULT
    return next((target for target in known() if target.recognises(head, path)), DEFAULT)


def of_file(path: Path) -> Target:
    """As `of_data`; a file that cannot be read is the default one's, whose commands will say so."""
    try:
        return of_data(files.begin(path, HEAD), str(path))
    except FormatError:
        return DEFAULT


def choose(asked: str, path: Path) -> Target:
    """The target that --target or a policy asks for, else the file's own."""
    return find(asked) if asked else of_file(path)


@cache
def _others() -> None:
    """Makes the other chips known: a run that is about the first one is spared their modules."""
    from imgcheck.targets import beken, esp, ln882, rtl87x0c, rtl8710b, winner

    for family in (beken, rtl87x0c, esp, ln882, winner, rtl8710b):
        for target in family.TARGETS:
            _add(target)


register(BL602)
