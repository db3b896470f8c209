"""Every place of an image that holds an address: against objdump's own reading of the linked code."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise

import pytest
from compiled import CROSS, run
from studies import ELF, known, needs_fixture

pytestmark = needs_fixture
needs_objdump = pytest.mark.skipif(not shutil.which(CROSS + "objdump"), reason="no RISC-V objdump")


def place(address: int) -> int:
    """The image offset of a run address, -1 for none."""
    for one in known().base.graph.outputs:
        if one.load >= 0 and one.address <= address < one.address + one.size:
            return one.load + address - one.address
    return -1


@needs_objdump
def test_calls_that_objdump_sees() -> None:
    sites = known().base.sites
    assert sites
    text = run(f"{CROSS}objdump", "-d", "--no-show-raw-insn", "-M", "no-aliases", ELF)
    starts = {int(row[1], 16) for row in re.finditer(r"^([0-9a-f]{8}) <", text, re.MULTILINE)}
    functions = list(pairwise(sorted(starts)))
    jumps = dict(sites.jumps)
    seen = 0
    for row in re.finditer(
        r"^([0-9a-f]{8}):\s+(?:c\.)?(jal?)\t(?:\w+,)?([0-9a-f]+) <(.+)>", text, re.MULTILINE
    ):
        at, target = int(row[1], 16), int(row[3], 16)
        if "+" in row[4] or target not in starts:
            continue
        inside = any(low <= at < high and low <= target < high for low, high in functions)
        if not inside:
            assert jumps.get(place(at)) == target, row[0]
            seen += 1
    assert seen > 500


@needs_objdump
def test_gp_relative_accesses_that_objdump_sees() -> None:
    sites = known().base.sites
    assert sites
    text = run(f"{CROSS}objdump", "-d", "--no-show-raw-insn", "-M", "no-aliases", ELF)
    near = {at for at, _ in sites.near}
    pattern = r"^([0-9a-f]{8}):\s+\S+\t(?:\S+,-?\d+\(gp\)|\w+,gp,-?\d+)"
    rows = [int(row[1], 16) for row in re.finditer(pattern, text, re.MULTILINE)]
    assert len(rows) > 50
    assert {place(at) for at in rows} == near


def test_words_are_those_of_the_data() -> None:
    base = known().base
    assert base.sites
    for at, target in base.sites.words:
        assert int.from_bytes(base.binary[at : at + 4], "little") == target
    functions = {one.address for one in base.graph.nodes if one.placed and one.code}
    tables = [target for _, target in base.sites.words if target in functions]
    assert len(tables) > 50


def test_nothing_is_found_twice() -> None:
    sites = known().base.sites
    assert sites
    for rows in (sites.jumps, sites.near, sites.words):
        places = [row[0] for row in rows]
        assert places == sorted(set(places))
    assert list(sites.pairs) == sorted(set(sites.pairs))
