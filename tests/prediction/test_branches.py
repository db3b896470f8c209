"""Branches over bytes that go, against what the assembler makes of the source without them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from compiled import ABI, CROSS, needs_toolchain, run
from hypothesis import given
from hypothesis import strategies as st
from test_cutting import BASE, graph, section

from imgcheck.prediction import branches, layout, riscv
from imgcheck.prediction.cutting import Loss
from imgcheck.prediction.linkage import Output
from imgcheck.readers import elf

PLAIN = ("addi a0, a0, 1", "xori a1, a1, 1", "lui a2, 0x12345", "sw a0, 4(a1)")
LEADING = (
    "beqz a0, {}", "bnez a1, {}", "bne a0, a1, {}", "bltu a1, a0, {}", "j {}",
    ".option push; .option norvc; j {}; beqz a0, {}; .option pop",
)  # fmt: skip


def program(seed: int) -> tuple[str, str]:
    """A function with a stretch that can be left out; branches lead everywhere but into that."""
    dice = random.Random(seed)
    labels = [f"l{i}" for i in range(6)]

    def some(count: int, ahead: str = "") -> list[str]:
        return [
            dice.choice(LEADING).replace("{}", ahead or dice.choice(labels))
            if dice.random() < 0.4
            else dice.choice(PLAIN)
            for _ in range(count)
        ]

    before, after = some(14), some(14)
    for number, label in enumerate(labels):
        (before if number < 3 else after).insert(dice.randrange(12), f"{label}:")
    inside = ["begin:", *some(dice.randrange(2, 9)), "end:"]
    return "\n".join([*before, *inside, *after, "ret\n"]), "\n".join([*before, *after, "ret\n"])


def assembled(folder: Path, name: str, text: str) -> tuple[bytes, dict[str, int]]:
    (folder / f"{name}.S").write_text(".globl begin, end\n" + text)
    run(f"{CROSS}gcc", *ABI, "-mno-relax", "-c", f"{name}.S", "-o", f"{name}.o", cwd=folder)
    read = elf.read(folder / f"{name}.o")
    code = next(one for one in read.sections if one.name == ".text")
    return bytes(read.contents(code)), {one.name: one.value for one in read.symbols}


@needs_toolchain
@pytest.mark.parametrize("seed", range(8))
def test_as_the_assembler_resolves_them(tmp_path: Path, seed: int) -> None:
    whole, part = program(seed)
    code, symbols = assembled(tmp_path, "whole", whole)
    left, _ = assembled(tmp_path, "part", part)
    start, end = symbols["begin"], symbols["end"]
    assert len(left) == len(code) - (end - start)
    node = section("f", 0, len(code))
    spans = ((BASE + start, BASE + end),)
    area = layout.Area(Output(".text", BASE, len(code), 4, 0), (layout.Piece(BASE, BASE + len(code), 4),))
    laid_out = layout.lay_out((area,), spans)
    made = bytearray(code)
    for at, new in branches.find(graph(node), code, laid_out, {0: Loss(spans)}):
        made[at : at + len(new)] = new
    assert bytes(made[:start] + made[end:]) == left
    assert code[:start] + code[end:] != left  # there were branches over it


@given(st.binary(min_size=4, max_size=4), st.integers(-(1 << 21), 1 << 21))
def test_what_leads_there_leads_there(data: bytes, far: int) -> None:
    [(_, word), *_] = riscv.instructions(data, 0, 4)
    if not riscv.leads(word):
        return
    made = riscv.leading(word, far & ~1)
    if made is not None:
        [(_, other)] = riscv.instructions(made, 0, len(made))
        assert riscv.leads(other) == far & ~1
        assert riscv.leading(other, riscv.leads(word)) == word.to_bytes(len(made), "little")
