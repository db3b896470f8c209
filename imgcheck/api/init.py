"""A first policy for a project, from a build of it where there is one."""

from __future__ import annotations

from fnmatch import fnmatchcase
from os.path import relpath
from pathlib import Path

from imgcheck import output
from imgcheck.api import build
from imgcheck.devices import layouts
from imgcheck.errors import ImgcheckError
from imgcheck.model import Policy
from imgcheck.policies import keys, policy, policyschema, starter
from imgcheck.rules import OPTIONS

_APPLICATION = "app"  # component of the shipped policy that lists the archives of a project's own code


def write(
    target: Path | None,
    firmware: Path | None,
    map_path: Path | None,
    folder: str,
    force: bool,
    accepted: starter.Accepted | None = None,
) -> tuple[str, str]:
    """The text of a starter, and what it says of the build, "" when that fits everywhere.

    Also written to `target`, unless that is None.

    Raises ImgcheckError when `target` is there already and `force` does not allow to replace it.
    """
    if target:
        if target.exists() and not force:
            raise ImgcheckError(f"{target}: is there already; --force replaces it")
        output.check(target)
    home = target.absolute().parent if target else Path(folder)
    base = policy.shipped(policy.DEFAULT)
    above = firmware.absolute().parents if firmware else ()
    header = _header(base.features.config if base.features else "", (home, *above, *home.parents), home)
    if firmware:
        # By the shipped policy: whatever policy there is now is about to be replaced.
        made = build.build(build.Inputs(firmware, map=map_path, folder=folder), rules=base)
        facts, name = made.facts, firmware.name
        own = _own(made, base)
    else:
        facts, name, own = None, "", None
    known = [layout.name for layout in layouts.default()]
    text = starter.write(facts, header, name, known, accepted, own)
    if target:
        output.replace([(target, text)])
    return text, starter.verdict(facts.fits, accepted) if facts else ""


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
