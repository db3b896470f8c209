"""Which files are the sources of a build, and what stands in them?  They can be read before the build is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from os.path import realpath
from pathlib import Path

from imgcheck.model import Diagnostic, FeatureSettings, Policy
from imgcheck.prediction import sourcing
from imgcheck.prediction.comparing import Comparing, Configure
from imgcheck.prediction.places import header_of, settings_of
from imgcheck.prediction.sources.features import Configuration, features
from imgcheck.prediction.sources.tree import Tree, words
from imgcheck.readers import files, preprocessor

_ABOVE = frozenset({"", ".", ".."})
_LARGEST = 4 << 20  # bytes; a larger "source" is a table that a script wrote
_WORDS = 64 << 20  # bytes of such a one that are looked at for names of features


def begun(policy: Policy, firmware: Path, given: Path | None) -> Comparing:
    """Reads the sources beside whoever goes on to read the build; whoever asks for it closes it.

    Raises UndecidedError where no policy says which they are, or their header is not there.
    """
    settings = settings_of(policy)
    root, header = header_of(policy, firmware, given)

    def read() -> tuple[Tree, Configure]:
        made, config, _ = tree(root, header, settings)

        def configure(defines: Mapping[str, str]) -> Configuration:
            return features(made, replace(settings, defines=defines), config)

        return made, configure

    return Comparing.begun(read)


def tree(root: Path, config: Path, settings: FeatureSettings) -> tuple[Tree, str, tuple[Diagnostic, ...]]:
    """The source files by path relative to `root`, the configuration header among them, what is odd."""
    relative = _below(root)
    header = relative(str(config))
    paths, said = sourcing.paths(root, header, settings.source_roots)
    texts: dict[str, str] = {}
    unread: dict[str, frozenset[str]] = {}
    for path in (*map(Path, paths), config):
        name = relative(str(path))
        if name not in texts:
            texts[name], words = _text(path)
            if words is not None:
                unread[name] = words
    includes = [relative(str(root / name)) for name in settings.include_dirs]
    return Tree(texts, preprocessor.parse, includes, unread), header, said


def _below(root: Path) -> Callable[[str], str]:
    """What makes a path one below `root`, where it is below; a policy may also name folders beside it."""
    # Not Path.resolve: of a link that leads to itself that is a RuntimeError, and reading it is refused well.
    above = realpath(root).rstrip(os.sep) + os.sep
    folders: dict[str, str] = {}  # thousands of files lie in some dozen

    def relative(path: str) -> str:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = realpath(folder).rstrip(os.sep) + os.sep
        full = folders[folder] + name
        if name in _ABOVE or os.path.islink(full):  # noqa: PTH114  # paths take twice the time of all this
            full = realpath(full)
        if full.rstrip(os.sep) + os.sep == above:
            return "."
        return full.removeprefix(above).replace(os.sep, "/")

    return relative


def _text(path: Path) -> tuple[str, frozenset[str] | None]:
    """What stands in a file; of one that is too large the identifiers instead."""
    data = files.begin(path, _LARGEST + 1)
    if len(data) <= _LARGEST:
        return preprocessor.decode(data), None
    found: set[str] = set()
    data = files.begin(path, _WORDS)
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _LARGEST) + 1 or len(data)
        found.update(words(preprocessor.decode(data[start:end])))
        start = end
    return "", frozenset(found)
