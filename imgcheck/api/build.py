"""One build, from its files to a report: the stages in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imgcheck import heap
from imgcheck.api import divisions, pricing, variants
from imgcheck.api.packing import Packing
from imgcheck.builds import artefact as artefacts
from imgcheck.builds import companions, components, load
from imgcheck.devices import capacity, layout_lint, layouts
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import (
    BODY,
    OTHER_IMAGE,
    UNPACKED,
    Artefact,
    Diagnostic,
    Facts,
    Image,
    Policy,
    Report,
    Soc,
)
from imgcheck.readers import files, githead
from imgcheck.readers.linkmap import LinkMap
from imgcheck.report import summary as report
from imgcheck.rules import body_over_slot, unpacked_over_slot
from imgcheck.targets.target import Target

if TYPE_CHECKING:
    from imgcheck.api.page import Studied
    from imgcheck.model import Savings
    from imgcheck.prediction.comparing import Comparing

FEATURES_UNKNOWN = "features-unknown"
RAW_SUFFIXES = (".bin", ".img")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was asked: a firmware file (ELF, .bin or .ota), its companions (None: found), and its judges."""

    firmware: Path
    map: Path | None = None
    bin: Path | None = None
    ota: Path | None = None
    layouts: tuple[str, ...] = ()  # none: the policy's, else those in the field
    policy: str | None = None
    active: int = 0
    title: str = ""  # what the build is called; "" as its file
    target: str = ""  # its name; "" the policy's, else the file's own
    build: str = ""  # which of the policy's it is; "" the one whose file it is, if any
    start: str = ""  # where the policy that named it is; "" it is looked for from the file
    priced: bool = True  # what every byte costs in the OTA file is asked for, where a report of all is not
    kept: list[LinkMap] | None = None  # where the map goes that was read: who goes on with it takes it out
    begun: Comparing | None = None  # the sources, which are read beside the build
    meanwhile: Callable[[], None] | None = None  # done beside the compressor, which leaves Python idle


class Built(NamedTuple):
    """One build judged against its layouts, and where everything came from.

    `read` holds (what, path, how it was found). `map` is the map that was read, `ota` the OTA file.
    `prices` is the cumulative OTA price at each offset of `facts.image.binary`, None unless asked for.
    `owners` is the component of each item of the image.
    """

    facts: Facts
    read: tuple[tuple[str, str, str], ...]
    diagnostics: tuple[Diagnostic, ...]
    map: Path | None
    ota: Path | None
    prices: Sequence[float] | None
    owners: Sequence[str]


def build(inputs: Inputs, packed: bool = False, rules: Policy | None = None) -> Built:
    """Reads a build and judges it; `packed` prices every byte in the OTA file.

    `rules` is the policy if the caller has read it already. Raises ImgcheckError (FormatError with
    file and position) for whatever cannot be read.
    """
    said: list[Diagnostic] = []
    settings, target = variants.chosen(inputs, rules)
    inputs = variants.filled(inputs, settings)
    for path in filter(None, (inputs.firmware, inputs.map, inputs.bin, inputs.ota)):
        files.size(path)
    soc = target.chip
    with files.named(inputs.firmware):
        kind = _kind(inputs.firmware, target)
    read = [(_KINDS[kind], str(inputs.firmware), "named by the policy" if inputs.start else "given")]
    map_path: Path | None = None
    ota_path = inputs.firmware if kind == "ota" else None
    ready: Artefact | None = None
    packing = Packing(target)
    beside: companions.Companion | None = None
    if kind != "ota":
        beside = companions.Companion(inputs.ota, "given") if inputs.ota else companions.ota(inputs.firmware)
    if kind == "elf":
        image, map_path = _linked(inputs, soc, read, None if beside else packing.begin)
    elif kind == "bin":
        with files.named(inputs.firmware):
            image = load.binary(inputs.firmware, target)
    else:
        with files.named(inputs.firmware):
            ready = artefacts.read(inputs.firmware, None, target)
        image = _whole(inputs.firmware, soc, ready.plain[soc.header_bytes :])
    image = replace(image, name=inputs.title or image.name)
    if ready is None:
        ready, ota = _artefact(beside, image, target, partial(packing.result, image.binary, inputs.meanwhile))
        if ota:
            read.append(("OTA file", str(ota.path), ota.how))
            ota_path = ota.path
    read.append(_origin(settings, bool(inputs.policy)))
    tables = layouts.named(inputs.layouts or settings.layouts, target)
    said += layout_lint.concerns(tables)
    fits = tuple(capacity.fits(table, ready.unpacked, ready.body, inputs.active) for table in tables)
    prices = artefacts.image_prices(image, ready, target) if packed else None
    owners = components.names(image.items, settings.components)
    measures = pricing.measures(image, owners, prices, ready)
    # The policy is the project's; a build folder may lie in the checkout of an SDK.
    revision = githead.find(Path(settings.root) if settings.root else inputs.firmware.absolute().parent)
    facts = Facts(image, ready, tables, fits, measures, settings, revision=revision)
    return Built(
        facts=facts,
        read=tuple(read),
        diagnostics=tuple(said),
        map=map_path,
        ota=ota_path,
        prices=prices,
        owners=owners,
    )


