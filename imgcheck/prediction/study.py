"""Everything that predicting savings of one build needs, read once: objects, sources, lines, prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from imgcheck import heap, targets
from imgcheck.builds import artefact, memory, sources
from imgcheck.builds.locating import Index
from imgcheck.errors import UndecidedError
from imgcheck.model import Calibration, Diagnostic, Facts, FeatureSettings
from imgcheck.prediction import (
    addresses,
    agreement,
    buildfiles,
    codelines,
    copies,
    definers,
    folded,
    frames,
    gained,
    given,
    joins,
    lacking,
    linkgraph,
    members,
    otherwise,
    overflow,
    oversized,
    redeclaring,
    single,
    sourcefiles,
    sourcing,
    staying,
    stranded,
    trial,
    unlined,
    unreferenced,
)
from imgcheck.prediction import effects as savings
from imgcheck.prediction.comparing import Changes, Comparing
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.judged import judged
from imgcheck.prediction.linkage import Graph, Reach
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.otherwise import OtherVariantError
from imgcheck.prediction.places import Places, header_of, settings_of
from imgcheck.prediction.relink import Sites
from imgcheck.prediction.removals import Removals
from imgcheck.prediction.sources.changes import SourceChange
from imgcheck.prediction.sources.features import Configuration, features
from imgcheck.readers import elf, linkmap

_MOST_UNREAD = 0.1  # of the placed bytes: their address pairs stay as they were
Progress = Callable[[str, float], None]  # what is being done, and the share of all that is done


@dataclass(frozen=True, slots=True)
class Subject:
    """The build that is studied: its files, and all that is known of it.

    `prices` is the cumulative price at each offset of the image, None when nobody has asked yet. `links` has
    what the map says, where it was read already; the study takes it out. `begun` reads the sources already.
    `settled` are macros of which there is no doubt whatever the build recorded.
    """

    firmware: Path
    map: Path | None
    facts: Facts
    prices: Sequence[float] | None = None
    links: list[linkmap.LinkMap] = field(default_factory=list)
    begun: Comparing | None = None
    settled: frozenset[str] = frozenset()


@dataclass
class Study:
    """One build, ready for questions of the form: what if these features were off?"""

    base: savings.Build
    calibration: Calibration
    configuration: Configuration
    comparing: Comparing
    origins: Mapping[int, Origin]
    subject: Subject
    root: Path
    folder: Path  # the current one, where paths that are shown start
    diagnostics: tuple[Diagnostic, ...]
    known: Changes
    types: members.Types
    fast: frozenset[int]  # objects that were compiled for speed
    outsiders: joins.Outsiders  # objects of archives that nobody asked for
    unread: Mapping[int, frozenset[str]]  # objects with code of a source that is too large: their sources
    removals: dict[frozenset[str], Removal] = field(default_factory=dict)  # those asked for so far
    unreached: dict[frozenset[str], Reach] = field(default_factory=dict)  # likewise

    @cached_property
    def prices(self) -> Sequence[float]:
        """What the image's first n bytes cost in the OTA file; worked out when something has to be priced."""
        if self.subject.prices is not None:
            return self.subject.prices
        image, ready = self.subject.facts.image, self.subject.facts.artefact
        return artefact.image_prices(image, ready, targets.find(image.soc.name))

    @cached_property
    def names(self) -> definers.Names:
        """The sections that define each name."""
        return definers.names(self.base.graph)

    @property
    def definers(self) -> definers.Definers:
        """Who defines what, or could."""
        referrers = lambda: self.base.supports.referrers  # noqa: E731
        return definers.Definers(lambda: self.names, self.outsiders, referrers, self.fast)

    @cached_property
    def removed(self) -> Removals:
        """What changes of the sources take out of the objects."""
        return Removals(self.base.graph, self.origins, (self.configuration.tree.source, self.root))

    def changes(self, off: frozenset[str]) -> Mapping[str, SourceChange]:
        """What switching these features off changes in each source."""
        if off not in self.known:
            self.known[off] = self.comparing.changes(off)
        return self.known[off]

    def shown(self, path: str) -> str:
        """A source's path from the current folder, where an annotation starts too."""
        full = (self.root / path).resolve()
        return (full.relative_to(self.folder) if full.is_relative_to(self.folder) else full).as_posix()

    def unknown(self, name: str) -> str:
        """Why a name is no feature of the build, with the one that was probably meant."""
        names = self.configuration.features
        # All of them start alike (ENABLE_): what follows decides.
        start = next(filter(name.startswith, {one.partition("_")[0] + "_" for one in names}), "")
        ends = {one.partition("_")[2] or one: one for one in names}
        near = get_close_matches(name.removeprefix(start), ends, 1, 0.4)
        hint = f"; did you mean {ends[near[0]]}?" if near else ""
        return f"{self.configuration.path} does not switch it on{hint}"

    def removal(self, off: frozenset[str]) -> Removal:
        """What switching these features off takes out before the linker looks at it."""
        if off not in self.removals:
            graph, binary, changes = self.base.graph, self.base.binary, self.changes(off)
            found = staying.extended(graph, changes, self.removed.of(changes))
            found = unlined.extended(graph, self.origins, changes, found)
            found = folded.extended(graph, self.origins, changes, binary, found)
            found = copies.extended(graph, self.origins, changes, binary, found)
            found = single.extended(graph, self.origins, changes, binary, found)
            found = members.extended(graph, self.origins, changes, self.types, found)
            found = frames.extended(graph, binary, stranded.extended(graph, binary, found))
            found = redeclaring.extended(graph, self.origins, changes, found)
            found = gained.extended(graph, self.origins, changes, found, self.definers)
            self.removals[off] = unreferenced.extended(graph, found, lambda: self.base.supports.referrers)
        return self.removals[off]

    def without(self, off: frozenset[str]) -> Reach:
        """What nothing refers to any more when these features are off."""
        if off not in self.unreached:
            self.unreached[off] = savings.unreached(self.base, self.removal(off))
        return self.unreached[off]

    def effect(self, off: frozenset[str]) -> savings.Effect:
        """What goes when these features are off."""
        found = savings.effect(self.base, self.removal(off), self.without(off))
        unseen = oversized.concerned(off, self.unread, self.comparing)
        found = oversized.widened(self.base.graph, found, unseen)
        found = savings.for_speed(self.base.graph, found, self.fast)
        return overflow.bounded(self.subject.facts.image.soc, found)


