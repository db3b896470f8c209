"""Which rules does a policy ask for, what do they find, and which findings are waived today?"""

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from imgcheck.errors import FormatError, UndecidedError
from imgcheck.model import Diagnostic, Facts, Location, Need, Policy, Severity, Waiver
from imgcheck.policies import keys
from imgcheck.rules import OPTIONS, RULES, Rule, waiver_expired
from imgcheck.wording import near

Provider = Callable[[Facts], Facts]  # the facts with one more thing, or with why it is missing
NOBODY: Mapping[Need, Provider] = MappingProxyType({})
_RANK: dict[str, int] = {"note": 0, "warning": 1, "error": 2}


class Selection(NamedTuple):
    """Codes of the rules to run, and those that the policy names one by one: they must be evaluated."""

    codes: tuple[str, ...]
    explicit: frozenset[str]

    def among(self, codes: frozenset[str]) -> "Selection":
        """Those of the rules that are named; of no names all."""
        return self._replace(codes=tuple(one for one in self.codes if one in codes)) if codes else self


class Outcome(NamedTuple):
    """What a gate found: findings (waived ones too), what was looked at, what could not be, and from what."""

    findings: tuple[Diagnostic, ...]
    checks: tuple[tuple[str, str, bool], ...]  # rule, subject, passed
    skipped: tuple[tuple[str, str], ...]  # rule, why
    facts: Facts  # all that was found out for it

    def passed(self, fail_on: Severity) -> bool:
        """Whether nothing that counts is as severe as `fail_on`."""
        return not any(counts(finding, fail_on) for finding in self.findings)


def counts(finding: Diagnostic, fail_on: Severity) -> bool:
    """Whether a finding makes a gate fail."""
    return not finding.waived and _RANK[finding.severity] >= _RANK[fail_on]


def select(policy: Policy) -> Selection:
    """The rules that `select` names (all, when it names none) less those that `ignore` names.

    Raises FormatError with the line of a name that is no rule's, also in a waiver.
    """
    chosen: set[str] = set() if policy.select else set(RULES)
    explicit: set[str] = set()
    for name in policy.select:
        codes = _named(name, policy.origins.get("rules.select"), policy)
        chosen |= codes
        if len(codes) == 1:
            explicit |= codes
    for name in policy.ignore:
        codes = _named(name, policy.origins.get("rules.ignore"), policy)
        chosen -= codes
        explicit -= codes
    for waiver in policy.waivers:
        _named(waiver.rule, waiver.location, policy)
    _check_options(policy)
    return Selection(tuple(code for code in RULES if code in chosen), frozenset(explicit))


def _check_options(policy: Policy) -> None:
    """Raises FormatError with the line of an option that its rule lacks, or of a value that is none."""
    known = {key.name: key for key in OPTIONS}
    for name in policy.options:
        if name in known:
            keys.option(policy, known[name])
            continue
        rule, _, key = name.removeprefix("rules.").rpartition(".")
        place = policy.origins.get(name, Location(policy.path))
        found = find(rule)
        named = ", ".join(one.name.rpartition(".")[2] for one in found.options) if found else ""
        has = f"it has: {named}" if named else "it has none"
        message = (
            f"rule {rule} has no option {key!r}; {has}" if found else f"no rule {rule!r}; {nearest(rule)}"
        )
        raise FormatError(message, place.path, line=place.line, column=place.column)


def find(name: str) -> Rule | None:
    """The rule of that code or name."""
    return next((rule for rule in RULES.values() if name.upper() == rule.code or name == rule.name), None)


def nearest(name: str) -> str:
    """A hint for a name that is no rule's."""
    known = [*RULES, *(rule.name for rule in RULES.values())]
    close = near(name[:80], known, 1, 0.5)
    return f"did you mean {close[0]!r}?" if close else "`imgcheck rule` lists them"


