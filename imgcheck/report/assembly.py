"""The one place where a report is put together: findings ranked, the tightest slot told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from imgcheck.devices import capacity
from imgcheck.model import Diagnostic, Fit, Measure, Provenance, Report, Summary, Table
from imgcheck.report import findings

if TYPE_CHECKING:
    from imgcheck.model import Chart, Difference, Page, Savings


class Rest(TypedDict, total=False):
    """What only some reports have; `Report` says what each is."""

    summary: Summary | None
    measures: tuple[Measure, ...]
    page: Page | None
    savings: Savings | None
    checks: Sequence[tuple[str, str, bool]]
    fail_on: Literal["error", "warning", "note", "never"]
    rules: Sequence[tuple[str, str]]
    difference: Difference | None
    charts: tuple[Chart, ...]
    provenance: Provenance | None
    prose: str
    records: Mapping[str, Sequence[Mapping[str, object]]]


def assemble(
    command: str,
    title: str,
    verdict: str = "",
    *,
    passed: bool | None = None,
    layouts: Sequence[Fit] = (),
    tables: Sequence[Table] = (),
    diagnostics: Sequence[Diagnostic] = (),
    path: str = "",
    builds: Sequence[Report] = (),
    judged: bool = False,
    told: bool = False,
    **rest: Unpack[Rest],
) -> Report:
    """The report of `command`.

    `judged`: the verdict is about the slots of `layouts`, so which is the tightest and whether it is nearly
    full are part of it. `told`: the findings are in the order in which things happened, and stay so. Paths
    are as they were given or found; `moving.seen_from` shows them from where the user stands.
    """
    tightest = [part.worst for part in builds if part.worst] or (layouts if judged else ())
    near = any(part.near for part in builds) or (
        judged and any(slot.state == "near" for fit in layouts for slot in fit.slots)
    )
    return Report(
        title=title,
        command=command,
        verdict=verdict,
        passed=passed,
        summary=rest.get("summary"),
        layouts=tuple(layouts),
        measures=rest.get("measures", ()),
        tables=tuple(tables),
        diagnostics=findings.rank(diagnostics, told=told),
        page=rest.get("page"),
        savings=rest.get("savings"),
        checks=tuple(rest.get("checks", ())),
        fail_on=rest.get("fail_on", "error"),
        near=bool(passed) and near,
        worst=capacity.worst(tightest),
        path=path,
        rules=tuple(rest.get("rules", ())),
        difference=rest.get("difference"),
        builds=tuple(builds),
        charts=rest.get("charts", ()),
        provenance=rest.get("provenance"),
        prose=rest.get("prose", ""),
        records=tuple((key, tuple(entries)) for key, entries in rest.get("records", {}).items()),
    )


def linted(
    command: str,
    names: Sequence[str],
    noun: str,
    diagnostics: Sequence[Diagnostic],
    checks: Sequence[tuple[str, str, bool]],
    *,
    tables: Sequence[Table] = (),
    decided: bool = True,
) -> Report:
    """The report on files of which each was looked at alone: it passes without an error.

    With several they are so many `noun`. Without `decided` one of them could not be read, and nothing passes.
    """
    what = names[0] if len(names) == 1 else f"{len(names)} {noun}"
    failed = any(one.severity == "error" for one in diagnostics)
    return assemble(
        command,
        what,
        f"{what}: {findings.counted(diagnostics)}.",
        passed=not failed if decided else None,
        tables=tables,
        diagnostics=diagnostics,
        checks=checks,
        path=names[0],
    )
