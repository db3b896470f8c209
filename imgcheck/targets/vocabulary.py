"""What do the devices and tools of a target print, and what does it mean?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from imgcheck.model import Severity


class Message(NamedTuple):
    """`pattern` as a device or tool prints it; `meaning` and `advice` in words."""

    code: str
    pattern: str
    severity: Severity
    meaning: str
    advice: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """A target's messages; `crashes` are codes after which the firmware runs no more.

    `parts` are in lower case; a line without any of them holds no message, nor a number of an attempt: most
    lines of a log are about something else, and a search for every pattern takes 50 times longer. `harmless`
    codes say nothing of an attempt.
    """

    messages: tuple[Message, ...] = ()
    parts: tuple[str, ...] = ()
    crashes: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()
    header_bytes: int = 0  # of the file for the air, not written to the slot
    code: range = range(0)  # addresses from which the core fetches code
    start: str = ""  # what a device prints first
    resets: Mapping[str, str] = field(default_factory=dict)  # reasons of a start as printed, and in words
    forced: frozenset[str] = frozenset()  # those that nobody asked for
    dump: str = ""  # code of the message with which a crash dump begins

    @cached_property
    def by_code(self) -> Mapping[str, Message]:
        """The messages by their codes."""
        return {message.code: message for message in self.messages}

    @cached_property
    def failures(self) -> frozenset[str]:
        """Codes after which the attempt has failed."""
        return frozenset(message.code for message in self.messages if message.severity == "error")

    def promising(self, line: str) -> bool:
        """Whether a line may hold a message, or a number of an attempt, at all."""
        lower = line.lower()
        return any(part in lower for part in self.parts)

    def find(self, line: str) -> list[tuple[Message, str]]:
        """The messages in one line of a log, each with the text that it was known by."""
        if not self.messages:
            return []
        return [
            (self.by_code[self._names[match.lastgroup or ""]], match[0]) for match in self._any.finditer(line)
        ]

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {message.code.replace("-", "_"): message.code for message in self.messages}

    @cached_property
    def _any(self) -> re.Pattern[str]:
        groups = (f"(?P<{name}>{self.by_code[code].pattern})" for name, code in self._names.items())
        return re.compile("|".join(groups), re.IGNORECASE)
