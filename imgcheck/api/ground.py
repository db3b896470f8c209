"""Where in the project is a finding that names no line: at the source of what it is about, or the policy?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from posixpath import isabs, normpath

from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Facts, Location
from imgcheck.prediction import configheader
from imgcheck.readers import files
from imgcheck.report.findings import relative

POLICY = "imgcheck.toml"
_NAME = re.compile(r"[A-Za-z_]\w*")


def placed(
    findings: Sequence[Diagnostic], facts: Facts, firmware: Path, folder: str
) -> tuple[Diagnostic, ...]:
    """Findings about a symbol whose source file is here, at the line that defines it.

    Debug information says which file it was compiled from; the file itself says the line.
    """
    sources: dict[str, set[str]] = {}
    for one in facts.measures:
        if one.kind == "symbol" and one.identity and one.home and one.home.source:
            sources.setdefault(one.identity.name, set()).add(one.home.source)
    roots = tuple(dict.fromkeys(_roots(facts, firmware, folder)))

    def at(one: Diagnostic) -> Diagnostic:
        if one.location is not None or one.measure is None or one.measure.kind != "symbol":
            return one
        found = sources.get(one.measure.name, set())
        path = _file(next(iter(found)), roots) if len(found) == 1 else None
        return replace(one, location=_definition(path, one.measure.name)) if path else one

    return tuple(map(at, findings))


def _roots(facts: Facts, firmware: Path, folder: str) -> Iterator[Path]:
    """Where paths of the compiler may start; nothing above the checkout."""
    if facts.policy.root:
        yield Path(facts.policy.root)
    yield Path(folder)
    for above in firmware.absolute().parents:
        yield above
        if (above / ".git").exists():
            break


def _file(source: str, roots: Iterable[Path]) -> Path | None:
    name = normpath(source)
    if isabs(name) or name.startswith(".."):  # of another machine, or out of the project
        return None
    return next((root / name for root in roots if (root / name).is_file()), None)


def _definition(path: Path, name: str) -> Location:
    """The line that defines `name`; the file alone where none looks like it."""
    try:
        text = files.read(path).decode("utf-8", "replace")
    except (OSError, FormatError):
        return Location(str(path))
    if not _NAME.fullmatch(name):
        return Location(str(path))
    defines = re.compile(rf"^(?!\s*(?:extern|return|#|//|\*))[^;=()\n]*\b{name}\b\s*(?:\[|=|;|\{{|\()")
    for number, line in enumerate(text.splitlines(), 1):
        if found := defines.match(line):
            start = line.rindex(name, 0, found.end()) + 1
            return Location(str(path), number, start, start + len(name))
    return Location(str(path))


def of(facts: Facts, firmware: Path, folder: str, sources: Path | None) -> str:
    """A file of the project for findings about a whole build: the policy, else the configuration header.

    A build itself is no file of a repository: what is said of it there, nobody sees.
    """
    settings = facts.policy
    if not settings.shipped:
        return relative(settings.path, folder)
    config = settings.features.config if settings.features else ""
    header = configheader.find(config, settings.root, sources, firmware, folder) if config else None
    return relative(str(header.header), folder) if header else POLICY
