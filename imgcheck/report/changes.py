"""What differs between two builds: what explains it, headroom before and after, the largest changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from imgcheck.model import FILL, HOLE, Cell, Column, Diagnostic, Fit, Key, Report, Resource, Slot, Table
from imgcheck.report import names, whose
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import change_column, change_text, path_column, size_column, size_text

if TYPE_CHECKING:
    from imgcheck.model import Delta, Difference, Snapshot, Status

LARGEST = 10  # changes that everybody sees
COMPONENTS_SHOWN = 10
_DIGITS = 10  # of a commit
_KINDS = (  # kind, title, heading of the name
    ("component", "Components", "Component"),
    ("symbol", "Symbols", "Symbol"),
    ("object", "Objects", "Object"),
    ("archive", "Archives", "Archive"),
    ("pool", "String pools", "Of"),
    ("section", "Output sections", "Section"),
    ("feature", "Features", "Feature"),
)
_WORDS: dict[Resource, str] = {"flash": "flash", "ram": "RAM", "ota": "the OTA file"}
_FIRST: tuple[Status, ...] = ("new", "gone", "renamed", "moved")  # say more of a thing than grown and shrunk


class Change(NamedTuple):
    """One thing with its deltas of all resources."""

    status: Status
    key: Key
    name: str
    flash: int
    ram: int
    ota: int
    was: Key | None


def build(difference: Difference, limit: int | None = None, diagnostics: Sequence[Diagnostic] = ()) -> Report:
    """The report of `imgcheck diff`; with `limit` it fails where a resource grew by more bytes."""
    old, new = difference.old, difference.new
    checks, findings = _growth(difference, limit)
    findings += [*_fitting(old, new), *diagnostics]
    return assemble(
        "diff",
        new.title,
        f"{sentence(difference)} {new.verdict}".rstrip(),
        passed=None if limit is None else all(passed for _, _, passed in checks),
        layouts=new.fits,
        tables=tables(difference),
        diagnostics=findings,
        told=True,
        checks=checks,
        path=new.name,
        provenance=new.provenance,
        difference=difference,
    )


def sentence(difference: Difference) -> str:
    """How much it grew since when, what explains more than that, and whose most of it is."""
    return explained(difference, _grown(difference)) + whose.words(difference)


def _grown(difference: Difference) -> str:
    old = base(difference)
    sizes = [(resource, difference.total(resource)) for resource in _WORDS]
    known = [(_WORDS[resource], size) for resource, size in sizes if size is not None]
    if not any(size for _, size in known) and not difference.deltas:
        return f"No byte more or less than {old}"
    first, *rest = [f"{change_text(size)} bytes of {word}" for word, size in known]
    return f"{', '.join([first, *(one.replace(' bytes', '', 1) for one in rest)])} since {old}"


def explained(difference: Difference, grown: str) -> str:
    """How much it `grown` in a sentence, with what explains more than that."""
    noise = [_WORDS[resource] for resource, _ in difference.noise]
    said = f" ({' and '.join(noise)}: under the noise floor)" if noise else ""
    causes = list(dict.fromkeys(one.partition(":")[0] for one in difference.changed_by))
    because = f" Not only the sources changed: {', '.join(causes)}." if causes else ""
    return f"{grown}{said}.{because}"


def called(one: Snapshot) -> str:
    """A build by its file and its commit."""
    revision = one.provenance.revision[:_DIGITS]
    return f"{one.name} ({revision})" if revision else one.name


def base(difference: Difference) -> str:
    """The old build; with its commit only where the new one has another: files of one checkout share it."""
    old, new = difference.old, difference.new
    return old.name if old.provenance.revision == new.provenance.revision else called(old)


def tables(difference: Difference) -> tuple[Table, ...]:
    """Causes first, as they explain more than all that follows."""
    made = [_causes(difference)] if difference.changed_by else []
    if difference.old.fits:
        made.append(headroom(difference.old, difference.new))
    made.append(_totals(difference))
    changes = {kind: things(difference.deltas, kind) for kind, _, _ in _KINDS}
    made.append(_largest(changes))
    made += [_kind(changes[kind], kind, title, heading) for kind, title, heading in _KINDS if changes[kind]]
    return tuple(table for table in made if table.rows)


def _causes(difference: Difference) -> Table:
    rows = tuple((what, text.strip()) for what, _, text in (o.partition(":") for o in difference.changed_by))
    note = "These explain more than what grew and shrank."
    return Table("What changed beside the sources", (Column("What"), Column("How")), rows, "causes", note)


def headroom(old: Snapshot, new: Snapshot) -> Table:
    """Each limit of each layout that either build was judged by, before and after."""
    rows: list[tuple[Cell, ...]] = []
    before, after = _by_layout(old.fits), _by_layout(new.fits)
    for place in dict.fromkeys([*after, *before]):
        a, b = before.get(place), after.get(place)
        shown = b or a
        grown = b.size - a.size if a and b else None
        left = (a.headroom if a else None, b.headroom if b else None)
        rows.append(
            (*place, a.size if a else None, b.size if b else None, grown, shown and shown.limit, *left)
        )
    columns = (
        Column("Layout"),
        Column("Slot"),
        size_column("Before"),
        size_column("Now"),
        change_column("Change"),
        size_column("Limit", brief=False),
        size_column("Left before"),
        size_column("Left now"),
    )
    words = [one.verdict for one in (old, new) if one.verdict]
    note = f"Before: {old.verdict}" if len(words) == 2 and old.verdict != new.verdict else ""
    return Table("Headroom", columns, tuple(rows), "headroom", note)


def _by_layout(fits: Iterable[Fit]) -> dict[tuple[str, str], Slot]:
    return {(fit.name, slot.name): slot for fit in fits for slot in fit.slots}


def _totals(difference: Difference) -> Table:
    old, new = difference.old, difference.new
    floors = dict(difference.noise)
    sizes: tuple[tuple[Resource | None, str, int | None, int | None], ...] = (
        ("flash", ".bin", old.flash, new.flash),
        ("ram", "RAM", old.ram, new.ram),
        ("ota", "OTA file", old.ota, new.ota),
        (None, "heap at start", old.heap, new.heap),
    )
    rows: list[tuple[Cell, ...]] = []
    for resource, word, before, after in sizes:
        if before is None and after is None:
            continue
        grown = after - before if before is not None and after is not None else None
        said = ""
        if resource in floors and resource:
            said = f"noise: under {size_text(floors[resource])} bytes"
        rows.append((word, before, after, grown, said))
    padding = sum(_padding(difference))
    note = f"Of the .bin, {change_text(padding)} bytes are padding." if padding else ""
    columns = (
        Column("Total"),
        size_column("Before"),
        size_column("Now"),
        change_column("Change"),
        Column(""),
    )
    return Table("Totals", columns, tuple(rows), "totals", note)


def _padding(difference: Difference) -> Iterator[int]:
    """What alignment and holes took more: no content."""
    for delta in difference.deltas:
        if delta.kind == "symbol" and delta.resource == "flash" and delta.key.name in (FILL, HOLE):
            yield delta.difference


def things(deltas: Iterable[Delta], kind: str) -> list[Change]:
    """The things of a kind, those that changed most first."""
    found: dict[Key, list[Delta]] = {}
    for delta in deltas:
        if delta.kind == kind:
            found.setdefault(delta.key, []).append(delta)
    made = []
    for key, mine in found.items():
        grown = {delta.resource: delta.difference for delta in mine}
        status = next((s for s in _FIRST if any(d.status == s for d in mine)), mine[0].status)
        sizes = (grown.get("flash", 0), grown.get("ram", 0), grown.get("ota", 0))
        made.append(Change(status, key, mine[0].name, *sizes, mine[0].was))
    return sorted(made, key=lambda one: (-abs(one.flash) - abs(one.ram), -abs(one.ota), one.key))


def _largest(changes: dict[str, list[Change]]) -> Table:
    every = changes["symbol"] or changes["section"]
    shown = [one for one in every if one.flash or one.ram][:LARGEST]
    note = ""
    left_out = len(every) - len(shown)
    if left_out:
        note = f"{size_text(left_out)} more in the tables that follow, and all in the JSON and CSV outputs."
    return _table("Largest changes", "Symbol", shown, name="largest", note=note)


def _kind(changes: Sequence[Change], kind: str, title: str, heading: str) -> Table:
    made = _table(title, heading, changes, name=f"changed-{kind}s")
    brief = COMPONENTS_SHOWN if kind == "component" else 0
    left_out = changes[brief:] if brief else ()
    return made._replace(
        total=_sum("total", changes),
        rest=_sum(f"({size_text(len(left_out))} more)", left_out) if left_out else None,
        brief=brief if len(changes) > brief else None,
    )


def _sum(name: str, changes: Sequence[Change]) -> tuple[Cell, ...]:
    sizes = (sum(getattr(one, resource) for one in changes) for resource in _WORDS)
    return ("", name, *sizes, "")


def _table(title: str, heading: str, changes: Sequence[Change], name: str, note: str = "") -> Table:
    columns = (
        Column("It"),
        path_column(heading),
        change_column("Flash"),
        change_column("RAM"),
        change_column("OTA"),
        path_column("Was", brief=False),
    )
    rows = tuple((one.status, _name(one), one.flash, one.ram, one.ota, _was(one)) for one in changes)
    return Table(title, columns, rows, name, note)


def _name(one: Change) -> str:
    return one.name if one.key.kind == "object" else names.called(one.key)


def _was(one: Change) -> str:
    return names.called(one.was) if one.was else ""


def _growth(
    difference: Difference, limit: int | None
) -> tuple[list[tuple[str, str, bool]], list[Diagnostic]]:
    checks: list[tuple[str, str, bool]] = []
    findings: list[Diagnostic] = []
    for resource, word in _WORDS.items():
        grown = difference.total(resource)
        if limit is None or grown is None:
            continue
        noise = resource in dict(difference.noise)
        over = grown > limit and not noise
        checks.append(("growth", resource, not over))
        if over:
            allowed = f"the {size_text(limit)} that --fail-on-growth allows"
            text = f"{change_text(grown)} bytes of {word}, over {allowed}"
            findings.append(Diagnostic("growth-over", "error", text, subject=resource))
    return checks, findings


def _fitting(old: Snapshot, new: Snapshot) -> Iterator[Diagnostic]:
    before = {fit.name: fit.fits for fit in old.fits}
    for fit in new.fits:
        if before.get(fit.name) is True and not fit.fits:
            text = f"{fit.name} took the old build and does not take the new one"
            yield Diagnostic("fits-no-more", "warning", text, subject=fit.name)
        if before.get(fit.name) is False and fit.fits:
            yield Diagnostic("fits-again", "note", f"{fit.name} takes the new build", subject=fit.name)