def show(
    inputs: Inputs,
    *,
    packed: bool | None = None,
    features: bool | None = None,
    tree: bool = True,
    division: divisions.Division | None = None,
    objects: Path | None = None,
    sources: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Report:
    """The report of `imgcheck report`.

    `tree` is drawn by HTML only, `division` takes the place of the components. `packed` and `features` None:
    with the tree, as far as the inputs allow; True raises ImgcheckError when they do not.
    """
    predicted = features or (features is None and tree)
    asked_prices = tree if packed is None else packed
    with ExitStack() as stack:
        if predicted:
            inputs = stack.enter_context(_reading(inputs, (objects, sources), bool(features)))
        if tree and predicted:  # reads the map too
            inputs = replace(inputs, kept=[])
        made = build(inputs, asked_prices and not (tree and predicted))
        facts = made.facts
        said = [found for rule in _RULES.values() for found in rule.check(facts)]
        said += made.diagnostics
        found = None
        priced = stack.enter_context(pricing.Priced(made, asked_prices and made.prices is None))
        if features or (features is None and tree and made.map):
            try:
                saved, found = _predicted(inputs, priced, (objects, sources), tree, progress)
                facts = replace(facts, savings=saved)
            except ImgcheckError as error:
                if features:
                    raise
                why = f"no feature table: {error}"
                said.append(Diagnostic(FEATURES_UNKNOWN, "note", why, subject="features"))
        made = priced.built()
        heap.keep(made, found)
    facts = replace(facts, measures=made.facts.measures)
    drawn = None
    if tree:
        from imgcheck.api import page

        drawn = page.page(inputs, made, found, objects)
    checks = [(_RULES[one.name].CODE, fit.name, one.headroom >= 0) for fit in facts.fits for one in fit.slots]
    written = partial(report.build, checks=checks, inputs=made.read)
    full = written(facts, drawn, diagnostics=said)
    plain = full
    if tree:
        asked = divisions.without_extras(facts, bool(features), packed is None)
        notes = [one for one in said if features or one.code != FEATURES_UNKNOWN]
        plain = replace(written(asked, diagnostics=notes), drawn=page.remembered(full, inputs, made))
    return divisions.apply(plain, facts.image, made.owners, made.prices if packed else None, division)


def _reading(
    inputs: Inputs, where: tuple[Path | None, Path | None], required: bool
) -> AbstractContextManager[Inputs]:
    """The inputs with sources that are read meanwhile; raises where one lacks that is `required`."""
    from imgcheck.api import ahead

    if required:
        ahead.required(inputs, ahead.Places(*where))
    return ahead.reading(inputs, ahead.Places(*where))


def _predicted(
    inputs: Inputs,
    priced: pricing.Priced,
    where: tuple[Path | None, Path | None],
    tree: bool,
    progress: Callable[[str, float], None] | None,
) -> tuple[Savings, Studied | None]:
    """What features save, and with the tree what each set of them holds; objects and sources are `where`."""
    from imgcheck.api import page, savings
    from imgcheck.prediction.places import Places

    if not tree:
        found = savings.features(inputs, priced, Places(*where), progress=progress or page.silent)
        return found, None
    studied = page.studied(inputs, priced, Places(*where), progress or page.silent)
    return studied.savings, studied


def _linked(
    inputs: Inputs, soc: Soc, read: list[tuple[str, str, str]], known: Callable[[bytes], None] | None
) -> tuple[Image, Path | None]:
    """An ELF's image and its map; adds the files beside it that were read."""
    map_path: Path | None = None
    found = _companion(inputs.map, companions.beside(inputs.firmware, ".map"))
    if found:
        read.append(("map", str(found.path), found.how))
        map_path = found.path
    with files.named(map_path or inputs.firmware):
        image = load.build(inputs.firmware, map_path, soc, inputs.kept, known)
    found = _companion(inputs.bin, companions.beside(inputs.firmware, ".bin"))
    if found:
        read.append((".bin", str(found.path), found.how))
        with files.named(found.path):
            binary = files.read(found.path)
            if inputs.bin and files.sniff(binary) in ("empty", "text"):
                raise FormatError("the file is empty" if not binary else "not a raw image: it is text")
            differs = load.compare(image, binary, str(found.path))
        if differs:
            image = replace(image, diagnostics=(*image.diagnostics, differs))
    return image, map_path


_RULES = {UNPACKED: unpacked_over_slot, BODY: body_over_slot}
_KINDS = {"elf": "ELF", "bin": ".bin", "ota": "OTA file"}


def _kind(path: Path, target: Target) -> str:
    start = files.begin(path, 16)
    if not start:
        raise FormatError("the file is empty", str(path))
    if files.sniff(start) == "elf":
        return "elf"
    if start.startswith(target.packed_magics):
        if path.suffix.lower() == ".elf":  # a gate would pass it with what it asks of an ELF left out
            raise FormatError("it is called an ELF, and is an OTA file", str(path))
        return "ota"
    # Any bytes can be a raw image; only a name can say that they are meant to be one.
    return "bin" if path.suffix.lower() in RAW_SUFFIXES else "elf"


def _companion(given: Path | None, found: companions.Companion | None) -> companions.Companion | None:
    return companions.Companion(given, "given") if given else found


def _whole(path: Path, soc: Soc, binary: bytes) -> Image:
    if not binary:
        raise FormatError("there is no image behind its header page", str(path))
    return load.whole(path.name.split(".")[0], str(path), soc, binary, packed=True)


def _artefact(
    found: companions.Companion | None, image: Image, target: Target, packed: Callable[[], Artefact]
) -> tuple[Artefact, companions.Companion | None]:
    if found is None:
        return packed(), None
    with files.named(found.path):
        ready = artefacts.read(found.path, image, target)
    if not any(one.code == OTHER_IMAGE for one in ready.diagnostics):
        return ready, found
    # One that is of another build, even if it was given, is said to be there, but never judged by.
    ours = packed()
    how = f"{found.how}; of another build, not used"
    return replace(ours, diagnostics=ours.diagnostics + ready.diagnostics), companions.Companion(
        found.path, how
    )


def _origin(settings: Policy, given: bool) -> tuple[str, str, str]:
    if settings.shipped:
        return ("policy", settings.name, "shipped with imgcheck")
    return ("policy", settings.path, "given" if given else "nearest upward")
