"""Which words are the benchmark's identifiers, strings, archives and features made of? words.toml says."""

from __future__ import annotations

import tomllib
from pathlib import Path

_TEXT = tomllib.loads((Path(__file__).parent / "words.toml").read_text())

VERBS, NOUNS, ADJECTIVES, UNITS, COLOURS, FEATURES = (
    list(_TEXT[key].split()) for key in ("verbs", "nouns", "adjectives", "units", "colours", "features")
)
PHRASES = list(_TEXT["phrases"].strip().splitlines())
BARE_OBJECTS: int = _TEXT["bare_objects"]
ARCHIVES = [(str(name), int(count), str(flavour)) for name, count, flavour in _TEXT["archives"]]
