"""Code that is useless once a call in it has a known result, in instructions as GCC writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run

from imgcheck.prediction.folded import unreached
from imgcheck.readers import elf

pytestmark = needs_toolchain
CODE = """
    .option norelax
    .text
known: li a0, 0
    ret
start: addi sp, sp, -16
    sw ra, 12(sp)
    mv s0, a0
set: li a1, 3
    addi a2, sp, 4
call: jal ra, known
    mv s1, a0
test: beqz s1, none
found: lw a0, 4(sp)
    jal ra, other
    add s0, s0, a0
join: mv a0, s0
    lw ra, 12(sp)
    addi sp, sp, 16
    ret
none: addi s0, s0, 1
    j join
other: ret
end:
"""


def code(folder: Path, text: str = CODE) -> tuple[bytes, dict[str, int]]:
    path = compile_(folder, "code.S", text)
    names = {one.name: one.value for one in elf.read(path).symbols if one.name}
    run(f"{CROSS}objcopy", "-O", "binary", "-j", ".text", path, path.with_suffix(".bin"))
    start = names["start"]
    data = path.with_suffix(".bin").read_bytes()[start : names["end"]]
    return data, {name: at - start for name, at in names.items()}


def lost(data: bytes, at: dict[str, int], value: int | None) -> set[int]:
    return {byte for start, end in unreached(data, {at["known"]: value}) for byte in range(start, end)}


def between(at: dict[str, int], *pairs: tuple[str, str]) -> set[int]:
    return {byte for start, end in pairs for byte in range(at[start], at[end])}


def test_a_decided_branch_takes_the_side_that_is_never_reached(tmp_path: Path) -> None:
    data, at = code(tmp_path)
    call = at["call"]
    prepared = between(at, ("set", "call")) | set(range(call, call + 4))
    test = between(at, ("test", "found"))
    assert lost(data, at, 0) == prepared | test | between(at, ("found", "join"))
    assert lost(data, at, 1) == prepared | test | between(at, ("none", "other"))
    assert lost(data, at, None) == prepared
    assert unreached(data, {at["known"] + 2: 0}) == []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("mv s1, a0", "add s1, a0, s0"),  # not known what it is
        ("mv s1, a0", "mv t0, a0\n jal ra, other\n mv s1, t0"),  # a call may change it
        ("mv s1, a0", "mv s1, a0\nback: nop"),  # others come here
    ],
)
def test_what_is_not_known_decides_nothing(tmp_path: Path, was: str, now: str) -> None:
    text = CODE.replace(was, now).replace("j join", "bnez s0, back\n j join" if "back" in now else "j join")
    data, at = code(tmp_path, text)
    assert not lost(data, at, 0) & between(at, ("test", "other"))


def test_a_switch_may_lead_anywhere(tmp_path: Path) -> None:
    data, at = code(tmp_path, CODE.replace("j join", "jr a5"))
    assert not lost(data, at, 1) & between(at, ("none", "other"))


def test_a_switch_of_another_function_of_the_section_says_nothing_of_this_one(tmp_path: Path) -> None:
    data, at = code(tmp_path, CODE.replace("other: ret", "other: beqz a0, out\n    jr a5\nout: ret"))
    found = {byte for s, e in unreached(data, {at["known"]: 1}, [at["other"]]) for byte in range(s, e)}
    assert between(at, ("none", "other")) <= found
    assert not found & between(at, ("other", "end"))


def test_a_function_of_the_same_section_that_is_jumped_to_stays(tmp_path: Path) -> None:
    # Its only jump in this section is never reached; who else calls it cannot be seen here.
    data, at = code(tmp_path, CODE.replace("none: addi s0, s0, 1\n    j join", "none: j tail").replace(
        "other: ret", "other: ret\ntail: addi a0, a0, 1\n    mv a1, a0\n    ret"
    ))  # fmt: skip
    everything = {byte for start, end in unreached(data, {at["known"]: 1}) for byte in range(start, end)}
    assert between(at, ("tail", "end")) <= everything
    found = {
        byte for start, end in unreached(data, {at["known"]: 1}, [at["tail"]]) for byte in range(start, end)
    }
    assert everything - found == between(at, ("tail", "end"))
