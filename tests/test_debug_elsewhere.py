"""Debug information that -gz compressed, or that only objects have, means the same as it does in an ELF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import CROSS, needs_toolchain
from compiled import run as tool
from permuted import copy
from studies import FIRMWARE, needs_fixture

from imgcheck.cli import run

pytestmark = [needs_fixture, needs_toolchain]
# What features take out of functions that were put into others the linked ELF alone says.
INLINED = {"ENABLE_EXPR_FUNCTIONS", "ENABLE_EXPAND_CONSTANT"}
PACK = "--compress-debug-sections=zlib"


def pack(folder: Path) -> None:
    """Compresses the debug sections of all objects, archives and programs below `folder`, dates kept."""
    before = sum(path.stat().st_size for path in folder.rglob("*.elf"))
    for kind in ("*.o", "*.a", "*.elf"):
        for path in folder.rglob(kind):
            tool(f"{CROSS}objcopy", "-p", PACK, path)
    assert sum(path.stat().st_size for path in folder.rglob("*.elf")) < 0.9 * before


@pytest.mark.parametrize(
    "words", [("features", "--feature", "ENABLE_NTP"), ("report",)], ids=lambda words: words[0]
)
def test_compressed_debug_sections_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    build = copy(FIRMWARE, "base", tmp_path / "firmware")
    monkeypatch.chdir(tmp_path / "firmware")
    found = []
    for number in range(2):
        target = tmp_path / f"{number}.json"
        assert run([words[0], "build/base/OpenBL602.elf", *words[1:], "-o", f"json={target}"]) in (0, 1)
        found.append(target.read_text())
        if not number:
            pack(build)
    assert found[0] == found[1]
    assert "drv_ntp.c" in found[0]


def test_what_is_stripped_of_its_debug_information_is_told_from_its_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = copy(FIRMWARE, "base", tmp_path / "firmware")
    monkeypatch.chdir(tmp_path / "firmware")
    found = []
    for number in range(2):
        target = tmp_path / f"{number}.json"
        assert run(["features", "build/base/OpenBL602.elf", "-o", f"json={target}"]) == 0
        rows = json.loads(target.read_text())["features"]
        found.append({row["name"]: (row["flash"], row["ram"]) for row in rows if row["name"] not in INLINED})
        tool(f"{CROSS}objcopy", "-p", "--strip-debug", build / "OpenBL602.elf")
    assert found[0] == found[1]
