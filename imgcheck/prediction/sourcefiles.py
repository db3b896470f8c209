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
from imgcheck.prediction.sources.tree import Tree
from imgcheck.readers import files, preprocessor

_LARGEST = 4 << 20  # bytes; a larger "source" is a table that a script wrote


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
    texts = {_relative(Path(path), root): _text(Path(path)) for path in paths}
    texts.setdefault(header, _text(config))
    includes = [_relative(root / name, root) for name in settings.include_dirs]
    return Tree(texts, preprocessor.parse, includes), header, said


def _relative(path: Path, root: Path) -> str:
    """The path below `root`; a policy may also name folders beside it."""
    # Not Path.resolve: of a link that leads to itself that is a RuntimeError, and reading it is refused well.
    path, root = Path(realpath(path)), Path(realpath(root))
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _text(path: Path) -> str:
    data = files.begin(path, _LARGEST + 1)
    return preprocessor.decode(data) if len(data) <= _LARGEST else ""
