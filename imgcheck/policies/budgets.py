"""The limits that a project sets itself: a table [budgets], read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from imgcheck.model import RESOURCES, Budget
from imgcheck.policies import keys, sizes
from imgcheck.policies.reading import Reader
from imgcheck.readers.tomlplaces import Path

KINDS = ("component", "archive", "object", "section", "symbol")
BudgetKey: TypeAlias = "tuple[str, str, str]"  # kind, name, resource


def read(reader: Reader, table: Mapping[str, object], path: Path) -> dict[BudgetKey, Budget]:
    """The limits of the table at `path`; raises FormatError with the place of what is none."""
    warn_at = reader.share(table["warn_at"], (*path, "warn_at")) if "warn_at" in table else None
    found: dict[BudgetKey, Budget] = {}
    for budget in _limits(reader, table, path, warn_at):
        key = (budget.kind, budget.name, budget.resource)
        found[key] = budget
        if budget.location:
            reader.placed(f"{'.'.join(map(str, path))}.{key[0]}:{key[1]}.{key[2]}", budget.location)
    return found


def _limits(
    reader: Reader, table: Mapping[str, object], path: Path, warn_at: float | None
) -> Iterator[Budget]:
    for name, value in table.items():
        here = (*path, name)
        if name == "warn_at":
            continue
        if name in KINDS and isinstance(value, dict) and not {*value} <= {*RESOURCES, "warn_at"}:
            for inner, limit in value.items():
                plain = Budget(name, inner, "flash", 0, warn_at)
                yield from _budget(reader, plain, limit, (*here, inner))
            continue
        prefix, colon, rest = name.partition(":")
        if colon and prefix not in KINDS:
            raise reader.error(f"unknown kind {keys.hint(prefix, KINDS)}", here)
        plain = Budget(prefix if colon else "component", rest if colon else name, "flash", 0, warn_at)
        yield from _budget(reader, plain, value, here)


def _budget(reader: Reader, plain: Budget, value: object, path: Path) -> Iterator[Budget]:
    """A limit for each resource of one name; `plain` has the kind, the name and when to warn."""
    warn_at = plain.warn_at
    if not isinstance(value, dict):
        value, names = {"flash": value}, {"flash": path}
    else:
        reader.known(value, (*RESOURCES, "warn_at"), path)
        names = {key: (*path, key) for key in value}
        if not {*value} & {*RESOURCES}:
            raise reader.error("a budget needs a limit: flash, ram or ota", path)
        if "warn_at" in value:
            warn_at = reader.share(value["warn_at"], names["warn_at"])
    for resource in RESOURCES:
        if resource not in value:
            continue
        at, limit = names[resource], value[resource]
        share = sizes.parse_share(limit) if isinstance(limit, str) else None
        if share is not None and resource == "ram":
            raise reader.error("a percentage is one of an OTA slot: for flash and ota only", at)
        size = 0 if share is not None else reader.size(limit, at)
        yield Budget(
            plain.kind, plain.name, resource, size, warn_at,
            location=reader.where(at), share=share,
        )  # fmt: skip
