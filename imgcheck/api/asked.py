"""Which earlier build a gate is asked to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """What to compare with: `text` is a file, a git revision or "last"; `elf` a build. Neither: nothing."""

    text: str = ""
    elf: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.elf)
