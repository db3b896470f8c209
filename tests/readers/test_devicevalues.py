"""Integers of device tree source: what dtc makes of them, or nothing; and none of them costs anything."""

import random
import shutil
import struct
import subprocess
import time

import pytest

from imgcheck.readers import devicevalues

EDGES = (0, 1, 2, 7, 31, 32, 63, 64, 65, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 2**63, 2**64 - 1)


def expression(pick: random.Random, depth: int = 2) -> str:
    if not depth or pick.random() < 0.3:
        number = pick.choice(EDGES)
        return pick.choice((str(number), hex(number), f"{number}UL"))
    sign = pick.choice(("+", "-", "*", "/", "<<", ">>", "|"))
    return f"({expression(pick, depth - 1)} {sign} {expression(pick, depth - 1)})"


@pytest.mark.skipif(not shutil.which("dtc"), reason="needs dtc")
@pytest.mark.parametrize("seed", range(3))
def test_dtc_says_the_same(seed: int) -> None:
    pick = random.Random(seed)
    texts = [f"({expression(pick)})" for _ in range(150)]
    same = 0
    # dtc stops at a division by zero and at a number that no cell holds: each is asked for alone
    for text in texts:
        ours = devicevalues.encode(f"<{text}>")
        source = f"/dts-v1/;\n/ {{ a = <{text}>; }};\n".encode()
        done = subprocess.run(["dtc", "-q", "-O", "dtb"], input=source, capture_output=True, check=False)
        if done.returncode or ours is None:
            continue
        at = done.stdout.index(struct.pack(">II", 3, 4)) + 12
        assert done.stdout[at : at + 4] == ours, text
        same += 1
    assert same > 50


@pytest.mark.parametrize(
    "text",
    [
        "(1 << 9999999999)",
        "(1 >> 99999999999999999999999)",
        "(((1 << 64) << 64) << 64)",
        "((9999999999 * 9999999999) * (9999999999 * 9999999999))",
        "9" * 5000,
        "(" + "9" * 5000 + ")",
        "0x" + "f" * 5000,
        "(1 / 0)",
        "(0 - 1)",
        "(" * 60 + "1" + ")" * 60,
    ],
)
def test_no_integer_costs_anything(text: str) -> None:
    start = time.process_time()
    value = devicevalues.encode(f"<{text}>")
    assert time.process_time() - start < 0.5
    assert value is None or len(value) == 4
