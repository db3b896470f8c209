"""Where in the project is a finding that names no line: at the source of what it is about, or the policy?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from posixpath import isabs, normpath

from imgcheck.builds import components
from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Facts, Item, Location, Measure
from imgcheck.policies import limits
from imgcheck.prediction import configheader
from imgcheck.readers import files
from imgcheck.report import defines
from imgcheck.rules import budget_near, budget_over
from imgcheck.wording import commas, shown

POLICY = "imgcheck.toml"
_TRIED = 50  # of the largest symbols: whose sources are not here is no part of the project
LARGEST = 4 << 20  # bytes of a source in which a line is looked for
_NAME = re.compile(r"[A-Za-z_]\w*")


_BUDGETS = frozenset((budget_over.CODE, budget_near.CODE))


def placed(
    findings: Sequence[Diagnostic], facts: Facts, owners: Sequence[str], firmware: Path
) -> tuple[Diagnostic, ...]:
    """Findings about a symbol whose source file is here, at the line that defines it.

    Those about a budget land on the largest symbol that counts for it and whose source is here, else on the
    `#define` of the first feature that takes something off it; the policy's line is where the limit stands.
    Debug information says which file a symbol was compiled from; the file itself says the line. `owners` are
    the components of the image's items.
    """
    sources: dict[str, set[str]] = {}
    for one in facts.measures:
        if one.kind == "symbol" and one.identity and one.home and one.home.source:
            sources.setdefault(one.identity.name, set()).add(one.home.source)
    roots = tuple(dict.fromkeys(_roots(facts, firmware)))

    of_budgets = _defines(facts)

    def at(one: Diagnostic) -> Diagnostic:
        if one.code in _BUDGETS and one.measure:
            return _grown(one, one.measure)
        if one.location is not None or one.measure is None or one.measure.kind != "symbol":
            return one
        found = sources.get(one.measure.name, set())
        path = _file(next(iter(found)), roots) if len(found) == 1 else None
        return replace(one, location=definition(path, one.measure.name)) if path else one

    def _grown(one: Diagnostic, measure: Measure) -> Diagnostic:
        for item in _largest(facts, owners, measure):
            path = _file(item.source, roots)
            if path:
                place = definition(path, item.name)
                where = place if place.line or not item.line else replace(place, line=item.line)
                size = item.ram if measure.resource == "ram" else item.flash
                what = f"most of it: {shown(item.name)} ({commas(size)} bytes)"
                return replace(
                    one, location=where, limit=one.location, help="\n".join(filter(None, (one.help, what)))
                )
        define = of_budgets.get(one.subject)
        return replace(one, location=define, limit=one.location) if define else one

    return tuple(map(at, defines.placed(findings)))


def _defines(facts: Facts) -> dict[str, Location]:
    """By budget: the `#define` of the first feature that takes something off it."""
    known = {one.name: one for one in facts.savings.features} if facts.savings else {}
    found: dict[str, Location] = {}
    for relief in facts.reliefs:
        first = next((known[name] for name, _ in relief.features if name in known), None)
        if first and first.path and first.line:
            found[limits.subject(relief.budget)] = Location(first.path, first.line)
    return found


def _largest(facts: Facts, owners: Sequence[str], measure: Measure) -> Iterator[Item]:
    """What counts for a budget and has a source, the largest first."""
    counted = [
        (item.ram if measure.resource == "ram" else item.flash, item)
        for item, owner in zip(facts.image.items, owners, strict=True)
        if item.source and measure.name in _names(item, owner, measure.kind)
    ]
    counted.sort(key=lambda pair: (-pair[0], pair[1].name))
    yield from (item for size, item in counted[:_TRIED] if size)


def _names(item: Item, owner: str, kind: str) -> tuple[str, ...]:
    """What a budget of that kind may call an item."""
    if kind == "component":
        return (owner,)
    if kind == "object":
        return (item.object, components.object_of(item))
    if kind == "symbol":
        return (item.name, f"{item.name} ({components.object_of(item)})")
    return ({"archive": item.archive, "section": item.section}.get(kind, ""),)


def _roots(facts: Facts, firmware: Path) -> Iterator[Path]:
    """Where paths of the compiler may start; nothing above the checkout."""
    if facts.policy.root:
        yield Path(facts.policy.root)
    yield Path.cwd()
    for above in firmware.absolute().parents:
        yield above
        if (above / ".git").exists():
            break


def _file(source: str, roots: Iterable[Path]) -> Path | None:
    name = normpath(source)
    if isabs(name) or name.startswith(".."):  # of another machine, or out of the project
        return None
    return next((root / name for root in roots if (root / name).is_file()), None)


def definition(path: Path, name: str) -> Location:
    """The line that defines `name`; the file alone where none looks like it."""
    try:
        text = files.read(path, LARGEST).decode("utf-8", "replace")
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


def of(facts: Facts, firmware: Path, sources: Path | None) -> str:
    """A file of the project for findings about a whole build: the policy, else the configuration header.

    A build itself is no file of a repository: what is said of it there, nobody sees.
    """
    settings = facts.policy
    if not settings.shipped:
        return settings.path
    config = settings.features.config if settings.features else ""
    header = configheader.find(config, settings.root, sources, firmware) if config else None
    return str(header.header) if header else POLICY
