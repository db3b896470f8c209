"""The builds that a policy names: read, merged, and the policy as it is for one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from glob import escape, has_magic
from os.path import realpath
from pathlib import Path
from posixpath import join, normpath, relpath
from typing import TypeAlias, cast

from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Budget, Location, Policy, Variant
from imgcheck.policies import budgets, keys
from imgcheck.policies.budgets import BudgetKey
from imgcheck.policies.reading import Reader

FILES = ("elf", "map", "ota")  # keys that name files
MOST = 100  # builds; each is read whole
OWN = (*FILES, "title")  # keys that stand at the top of a policy with one build
Said: TypeAlias = "dict[str, object]"  # what one file says of one build, by key


def read(reader: Reader, document: Mapping[str, object]) -> dict[str, Said]:
    """What a file says of its builds, by name; "" is what it says of the whole."""
    found: dict[str, Said] = {}
    whole = {key: reader.text(document[key], (key,)) for key in OWN if key in document}
    if whole:
        found[""] = dict(whole)
    for name, value in reader.mapping(document.get("build", {}), ("build",)).items():
        path = ("build", name)
        if not name.strip() or name != name.strip():
            raise reader.error("a build has a name", path)
        table = reader.mapping(value, path)
        reader.known(table, keys.names("build"), path)
        reader.origin(path)
        found[name] = dict(_one(reader, table, path))
    return found


def _one(reader: Reader, table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        here = (*path, key)
        if key in OWN:
            yield key, reader.text(value, here)
        elif key == "target":
            yield key, reader.target(value, here)
        elif key == "layouts":
            names = reader.texts(value, here)
            if not names:
                raise reader.error("an empty list would mean all; leave the key out, or name them", here)
            yield key, names
        elif key == "budgets":
            yield key, budgets.read(reader, reader.mapping(value, here), here)
        else:
            yield key, reader.defines(reader.mapping(value, here), here)


def located(said: Said, folder: str, beside: Callable[[str, str], str]) -> Said:
    """Files from where the policy that named them lies; `beside` is how a layout is called from there."""
    made = dict(said)
    for key in FILES:
        if key in made:
            value = cast(str, made[key])
            made[key] = normpath(join(escape(folder) if has_magic(value) else folder, value))
    if "layouts" in made:
        made["layouts"] = tuple(beside(folder, name) for name in cast("tuple[str, ...]", made["layouts"]))
    return made


def merged(
    every: Iterable[Mapping[str, Said]], origins: Mapping[str, Location], path: str
) -> tuple[Variant, ...]:
    """The builds of a policy with all that it extends, the most basic first; of two values the last wins.

    Raises FormatError with its place for a build without a file, and for two that are called the same.
    """
    found: dict[str, Said] = {}
    for builds in every:
        for name, said in builds.items():
            mine = found.setdefault(name, {})
            for key, value in said.items():
                old = mine.get(key)
                both = isinstance(value, dict) and isinstance(old, dict)
                mine[key] = {**old, **value} if both else value  # type: ignore[dict-item]
    if len(found) > MOST:
        raise FormatError(f"too many builds: {len(found)}, and {MOST} is the most", path)
    titles: dict[str, str] = {}
    for name, said in found.items():
        where = origins.get(f"build.{name}", Location(path))
        if name and "" in found:
            key = next(key for key in OWN if key in found[""])
            where = origins.get(key, where)
            raise _error(f"{key!r} is one build's; with [build.NAME] it belongs there", where)
        if name and "elf" not in said:
            raise _error(f"[build.{name}] lacks 'elf'", where)
        title = cast(str, said.get("title", ""))
        if title and title in titles:
            raise _error(f"builds {titles[title]!r} and {name!r} have the same title", where)
        titles[title] = name
    return tuple(_made(name, said) for name, said in found.items())


def _made(name: str, said: Said) -> Variant:
    limits = cast("dict[BudgetKey, Budget]", said.get("budgets", {}))
    return Variant(
        name,
        elf=cast(str, said.get("elf", "")),
        map=cast(str, said.get("map", "")),
        ota=cast(str, said.get("ota", "")),
        title=cast(str, said.get("title", "")),
        target=cast(str, said.get("target", "")),
        layouts=cast("tuple[str, ...]", said.get("layouts", ())),
        budgets=tuple(limits.values()),
        defines=cast("dict[str, str]", said.get("defines", {})),
    )


def _error(message: str, where: Location) -> FormatError:
    return FormatError(message, where.path, line=where.line, column=where.column)


# --- one of them ------------------------------------------------------------------------------------


def named(policy: Policy, name: str) -> Variant:
    """The build of that name; raises ImgcheckError with the names that there are."""
    known = {one.name: one for one in policy.builds if one.name}
    if name not in known:
        there = keys.hint(name, known) if known else f"{name!r}; it names none"
        raise ImgcheckError(f"--build {name}: {policy.path}: no build {there}")
    return known[name]


def of_file(policy: Policy, firmware: Path) -> Variant | None:
    """The build whose ELF this file is; else what the policy says of whatever is built; None for nothing.

    Raises ImgcheckError when it is that of several.
    """
    mine = [one for one in policy.builds if one.name and is_of(one, firmware)]
    if len(mine) > 1:
        names = " and ".join(one.name for one in mine)
        raise ImgcheckError(f"{firmware}: the file of builds {names}; --build NAME says which one it is")
    if mine:
        return mine[0]
    return next(
        (one for one in policy.builds if not one.name and (not one.elf or is_of(one, firmware))), None
    )


def is_of(one: Variant, firmware: Path) -> bool:
    """Whether a file is the ELF of a build."""
    real = realpath(firmware)
    return any(realpath(path) == real for path in matches(one.elf))


def file(policy: Policy, one: Variant, key: str) -> Path | None:
    """The file that the policy names under a key of a build, None where it names none.

    Raises FormatError at the key when no file is there, or several match a glob.
    """
    pattern = cast(str, getattr(one, key))
    if not pattern:
        return None
    found = matches(pattern)
    if len(found) == 1:
        return Path(found[0])
    where = policy.origins.get(f"build.{one.name}.{key}" if one.name else key, Location(policy.path))
    pattern = relpath(pattern, policy.root or ".")
    if not found:
        raise _error(f"{key} = {pattern!r}: no such file; was it built?", where)
    some = ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")
    raise _error(f"{key} = {pattern!r} matches {len(found)} files: {some}", where)


def matches(pattern: str) -> list[str]:
    """The files that a path or a glob of a policy means; a name that is there as it is written is no glob."""
    if not has_magic(pattern) or Path(pattern).is_file():
        return [pattern] if Path(pattern).is_file() else []
    start = Path(Path(pattern).anchor)
    found = start.glob(str(Path(pattern).relative_to(start)))
    return sorted(str(path) for path in found if path.is_file())


def narrowed(policy: Policy, one: Variant | None) -> Policy:
    """The policy as it is for one of its builds, None for a build that it does not know."""
    if one is None:
        return replace(policy, waivers=tuple(waiver for waiver in policy.waivers if not waiver.build))
    limits = {(b.kind, b.name, b.resource): b for b in (*policy.budgets, *one.budgets)}
    features = policy.features
    if features and one.defines:
        features = replace(features, defines={**features.defines, **one.defines})
    return replace(
        policy,
        target=one.target or policy.target,
        layouts=one.layouts or policy.layouts,
        budgets=tuple(limits.values()),
        features=features,
        waivers=tuple(waiver for waiver in policy.waivers if waiver.build in ("", one.name)),
        variant=one,
    )


def called(one: Variant | None, name: str) -> str:
    """What a build is called: by its title, else by its image's name and its own."""
    if one is None:
        return name
    return one.title or f"{name} {one.name}".rstrip()
