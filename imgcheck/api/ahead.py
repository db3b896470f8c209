"""Is all there that a prediction needs?  Asked before the work that takes seconds begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from imgcheck.api import variants
from imgcheck.api.build import Inputs
from imgcheck.api.measured import fault
from imgcheck.builds import companions
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Policy
from imgcheck.prediction import configheader, lacking
from imgcheck.prediction.places import Places, header_of
from imgcheck.readers import files
from imgcheck.targets.target import Target

__all__ = ["Places", "named", "reading", "required"]

_OBJECTS = (".a", ".o", ".obj")
_START, _MACHINE = 20, slice(18, 20)  # bytes that tell an ELF, and its e_machine in them


def required(inputs: Inputs, places: Places) -> None:
    """Raises ImgcheckError, as the study would after seconds, where a map, header, folder or object lacks."""
    settings, target = variants.chosen(inputs)
    inputs = variants.filled(inputs, settings)
    if not _is_linked(inputs.firmware, target):
        return  # what that is, and why it says nothing of features, is told by who reads it
    for path in filter(None, (inputs.map, inputs.bin, inputs.ota)):
        files.size(path)
    if inputs.map is None and companions.beside(inputs.firmware, ".map") is None:
        raise lacking.no_map(inputs.firmware)
    header_of(settings, inputs.firmware, places.sources)
    named(inputs, places, settings)
    if places.sources is None:
        _roots(settings, inputs.firmware)


@contextmanager
def reading(inputs: Inputs, places: Places) -> Iterator[Inputs]:
    """The same inputs, whose sources are read meanwhile in a copy of this process, as long as this lasts.

    Nothing is read where `required` would say that something lacks.
    """
    with ExitStack() as stack:
        with suppress(ImgcheckError):
            settings, target = variants.chosen(inputs)
            if _is_linked(inputs.firmware, target):
                from imgcheck.prediction import sourcefiles, study  # noqa: F401  # the copy has them, too

                begun = stack.enter_context(sourcefiles.begun(settings, inputs.firmware, places.sources))
                inputs = replace(inputs, begun=begun)
        yield inputs


def _is_linked(firmware: Path, target: Target) -> bool:
    """Whether a file is an ELF for that chip."""
    start = files.begin(firmware, _START)
    return (
        files.sniff(start) == "elf" and int.from_bytes(start[_MACHINE], "little") == target.chip.elf_machine
    )


def named(inputs: Inputs, places: Places, settings: Policy) -> None:
    """Raises ImgcheckError for a folder that was given and has not what it was given for."""
    features = settings.features
    if places.sources and features and features.config:
        header_of(settings, inputs.firmware, places.sources)
    if places.objects and not _any_object(places.objects):
        raise FormatError("there is no object and no archive below it", str(places.objects))


def _roots(settings: Policy, firmware: Path) -> None:
    """Raises FormatError for a folder of sources that the project's own policy names, and there is none."""
    features = settings.features
    place = settings.origins.get("features.source_roots")
    if features is None or place is None or place.shipped:
        return
    found = configheader.find(features.config, settings.root, None, firmware)
    for name in features.source_roots if found else ():
        if found and not (found.root / name).is_dir():
            message = f"features.source_roots names {name!r}, and {found.root} has no such folder"
            raise fault(message, settings, "features.source_roots")


def _any_object(folder: Path) -> bool:
    return any(name.endswith(_OBJECTS) for _, _, names in os.walk(folder) for name in names)
