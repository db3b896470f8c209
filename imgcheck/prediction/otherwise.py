"""Which of a project's variants is it, when the build contradicts what the policy takes it to be given?

A build that recorded no macros still has code: on lines that only one variant compiles, and on none that only
others do.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from imgcheck.errors import UndecidedError
from imgcheck.model import Diagnostic, Policy
from imgcheck.prediction import agreement, given, sourcing
from imgcheck.prediction.agreement import ContradictedError, Evidence
from imgcheck.prediction.sources.changes import Differences
from imgcheck.prediction.sources.features import Configuration, features
from imgcheck.prediction.sources.macros import Macro

_INACTIVE = 5  # lines without code that one with code on an inactive line weighs as much as


class OtherVariantError(UndecidedError):
    """The build is not what the policy takes it for; it agrees with it given another macro."""

    def __init__(self, message: str, name: str, define: tuple[str, str]) -> None:
        super().__init__(message)
        self.name = name
        self.define = define

    def policy(self, policy: Policy) -> Policy:
        """The same policy, taking the build for what it is; raises this where a project's own says other."""
        macro, value = self.define
        place = policy.origins.get(f"features.defines.{macro}")
        if policy.features is None or (place and not place.shipped):
            raise self
        defines = {**policy.features.defines, macro: value}
        return replace(policy, features=replace(policy.features, defines=defines))

    def said(self, policy: Policy) -> Diagnostic:
        """That the build is another variant than the `policy` has it."""
        macro, value = self.define
        wished = policy.features.defines.get(macro) if policy.features else None
        return Diagnostic(
            "defines-disagree",
            "warning",
            f"the build has code that only {macro}={value} compiles (variant {self.name}), not "
            f"{macro if wished is None else f'{macro}={wished}'}, as the policy has it; the build counts",
            help=f"Put {macro} = {value} into [features] defines of imgcheck.toml.",
            subject="defines",
        )


def told(evidence: Evidence, policy: Policy, error: ContradictedError) -> UndecidedError:
    """What to raise instead of `error`: the variant that the build agrees with, where there is one."""
    compiled = sourcing.compiled(evidence.origins)
    found = agreement.code(evidence.lines, compiled)
    recorded = given.macros_of(evidence.lines.elf)  # of those there is no doubt
    scores: list[tuple[int, int, str, str]] = []
    for order, (name, said) in enumerate(policy.variants.items()):
        macro, _, value = said.partition("=")
        if macro in recorded:
            continue
        known = _given(evidence.differences.configuration, policy, macro, value or "1")
        score = None if known is None else _score(Differences(known), compiled, found)
        if score is not None:
            scores.append((score, order, name, said))
    if not scores:
        return error
    _, _, name, said = min(scores)
    macro, _, value = said.partition("=")
    hint = f"{error}; with {said} (variant {name}) they are active"
    return OtherVariantError(hint, name, (macro, value or "1"))


def _given(known: Configuration, policy: Policy, macro: str, value: str) -> Configuration | None:
    """The configuration with one macro given otherwise; None where it is given so already."""
    defines = {
        name: " ".join(state.tokens) for name, state in known.defines.items() if isinstance(state, Macro)
    }
    if policy.features is None or defines.get(macro) == value:
        return None
    settings = replace(policy.features, defines={**defines, macro: value})
    return features(known.tree, settings, known.path)


def _score(differences: Differences, compiled: Set[str], found: Mapping[str, Set[int]]) -> int | None:
    """How badly code and active lines agree; None where the build could not be of these."""
    odd = idle = 0
    for path in sorted(compiled):
        source = differences.tree.source(path)
        on = differences.unit(path).record.active
        active = {line for index, kept in enumerate(on) if kept for line in source.lines(index)}
        lines = found.get(path, frozenset())
        odd += len(lines - active)
        idle += len(active & agreement.written(source) - lines) if lines else 0
    total = sum(map(len, found.values()))
    return _INACTIVE * odd + idle if agreement.few(odd, total) else None
