"""Files of a repository that decide over updates, checked without a build: policies, tables, device trees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from imgcheck import targets
from imgcheck.devices import layout_lint, layouts
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Diagnostic, Layout, Location, Policy, Report
from imgcheck.policies import policy
from imgcheck.readers import files as regular
from imgcheck.report.assembly import linted
from imgcheck.rules import gate
from imgcheck.targets.overair import OverAir
from imgcheck.targets.target import Target

_TABLE = re.compile(rb"^[ \t]*\[{1,2}[ \t]*pt_(?:table|entry)[ \t]*\]", re.MULTILINE)
_TREES = (".dts", ".dtsi", ".dtb", ".overlay")
_TREE_MAGIC = b"\xd0\x0d\xfe\xed"  # Devicetree Specification 5.2
_LARGEST = 4 << 20
_START = 4096  # bytes in which a text has no zero


def show(files: Sequence[Path], target: str = "") -> Report:
    """The findings in `files`; passed when none of them is an error. No files: the nearest policy.

    Raises ImgcheckError for one that cannot be read.
    `target` is whose tables and trees they are, "" when the files say it; a policy says it for its layouts.
    """
    owner = targets.find(target) if target else None
    if not files:
        found = policy.find(Path())
        if found is None:
            raise ImgcheckError(f"there is no {policy.NAME} here or above; name the files to check")
        files = [found]
    findings: list[Diagnostic] = []
    checks: list[tuple[str, str, bool]] = []
    for path in files:
        mine = _lint(path, owner)
        findings += mine
        checks.append(("lint", str(path), all(one.severity != "error" for one in mine)))
    return linted("lint", [str(path) for path in files], "files", findings, checks)


def _lint(path: Path, owner: Target | None) -> list[Diagnostic]:
    data = regular.begin(path, _LARGEST)  # what cannot be read is no finding: nothing was looked at
    if not data:
        raise FormatError("the file is empty", str(path))
    try:
        if path.suffix.lower() in _TREES:
            return _tree(path, owner)
        if data.startswith(_TREE_MAGIC):
            return _tree(path, owner)
        if _TABLE.search(data) or b"\0" in data[:_START]:
            return _table(path, owner)
        return _policy(path, owner)
    except FormatError as error:
        return [_unreadable(error, str(path))]
    except OSError as error:
        return [_unreadable(FormatError(error.strerror or "cannot be read", str(path)), str(path))]
    except ImgcheckError as error:
        return [Diagnostic("lint", "error", str(error), Location(str(path)), subject=str(path))]


def _table(path: Path, owner: Target | None) -> list[Diagnostic]:
    found = layouts.survey(path, owner)
    return [*found.findings, *layout_lint.lint(found.layout)]


def _tree(path: Path, owner: Target | None) -> list[Diagnostic]:
    from imgcheck.api import trees

    return list(trees.findings(str(path), layouts.default(owner or targets.DEFAULT)))


def _policy(path: Path, owner: Target | None) -> list[Diagnostic]:
    settings = policy.read(path)
    gate.select(settings)
    findings: list[Diagnostic] = []
    mine = owner or (targets.find(settings.target) if settings.target else None)
    for name in settings.layouts:
        place = settings.origins.get("layouts", Location(str(path)))
        try:
            findings += _foreign(layouts.load(name, mine), mine, place)
        except FormatError as error:
            findings.append(_unreadable(error, str(path)))
        except ImgcheckError as error:
            findings.append(Diagnostic("lint", "error", str(error), place, subject=name))
    return findings + _duplicates(settings)


def _foreign(layout: Layout, target: Target | None, place: Location) -> Iterator[Diagnostic]:
    """A layout of another chip than the policy's: no build of it can be judged by that."""
    owner = targets.of_layout(layout)
    if target and owner is not target and not (isinstance(target, OverAir) and target.applies(layout)):
        message = f"layout {layout.name} is for a {owner.title}, the policy for a {target.title}"
        yield Diagnostic("lint", "error", message, place, subject=layout.name)


def _duplicates(settings: Policy) -> list[Diagnostic]:
    """Components that can never get a byte, because one before them has the same globs."""
    findings: list[Diagnostic] = []
    seen: dict[tuple[str, str], str] = {}
    for component in settings.components:
        globs = [(pattern.field, pattern.glob) for pattern in component.patterns]
        if globs and all(glob in seen for glob in globs):
            place = settings.origins.get(f"components.{component.name}")
            message = f"component {component.name} never gets a byte: {seen[globs[0]]} has its globs"
            if place and not place.shipped:
                findings.append(Diagnostic("lint", "warning", message, place, subject=component.name))
        for glob in globs:
            seen.setdefault(glob, component.name)
    return findings


def _unreadable(error: FormatError, path: str) -> Diagnostic:
    named = Location(error.file or path, error.line, error.column)
    where = f" ({error.position})" if error.position and not error.line else ""
    return Diagnostic("lint", "error", error.message + where, named, subject=path)