class _Waivers:
    """A policy's waivers, by rule and subject: thousands of findings are not held against each of them."""

    def __init__(self, waivers: Sequence[Waiver], today: date) -> None:
        self.today = today.isoformat()
        self.exact: dict[tuple[str, str], list[tuple[int, Waiver]]] = {}
        self.globs: dict[str, list[tuple[int, Waiver, re.Pattern[str]]]] = {}
        self.any: dict[str, re.Pattern[str]] = {}  # all globs of a rule at once: most findings have no waiver
        for number, waiver in enumerate(waivers):
            rule = find(waiver.rule)
            if not rule or waiver.rule not in (rule.code, rule.name):
                continue
            self.exact.setdefault((rule.code, waiver.subject), []).append((number, waiver))
            if any(sign in waiver.subject for sign in "*?["):
                glob = re.compile(fnmatch.translate(waiver.subject))
                self.globs.setdefault(rule.code, []).append((number, waiver, glob))
        for code, rows in self.globs.items():
            self.any[code] = re.compile("|".join(glob.pattern for _, _, glob in rows))

    def of(self, finding: Diagnostic) -> list[Waiver]:
        """Those that apply to a finding, in the policy's order."""
        found = dict(self.exact.get((finding.code, finding.subject), ()))
        if finding.code in self.any and self.any[finding.code].match(finding.subject):
            rows = self.globs[finding.code]
            found |= {number: waiver for number, waiver, glob in rows if glob.match(finding.subject)}
        return [found[number] for number in sorted(found)]

    def apply(self, findings: Iterable[Diagnostic]) -> tuple[list[Diagnostic], tuple[Waiver, ...]]:
        """The findings, those waived today marked, and the waivers that are too late for one of them."""
        result, expired = [], []
        for finding in findings:
            applying = self.of(finding)
            valid = next((one for one in applying if one.expires >= self.today), None)
            late = applying if valid is None else applying[: applying.index(valid)]
            expired += late
            why = f"{valid.reason} (until {valid.expires})" if valid else finding.waived
            result.append(finding if why == finding.waived else replace(finding, waived=why))
        return result, tuple(dict.fromkeys(expired))


def judge(
    facts: Facts, selection: Selection, today: date, providers: Mapping[Need, Provider] = NOBODY
) -> Outcome:
    """Runs the selected rules and applies the policy's waivers.

    `providers` find out what rules need, each at most once, and only when a rule that needs it runs. What
    some rule prompts (a finding of it makes it worth a second or more) waits for such a finding.

    Raises UndecidedError when a selected rule cannot be evaluated: a gate is never green because it
    could not measure. A rule that only lacks something optional, and that the policy does not name, is
    skipped, and said to be.
    """
    run = _Run(facts, selection, dict(providers))
    chosen = [RULES[code] for code in selection.codes if code != waiver_expired.CODE]
    dear = {need for rule in RULES.values() for need in rule.prompts}
    late = [rule for rule in chosen if dear & {*rule.needs, *rule.wants}]
    for rule in chosen:
        if rule not in late:
            run.rule(rule)
    waivers = _Waivers(facts.policy.waivers, today)
    wanted = _prompted(run.found, waivers)
    for need in dear:
        if need in wanted:
            run.provide(need)
        run.providers.pop(need, None)
    for rule in late:
        run.rule(rule)
    findings = [one for code in selection.codes for one in run.found.get(code, ())]
    waived, expired = waivers.apply(findings)
    if waiver_expired.CODE in selection.codes:
        run.facts = replace(run.facts, expired=expired)
        run.rule(RULES[waiver_expired.CODE])
        waived += waivers.apply(run.found[waiver_expired.CODE])[0]
    ran = [RULES[code] for code in selection.codes if code in run.found]
    skipped = tuple((code, run.skipped[code]) for code in selection.codes if code in run.skipped)
    return Outcome(tuple(waived), _checks(run.facts, ran, waived), skipped, run.facts)


