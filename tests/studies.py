"""The fixture firmware read for predictions, once for each test process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from imgcheck.api.build import Built, Inputs, build
from imgcheck.api.savings import subject
from imgcheck.prediction.study import Places, Study, study

FIRMWARE = Path(__file__).parent / "firmware"
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


def inputs(case: str = "base") -> Inputs:
    """The command line that names the build."""
    return Inputs(FIRMWARE / "build" / case / "OpenBL602.elf")
