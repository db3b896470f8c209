"""Which features does the configuration header switch on once others are off?"""

from __future__ import annotations

from imgcheck.prediction.sources.features import Configuration, zero
from imgcheck.prediction.sources.macros import Macro
from imgcheck.prediction.sources.walk import walk


def coming(configuration: Configuration, names: frozenset[str]) -> tuple[str, ...]:
    """The features that are on once `names` are off, and are not now: `names` kept them out (`#undef`).

    Raises UndecidedError for a name that is not on.
    """
    macros = configuration.start(configuration.path)
    walk(configuration.evaluator, configuration.path, macros, configuration.off(names))
    return tuple(
        sorted(
            name
            for name, state in macros.items()
            if configuration.matches(name)
            and name not in configuration.features
            and isinstance(state, Macro)
            and not zero(state, macros)
        )
    )
