"""Would a command write over what it reads? Then it is refused, before any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from os.path import isfile, realpath
from pathlib import Path

from imgcheck.emitters import EMITTERS
from imgcheck.errors import ImgcheckError
from imgcheck.model import Variant

# Parameters that name files to write; all others that are files are read.
OUTPUTS = frozenset(("to", "svg", "patch"))
_ALL_OF = ("paths", "against", "artifacts")  # each file of a folder is read
_STORE = "address"  # a history: read, and written by some commands
_REPORTS = (".json", ".html", ".md", ".txt", ".csv", ".sarif", ".xml")  # may lie beside what is read
_FORMATTED = "output"  # FORMAT=PATH, again and again
_BUILDS = ("firmware", "source")  # what has companions
_TREES = ("objects", "sources")


def refuse(parameters: Mapping[str, object]) -> None:
    """Raises ImgcheckError when an output is an input, by whatever name or link."""
    written = [path for path in _written(parameters) if path.is_file()]
    stores = [path for path in _stores(parameters) if path.is_file()]
    if not written and not stores:
        return
    for read in _read(parameters):
        _apart(read, [*written, *stores])
    for store in stores:
        _apart(store, written)
    for folder in _folders(parameters):
        _beside_reports(folder, written)
    for name in _TREES:
        tree = parameters.get(name)
        if isinstance(tree, str | Path) and str(tree):
            _spare(Path(tree), written)


def _apart(read: Path, written: Sequence[Path]) -> None:
    """Raises ImgcheckError when one of `written` is the file that is read."""
    # Path.is_file raises for what is too long for a path, as the names of forty features are.
    if not isfile(read):  # noqa: PTH113
        return
    for path in written:
        if path.samefile(read):
            same = "" if str(path) == str(read) else f", which is {read}"
            raise _refusal(f"{path}{same}")


def _beside_reports(folder: Path, written: Sequence[Path]) -> None:
    """Raises ImgcheckError for a file of a folder that is read, unless it can only be an earlier report."""
    root = Path(realpath(folder))
    for path in written:
        real = Path(realpath(path))
        if real.is_relative_to(root) and not real.name.endswith(_REPORTS):
            raise _refusal(f"{path}, in {folder}")


def _folders(parameters: Mapping[str, object]) -> Iterator[Path]:
    """Folders of which every file is read."""
    for name in _ALL_OF:
        given = parameters.get(name)
        for one in given if isinstance(given, tuple) else (given,):
            if isinstance(one, Path) and one.is_dir():
                yield one


def _stores(parameters: Mapping[str, object]) -> Iterator[Path]:
    """The history that a command reads or writes, if it is a file: the named one, or the usual one."""
    if _STORE in parameters:
        from imgcheck.history import store

        given = str(parameters[_STORE] or store.DEFAULT)
        if "://" not in given:
            yield Path(given)


def _spare(tree: Path, written: Sequence[Path]) -> None:
    """Raises ImgcheckError when one of `written` is what a prediction reads below `tree`.

    A report of an earlier run may lie there, and be replaced.
    """
    from imgcheck.builds.locating import OBJECT_SUFFIXES
    from imgcheck.prediction.buildfiles import SOURCE_SUFFIXES

    root = Path(realpath(tree))  # Path.resolve raises for a loop of links
    for path in written:
        real = Path(realpath(path))
        if real.name.endswith((*OBJECT_SUFFIXES, *SOURCE_SUFFIXES, ".d")) and real.is_relative_to(root):
            raise _refusal(f"{path}, below {tree}")


def _refusal(what: str) -> ImgcheckError:
    return ImgcheckError(f"{what}: would be written over, and it is read; give another name")


def _written(parameters: Mapping[str, object]) -> Iterator[Path]:
    for name, value in parameters.items():
        if name in OUTPUTS and isinstance(value, str | Path) and str(value) not in ("", "-"):
            yield Path(value)
        elif name == _FORMATTED and isinstance(value, tuple):
            for text in map(str, value):
                format, equals, path = text.partition("=")
                # A path alone says its format by its suffix, or is what a command makes, in its old spelling.
                if not (equals and format in EMITTERS):
                    path = "" if text in EMITTERS else text
                if path and path != "-":
                    yield Path(path)


def _read(parameters: Mapping[str, object]) -> Iterator[Path]:
    for name, value in parameters.items():
        if name in (_FORMATTED, _STORE) or name in OUTPUTS:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str | Path) and str(one):
                yield Path(one)
    for name in _BUILDS:
        given = parameters.get(name)
        for one in given if isinstance(given, tuple) else (given,):
            if isinstance(one, str | Path):
                yield from _build(one)
    if "policy" in parameters or parameters.get("files") == ():
        firmware = parameters.get("firmware")
        above = (firmware.absolute().parent,) if isinstance(firmware, Path) else ()
        yield from _policies((*above, Path.cwd()))
    given = parameters.get("policy")
    if given and isinstance(given, str | Path) and str(given) not in _shipped():
        yield from _of_policy(Path(given))


def _build(given: str | Path) -> Iterator[Path]:
    """A build that is read, also as NAME=PATH, and what belongs to it."""
    for path in (Path(given), Path(str(given).partition("=")[2] or given)):
        yield from (path, *_beside(path))


def _beside(build: Path) -> Iterator[Path]:
    """What is looked for beside a build, and what it is made from."""
    from imgcheck.builds import companions

    found = [companions.beside(build, suffix) for suffix in (".elf", ".map", ".bin")]
    yield from (one.path for one in (*found, companions.ota(build)) if one)


def _policies(starts: Sequence[Path]) -> Iterator[Path]:
    """The policies that may be found, what they extend, and the partition tables that they name."""
    from imgcheck.policies import policy

    for found in {policy.find(start) for start in starts}:
        if found:
            yield from _of_policy(found)


def _of_policy(path: Path) -> Iterator[Path]:
    """`path`, every file that it extends, and their partition tables."""
    from imgcheck.policies import policy

    opened = [path]
    with suppress(ImgcheckError):  # what is wrong with it is told when it is read
        settings = policy.read(path, opened)
        yield from map(Path, settings.layouts)
        for one in settings.builds:
            yield from _of_build(one)
    yield from opened


def _of_build(one: Variant) -> Iterator[Path]:
    """The files that a policy names for a build, and those beside its ELF."""
    from imgcheck.policies import variants

    yield from map(Path, one.layouts)
    for pattern in (one.elf, one.map, one.ota):
        for path in variants.matches(pattern) if pattern else ():
            yield from (Path(path), *_beside(Path(path)))


def _shipped() -> tuple[str, ...]:
    from imgcheck.policies import policy

    return policy.shipped_names()
