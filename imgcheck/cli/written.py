"""Would a command write over what it reads? Then it is refused, before any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from imgcheck.errors import ImgcheckError

# Parameters that name files to write; all others that are files are read.
_OUTPUTS = frozenset(("target", "path", "to", "svg", "patch_path"))
_FORMATTED = "output"  # FORMAT=PATH, again and again
_BUILDS = ("firmware", "source")  # what has companions


def refuse(parameters: Mapping[str, object]) -> None:
    """Raises ImgcheckError when an output is an input, by whatever name or link."""
    written = [path for path in _written(parameters) if path.is_file()]
    if not written:
        return
    for read in _read(parameters):
        for path in written:
            if read.is_file() and path.samefile(read):
                same = "" if str(path) == str(read) else f", which is {read}"
                raise ImgcheckError(f"{path}{same}: would be written over, and it is read; give another name")


def _written(parameters: Mapping[str, object]) -> Iterator[Path]:
    for name, value in parameters.items():
        if name in _OUTPUTS and isinstance(value, Path):
            yield value
        elif name == _FORMATTED and isinstance(value, tuple):
            for text in value:
                path = str(text).partition("=")[2]
                if path and path != "-":
                    yield Path(path)


def _read(parameters: Mapping[str, object]) -> Iterator[Path]:
    for name, value in parameters.items():
        if name == _FORMATTED or (name in _OUTPUTS and isinstance(value, Path)):
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str | Path) and str(one):
                yield Path(one)
    for name in _BUILDS:
        build = parameters.get(name)
        if isinstance(build, Path):
            yield from _beside(build)
    if "policy" in parameters or parameters.get("files") == ():
        firmware = parameters.get("firmware")
        above = (firmware.absolute().parent,) if isinstance(firmware, Path) else ()
        yield from _policies((*above, Path.cwd()))


def _beside(build: Path) -> Iterator[Path]:
    """What is looked for beside a build, and what it is made from."""
    from imgcheck.builds import companions

    found = [companions.beside(build, suffix) for suffix in (".elf", ".map", ".bin")]
    yield from (one.path for one in (*found, companions.ota(build)) if one)


def _policies(starts: Sequence[Path]) -> Iterator[Path]:
    """The policies that may be found, and the partition tables that they name."""
    from imgcheck.policies import policy

    for found in {policy.find(start) for start in starts}:
        if found:
            yield found
            with suppress(ImgcheckError):  # what is wrong with it is told when it is read
                yield from map(Path, policy.read(found).layouts)
