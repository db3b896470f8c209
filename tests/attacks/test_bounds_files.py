"""Files that are none: devices, pipes, sparse giants, files cut while they are read, loops of links."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import bounded
import pytest
from studies import ELF, needs_fixture

from imgcheck.data import shipped as shipped_folder

pytestmark = needs_fixture
GIANT = 30 << 30  # bytes; none of them takes a place

# Every way in, with what is read called FILE.
WAYS = [
    "report FILE",
    "features FILE",
    "plan FILE",
    "why FILE main",
    "init FILE --to x.toml",
    *(f"report fw.elf {option} FILE" for option in ("--bin", "--map", "--ota", "--policy", "--layout")),
    *(f"check fw.elf {option} FILE" for option in ("--baseline", "--base-elf", "--dts")),
    "diff fw.elf FILE",
    "diff FILE fw.elf",
    "layout show FILE",
    "layout lint FILE",
    "layout diff FILE devcube-1.8-2m",
    "layout build FILE --to x.bin",
    "identify FILE",
    "verify FILE",
    "pack FILE --to x.ota",
    "explain-log FILE",
    "explain-log log.txt --elf FILE",
    "comment FILE",
    "dts lint FILE",
    "release OpenBL602_1.18.1.bin.xz.ota --against FILE",
    "release OpenBL602_1.18.1.bin.xz.ota",
    "history import FILE --db h.db",
    "history record FILE --db h.db",
    "history list --db FILE",
    "forecast --db FILE",
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for suffix in ("elf", "map"):
        shutil.copy(ELF.with_suffix(f".{suffix}"), tmp_path / f"fw.{suffix}")
    (tmp_path / "log.txt").write_text("[ota] start\n")
    return tmp_path


@pytest.mark.parametrize("kind", ["device", "pipe", "giant", "folder", "loop"])
def test_what_is_no_file_is_refused_by_every_command(home: Path, kind: str) -> None:
    for path in (home / "FILE", home / "OpenBL602_1.18.1.bin.xz.ota"):
        if kind == "device":
            path.symlink_to("/dev/zero")
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "giant":
            path.touch()
            os.truncate(path, GIANT)
        elif kind == "folder":
            path.mkdir()
        else:
            path.symlink_to(path.name)
    lines = [line for line in WAYS if kind != "folder" or line.split()[-1] != "FILE" or "--" in line]
    lines = [line for line in lines if kind != "folder" or not line.startswith(("release", "why", "init"))]
    bounded.refused(lines, home)
    assert sorted(path.name for path in home.iterdir() if path.name.startswith("x.")) == []


def test_a_companion_that_is_a_giant_is_not_read(home: Path) -> None:
    (home / "fw.bin").touch()
    os.truncate(home / "fw.bin", GIANT)
    ran = bounded.run(["report", "fw.elf"], home)
    bounded.one_line(ran, "fw.bin: larger than")
    bounded.cheap(ran, 5, 150)


CUT = """
import os
from imgcheck.readers import elf
parse = elf.parse
def cutting(data, symbols=True):
    os.truncate("fw.elf", 100)
    return parse(data, symbols)
elf.parse = cutting
"""


def test_an_elf_that_is_cut_while_it_is_read(home: Path) -> None:
    """As a build that runs beside does; a mapping of it would end the process with SIGBUS."""
    ran = bounded.run(["report", "fw.elf"], home, prelude=CUT)
    assert ran.code in (0, 1), ran.err


OUTPUTS = [
    "report fw.elf -o json=OUT",
    "report fw.elf -o OUT.json",
    "pack fw.elf --to OUT",
    "layout build t.toml --to OUT",
    "layout show t.toml --svg OUT",
    "layout diff t.toml devcube-1.8-2m --svg OUT",
    "init fw.elf --to OUT --force",
    "plan fw.elf --need 100 --to OUT",
    "comment r.json -o OUT",
    "baseline update fw.elf --to OUT",
    "history export --db h.db --to OUT",
]


@pytest.mark.parametrize("kind", ["loop", "pipe", "folder", "nowhere"])
def test_outputs_that_cannot_be(home: Path, kind: str) -> None:
    """No output waits for a reader, none is written through a loop of links."""

    table = shipped_folder("budgets") / "layouts/devcube-1.8-2m.toml"
    (home / "t.toml").write_text(table.read_text(encoding="utf-8"), encoding="utf-8")
    (home / "r.json").write_text("{}")
    for path in (home / "OUT", home / "OUT.json"):
        if kind == "loop":
            path.symlink_to(path.name)
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        else:
            path.symlink_to("nowhere/at/all")
    before = sorted(home.iterdir())
    bounded.refused(OUTPUTS, home)
    assert sorted(home.iterdir()) == before
