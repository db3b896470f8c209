"""Values that a shell completes: real layouts, targets, formats, rules."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from imgcheck.readers import files


def outputs(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Formats; after `=` a path."""
    from imgcheck.emitters import EMITTERS

    name, equals, path = start.partition("=")
    if equals and name in EMITTERS:
        return [CompletionItem(path, type="file")]
    return _starting(start, EMITTERS.items()) or [CompletionItem(start, type="file")]


def layouts(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Shipped layouts, else files."""
    from imgcheck.devices import layouts as tables

    known = ((one.name, one.summary) for one in map(tables.load, sorted(tables.names())))
    return _starting(start, known) or [CompletionItem(start, type="file")]


def targets(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Targets by name."""
    from imgcheck import targets as chips

    return _starting(start, ((one.name, one.title) for one in chips.known()))


def rules(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Rules by code and by name."""
    from imgcheck.rules import RULES

    codes = ((code, rule.title) for code, rule in RULES.items())
    return _starting(start.upper(), codes) or _starting(
        start, ((one.name, one.title) for one in RULES.values())
    )


def features(context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Features that the configuration header near the firmware names."""
    import re
    from pathlib import Path

    from imgcheck.policies import policy

    firmware = context.params.get("firmware")
    places = [Path.cwd(), *(firmware.absolute().parents if isinstance(firmware, Path) else ())]
    settings = policy.choose(None, tuple(places[:2])).features
    if settings is None:
        return []
    for folder in dict.fromkeys((Path(policy.choose(None, tuple(places[:2])).root), *places)):
        header = folder / settings.config
        if settings.config and header.is_file():
            found = re.findall(r"#\s*define\s+(\w+)", files.read(header).decode("utf-8", "replace"))
            prefix = settings.pattern.partition("*")[0]
            return _starting(start, ((name, "") for name in dict.fromkeys(found) if name.startswith(prefix)))
    return []


def _starting(start: str, known: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    return [CompletionItem(name, help=said) for name, said in known if name.startswith(start)]
