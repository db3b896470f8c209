"""How often did the device start, why, what table did it print, and what stood before a crash?"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from imgcheck.model import Layout
from imgcheck.targets.vocabulary import Vocabulary
from imgcheck.wording import commas

LOOP = 3  # starts, of which two were forced: once may be chance
LONGEST_TABLE = 40  # lines behind its heading
MOST_BEFORE = 64  # registers that are kept, of the lines before a dump
LONGEST_BEFORE = 16  # lines between them and the exception's

_HEADING = re.compile(r"PtTable_Config @")
_COUNT = re.compile(r"entryCnt:? (\d{1,3})\b")
_ROW = re.compile(
    r"\[\d\d\]\s{1,6}(\d{1,3})\s{1,20}(\d{1,3})\s{1,20}(\d)\s{1,20}([!-~]{1,9})\s{1,6}0x([0-9a-fA-F]{1,8})"
    r"\s{1,6}0x([0-9a-fA-F]{1,8})\s{1,6}0x([0-9a-fA-F]{1,8})\s{1,6}0x([0-9a-fA-F]{1,8})"
)


class Row(NamedTuple):
    """A partition as a boot log prints it."""

    name: str
    addresses: tuple[int, int]
    sizes: tuple[int, int]
    line: int


@dataclass(slots=True)
class Boots:
    """The starts in a log by their reasons, those since the last OTA that was taken, and the last table."""

    starts: int = 0
    line: int = 0  # of the first forced one
    reasons: Counter[str] = field(default_factory=Counter)
    after: Counter[str] | None = None  # reasons since an OTA was taken; None when none was
    rows: list[Row] = field(default_factory=list)
    promised: int = 0  # entries that the table says it has
    heading: int = 0  # line of the last table
    before: deque[tuple[str, int, int]] = field(default_factory=lambda: deque(maxlen=MOST_BEFORE))

    def near(self, number: int) -> bool:
        """Whether a line may belong to the table that is being printed."""
        return bool(self.heading) and number - self.heading <= LONGEST_TABLE

    def line_read(self, line: str, number: int, log: Vocabulary) -> bool:
        """Takes a line; whether the device started in it."""
        if _HEADING.search(line):
            self.rows, self.heading, self.promised = [], number, 0
        elif self.near(number):
            count = _COUNT.search(line)
            self.promised = int(count[1]) if count else self.promised
            row = _ROW.search(line)
            if row and len(self.rows) < LONGEST_TABLE:
                places = [int(one, 16) for one in row.group(5, 6, 7, 8)]
                self.rows.append(Row(row[4], (places[0], places[1]), (places[2], places[3]), number))
        began = bool(log.start) and log.start in line
        self.starts += began
        reason = next((name for name in log.resets if name in line), "") if log.resets else ""
        if reason:
            self.reasons[reason] += 1
            if self.after is not None:
                self.after[reason] += 1
            if reason in log.forced and not self.line:
                self.line = number
        return began

    def taken(self) -> None:
        """An OTA was accepted: what follows is its doing."""
        self.after = Counter()

    @property
    def known(self) -> int:
        """Starts, where a log lacks the first line of one that it gives the reason of."""
        return max(self.starts, self.reasons.total())


def forced(reasons: Counter[str], log: Vocabulary) -> int:
    """Starts that nobody asked for."""
    return sum(times for name, times in reasons.items() if name in log.forced)


def looping(boots: Boots, log: Vocabulary) -> bool:
    """Whether the device starts again and again by itself."""
    return boots.known >= LOOP and forced(boots.reasons, log) >= LOOP - 1


def sentence(boots: Boots, log: Vocabulary) -> str:
    """What the starts say, "" when they say nothing."""
    since = boots.after
    if since is not None and forced(since, log):
        return f"After the OTA the device started {_times(since.total())}, {_why(since, log)}."
    if looping(boots, log):
        return f"The device starts again and again: {commas(boots.known)} starts, {_why(boots.reasons, log)}."
    if forced(boots.reasons, log):
        return f"The device started {_times(boots.known)}, {_why(boots.reasons, log)}."
    return ""


def table_name(boots: Boots, known: tuple[Layout, ...]) -> str:
    """The layouts that have exactly the partitions that the log prints."""
    printed = {(row.name, row.addresses, row.sizes) for row in boots.rows}
    found = (
        layout.name
        for layout in known
        if printed
        == {(one.name, (one.address0, one.address1), (one.size0, one.size1)) for one in layout.partitions}
    )
    return ", ".join(found)


def _why(reasons: Counter[str], log: Vocabulary) -> str:
    told = [(times, log.resets[name]) for name, times in reasons.items() if name in log.forced]
    return ", ".join(f"{commas(times)} of them after {what}" for times, what in sorted(told, reverse=True))


def _times(number: int) -> str:
    return "once" if number == 1 else f"{commas(number)} times"
