"""A header that one source no longer includes is what it was for the others, against a build made without."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import firmware_of, needs_toolchain, sizes
from test_values import asked

FILES = {
    "config.h": "#define ENABLE_A %d\n",
    "bits.h": """
#ifndef BITS_H
#define BITS_H
static inline unsigned swapped(unsigned n) {
    return (n >> 24 & 255) | (n >> 8 & 65280) | (n << 8 & 0xff0000) | n << 24;
}
static inline unsigned counted(unsigned n) {
    unsigned sum = 0;
    for (; n; n &= n - 1) sum++;
    return sum;
}
#endif
""",
    "main.c": """
#include "config.h"
#if ENABLE_A
#include "bits.h"
#endif
volatile unsigned out;
unsigned work(unsigned);
#if ENABLE_A
static unsigned extra(unsigned n) { return swapped(n * 3) + counted(n ^ out) + swapped(out); }
#endif
int main(void) {
    for (;;) {
        out += work(out);
#if ENABLE_A
        out ^= extra(out);
#endif
    }
}
""",
    "work.c": """
#include "bits.h"
extern volatile unsigned out;
unsigned work(unsigned n) {
    out = swapped(n) ^ counted(n + 1);
    for (unsigned i = 0; i < n; i++) out += swapped(i) * counted(out) + swapped(out ^ i);
    return swapped(out) + counted(n * 7);
}
""",
}


@needs_toolchain
def test_what_another_source_goes_on_to_include_stays_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Of a real feature 2,128 +-250 bytes were predicted, 1,440 were real: a file system's own functions
    # shrank, because the log no longer included its headers.
    def built(name: str, on: int) -> Path:
        return firmware_of(tmp_path / name, {**FILES, "config.h": FILES["config.h"] % on})

    firmware = built("all", 1)
    real = sizes(firmware)[0] - sizes(built("less", 0))[0]
    (one,) = asked(capsys, firmware, "features")["features"]
    assert abs(one["flash"] - real) <= min(one["flash_error"], 40)