class _Run:
    """Rules being run one after another: what is known by now, and what they found."""

    def __init__(self, facts: Facts, selection: Selection, providers: dict[Need, Provider]) -> None:
        self.facts = facts
        self.selection = selection
        self.providers = providers
        self.found: dict[str, Sequence[Diagnostic]] = {}
        self.skipped: dict[str, str] = {}

    def provide(self, need: Need) -> None:
        """Finds out what is needed, unless that was done, or nobody can."""
        provider = self.providers.pop(need, None)
        if provider and need not in self.facts.missing:
            self.facts = provider(self.facts)

    def rule(self, rule: Rule) -> None:
        """Runs a rule, or notes why it cannot be run."""
        for need in rule.needs:
            if need not in self.facts.missing:
                self.provide(need)
            why = self.facts.missing.get(need)
            if why is None:
                continue
            if rule.code in self.selection.explicit:
                raise UndecidedError(
                    f"{rule.code} ({rule.name}) is selected and cannot be evaluated: {why}", need
                )
            self.skipped[rule.code] = why
            return
        try:
            self.found[rule.code] = tuple(rule.check(self.facts))
        except UndecidedError as error:
            text = f"{rule.code} ({rule.name}) cannot be evaluated: {error}"
            raise UndecidedError(text, error.reason) from None


def _prompted(found: Mapping[str, Sequence[Diagnostic]], waivers: _Waivers) -> frozenset[Need]:
    """What findings that are not waived make worth finding out."""
    return frozenset(
        need
        for code, findings in found.items()
        for need in RULES[code].prompts
        if any(not one.waived for one in waivers.apply(findings)[0])
    )


def excused(
    outcome: Outcome, why: Callable[[Diagnostic], str], known: Callable[[Diagnostic], bool]
) -> Outcome:
    """The outcome with the findings waived for which `why` has a reason, and the checks that pass for it.

    Hints fail nothing; they are told to be the base's where they are `known`.
    """
    findings = tuple(
        replace(one, inherited=known(one))
        if one.severity == "note"
        else one
        if one.waived or not (reason := why(one))
        else replace(one, waived=reason, inherited=True)
        for one in outcome.findings
    )
    findings = _unasked(findings)
    failed = {(one.code, one.subject) for one in findings if counts(one, "warning")}
    codes = {code for code, _ in failed}
    names = {code: rule.name for code, rule in RULES.items()}
    checks = tuple(
        (
            code,
            subject,
            passed or (code not in codes if subject == names.get(code) else (code, subject) not in failed),
        )
        for code, subject, passed in outcome.checks
    )
    return outcome._replace(findings=findings, checks=checks)


def _unasked(findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """With what was found out only because of findings that do not count waived as well."""
    known = [(one, RULES.get(one.code)) for one in findings]
    asking = {need for one, rule in known if rule and counts(one, "warning") for need in rule.prompts}
    costly = {need for rule in RULES.values() for need in rule.prompts} - asking
    return tuple(
        replace(one, waived="what it was asked for does not count", inherited=True)
        if rule and not one.waived and costly.intersection(rule.needs)
        else one
        for one, rule in known
    )


def _checks(
    facts: Facts, rules: Iterable[Rule], findings: Sequence[Diagnostic]
) -> tuple[tuple[str, str, bool], ...]:
    failed = {(finding.code, finding.subject) for finding in findings if counts(finding, "warning")}
    codes = {code for code, _ in failed}
    checks = []
    for rule in rules:
        subjects = tuple(rule.subjects(facts))
        if subjects == (rule.name,):
            checks.append((rule.code, rule.name, rule.code not in codes))
        else:
            checks += ((rule.code, subject, (rule.code, subject) not in failed) for subject in subjects)
    return tuple(checks)


def _named(name: str, place: Location | None, policy: Policy) -> set[str]:
    codes = {code for code, rule in RULES.items() if code.startswith(name.upper()) or name == rule.name}
    if not codes:
        place = place or Location(policy.path)
        message = f"no rule {name!r}; {nearest(name)}"
        raise FormatError(message, place.path, line=place.line, column=place.column)
    return codes
