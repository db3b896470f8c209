"""Where do the branches of a function lead that loses bytes between them and their targets?

The assembler resolves what leads to the same section, so no address says that it changes (The RISC-V
Instruction Set Manual, volume I, B type, J type, c.j, c.jal, c.beqz and c.bnez).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imgcheck.prediction import riscv
from imgcheck.prediction.cutting import Loss
from imgcheck.prediction.layout import Layout, moved_to
from imgcheck.prediction.linkage import Graph, Node

Change = tuple[
    int, bytes
]  # image offset of an instruction before the removal, and what stands there after it


def find(graph: Graph, binary: bytes, layout: Layout, losses: Mapping[int, Loss]) -> tuple[Change, ...]:
    """The branches that reach over bytes which go; one that cannot reach its target stays as it is."""
    found: list[Change] = []
    for index, loss in losses.items():
        node = graph.nodes[index]
        if node.code and node.placed and node.offset >= 0 and loss.spans:
            found.extend(_node(binary, node, layout, loss))
    return tuple(found)


def _node(binary: bytes, node: Node, layout: Layout, loss: Loss) -> Iterator[Change]:
    run = node.address - node.offset
    end = node.offset + node.flash
    for at, word in riscv.instructions(binary, node.offset, end):
        far = riscv.leads(word)
        if not far or not node.offset <= at + far < end:
            continue
        here, there = at + run, at + run + far
        if any(start <= here < stop for start, stop in loss.spans):
            continue
        new = moved_to(layout, there) - moved_to(layout, here)
        if new != far and (made := riscv.leading(word, new)) is not None:
            yield at, made