def _looked_at(calibration: Calibration, sites: Sites | None) -> Calibration:
    if sites is None:
        return calibration
    check = sites.check
    return Calibration(*calibration[:3], check.sites, check.odd, check.copied, check.differing)


def study(made: Subject, places: Places, progress: Progress) -> Study:
    """Reads what predictions for a build need.

    Raises UndecidedError when there is nothing to predict from (no map, no sources, no configuration header),
    or when the graph does not reproduce the link; FormatError for a file that is broken.
    """
    with ExitStack() as failing:
        other: tuple[Subject, Diagnostic] | None = None
        try:
            known = _studied(made, places, progress, failing)
        except OtherVariantError as error:
            other = _otherwise(made, error), error.said(made.facts.policy)
        if other:  # outside of the handler: what was read in vain is gone by then
            failing.close()
            heap.trim()
            known = _studied(other[0], places, progress, failing)
            known.diagnostics = (other[1], *known.diagnostics)
        failing.pop_all()  # sets of features may be asked for as long as somebody has what is returned
    return known


def _otherwise(made: Subject, error: OtherVariantError) -> Subject:
    """The same build, taken for the variant that it is."""
    facts = replace(made.facts, policy=error.policy(made.facts.policy))
    settled = frozenset((error.other.variant.macro,))
    return replace(made, facts=facts, links=[], begun=None, settled=settled)


