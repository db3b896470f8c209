"""Which policy is in force when the working tree's own must not be believed, and what would that loosen?"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from imgcheck.devices import capacity, layouts
from imgcheck.errors import ImgcheckError
from imgcheck.model import Layout, Location, Loosening, Policy
from imgcheck.policies import loosening, policy
from imgcheck.policies.keys import Key
from imgcheck.policies.revision import Revision


class InForce(NamedTuple):
    """A policy to judge by, what the proposed one would loosen, and how it was found in words.

    `names` are the layouts to load: files of the revision lie in a temporary folder, `original` says
    where each belongs.
    """

    policy: Policy
    names: tuple[str, ...]
    original: dict[str, str]
    loosenings: tuple[Loosening, ...]
    how: str
    proposed: Policy  # the working tree's
    root: Path  # of the repository
    first: bool = False  # the revision has no policy, and the working tree's is looked for, not given

    def restored(self, tables: Sequence[Layout]) -> tuple[Layout, ...]:
        """Layouts read from the temporary folder, with the places that the revision's files have."""

        def place(found: Location | None) -> Location | None:
            return replace(found, path=self.original.get(found.path, found.path)) if found else None

        return tuple(
            replace(
                table,
                location=place(table.location),
                partitions=tuple(
                    replace(entry, location=place(entry.location)) for entry in table.partitions
                ),
            )
            for table in tables
        )


@contextmanager
def at_revision(
    text: str,
    given: str | None,
    starts: Sequence[Path],
    asked: Sequence[str] = (),
    options: Sequence[Key] = (),
    narrow: Callable[[Policy], Policy] = lambda policy: policy,
) -> Iterator[InForce]:
    """The policy that git revision `text` has, layout files included, also those that were `asked` for.

    `given` and `starts` are those of `policy.choose`, `options` the keys of rules' options, `narrow` makes of
    a policy what it is for one build. A revision without a policy has the shipped one.
    Raises ImgcheckError when git cannot say.
    """
    revision = Revision(reversed(starts), text)
    proposed = policy.choose(given, starts)
    place = Path(given) if given and given not in policy.shipped_names() else None
    if place is None and not given:
        place = revision.find(starts, policy.NAME)
    if place is None:
        base, how = policy.choose(given or policy.DEFAULT, ()), f"shipped; {text} has none"
    elif not revision.has(place):
        raise ImgcheckError(f"--policy-from {text}: that revision has no {place}")
    else:
        base = policy.assemble(str(place), revision.read)
        how = f"from {text}"
    base, proposed = narrow(base), narrow(proposed)
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="imgcheck-") as folder:
        wanted = dict.fromkeys((*base.layouts, *asked))
        files = {name: _extract(name, revision, Path(folder), index) for index, name in enumerate(wanted)}
        original = {new: old for old, new in files.items() if new != old}
        found = [*loosening.compare(base, proposed, options), *_tables(base, proposed, original)]
        if place is not None:
            base = _where_they_are_now(base, proposed)
        names = tuple(files[name] for name in asked or base.layouts)
        yield InForce(
            policy=base,
            names=names,
            original=original,
            loosenings=tuple(found),
            how=how,
            proposed=proposed,
            root=revision.root,
            first=place is None and not given,
        )


def _extract(name: str, revision: Revision, folder: Path, index: int) -> str:
    """The name of a shipped layout, or a copy of the file that the revision has."""
    if name in layouts.names():
        return name
    if not layouts.meant_as_file(name) and not revision.has(Path(name)):
        raise layouts.unknown(name)
    target = folder / str(index) / Path(name).name
    target.parent.mkdir()
    try:
        target.write_bytes(revision.read(name))
    except FileNotFoundError as error:
        raise ImgcheckError(f"{name}: {error.strerror}") from None
    return str(target)


def _tables(base: Policy, proposed: Policy, original: dict[str, str]) -> Iterator[Loosening]:
    """Partition tables whose slots grew although their name stayed."""
    old_files = {old: new for new, old in original.items()}
    for name in proposed.layouts:
        if name not in old_files or not Path(name).is_file():
            continue
        before, after = (_slots(layouts.load(path)) for path in (old_files[name], name))
        if any(new > old for new, old in zip(after, before, strict=True)):
            words = " and ".join(f"{size:#x}" for size in after)
            text = f"the slots of {Path(name).name} grow to {words}, from {' and '.join(map(hex, before))}"
            yield Loosening("limit", f"layout {Path(name).stem}", text, Location(name))


def _slots(layout: Layout) -> tuple[int, int]:
    entry = capacity.application(layout)
    return (entry.size0, entry.size1) if entry else (0, 0)


def _where_they_are_now(base: Policy, proposed: Policy) -> Policy:
    """Findings land in the working tree: a line of the revision's file may be another one there."""
    now = {(b.kind, b.name, b.resource): b.location for b in proposed.budgets}
    origins = {
        key: proposed.origins.get(key) or replace(place, line=0, column=0, end_column=0)
        for key, place in base.origins.items()
    }
    budgets = tuple(
        replace(b, location=now.get((b.kind, b.name, b.resource)) or Location(base.path))
        for b in base.budgets
    )
    waivers = tuple(replace(waiver, location=Location(base.path)) for waiver in base.waivers)
    return replace(base, origins=origins, budgets=budgets, waivers=waivers)
