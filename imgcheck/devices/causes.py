"""What stands in the dump of an exception, and what its mcause says (RISC-V Privileged Architecture)."""

import re

CAUSE = re.compile(
    r"mcause (?:0x)?([0-9a-f]{8}),? mepc (?:0x)?([0-9a-f]{8}),? mtval (?:0x)?([0-9a-f]{8})", re.I
)
TRACE = re.compile(r"backtrace: 0x([0-9a-f]{8})", re.I)
REGISTER = re.compile(r"\b([a-zA-Z]{1,4}\d{0,2})\s?[:=]\s?(?:0x)?([0-9a-fA-F]{8})\b")
CAUSES = {
    0: "instruction address misaligned",
    1: "instruction access fault",
    2: "illegal instruction",
    3: "breakpoint",
    4: "load address misaligned",
    5: "load access fault",
    6: "store address misaligned",
    7: "store access fault",
    11: "environment call",
}
