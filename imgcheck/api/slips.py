"""Which features are on by a slip in the configuration header?"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from imgcheck.errors import FormatError, UndecidedError
from imgcheck.model import Facts, Location, Need, Policy, Slip
from imgcheck.prediction import configheader
from imgcheck.readers import files

if TYPE_CHECKING:
    from imgcheck.prediction.sources import Configuration

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
_GUARD = re.compile(rb"(?://|/\*)[ \t]*#[ \t]*if")
_MOST_INCLUDES = 200
LARGEST_HEADER = 4 << 20


def found(facts: Facts, firmware: Path, root: Path | None) -> Facts:
    """`facts` with what is on by a slip in the configuration header, or with why that is not known."""
    settings = facts.policy
    config = settings.features.config if settings.features else ""
    header = configheader.find(config, settings.root, root, firmware) if config else None
    if header is None:
        why = "the configuration header was not found (--sources)"
    else:
        try:
            configured = _configured(settings, header.header)
            return replace(facts, slips=_slips(configured) if configured else ())
        except (FormatError, UndecidedError) as error:
            why = str(error)
        except OSError as error:
            why = f"{header.header}: {error.strerror}"
    return replace(facts, missing={**facts.missing, Need.SLIPS: why})


def above(facts: Facts, firmware: Path) -> Facts:
    """The same by the header that lies above a build, be it the policy's own or that of another checkout."""
    made = found(replace(facts, policy=replace(facts.policy, root="")), firmware, None)
    return replace(facts, slips=made.slips, missing=made.missing)


def _configured(settings: Policy, header: Path) -> Configuration | None:
    """What the configuration header switches on for this build; only it and what it includes is read."""
    if settings.features is None:
        return None
    if not _GUARD.search(files.read(header, LARGEST_HEADER)):
        return None  # as nearly always; then nothing need be evaluated
    from imgcheck.prediction import sources as configuration
    from imgcheck.readers import preprocessor

    texts: dict[str, str] = {}
    waiting = [header.resolve()]
    while waiting and len(texts) < _MOST_INCLUDES:
        path = waiting.pop()
        if str(path) in texts or not path.is_file() or path.stat().st_size > LARGEST_HEADER:
            continue
        texts[str(path)] = text = preprocessor.decode(files.read(path, LARGEST_HEADER))
        waiting += [path.parent / name for name in _INCLUDE.findall(text)]
    tree = configuration.Tree(texts, preprocessor.parse, ())
    return configuration.features(tree, settings.features, str(header.resolve()))


def _slips(configured: Configuration) -> tuple[Slip, ...]:
    from imgcheck.prediction import sources as configuration

    return tuple(
        Slip(
            one.feature,
            one.guard.strip("/* \t"),
            Location(one.path, one.line),
            one.guard_line,
            one.end_line,
        )
        for one in configuration.slips(configured)
    )
