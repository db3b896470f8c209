"""Which earlier builds a gate is asked to look at."""

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


@dataclass(frozen=True, slots=True)
class Earlier:
    """Which history, and which builds of it; what is empty the policy says. All of it is the job's word."""

    db: str = ""
    branch: str = ""
    variant: str = ""
