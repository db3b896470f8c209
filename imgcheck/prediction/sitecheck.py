"""Does the image have at each relocation what its object says: an instruction that its type can sit on?

Where relocations are followed wrongly, unrelated instructions would be overwritten. So each site's opcode is
looked at (RISC-V ELF psABI, "Relocations"), and what lies between two sites is compared with the object.
"""

from __future__ import annotations

from dataclasses import dataclass

from imgcheck.prediction.relaxation import (
    CALL,
    CALL_PLT,
    HI,
    JUMP,
    LO_I,
    LO_S,
    PCREL_HI,
    PCREL_LO_I,
    PCREL_LO_S,
    RVC_JUMP,
    Relocated,
)
from imgcheck.prediction.riscv import AUIPC, JAL
from imgcheck.wording import commas

_BRANCH, _RVC_BRANCH = 16, 44
_LUI, _BRANCHES = 0x37, 0x63
_LOADS = frozenset({0x03, 0x07, 0x13, 0x67})  # loads, of floats too, addi and the like, jalr
_STORES = frozenset({0x23, 0x27})
# Opcodes of 32 bits that each type can sit on, and the upper three bits of compressed ones.
_WIDE = {
    _BRANCH: frozenset({_BRANCHES}),
    _RVC_BRANCH: frozenset({_BRANCHES}),
    JUMP: frozenset({JAL}),
    RVC_JUMP: frozenset({JAL}),
    CALL: frozenset({AUIPC, JAL}),
    CALL_PLT: frozenset({AUIPC, JAL}),
    HI: frozenset({_LUI}),
    PCREL_HI: frozenset({AUIPC}),
    LO_I: _LOADS,
    PCREL_LO_I: _LOADS,
    LO_S: _STORES,
    PCREL_LO_S: _STORES,
}
_SHORT = {
    _BRANCH: frozenset({6, 7}),
    _RVC_BRANCH: frozenset({6, 7}),
    JUMP: frozenset({1, 5}),
    RVC_JUMP: frozenset({1, 5}),
    CALL: frozenset({1, 5}),
    CALL_PLT: frozenset({1, 5}),
    HI: frozenset({3}),
}
_TOLERANCE = 0.001  # of the sites, and of the bytes: beyond it nothing is moved
_NONE: frozenset[int] = frozenset()


@dataclass(slots=True)
class Check:
    """What was looked at, and what was not as it should be."""

    sites: int = 0
    odd: int = 0
    copied: int = 0  # bytes between sites
    differing: int = 0

    @property
    def doubt(self) -> int:
        """Bytes of the packed body that what is not as it should be could be worth."""
        return 4 * self.odd + self.differing

    def distrust(self) -> str:
        """Why the image cannot be laid out anew, "" where it can."""
        if self.odd > _TOLERANCE * self.sites or self.differing > _TOLERANCE * self.copied:
            return (
                f"{commas(self.odd)} of {commas(self.sites)} relocations are not where the "
                "image has an instruction for "
                f"them, and {commas(self.differing)} of {commas(self.copied)} bytes between "
                "them are not the objects'"
            )
        return ""

    def site(self, one: Relocated) -> None:
        """Counts one site of code."""
        wide = _WIDE.get(one.type)
        if wide is None or not one.kept:
            return
        self.sites += 1
        word = one.word
        if word & 3 == 3:
            self.odd += word & 0x7F not in wide
        else:
            self.odd += word & 3 != 1 or (word >> 13 & 7) not in _SHORT.get(one.type, _NONE)

    def stretch(self, before: bytes, after: bytes) -> None:
        """Counts bytes that were copied from an object."""
        self.copied += len(before)
        if before != after:
            self.differing += sum(a != b for a, b in zip(before, after, strict=False))
