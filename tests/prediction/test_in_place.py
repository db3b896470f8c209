"""What copies of the process find is what this one finds: other tests of predictions are made in either."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from compiled import LIBRARY, ON, TOP, firmware_of, needs_toolchain

from imgcheck import beside, cli

FEATURES = ("ENABLE_A", "ENABLE_B", "ENABLE_C", "ENABLE_D")
MAIN = """
#define LENGTH (ENABLE_B ? 40 : 4)
static int last[LENGTH];
const char *chosen(int n) {
  switch (n) { case 1: return "one"; case 2: return "two"; case 3: return "three";
#if ENABLE_C
  case 4: return "four"; case 5: return "five"; case 6: return "six and more"; case 7: return "seven";
#endif
  default: return "?"; }
}
#if ENABLE_A
static int work(int n) { say("what only A says"); return rich(n) + other(n); }
#endif
int main(void) {
  for (;;) {
    say(chosen(out)); out += last[out % LENGTH]++;
#if ENABLE_A
    out += work(out);
#endif
#if ENABLE_D
    out += plain(out);
#else
    out += elsewhere(out);
#endif
  }
}
"""
COMMANDS = {
    "features": (0, ()),
    "plan": (0, ("--need", "300")),  # more than any of them alone
    "report": (0, ("--features",)),
}


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Features that lose code, an array's length and a table's rows, and one that lets an archive come in."""
    config = "".join(f"#define {name} 1\n" for name in FEATURES) + "int elsewhere(int);\n"
    more = "extern volatile int out; int elsewhere(int n) { return out / (n | 1) + out; }\n"
    files = {**ON, "config.h": config, "main.c": TOP + MAIN, "lib.c": LIBRARY, "more.c": more}
    return firmware_of(tmp_path_factory.mktemp("made") / "all", files, archives={"libmore.a": ["more.o"]})


@needs_toolchain
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("command", COMMANDS)
def test_copies_of_the_process_find_what_is_found_here(
    command: str, firmware: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = COMMANDS[command]
    copies: list[int] = []
    fork = os.fork

    def counted() -> int:
        copies.append(fork())
        return copies[-1]

    monkeypatch.setattr(os, "fork", counted)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # other tests may have left some
    found = []
    for cores in (1, 2):
        monkeypatch.setattr(beside, "_cores", lambda count=cores: count)
        targets = [tmp_path / f"{cores}.{form}" for form in ("json", "html")]
        outputs = [part for path in targets for part in ("-o", f"{path.suffix[1:]}={path}")]
        assert cli.run([command, str(firmware), *words, *outputs]) == code
        found.append([path.read_text() for path in targets])
        assert bool(copies) == (cores > 1)
    assert found[0] == found[1]
    assert all(name in found[0][0] for name in FEATURES[:3])
