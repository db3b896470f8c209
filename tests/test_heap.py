"""What was freed is the system's again where the C library can hand it back; a command frees nothing."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from imgcheck import heap

FREED = """
from imgcheck import heap
resident = lambda: int(open("/proc/self/statm").read().split()[1]) * 4
kept = [bytes(2000) for _ in range(30_000)]
last = bytes(2000)  # what lies behind all that is freed keeps the C library from shrinking its heap
del kept
before = resident()
heap.trim()
print(before - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="not the GNU C library")
def test_what_was_freed_is_handed_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 40_000  # KiB, of 60,000


def test_nothing_happens_where_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    heap.trim()


LET_GO = """
import sys, weakref
from imgcheck import heap
class Build: pass
if "ends" in sys.argv:
    heap.ends()
one = Build()
gone = weakref.ref(one)
heap.keep(one)
del one
print(gone() is None)
"""


@pytest.mark.parametrize(("how", "freed"), [("", "True"), ("ends", "False")])
def test_only_a_process_that_ends_with_its_command_keeps_a_build(how: str, freed: str) -> None:
    done = subprocess.run([sys.executable, "-c", LET_GO, how], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == freed
