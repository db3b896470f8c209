"""Relocations in any order mean the same: no byte of an answer depends on how an assembler sorts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from permuted import copy, permute
from studies import FIRMWARE, needs_fixture

from imgcheck.cli import run

pytestmark = needs_fixture

COMMANDS = (
    ("base", "features", "--feature", "ENABLE_NTP"),
    ("over", "plan", "--need", "1KiB"),
    ("over", "check"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[1])
def test_permuted_relocations_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    case, *words = command
    build = copy(FIRMWARE, case, tmp_path / "firmware")
    monkeypatch.chdir(tmp_path / "firmware")
    found = []
    for number in range(2):
        texts = [tmp_path / f"{number}.{form}" for form in ("text", "json")]
        outputs = [part for path in texts for part in ("-o", f"{path.suffix[1:]}={path}")]
        assert run([words[0], f"build/{case}/OpenBL602.elf", *words[1:], *outputs]) in (0, 1)
        found.append([path.read_text() for path in texts])
        permute(build)
    assert found[0] == found[1]
    assert "ENABLE_" in found[0][0]
