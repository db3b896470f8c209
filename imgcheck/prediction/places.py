"""Where are the inputs of a prediction?  Asked by every gate, so it knows nothing of predicting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from imgcheck.errors import UndecidedError
from imgcheck.model import FeatureSettings, Policy
from imgcheck.prediction import configheader


@dataclass(frozen=True, slots=True)
class Places:
    """Where the inputs of a prediction are looked for; None: where they usually are."""

    objects: Path | None = None
    sources: Path | None = None


def settings_of(policy: Policy) -> FeatureSettings:
    """What a policy says of features; raises UndecidedError where that is nothing."""
    settings = policy.features
    if settings is None or not settings.config:
        raise UndecidedError("the policy says nothing of features ([features] config = …)")
    return settings


def header_of(policy: Policy, firmware: Path, given: Path | None) -> configheader.Found:
    """The configuration header that a policy names; raises UndecidedError where it is not to be found."""
    config = settings_of(policy).config
    found = configheader.find(config, policy.root, given, firmware)
    if found is None:
        where = str(given) if given else f"{firmware.parent} and the folders above it"
        raise UndecidedError(f"savings need the sources: {config} is not in {where} (--sources)")
    return found
