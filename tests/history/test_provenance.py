"""What a build says of itself, against readelf."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from imgcheck import targets
from imgcheck.builds import load
from imgcheck.history import provenance
from imgcheck.model import Component, Pattern

BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
READELF = "riscv64-unknown-elf-readelf"


def test_producers_are_those_of_readelf() -> None:
    if shutil.which(READELF) is None:
        pytest.skip("readelf is not here")
    listed = subprocess.run(
        [READELF, "--debug-dump=info", "--dwarf-depth=1", str(BASE)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    found = re.findall(r"DW_AT_producer .*?(?:offset: 0x[0-9a-f]+\): |: )(GNU.*?)\s*$", listed, re.M)
    image = load.build(BASE, None, targets.find("bl602").chip)
    assert {text: found.count(text) for text in found} == dict(image.producers)
    assert [count for _, count in image.producers] == sorted((n for _, n in image.producers), reverse=True)


def test_flags_count_where_half_of_the_units_have_them() -> None:
    producers = (
        ("GNU C11 12.2.0 -march=rv32imc -Os -ffoo", 3),
        ("GNU C11 12.2.0 -march=rv32imc -O2", 1),
        ("GNU C++17 12.2.0 -march=rv32imc -Os -fbar", 2),
        ("GNU AS 2.40", 40),
    )
    compilers, flags = provenance.compiled_by(producers)
    assert compilers == ("GNU C11 12.2.0", "GNU C++17 12.2.0", "GNU AS 2.40")
    assert flags == ("-Os", "-ffoo", "-march=rv32imc")
    assert provenance.compiled_by(()) == ((), ())


def test_a_digest_tells_how_the_firmware_is_divided() -> None:
    one, other = (Component("net", (Pattern("archive", glob),)) for glob in ("liblwip*", "libwifi*"))
    assert provenance.digest((one,)) == provenance.digest((one,))
    assert (
        len({provenance.digest(parts) for parts in ((one,), (other,), (one, other), (other, one), ())}) == 5
    )
