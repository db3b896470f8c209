"""An epilogue that only led to a removed tail call goes with it; what other code leads into stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run
from studies import known, needs_fixture

from imgcheck.prediction import flow
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut
from imgcheck.prediction.stranded import extended, returning, without_exit
from imgcheck.readers import elf

# Two rows of a table of pages, each `if (check(n)) return page(n);`, as GCC writes them.
ROWS = """
    .option norelax
    .text
f:  addi sp, sp, -16
    sw ra, 12(sp)
row1: jal ra, f
    beqz a0, row2
tail1: lw ra, 12(sp)
    addi sp, sp, 16
call1: j page1
row2: jal ra, f
    beqz a0, out
tail2: lw ra, 12(sp)
    addi sp, sp, 16
call2: j page2
out: li a0, 7
    lw ra, 12(sp)
    addi sp, sp, 16
    ret
end:
"""


def code(folder: Path) -> tuple[bytes, dict[str, int]]:
    path = compile_(folder, "rows.S", ROWS)
    found = elf.read(path)
    names = {one.name: one.value for one in found.symbols if one.name}
    run(f"{CROSS}objcopy", "-O", "binary", "-j", ".text", path, path.with_suffix(".bin"))
    data = bytearray(path.with_suffix(".bin").read_bytes())
    # What the linker does to the calls: far out of the function.
    for name in ("call1", "call2"):
        word = 0x4000006F
        data[names[name] : names[name] + 4] = word.to_bytes(4, "little")
    return bytes(data), names


def spans(found: list[tuple[int, int]]) -> set[int]:
    return {at for start, end in found for at in range(start, end)}


@needs_toolchain
def test_the_epilogue_of_a_removed_row_goes(tmp_path: Path) -> None:
    data, at = code(tmp_path)
    lost = [(at["row1"], at["tail1"]), (at["call1"], at["row2"])]
    assert spans(without_exit(data, lost)) == set(range(at["tail1"], at["call1"]))
    lost += [(at["row2"], at["tail2"]), (at["call2"], at["out"])]
    both = set(range(at["tail1"], at["call1"])) | set(range(at["tail2"], at["call2"]))
    assert spans(without_exit(data, lost)) == both


@needs_toolchain
def test_what_other_code_leads_into_stays(tmp_path: Path) -> None:
    data, at = code(tmp_path)
    # Only the tail call goes: the row's condition stays and leads into the epilogue.
    assert without_exit(data, [(at["call1"], at["row2"])]) == []
    assert without_exit(data, [(at["row1"], at["tail1"])]) == []
    assert without_exit(data, [(0, at["end"])]) == []


# The last thing that a function does is a call, near or far, with a short frame or a long one; and the same
# function without the call.
TAILS = """
    .option norelax
    .text
near: addi sp, sp, -16
    sw ra, 12(sp)
    sw s0, 8(sp)
    jal ra, near
args: mv a0, s0
    lw ra, 12(sp)
    lw s0, 8(sp)
    addi sp, sp, 16
call: {call}
end:
"""
BACK = """
    .option norelax
    .text
near: addi sp, sp, -16
    sw ra, 12(sp)
    sw s0, 8(sp)
    jal ra, near
    lw ra, 12(sp)
    lw s0, 8(sp)
    addi sp, sp, 16
    ret
end:
"""


@needs_toolchain
@pytest.mark.parametrize("call", [".word 0x4000006f", "auipc t1, 0x100\n    jr 16(t1)", "jr a5"])
@pytest.mark.parametrize("frame", [16, 2032])
def test_a_function_whose_last_call_goes_still_returns(tmp_path: Path, call: str, frame: int) -> None:
    def made(name: str, text: str) -> tuple[bytes, dict[str, int]]:
        sized = text.replace("-16", f"-{frame}").replace("sp, 16", f"sp, {frame}").replace("{call}", call)
        path = compile_(tmp_path, name, sized.replace("12(sp)", f"{frame - 4}(sp)"))
        run(f"{CROSS}objcopy", "-O", "binary", "-j", ".text", path, path.with_suffix(".bin"))
        names = {one.name: one.value for one in elf.read(path).symbols if one.name}
        return path.with_suffix(".bin").read_bytes(), names

    code, at = made("tails.S", TAILS)
    back, _ = made("back.S", BACK)
    ((start, end),) = returning(code, [(at["args"], at["end"])])
    assert len(code) - (at["end"] - at["args"]) + (end - start) == len(back)
    assert returning(code, [(at["args"], at["call"])]) == []  # the call itself stays


@needs_fixture
def test_what_stays_of_a_tail_call_is_taken_out_of_the_loss() -> None:
    study = known()
    graph, binary = study.base.graph, study.base.binary
    tails = 0
    for index, node in enumerate(graph.nodes):
        if not (node.code and node.placed and node.offset >= 0 and node.flash):
            continue
        steps = flow.steps(binary[node.offset : node.offset + node.flash])
        exits = [at for at, step in steps.items() if step.exits]
        before = next((step for step in steps.values() if exits and step.end == exits[0]), None)
        if (
            len(exits) == 1
            and before
            and before.falls
            and before.target < 0
            and steps[exits[0]].end == node.flash
        ):
            first, last = node.address + exits[0], node.address + node.flash
            loss = Loss(((first, last),))
            (kept,) = extended(graph, binary, Removal(Cut(frozenset(), {}), {index: loss})).losses.values()
            assert sum(end - start for start, end in kept.spans) == last - first - 2
            tails += last - first > 2
    assert tails


@needs_fixture
@needs_toolchain
def test_a_function_that_jumps_to_another_of_its_section_has_an_exit_there(tmp_path: Path) -> None:
    text = """
    .option norelax
    .text
one: addi a0, a0, 1
    j two
three: ret
two: addi a0, a0, 2
    ret
end:
"""
    path = compile_(tmp_path, "two.S", text)
    run(f"{CROSS}objcopy", "-O", "binary", "-j", ".text", path, path.with_suffix(".bin"))
    data = path.with_suffix(".bin").read_bytes()
    at = {one.name: one.value for one in elf.read(path).symbols if one.name}
    graph = known().base.graph
    node = next(one for one in graph.nodes if one.code and one.placed and one.offset >= 0)
    names = ("one", "three", "two")
    ends = (at["three"], at["two"], at["end"])
    symbols = tuple((name, at[name], end - at[name]) for name, end in zip(names, ends, strict=True))
    node = node._replace(offset=0, flash=len(data), symbols=symbols)
    lost = Loss(((node.address + at["two"], node.address + at["end"]),))
    made = extended(replace(graph, nodes=(node,)), data, Removal(Cut(frozenset(), {}), {0: lost}))
    assert all(start >= node.address + at["two"] for start, _ in made.losses[0].spans)
