"""What a project asks of its firmware: a policy file and all that it extends, as one Policy."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import TypeVar, cast

from imgcheck import targets
from imgcheck.data import content
from imgcheck.data import shipped as shipped_folder
from imgcheck.devices import layouts
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import (
    Budget,
    Component,
    FeatureSettings,
    File,
    Growth,
    Location,
    Policy,
    Resource,
    Shipped,
    Waiver,
    Written,
)
from imgcheck.policies import keys, variants
from imgcheck.policies.checkouts import CHECKOUTS
from imgcheck.policies.policyfile import LARGEST, Draft, parse
from imgcheck.readers import files

NAME = "imgcheck.toml"
DEFAULT = targets.DEFAULT.policy
DEEPEST = 16
MOST_FILES = 100  # that a policy extends; a family of devices has a handful
MOST_ROWS = 2_000  # components, budgets, waivers
MOST_GLOBS = 6_000  # of all components; one without a field counts as three
LARGEST_CHAIN = 1 << 20  # bytes of them all

Open = Callable[[str], bytes]
T = TypeVar("T")


def find(start: Path) -> Path | None:
    """The nearest `imgcheck.toml` in the folder of `start` (or `start` itself) or above it.

    Not above a checkout, or what a CI job has for one: what lies around it is not the project's.
    """
    start = start.resolve()
    ends = {Path(os.environ[name]).resolve() for name in CHECKOUTS if os.environ.get(name)}
    for folder in (start, *start.parents):
        candidate = folder / NAME
        with suppress(PermissionError):  # a folder above that is none of our business
            if candidate.is_file():
                return candidate
            if folder in ends or (folder / ".git").exists():
                break
    return None


def choose(given: str | None, starts: Iterable[Path]) -> Policy:
    """The policy to use: `given` (a file or a shipped name), else the nearest file to each of `starts`.

    Without any, the shipped default.
    """
    if given:
        # A shipped name is never a file's: a change may have put one of that name anywhere.
        return shipped(given) if given in shipped_names() else read(Path(given))
    for start in starts:
        found = find(start)
        if found:
            return read(found)
    return shipped(DEFAULT)


def read(path: Path, opened: list[Path] | None = None) -> Policy:
    """Reads `path` and what it extends; raises FormatError with line and column, or says what is missing.

    Files are added to `opened` before they are read: those before a fault are known as well.
    """

    def noted(name: str) -> bytes:
        if opened is not None:
            opened.append(Path(name))
        return _read(name)

    return assemble(str(path), noted)


def _read(name: str) -> bytes:
    return files.begin(name, LARGEST + 1)


def shipped_names() -> tuple[str, ...]:
    """The names of the policies that ship with imgcheck."""
    entries = (entry.name for entry in shipped_folder("budgets").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml")))


def shipped(name: str) -> Policy:
    """A policy that ships with imgcheck, by name."""
    if name not in shipped_names():
        raise ImgcheckError(f"no shipped policy {name!r}; there is: {', '.join(shipped_names())}")
    return _assembled(Shipped(name), lambda _: b"")


def assemble(path: str, open_: Open) -> Policy:
    """The policy at `path` with all it extends, every file but shipped ones read with `open_(path)`.

    `open_` may read a git revision instead of the working tree. Of two files that set the same key,
    the extending one wins; its components are tried first.
    """
    return _assembled(File(path), open_)


def _assembled(written: Written, open_: Open) -> Policy:
    drafts = list(_Chain(written, open_).found.values())
    root, name = "", ""
    match written:
        case Shipped(own):
            name = own
        case File(path):
            root, name = str(Path(path).parent), Path(path).stem
            name = name if name != Path(NAME).stem else (Path(root).resolve().name or name)
    components: dict[str, Component] = {}
    budgets: dict[tuple[str, str, str], Budget] = {}
    features: dict[str, keys.Value] = {}
    origins: dict[str, Location] = {}
    waivers: list[Waiver] = []
    growth: dict[tuple[str, Resource], Growth] = {}
    options: dict[str, object] = {}
    history: dict[str, str] = {}
    plain: dict[str, keys.Value] = {}
    for draft in drafts:
        components = draft.components | {k: v for k, v in components.items() if k not in draft.components}
        budgets |= draft.budgets
        growth |= draft.growth
        for into, said in ((features, draft.features), (plain, draft.plain)):
            into |= {key: keys.over(into.get(key), value) for key, value in said.items()}
        origins |= draft.origins
        options |= draft.options
        history |= draft.history
        waivers += draft.waivers
    _bounded(components, budgets, waivers, str(written))
    made = Policy(
        name=name,
        path=str(written),
        root=root,
        target=_last(drafts, "target", ""),
        layouts=_last(drafts, "layouts", ()),
        components=tuple(components.values()),
        features=replace(FeatureSettings(), **features) if features else None,  # type: ignore[arg-type]
        budgets=tuple(budgets.values()),
        growth=tuple(growth.values()),
        select=_last(drafts, "select", ()),
        ignore=_last(drafts, "ignore", ()),
        waivers=tuple(waivers),
        origins=origins,
        options=options,
        shipped=written.name if isinstance(written, Shipped) else "",
        history=history,
        builds=variants.merged((draft.builds for draft in drafts), origins, str(written)),
    )
    fields = {key.field: plain[key.name] for key in keys.PLAIN if key.name in plain}
    return replace(made, **fields)  # type: ignore[arg-type]  # each of its key's kind


def _bounded(
    components: Mapping[str, Component], budgets: Collection[object], waivers: Collection[object], name: str
) -> None:
    """Raises FormatError for more rows than anybody keeps: each is held against all names or findings."""
    globs = sum(len(one.patterns) for one in components.values())
    rows = {"components": len(components), "budgets": len(budgets), "waivers": len(waivers)}
    for what, number, most in (*((k, v, MOST_ROWS) for k, v in rows.items()), ("globs", globs, MOST_GLOBS)):
        if number > most:
            raise FormatError(f"too many {what}: {number:d}, and {most:d} is the most", name)


class _Chain:
    """A policy and all that it extends, each file read once: there are more ways through them than files.

    What two files extend counts once, before the first of them.
    """

    def __init__(self, start: Written, open_: Open) -> None:
        self.open = open_
        self.start = start
        self.folder = dirname(start.path) if isinstance(start, File) else ""
        self.left = LARGEST_CHAIN
        self.found: dict[Written, Draft] = {}  # the most basic first
        self.add(start, self.folder, ())

    def add(self, written: Written, folder: str, above: tuple[Written, ...]) -> None:
        """Notes what `written` extends and then itself; `folder` is that of the file that extends it."""
        key = File(normpath(written.path)) if isinstance(written, File) else written
        if key in above or len(above) > DEEPEST:
            raise FormatError("extends itself: " + " -> ".join(map(str, [*above, key][-6:])), str(self.start))
        if key in self.found:
            return
        if len(self.found) + len(above) >= MOST_FILES:
            raise FormatError(f"extends more than {MOST_FILES:d} files", str(self.start))
        folder = dirname(written.path) if isinstance(written, File) else folder
        draft = self.draft(written, folder)
        for name in draft.extends:
            self.add(_base(name, folder, written), folder, (*above, key))
        _rebase(draft, relpath(folder or ".", self.folder or "."))
        self.found[key] = draft

    def draft(self, written: Written, folder: str) -> Draft:
        """What one file says, its layouts and its history named from where the policy is used."""
        if isinstance(written, Shipped):
            draft = _parsed(_shipped_bytes(written.name), written)
            # Another project's paths are named from another folder.
            return replace(draft, features=dict(draft.features))
        data = _bytes(written.path, self.open)
        draft = parse(data, written.path)
        self.left -= len(data)
        if self.left < 0:
            what = f"it and what it extends have more than {LARGEST_CHAIN >> 20:d} MiB"
            raise FormatError(what, str(self.start))
        if "db" in draft.history and "://" not in draft.history["db"]:
            draft.history["db"] = normpath(join(folder, draft.history["db"]))
        draft.layouts = draft.layouts and tuple(_beside(folder, name) for name in draft.layouts)
        draft.builds = {name: variants.located(one, folder, _beside) for name, one in draft.builds.items()}
        return draft


def _shipped_bytes(name: str) -> bytes:
    return content(shipped_folder("budgets") / f"{name}.toml")


@cache  # a command asks for its policy several times, each time with what that extends
def _parsed(data: bytes, written: Shipped) -> Draft:
    return parse(data, str(written), written.name)


def _bytes(path: str, open_: Open) -> bytes:
    try:
        return open_(path)
    except FormatError as error:
        raise FormatError(f"cannot read the policy: {error.message}", path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FormatError(f"cannot read the policy: {reason}", path) from None


def _base(name: str, folder: str, user: Written) -> Written:
    """What `user` in `folder` means by `name`; a file never hides a shipped policy."""
    if name in shipped_names():
        return Shipped(name)
    if isinstance(user, Shipped):
        raise FormatError(f"extends {name!r}, which is not shipped", str(user))
    if not name.endswith(".toml"):
        known = ", ".join(shipped_names())
        raise FormatError(f"extends {name!r}: neither a .toml file nor shipped ({known})", folder or NAME)
    return File(_beside(folder, name))


def _beside(folder: str, name: str) -> str:
    """A relative file of a policy, from where the policy lies; a plain name, of a shipped layout, stays."""
    return normpath(join(folder, name)) if layouts.meant_as_file(name) else name


def _rebase(draft: Draft, folder: str) -> None:
    """Paths of [features] are relative to the file that wrote them; makes them so to the one that extends."""
    if folder == ".":
        return
    for key in ("config", "source_roots", "include_dirs"):
        value = draft.features.get(key)
        if isinstance(value, str):
            draft.features[key] = normpath(join(folder, value))
        elif isinstance(value, tuple):
            draft.features[key] = tuple(normpath(join(folder, v)) for v in value)


def _last(drafts: Iterable[Draft], name: str, default: T) -> T:
    found = [getattr(draft, name) for draft in drafts if getattr(draft, name) is not None]
    return cast(T, found[-1]) if found else default
