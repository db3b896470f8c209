"""A first policy for a project, from a build of it where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from os.path import relpath
from pathlib import Path

from imgcheck import output, targets
from imgcheck.api import build
from imgcheck.builds import companions
from imgcheck.devices import layouts
from imgcheck.errors import ImgcheckError
from imgcheck.model import Policy
from imgcheck.policies import keys, policy, policyschema
from imgcheck.rules import OPTIONS, starter

_APPLICATION = "app"  # component of the shipped policy that lists the archives of a project's own code


def write(
    target: Path | None,
    builds: Mapping[str, Path],
    map_path: Path | None,
    *,
    force: bool = False,
    accepted: starter.Accepted | None = None,
    chip: str = "",
) -> tuple[str, str]:
    """The text of a starter, and what it says of the builds, "" when they fit everywhere.

    `builds` are ELFs by name; one called "" is the only one. `chip` is the target that was asked for. The
    text is also written to `target`, unless that is None.

    Raises ImgcheckError when `target` is there already and `force` does not allow to replace it.
    """
    if target:
        if target.exists() and not force:
            raise ImgcheckError(f"{target}: is there already; --force replaces it")
        output.check(target)
    home = target.absolute().parent if target else Path.cwd()
    base = policy.shipped(policy.DEFAULT)
    above = tuple(folder for path in builds.values() for folder in path.absolute().parents)
    header = _header(base.features.config if base.features else "", (home, *above, *home.parents), home)
    owner = targets.find(chip) if chip else targets.DEFAULT
    inputs = {name: build.Inputs(path, map=map_path, target=chip) for name, path in builds.items()}
    started = [_started(name, one, home) for name, one in inputs.items()]
    known = [layout.name for layout in layouts.default(owner)]
    text = starter.several(started, header, known, accepted, target=chip)
    if target:
        output.replace([(target, text)])
    return text, starter.verdict(started, accepted)


def named(paths: Sequence[str]) -> dict[str, Path]:
    """ELFs by name: `NAME=PATH` says it, else the file's name, with its folders where several share it.

    Raises ImgcheckError for two that have the same name.
    """
    given = [_word(text) for text in paths]
    if len(given) == 1:
        return dict(given)
    found: dict[str, Path] = {}
    for name, path in given:
        others = [one for _, one in given if one != path]
        called = name or _apart(path, others)
        if called in found:
            both = f"{found[called]} and {path}"
            raise ImgcheckError(f"{both} would be called {called!r}; write NAME={path}")
        found[called] = path
    return found


def _word(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    return (name, Path(path)) if equals and path and not Path(text).exists() else ("", Path(text))


def _apart(path: Path, others: Sequence[Path]) -> str:
    """The part of a path that no other has: the file's own name, else the folder that differs."""
    if all(one.stem != path.stem for one in others):
        return path.stem
    parts = path.absolute().parts[:-1]
    mine = [part for part in reversed(parts) if all(part not in one.absolute().parts for one in others)]
    return mine[0] if mine else path.stem


def _started(name: str, inputs: build.Inputs, home: Path) -> starter.Started:
    base = policy.shipped(policy.DEFAULT)
    # By the shipped policy: whatever policy there is now is about to be replaced.
    made = build.build(inputs, rules=base)
    paths = [inputs.firmware, *companions.every_ota(inputs.firmware)]
    elf, *shipped = (Path(relpath(path.absolute(), home)).as_posix() for path in paths)
    several = tuple(shipped) if len(shipped) > 1 else ()
    return starter.Started(name, elf, made.facts, _own(made, base), several)


def schema() -> str:
    """JSON Schema 2020-12 of a policy file, for editors."""
    return policyschema.text((*keys.KEYS, *OPTIONS))


def _own(made: build.Built, base: Policy) -> frozenset[str] | None:
    """The components with code of the project's own archives; None where no archive says which that is."""
    patterns = [p.glob for one in base.components if one.name == _APPLICATION for p in one.patterns]
    pairs = zip(made.facts.image.items, made.owners, strict=True)
    own = {owner for item, owner in pairs if any(fnmatchcase(item.archive, glob) for glob in patterns)}
    return frozenset(own) or None


def _header(config: str, folders: tuple[Path, ...], home: Path) -> str:
    """The configuration header relative to the policy's folder, "" when it is nowhere near."""
    for folder in folders:
        if config and (folder / config).is_file():
            return Path(relpath(folder / config, home)).as_posix()
    return ""
