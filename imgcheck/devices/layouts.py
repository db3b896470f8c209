"""Which partition tables may a device in the field have, and what does a given file say is in one?

`budgets/layouts/` holds the tables known to be written to devices, one TOML file each, written from
published figures; a target may have more. The default set is what devices with OpenBeken carry: the
firmware's releases hold no table, so a device keeps the one that its flash tool wrote. The SDK's own `sdk-2m`
is not in it: only a whole-flash image of an SDK build writes it, and its two slots are those of
`devcube-1.4.8-2m`, which is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from imgcheck import targets
from imgcheck.data import content
from imgcheck.data import shipped as shipped_folder
from imgcheck.devices import soundness
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Diagnostic, Layout
from imgcheck.readers import files
from imgcheck.targets.target import HEAD, Survey, Target
from imgcheck.wording import near

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_SOURCES = (".dts", ".dtsi", ".overlay")
SUFFIXES = (".toml", ".bin", ".dtb", *_SOURCES)
_HEAD = 4096  # where /dts-v1/ stands, behind a comment


def load(name_or_path: str, target: Target | None = None) -> Layout:
    """The shipped layout of that name, or the one in a file: TOML, binary table, flash image, DTS or DTB.

    `target` says whose binary table it is, None that the file does. Raises FormatError for a file that is
    none, or whose table no device can carry; ImgcheckError for an unknown name.
    """
    known = {_name(file): file for file in _files()}
    if name_or_path in known:
        return _sound(_shipped(known[name_or_path]))
    ours = {layout.name: layout for layout in _built_in()}
    if name_or_path in ours:
        return ours[name_or_path]
    path = Path(name_or_path)
    if meant_as_file(name_or_path) or path.exists():
        return read(path, target)
    raise unknown(name_or_path)


def names() -> frozenset[str]:
    """The names of the shipped layouts: they never mean a file, whatever lies in the current folder."""
    return frozenset((*map(_name, _files()), *(layout.name for layout in _built_in())))


def meant_as_file(name: str) -> bool:
    """Whether a name that is no shipped layout's is written as a file's is."""
    return "/" in name or Path(name).suffix.lower() in SUFFIXES


def unknown(name: str) -> ImgcheckError:
    """The error for a name that is neither shipped nor a file's, with the nearest one."""
    begun = sorted(one for one in names() if name and one.startswith(name))
    close = begun or near(name[:80], names(), 1, 0.5)
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    return ImgcheckError(
        f"no layout named {name!r}: {hint}'imgcheck layout list' lists them, and a file's name works too"
    )


def read(path: Path, target: Target | None = None) -> Layout:
    """The layout in a file; FormatError when it is none, or one that no device can carry."""
    found = survey(path, target)
    for finding in found.findings:
        if finding.severity == "error":
            raise _refusal(finding, str(path))
    return _sound(found)


def survey(path: Path, target: Target | None = None) -> Survey:
    """The layout in a file with all that is wrong; FormatError only when there is no table in it."""
    most = target or targets.DEFAULT
    larger = f"larger than any flash that a {most.title} can have"
    data = files.read(path, most.largest_flash, larger)
    with files.named(path):
        return _survey(data, path, target)


def shipped(target: Target | None = None) -> tuple[Layout, ...]:
    """Every layout in budgets/layouts and of every target, or of this one, by flash size and name."""
    every = [*(_sound(_shipped(file)) for file in _files()), *(target.layouts() if target else _built_in())]
    layouts = [one for one in every if target is None or one.target == target.name]
    return tuple(sorted(layouts, key=lambda layout: (layout.flash_size, layout.name)))


def named(names: Sequence[str], target: Target) -> tuple[Layout, ...]:
    """The layouts of these names or files; without any, those of the target's devices in the field."""
    return tuple(load(name, target) for name in names) if names else default(target)


def default(target: Target = targets.DEFAULT) -> tuple[Layout, ...]:
    """The layouts that a release has to fit when nobody says otherwise: `in_field = true` in their files."""
    # Only these are worth parsing for each report.
    fielded = (file for file in _files() if b"in_field = true" in content(file))
    found = (_sound(_shipped(file)) for file in fielded)
    return (*(layout for layout in found if layout.target == target.name), *target.layouts())


def _survey(data: bytes, path: Path, target: Target | None) -> Survey:
    owner = target or targets.of_data(data[:HEAD], str(path))
    if files.sniff(data) == "dtb":
        return _from_tree(data, path, owner)
    text = b"\0" not in data[:_HEAD]
    if text and (path.suffix.lower() in _SOURCES or b"/dts-v1/" in data[:_HEAD]):
        return _from_tree(data, path, owner)
    found = owner.survey(data, str(path))
    if found is None:
        raise FormatError(f"no partition table of a {owner.title}")
    try:
        targets.of_layout(found.layout)
    except ImgcheckError as error:  # a name that the document gives
        raise FormatError(str(error)) from None
    return found


def _built_in() -> list[Layout]:
    return [layout for target in targets.known() for layout in target.layouts()]


def _shipped(file: Traversable) -> Survey:
    return _parsed(content(file), str(file))


@lru_cache(64)  # of thousands of builds in one run each is judged by the same few; by all that it is made of
def _parsed(data: bytes, file: str) -> Survey:
    found = targets.DEFAULT.survey(data, file)  # TOML, which says whose it is
    assert found
    layout = found.layout
    place = layout.location and replace(layout.location, shipped=layout.name)
    return found._replace(layout=replace(layout, location=place))


def _files() -> list[Traversable]:
    folder = shipped_folder("budgets") / "layouts"
    return sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )


def _name(file: Traversable) -> str:
    return file.name.removesuffix(".toml")


def _sound(found: Survey) -> Layout:
    layout = found.layout
    for fault in soundness.faults(layout):
        raise _refusal(fault, layout.location.path if layout.location else layout.name)
    return layout


def _refusal(finding: Diagnostic, path: str) -> FormatError:
    line = finding.location.line if finding.location else 0
    return FormatError(finding.message, path, line=line)


def _from_tree(data: bytes, path: Path, target: Target) -> Survey:
    # Rare, and not cheap to import: the report of an ordinary build must not wait for it.
    from imgcheck.devices import treelayouts

    return treelayouts.survey(data, path, target)
