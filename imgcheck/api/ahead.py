"""Is all there that a prediction needs?  Asked before the work that takes seconds begins."""

from __future__ import annotations

import os
from pathlib import Path

from imgcheck.api import variants
from imgcheck.api.build import Inputs
from imgcheck.api.measured import fault
from imgcheck.builds import companions
from imgcheck.errors import FormatError
from imgcheck.model import Policy
from imgcheck.prediction import configheader, lacking
from imgcheck.prediction.places import Places, header_of
from imgcheck.readers import files

__all__ = ["Places", "named", "required"]

_OBJECTS = (".a", ".o", ".obj")
_START, _MACHINE = 20, slice(18, 20)  # bytes that tell an ELF, and its e_machine in them


def required(inputs: Inputs, places: Places) -> None:
    """Raises ImgcheckError, as the study would after seconds, where a map, header, folder or object lacks."""
    settings, target = variants.chosen(inputs)
    inputs = variants.filled(inputs, settings)
    start = files.begin(inputs.firmware, _START)
    if files.sniff(start) != "elf" or int.from_bytes(start[_MACHINE], "little") != target.chip.elf_machine:
        return  # what that is, and why it says nothing of features, is told by who reads it
    for path in filter(None, (inputs.map, inputs.bin, inputs.ota)):
        files.size(path)
    if inputs.map is None and companions.beside(inputs.firmware, ".map") is None:
        raise lacking.no_map(inputs.firmware)
    header_of(settings, inputs.firmware, places.sources)
    named(inputs, places, settings)
    if places.sources is None:
        _roots(settings, inputs.firmware)


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