def _studied(made: Subject, places: Places, progress: Progress, failing: ExitStack) -> Study:
    map_path, settings = _needed(made)
    progress("reading the sources", 0.0)
    linked, links = elf.read(made.firmware), made.links.pop() if made.links else linkmap.read(map_path)
    lacking.check_map_tells(map_path, links)
    lacking.check_objects_hold_it(made.firmware, links)
    recorded = given.macros_of(linked, made.facts.image.producers)
    defines, said = given.defines(recorded, settings.defines, made.facts.policy)
    defines = {**given.abi(made.facts.image.soc), **defines}
    settings = replace(settings, defines=defines)
    root, header = header_of(made.facts.policy, made.firmware, places.sources)
    tree, config, bounded = sourcefiles.tree(root, header, settings)
    configuration = features(tree, settings, config)
    comparing = made.begun or failing.enter_context(Comparing(configuration))
    if made.begun:
        comparing.given(configuration, defines)
    progress("reading the linked objects", 0.1)
    found = buildfiles.load_objects(
        links, map_path, places.objects or made.firmware.absolute().parent, bool(places.objects)
    )
    origins = sourcing.origins(found, tree)
    compiled = sourcing.compiled(origins)
    newer = buildfiles.newer((*compiled, *comparing.configured), root, made.firmware)
    differences = comparing.told(compiled, newer)
    progress("comparing sources with and without each feature", 0.3)
    graph = linkgraph.build(found.linked, links, linked, made.facts.image.soc)
    del links  # a tenth of all memory, and nobody asks for it again
    calibration = trial.calibrated(graph, found.missing)
    sites = _sites(graph, found, linked, made)
    base, doubts = trial.laid_out(graph, made.facts.image.binary, sites)
    lines = codelines.LinkedLines(linked, Index(tree.files))
    evidence = agreement.Evidence(differences, origins, graph, lines, newer)
    said += otherwise.doubts(evidence, made.facts.policy, made.settled | recorded.keys())
    known, active = comparing.result()
    evidence = replace(evidence, active=active)
    progress("reading line tables", 0.6)
    touched = sourcing.touched(known.values())
    affected = sourcing.affected(found, origins, touched)
    outsiders = joins.outsiders(graph, found, tree, linked.flags)
    said += (*bounded, *doubts, *map(lacking.missing, found.missing), *oversized.said(origins, tree))
    del found  # most objects have no line that any feature could change, and take a third of all memory
    heap.trim()
    origins, odd = judged(evidence, affected, touched, (base.binary, made.facts.policy))
    return Study(
        base=base,
        calibration=_looked_at(calibration, sites),
        configuration=differences.configuration,
        comparing=comparing,
        origins=origins,
        subject=made,
        root=root,
        folder=Path.cwd().resolve(),
        diagnostics=(*said, *odd, *unlined.said(graph, origins)),
        known=known,
        types=members.Types(linked, lines.sources),
        fast=sourcing.fast(origins, sources.producers(linked), lines.sources),
        outsiders=outsiders,
        unread=oversized.objects(origins, tree),
    )


def _needed(made: Subject) -> tuple[Path, FeatureSettings]:
    """The map, and what the policy says of features; raises UndecidedError without them."""
    if made.map is None:
        raise UndecidedError(f"{made.firmware}: savings need {lacking.unmapped(made.facts.image)}")
    return made.map, settings_of(made.facts.policy)


def _sites(graph: Graph, found: buildfiles.Objects, linked: elf.Elf, made: Subject) -> Sites | None:
    """The places that hold addresses, None where too few objects are there to tell."""
    unread = sum(graph.nodes[n].flash for number in graph.coarse for n in graph.sections[number])
    if unread > _MOST_UNREAD * sum(node.flash for node in graph.nodes):
        return None
    image = made.facts.image
    return addresses.find(graph, found.linked, linked, image.binary, memory.heaps(linked, image.soc))
