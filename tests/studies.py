"""The fixture firmware read for predictions, once for each test process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from permuted import copy, permute

from imgcheck.api.build import Built, Inputs, build
from imgcheck.api.savings import subject
from imgcheck.prediction.effects import Effect
from imgcheck.prediction.packer import Packer
from imgcheck.prediction.places import Places
from imgcheck.prediction.study import Study, study

FIRMWARE = Path(__file__).parent / "firmware"
PERMUTED = "base, permuted"  # the same with the relocations of its objects in another order
BASE = FIRMWARE / "build" / "base"
OVER = FIRMWARE / "build" / "over"
ELF = BASE / "OpenBL602.elf"

needs_fixture = pytest.mark.skipif(not ELF.exists(), reason="the fixture is not built")


@cache
def built(case: str = "base") -> Built:
    """The build itself, with the price of each of its bytes."""
    return build(inputs(case), packed=True)


@cache
def known(case: str = "base") -> Study:
    """Its objects, sources and line tables."""
    return study(subject(inputs(case), built(case)), Places(), lambda _what, _share: None)


@cache
def inputs(case: str = "base") -> Inputs:
    """The command line that names the build."""
    if case == PERMUTED:
        folder = copy(FIRMWARE, "base", Path(tempfile.mkdtemp(prefix="permuted")))
        atexit.register(shutil.rmtree, folder.parents[1])
        permute(folder)
        return Inputs(folder / "OpenBL602.elf")
    return Inputs(FIRMWARE / "build" / case / "OpenBL602.elf")


def packed(packer: Packer, effects: Mapping[str, Effect]) -> dict[str, int]:
    """What is saved of the packed body when each image is packed as it is laid out, nothing made steadier."""
    jobs = {name: packer.begin(effect) for name, effect in effects.items()}
    return {name: packer.saving(effects[name], job).ota for name, job in jobs.items() if job}
