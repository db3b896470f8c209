"""Which files are the sources of a build, and what stands in them?  They can be read before the build is."""

from __future__ import annotations

from collections.abc import Mapping
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
    header = _relative(config, root)
    paths, said = sourcing.paths(root, header, settings.source_roots)
    texts: dict[str, str] = {}
    unread: dict[str, frozenset[str]] = {}
    for path in (*map(Path, paths), config):
        name = _relative(path, root)
        if name not in texts:
            texts[name], words = _text(path)
            if words is not None:
                unread[name] = words
    includes = [_relative(root / name, root) for name in settings.include_dirs]
    return Tree(texts, preprocessor.parse, includes, unread), header, said


def _relative(path: Path, root: Path) -> str:
    """The path below `root`; a policy may also name folders beside it."""
    # Not Path.resolve: of a link that leads to itself that is a RuntimeError, and reading it is refused well.
    path, root = Path(realpath(path)), Path(realpath(root))
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


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
