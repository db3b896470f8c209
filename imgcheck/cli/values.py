"""Values that a shell completes: real layouts, policies, targets, formats, rules, features."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from imgcheck.errors import ImgcheckError
from imgcheck.readers import files


def outputs(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Formats; after `=` a path."""
    from imgcheck.emitters import EMITTERS

    name, equals, path = start.partition("=")
    if equals and name in EMITTERS:
        return [CompletionItem(path, type="file")]
    return _starting(start, EMITTERS.items()) or [CompletionItem(start, type="file")]


def only(format: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """The one format that a command writes, else a path."""
    return lambda _context, _parameter, start: (
        _starting(start, [(format, "")]) or [CompletionItem(start, type="file")]
    )


def layouts(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Shipped layouts, else files."""
    from imgcheck.devices import layouts as tables

    known = ((one.name, one.summary) for one in map(tables.load, sorted(tables.names())))
    return _starting(start, known) or [CompletionItem(start, type="file")]


def targets(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Targets by name."""
    from imgcheck import targets as chips

    return _starting(start, ((one.name, one.title) for one in chips.known()))


def builds(context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """The builds of the policy on the line, else of the one that is found upward from here."""
    from imgcheck.policies import policy

    try:
        settings = policy.choose(context.params.get("policy") or None, (Path.cwd(),))
    except ImgcheckError:
        return []
    return _starting(start, ((one.name, one.elf) for one in settings.builds))


def rules(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Rules by code and by name, and the codes of other findings."""
    from imgcheck.report import catalogue
    from imgcheck.rules import RULES

    codes = ((code, rule.title) for code, rule in RULES.items())
    names = ((one.name, one.title) for one in RULES.values())
    others = ((code, page.wrong) for code, page in catalogue.every().items())
    return _starting(start.upper(), codes) or _starting(start, (*names, *others))


def policies(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Shipped policies, else files."""
    from imgcheck.policies import policy

    known = ((name, "shipped with imgcheck") for name in policy.shipped_names())
    return _starting(start, known) or [CompletionItem(start, type="file")]


def divisions(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """What --by divides by; behind a comma what each part is divided by."""
    from imgcheck.builds.grouping import kinds

    before, comma, _ = start.rpartition(",")
    every = (*kinds(), *(() if comma else ("feature",)))
    return _starting(start, ((f"{before}{comma}{kind}", "") for kind in every if kind != before))


def features(context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Features that the configuration header near the firmware names; behind a comma the next one."""
    before, comma, name = start.rpartition(",")
    try:
        known = _defined(context.params.get("firmware") or _typed())
    except ImgcheckError:  # a policy that is wrong is told when the command runs
        known = ()
    return _starting(start, ((f"{before}{comma}{one}", "") for one in known if one.startswith(name)))


def _typed() -> str:
    """The firmware on the line that is typed: an option without its value keeps click from parsing it."""
    words = os.environ.get("COMP_WORDS", "").split()
    return next((word for word in words[1:] if Path(word).is_file()), "")


def _defined(firmware: object) -> tuple[str, ...]:
    from imgcheck.policies import policy

    home = Path(firmware).absolute().parent if firmware and isinstance(firmware, str | Path) else Path.cwd()
    chosen = policy.choose(None, (home, Path.cwd()))
    settings = chosen.features
    if settings is None or not settings.config:
        return ()
    places = (Path(chosen.root), Path.cwd(), home, *home.parents)
    for header in (folder / settings.config for folder in places):
        if header.is_file():
            # Commented ones too: a feature that is off is still one of those there are.
            found = re.findall(r"#\s*define\s+(\w+)", files.read(header).decode("utf-8", "replace"))
            return tuple(name for name in dict.fromkeys(found) if fnmatchcase(name, settings.pattern))
    return ()


def _starting(start: str, known: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    return [CompletionItem(name, help=said) for name, said in known if name.startswith(start)]
