"""Which of a project's variants is it, when the build is not what the policy takes it to be given?

A build that recorded no macros still has code: on lines that only one variant compiles, and on none that only
others do. Its objects have names and strings that only one leaves there, and lack those of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.model import Diagnostic, Policy
from imgcheck.prediction import agreement, given, sourcing
from imgcheck.prediction.agreement import ContradictedError, Evidence
from imgcheck.prediction.sources.changes import Differences
from imgcheck.prediction.sources.features import Configuration, features
from imgcheck.prediction.sources.macros import Macro
from imgcheck.prediction.traces import Traces, Votes
from imgcheck.wording import commas, listed

# What speaks for another variant. Builds of nine had 92 to 100 % of what differs as their own variant has it.
_FEWEST, _MOST_AGAINST = 3, 0.1


class Variant(NamedTuple):
    """A variant of the project, and the macro that makes it one."""

    name: str
    macro: str
    value: str

    def shown(self) -> str:
        """The macro with the variant's name."""
        return f"{self.macro}={self.value} (variant {self.name})"


class Other(NamedTuple):
    """A variant that fits a build better than the policy's: how well, and whose rows depend on it.

    `alike` are others that compile the same; `features` are on as the policy has it, and not in this variant.
    """

    variant: Variant
    votes: Votes
    clear: bool
    alike: tuple[str, ...]
    features: tuple[str, ...]

    def because(self) -> str:
        """What is known of the objects."""
        of, turns, lacking = self.votes.turns + self.votes.stays, self.votes.turns, self.votes.lacking
        also = f" ({listed(self.alike, '')} would leave the same there)" if self.alike else ""
        example = f"; {lacking[0][0]} was compiled without {lacking[0][1]}()" if lacking else ""
        return (
            f"of {commas(of)} names, strings and stretches of code by which the two differ its objects have "
            f"{commas(turns)} as {self.variant.name} has them{example}{also}"
        )

    def unclear(self, policy: Policy) -> Diagnostic:
        """That the build is neither this variant nor the one that the `policy` takes it for."""
        macro = self.variant.macro
        rows = f"; do not trust what is said of {listed(self.features, '')}" if self.features else ""
        return Diagnostic(
            "defines-unclear",
            "warning",
            f"the build is not clearly {_wished(policy, macro)}, which the policy takes it for, nor what "
            f"{self.variant.shown()} compiles: {self.because()}{rows}",
            help=f"Put what the build was given into [features] defines of imgcheck.toml, {macro} first.",
            subject="defines",
        )


class OtherVariantError(UndecidedError):
    """The build is not what the policy takes it for; it agrees with it given another macro."""

    def __init__(self, message: str, other: Other) -> None:
        super().__init__(message)
        self.other = other

    def policy(self, policy: Policy) -> Policy:
        """The same policy, taking the build for what it is; raises this where a project's own says other."""
        one = self.other.variant
        if policy.features is None or _own(policy, one.macro):
            raise self
        defines = {**policy.features.defines, one.macro: one.value}
        return replace(policy, features=replace(policy.features, defines=defines))

    def said(self, policy: Policy) -> Diagnostic:
        """That the build is another variant than the `policy` has it."""
        one = self.other.variant
        return Diagnostic(
            "defines-disagree",
            "warning",
            f"the build is what {one.shown()} compiles, and the policy takes it for "
            f"{_wished(policy, one.macro)}: {self.other.because()}; the build counts",
            help=f"Put {one.macro} = {one.value} into [features] defines of imgcheck.toml.",
            subject="defines",
        )


def told(evidence: Evidence, policy: Policy, error: ContradictedError) -> UndecidedError:
    """What to raise instead of `error`: the variant that the build agrees with, where there is one."""
    asked = _variants(policy, given.macros_of(evidence.lines.elf).keys())
    found = _best(evidence, policy, asked, fewest=1)
    if found is None or not found.clear:
        return error
    return OtherVariantError(f"{error}; with {found.variant.shown()} they are active", found)


def doubts(evidence: Evidence, policy: Policy, settled: Set[str]) -> tuple[Diagnostic, ...]:
    """Whether a variant fits the build better than the policy's word, though no code need contradict it.

    A build may be less than the policy takes it for. What is `settled` (the build recorded it), or said by
    the project itself, is not doubted. Raises OtherVariantError where it is clearly that variant; else a
    finding names both.
    """
    asked = [one for one in _variants(policy, settled) if not _own(policy, one.macro)]
    found = _best(evidence, policy, asked, _FEWEST) if asked else None
    if found is None:
        return ()
    if found.clear:
        raise OtherVariantError(
            f"the build is what {found.variant.shown()} compiles: {found.because()}", found
        )
    return (found.unclear(policy),)


def _variants(policy: Policy, settled: Set[str]) -> list[Variant]:
    """The policy's, but for those that a macro makes of which there is no doubt."""
    found = []
    for name, said in policy.variants.items():
        macro, _, value = said.partition("=")
        if macro not in settled:
            found.append(Variant(name, macro, value or "1"))
    return found


def _best(evidence: Evidence, policy: Policy, asked: Sequence[Variant], fewest: int) -> Other | None:
    """The variant that what objects have speaks for, None where it speaks for the sources as evaluated.

    At least `fewest` things have to be as that variant has them.
    """
    traces, known = Traces(evidence), evidence.differences.configuration
    found = []
    for one, other in _evaluated(known, policy, asked):
        votes = traces.votes(other)
        if votes.turns >= fewest and votes.net > 0:
            found.append((one, votes, frozenset(other.configuration.features)))
    if not found:
        return None
    found.sort(key=lambda row: -row[1].net)  # of those alike the policy's first
    variant, votes, on = found[0]
    clear = votes.stays <= _MOST_AGAINST * votes.turns
    return Other(
        variant,
        votes,
        clear and all(_uncontradicted(evidence, other) for _, other in _evaluated(known, policy, [variant])),
        tuple(one.name for one, equal, _ in found[1:] if equal == votes),
        tuple(name for name in known.features if name not in on),
    )


def _uncontradicted(evidence: Evidence, other: Differences) -> bool:
    """Whether the build has no code on lines that are inactive in the sources as `other` evaluates them."""
    compiled = sourcing.compiled(evidence.origins)
    found = agreement.code(evidence.lines, compiled)
    on = agreement.active(other, compiled, frozenset())
    odd = sum(len(lines - on[path]) for path, lines in found.items() if path in on)
    return agreement.few(odd, sum(map(len, found.values())))


def _evaluated(
    known: Configuration, policy: Policy, asked: Sequence[Variant]
) -> Iterator[tuple[Variant, Differences]]:
    """The sources as each variant has them, but for what the sources are taken for already."""
    defines = {
        name: " ".join(state.tokens) for name, state in known.defines.items() if isinstance(state, Macro)
    }
    for one in asked:
        if policy.features is None or defines.get(one.macro) == one.value:
            continue
        settings = replace(policy.features, defines={**defines, one.macro: one.value})
        with suppress(ImgcheckError):  # a variant that cannot be compiled is not this build
            yield one, Differences(features(known.tree, settings, known.path))


def _own(policy: Policy, macro: str) -> bool:
    """Whether the project's own policy says what a macro is, and not the one that ships with imgcheck."""
    place = policy.origins.get(f"features.defines.{macro}")
    return bool(place and not place.shipped)


def _wished(policy: Policy, macro: str) -> str:
    value = policy.features.defines.get(macro) if policy.features else None
    return f"one without {macro}" if value is None else f"{macro}={value}"
