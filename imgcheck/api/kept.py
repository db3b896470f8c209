"""Which history does a gate believe, and what does it say of the build at hand?

A history in the working tree may be a change's own: a made-up one grows by nothing. So where another
revision's policy counts (--policy-from), only a history outside of it is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from imgcheck.api import build, timeline, trends
from imgcheck.api.asked import Earlier
from imgcheck.devices import capacity
from imgcheck.errors import ImgcheckError, UndecidedError
from imgcheck.history import baseline, forecast, questions, store
from imgcheck.history.baseline import Baseline
from imgcheck.history.builds import Build
from imgcheck.history.store import Wanted
from imgcheck.model import BODY, RESOURCES, UNPACKED, Chart, Facts, Measure, Need, Policy
from imgcheck.policies.revision import Revision
from imgcheck.rules import (
    body_over_slot,
    budget_near,
    budget_over,
    headroom_under_reserve,
    heap_under_floor,
    unpacked_over_slot,
)


class Found(NamedTuple):
    """A history that may be asked: its address, and which of its builds count."""

    address: str
    wanted: Wanted


def find(
    asked: Earlier, settings: Policy, inputs: build.Inputs, target: str, policy_from: str | None
) -> Found:
    """The history of a gate.

    Raises UndecidedError (Need.HISTORY) where there is none, ImgcheckError for one that was named and is
    not there, or must not be believed.
    """
    named = asked.db or settings.history.get("db", "")
    address = named or store.DEFAULT
    if policy_from is not None and "://" not in address:
        _outside(address, asked, inputs, policy_from)
    if "://" not in address and not Path(address).exists():
        if named:
            raise ImgcheckError(f"{address}: there is no such history")
        raise UndecidedError(f"there is no history ({store.DEFAULT}, --db)", Need.HISTORY)
    branch, variant = (
        mine or settings.history.get(name, "")
        for mine, name in ((asked.branch, "branch"), (asked.variant, "variant"))
    )
    return Found(address, Wanted(target, variant or None, branch))


def _outside(address: str, asked: Earlier, inputs: build.Inputs, policy_from: str) -> None:
    """Raises for a file that the change may have written."""
    root = Revision((Path.cwd(), inputs.firmware.absolute().parent), policy_from).root
    whole = Path.cwd() / address
    ways = (whole.absolute(), whole.resolve(), whole.parent.resolve() / whole.name)
    if not any(way.is_relative_to(root) for way in ways):
        return
    why = f"{address} lies in the working tree, where the change may have written it"
    if asked.db:
        raise ImgcheckError(f"--db {why}: with --policy-from keep the history outside of it")
    raise UndecidedError(f"{why}: name one outside of it with --db", Need.HISTORY)


def refuse_committed(path: Path, option: str, inputs: build.Inputs, policy_from: str) -> None:
    """Raises ImgcheckError for a base that is committed in the working tree: it would excuse what it likes.

    One that nobody committed is the job's: fetched, or built.
    """
    folders = (Path.cwd(), inputs.firmware.absolute().parent)
    if Revision(folders, "HEAD", option).made(path):
        raise ImgcheckError(
            f"{option} {path}: it is committed in the working tree, where the change may have written it; "
            f"with --policy-from {policy_from} give one that is not, or a file of `imgcheck baseline update`"
        )


# What is judged by totals and components alone, which is what a history has.
TOLD = frozenset(
    rule.CODE
    for rule in (
        unpacked_over_slot,
        body_over_slot,
        headroom_under_reserve,
        heap_under_floor,
        budget_over,
        budget_near,
    )
)


def last(
    made: build.Built, asked: Earlier, inputs: build.Inputs, policy_from: str | None
) -> tuple[str, Baseline, build.Built]:
    """The newest recorded build before this one: what it is called, its sizes, and this build with those.

    Raises UndecidedError (Need.HISTORY) where there is none.
    """
    facts = made.facts
    address, wanted = find(asked, facts.policy, inputs, facts.image.soc.name, policy_from)
    with store.connect(address) as opened:
        found = [one for one in opened.builds(wanted) if not one.revision or one.revision != facts.revision]
        if not found:
            raise UndecidedError(f"{store.shown(address)}: {_none(wanted)}", Need.HISTORY)
        timeline.of_one_kind(found, address)
        _of_one_branch(found, address)
        last = found[-1]
        around = replace(wanted, revision=last.revision, since=last.date, until=last.date)
        newest = next(one for one in opened.builds(around, sizes=True) if one.id == last.id)
    known = baseline.of_record(newest, facts.artefact.file - facts.artefact.body)
    if ("total", "", "flash") not in known.sizes:
        raise ImgcheckError(
            f"{store.shown(address)}: {newest.name} was recorded without the size of its image"
        )
    return f"{newest.name} in {store.shown(address)}", known, _as_it_was(made, newest, inputs.active)


def _none(wanted: Wanted) -> str:
    of = " ".join(filter(None, (wanted.target, wanted.variant, wanted.branch)))
    return f"it has no earlier build of {of}"


def _of_one_branch(found: Sequence[Build], address: str) -> None:
    names = sorted({one.branch for one in found})
    if len(names) > 1:
        listed = ", ".join(name or "(no name)" for name in names[:6])
        raise ImgcheckError(
            f"{store.shown(address)}: builds of several branches ({listed}): choose with --branch"
        )


def _as_it_was(made: build.Built, newest: Build, active: int) -> build.Built:
    """This build with the sizes of that one, and the limits that can be held against those."""
    facts = made.facts
    unpacked, body, heap = map(newest.size, (questions.UNPACKED, questions.BODY, questions.HEAP))
    measures = tuple(
        Measure(one.kind, one.name, resource, one.size)
        for one in newest.sizes
        for resource in RESOURCES
        if one.resource == resource and one.kind != "image"
    )
    known = {(one.kind, one.resource) for one in measures}
    tables = facts.layouts if unpacked is not None else ()
    policy = facts.policy
    return made._replace(
        facts=replace(
            facts,
            image=replace(facts.image, heap=heap),
            fits=tuple(capacity.fits(table, unpacked or 0, body, active) for table in tables),
            measures=measures,
            policy=replace(
                policy,
                heap_floor=policy.heap_floor if heap is not None else None,
                budgets=tuple(one for one in policy.budgets if (one.kind, one.resource) in known),
            ),
        )
    )


def with_forecasts(facts: Facts, asked: Earlier, inputs: build.Inputs, policy_from: str | None) -> Facts:
    """`facts` with when each slot is full, counted from this build; or with why that is not known."""
    try:
        address, wanted = find(asked, facts.policy, inputs, facts.image.soc.name, policy_from)
        with store.connect(address) as opened:
            line = timeline.read(opened, address, wanted)
        now = {UNPACKED: facts.artefact.unpacked, BODY: facts.artefact.body}
        known = line.newest()
        found = timeline.forecasts(line, facts.layouts, inputs.active, None if known == now else now)
        if not found:
            raise UndecidedError(
                f"{store.shown(address)}: {len(line.builds):d} builds of {wanted.target} are too few, "
                f"it takes {forecast.FEWEST:d}",
                Need.HISTORY,
            )
    except UndecidedError as error:
        if error.reason is not Need.HISTORY:
            raise
        return replace(facts, missing={**facts.missing, Need.HISTORY: str(error)})
    return replace(facts, forecasts=tuple(found))


def charts(facts: Facts, asked: Earlier, inputs: build.Inputs, policy_from: str | None) -> tuple[Chart, ...]:
    """Sizes over time, this build the last; nothing where no history tells."""
    try:
        address, wanted = find(asked, facts.policy, inputs, facts.image.soc.name, policy_from)
        with store.connect(address) as opened:
            line = timeline.read(opened, address, wanted)
    except UndecidedError:
        return ()
    now = {UNPACKED: facts.artefact.unpacked, BODY: facts.artefact.body}
    return trends.charts(line, facts.layouts, inputs.active, None if line.newest() == now else now)
