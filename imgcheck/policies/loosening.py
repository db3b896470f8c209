"""What would a proposed policy allow that the one in force does not?"""

from collections.abc import Iterator, Mapping, Sequence
from posixpath import relpath
from typing import TypeAlias, cast

from imgcheck.model import Budget, Loosening, Policy
from imgcheck.policies import growth, keys, variants
from imgcheck.policies.keys import Key
from imgcheck.wording import commas, shown

_Table: TypeAlias = Mapping[str, str] | Mapping[str, float]


def compare(base: Policy, proposed: Policy, options: Sequence[Key] = ()) -> Iterator[Loosening]:
    """Limits raised or dropped, waivers added or extended, rules no longer selected.

    `options` are those of rules.
    """
    yield from _builds(base, proposed)
    yield from _numbers(base, proposed, options)
    yield from _many(base, proposed)
    yield from _budgets(base, proposed)
    yield from _target(base, proposed)
    yield from _history(base, proposed)
    yield from _layouts(base, proposed)
    yield from _components(base, proposed)
    yield from growth.loosened(base, proposed)
    yield from _waivers(base, proposed)
    yield from _rules(base, proposed)


def _builds(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    """Builds that are no longer looked at, or another file in place of one."""
    after = {one.name: one for one in proposed.builds}
    for one in (one for one in base.builds if one.elf):
        new = after.get(one.name)
        key = f"build.{one.name}" if one.name else "elf"
        called = f"build {one.name}" if one.name else "the build"
        if new is None or not new.elf:
            yield Loosening("limit", called, f"{called} is no longer checked", None)
            continue
        for what in variants.FILES if base.variant in (None, one) else ():
            old, now = getattr(one, what), getattr(new, what)
            if old != now:
                place = proposed.origins.get(f"{key}.{what}" if one.name else what)
                words = [relpath(path, base.root or ".") if path else "what is found" for path in (old, now)]
                text = f"the {what} of {called} goes from {words[0]} to {words[1]}"
                yield Loosening("limit", f"{called} {what}", text, place)


def _numbers(base: Policy, proposed: Policy, options: Sequence[Key]) -> Iterator[Loosening]:
    for key in (*keys.KEYS, *options):
        if not key.looser:
            continue
        old, new = (keys.value(one, key) for one in (base, proposed))
        place = proposed.origins.get(key.name)
        if not isinstance(old, int) or not isinstance(new, int | None):
            continue
        if new is None:
            yield Loosening("limit", key.words, f"the {key.words} of {_said(key, old)} is gone", place)
        elif new > old if key.looser == "more" else new < old:
            text = f"the {key.words} goes from {_said(key, old, unit=False)} to {_said(key, new)}"
            yield Loosening("limit", key.words, text, place)


def _many(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    """Lists that have more or less, and tables of which a value allows more or is gone."""
    for key in (key for key in keys.PLAIN if key.looser):
        old, new = (keys.value(one, key) for one in (base, proposed))
        if key.kind == "texts":
            before, after = (cast("tuple[str, ...]", one or ()) for one in (old, new))
            gone, here = (before, after) if key.looser == "less" else (after, before)
            for text in (one for one in gone if one not in here):
                says = "is gone from" if key.looser == "less" else "is new in"
                said = f"{shown(text)} {says} the {key.words}"
                yield Loosening("limit", key.words, said, proposed.origins.get(key.name))
        elif key.kind in ("defines", "weights"):
            yield from _table(key, cast(_Table, old or {}), cast(_Table, new or {}), proposed)


def _table(key: Key, old: _Table, new: _Table, proposed: Policy) -> Iterator[Loosening]:
    """Of texts nobody can say which allows more: any other one counts."""
    for name, was in old.items():
        now = new.get(name)
        place = proposed.origins.get(f"{key.name}.{name}", proposed.origins.get(key.name))
        if now is None:
            yield Loosening("limit", key.words, f"the {key.words} of {shown(name)} is gone", place)
        elif now != was and (isinstance(was, str) or (float(now) > float(was)) == (key.looser == "more")):
            words = [shown(one) if isinstance(one, str) else f"{one:g}" for one in (was, now)]
            text = f"the {key.words} of {shown(name)} goes from {words[0]} to {words[1]}"
            yield Loosening("limit", key.words, text, place)


def _said(key: Key, value: int, *, unit: bool = True) -> str:
    if key.kind == "flag":
        return str(value).lower()
    return f"{commas(value)} bytes" if key.kind == "size" and unit else commas(value)


def _budgets(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    after = {(b.kind, b.name, b.resource): b for b in proposed.budgets}
    for budget in base.budgets:
        subject = f"{budget.kind} {budget.name} {budget.resource}"
        new = after.get((budget.kind, budget.name, budget.resource))
        if new is None:
            yield Loosening("limit", subject, f"the budget of {subject} is gone", None)
            continue
        both_shares = budget.share is not None and new.share is not None
        looser = new.share > budget.share if both_shares else new.limit > budget.limit  # type: ignore[operator]
        if (budget.share is None) != (new.share is None) or looser:
            text = f"the budget of {subject} goes from {_limit(budget)} to {_limit(new)}"
            yield Loosening("limit", subject, text, new.location)
        elif (new.warn_at or 2) > (budget.warn_at or 2):
            yield Loosening("limit", subject, f"{subject} warns later or not at all", new.location)


def _limit(budget: Budget) -> str:
    return f"{commas(budget.limit)} bytes" if budget.share is None else f"{budget.share:.4g} of a slot"


def _target(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    """Another chip's slots are other limits."""
    if base.target != proposed.target:
        old, new = (one.target or "the file's own" for one in (base, proposed))
        text = f"the target goes from {old} to {new}: other slots, other limits"
        yield Loosening("limit", "target", text, proposed.origins.get("target"))


def _history(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    """Other earlier builds grow by other bytes."""
    for name in sorted({*base.history, *proposed.history}):
        old, new = (one.history.get(name, "") for one in (base, proposed))
        if old != new:
            key = f"history.{name}"
            text = f"{key} goes from {old or 'nothing'} to {new or 'nothing'}: other builds count"
            yield Loosening("limit", key, text, proposed.origins.get(key))


def _layouts(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    where = proposed.origins.get("layouts")
    if not base.layouts and proposed.layouts:
        text = "the layouts are now listed: " + ", ".join(proposed.layouts)
        yield Loosening("limit", "layouts", f"{text}; before, all that are in the field had to fit", where)
    for name in base.layouts:
        if name not in proposed.layouts and proposed.layouts:
            yield Loosening("limit", f"layout {name}", f"layout {name} no longer has to fit", where)


def _components(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    """A budgeted component that is given other globs measures something else."""
    after = {component.name: component for component in proposed.components}
    budgeted = {budget.name for budget in base.budgets if budget.kind == "component"}
    for component in base.components:
        if component.name in budgeted and after.get(component.name) != component:
            subject = f"component {component.name}"
            text = f"{subject} has a budget and no longer has the same globs"
            yield Loosening("limit", subject, text, proposed.origins.get(f"components.{component.name}"))


def _waivers(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    before = {(waiver.rule, waiver.subject, waiver.build): waiver.expires for waiver in base.waivers}
    for waiver in proposed.waivers:
        old = before.get((waiver.rule, waiver.subject, waiver.build))
        subject = f"{waiver.rule} {waiver.subject}"
        if old is None:
            text = f"a new waiver of {waiver.rule} for {waiver.subject}, until {waiver.expires}"
            text = f"{text}: {waiver.reason}"
            yield Loosening("waiver", subject, text, waiver.location)
        elif waiver.expires > old:
            text = f"the waiver of {waiver.rule} for {waiver.subject} now ends on {waiver.expires}, not {old}"
            yield Loosening("waiver", subject, text, waiver.location)


def _rules(base: Policy, proposed: Policy) -> Iterator[Loosening]:
    where = proposed.origins.get
    if not base.select and proposed.select:
        text = "rules are now selected one by one: " + ", ".join(proposed.select)
        yield Loosening("rule", "select", text, where("rules.select"))
    for rule in base.select:
        if rule not in proposed.select and proposed.select:
            yield Loosening("rule", rule, f"{rule} is no longer selected", where("rules.select"))
    for rule in proposed.ignore:
        if rule not in base.ignore:
            yield Loosening("rule", rule, f"{rule} is now ignored", where("rules.ignore"))
