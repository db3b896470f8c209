"""What does an instruction do with registers (The RISC-V Instruction Set Manual, volume I, RV32IMAC)?"""

from __future__ import annotations

from imgcheck.prediction.riscv import JAL

_RA = 1
_SAVED = frozenset({2, 3, 4, 8, 9, *range(18, 28)})  # registers that a call leaves as they are
_JALR, _BRANCH, _IMMEDIATE, _LOAD, _LUI = 0x67, 0x63, 0x13, 0x03, 0x37


def tested(word: int) -> tuple[bool, int] | None:
    """(whether it branches on zero, register) of a branch that compares a register with 0."""
    if word & 3 == 1 and word >> 13 in (6, 7):
        return word >> 13 == 6, 8 + (word >> 7 & 7)
    if word & 0x7F == _BRANCH and word >> 12 & 7 in (0, 1):
        one, other = word >> 15 & 31, word >> 20 & 31
        if 0 in (one, other):
            return word >> 12 & 7 == 0, one or other
    return None


def written(word: int, known: dict[int, int]) -> None:
    """What is known of registers behind an instruction."""
    register, source = _moved(word)
    if source >= 0:
        if source in known:
            known[register] = known[source]
        else:
            known.pop(register, None)
        return
    if word & 3 == 3:
        if word & 0x7F in (JAL, _JALR) and word >> 7 & 31 == _RA:
            _clobber(known)
        elif word & 0x7F not in (0x23, 0x27, _BRANCH):
            known.pop(word >> 7 & 31, None)
        return
    quadrant, kind = word & 3, word >> 13
    called = quadrant == 2 and kind == 4 and word >> 12 & 1 and not word >> 2 & 31
    if (quadrant == 1 and kind == 1) or called:
        _clobber(known)  # c.jal, c.jalr
    elif quadrant == 0 and kind < 4:
        known.pop(8 + (word >> 2 & 7), None)
    elif quadrant == 1 and kind == 4:
        known.pop(8 + (word >> 7 & 7), None)
    elif (quadrant == 1 and kind < 4) or (quadrant == 2 and kind < 5):
        known.pop(word >> 7 & 31, None)


def _clobber(known: dict[int, int]) -> None:
    for register in known.keys() - _SAVED:
        del known[register]


def _moved(word: int) -> tuple[int, int]:
    """(to, from) of a register that is copied, (-1, -1) for anything else."""
    if word & 3 == 2 and word >> 13 == 4 and not word >> 12 & 1 and word >> 2 & 31:
        return word >> 7 & 31, word >> 2 & 31
    if word & 0xFFF0707F == _IMMEDIATE:
        return word >> 7 & 31, word >> 15 & 31
    return -1, -1


def assigned(word: int) -> int:
    """The register that an instruction without other effects sets, -1 for other instructions."""
    if word & 3 == 3:
        return word >> 7 & 31 if word & 0x7F in (_IMMEDIATE, _LOAD, _LUI, 0x33) else -1
    quadrant, kind = word & 3, word >> 13
    if quadrant == 2 and kind == 4 and not word >> 12 & 1 and word >> 2 & 31:
        return word >> 7 & 31  # c.mv
    if (quadrant == 1 and kind in (0, 2, 3)) or (quadrant == 2 and kind in (0, 2)):
        return word >> 7 & 31  # c.addi, c.li, c.lui, c.slli, c.lwsp
    if quadrant == 0 and kind in (0, 2):
        return 8 + (word >> 2 & 7)  # c.addi4spn, c.lw
    return -1
