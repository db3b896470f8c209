"""What happened in this OTA attempt, how much had arrived, and what is to be done next?"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from imgcheck import targets
from imgcheck.devices import bootlog
from imgcheck.devices.bootlog import Boots
from imgcheck.devices.causes import CAUSE, CAUSES, REGISTER, TRACE
from imgcheck.errors import FormatError
from imgcheck.model import Layout
from imgcheck.targets.vocabulary import Message, Vocabulary
from imgcheck.wording import commas

LONGEST_LINE = 2000
MOST_ATTEMPTS = 10_000
MOST_ADDRESSES = 64  # of one dump; registers and a backtrace are 40
LONGEST_DUMP = 60  # lines
MOST_CODES = 100  # of one attempt

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NUMBERS = {
    "expected": re.compile(r"OTA post len (\d{1,10})\b"),
    "slot": re.compile(r"OTA size is (\d{1,10})\b"),
    "address": re.compile(r"use OTA address=(?:0x)?([0-9a-fA-F]{1,8})\b"),
    "active": re.compile(r"activeIndex is (\d)\b"),
    "left": re.compile(r"recv returned -\d+[^\n]{0,80}?remaining (\d{1,10})\b"),
    "stored": re.compile(r"partition len is (\d{1,10})\b"),
}
_WRITTEN = re.compile(r"Writelen (\d{1,9}) at 0x([0-9a-fA-F]{1,8})\b")
_UNPACKED = re.compile(r"image size \((\d{1,10})\)[^\n]{0,80}?partition size \((\d{1,10})\)")
_ERASED = re.compile(r"Erased:\s{0,4}\d+")


class Event(NamedTuple):
    """A known message: its first line, how often it came, and the text that it was known by."""

    message: Message
    line: int
    times: int
    text: str


class Point(NamedTuple):
    """An address of a crash dump: what it is, and the line that it stands in."""

    what: str
    address: int
    line: int


@dataclass(slots=True)
class Progress:
    """Numbers of one attempt, None where the log does not say; bytes of the file, its header included."""

    line: int = 0
    expected: int | None = None
    arrived: int | None = None
    left: int | None = None
    slot: int | None = None
    address: int | None = None
    active: int | None = None
    erased: bool = False
    codes: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Works out what can be had from the rest."""
        if self.expected is not None and self.left is not None and self.left <= self.expected:
            self.arrived = self.expected - self.left
        elif self.expected is not None and self.arrived is not None and self.left is None:
            self.left = max(self.expected - self.arrived, 0)


class Story(NamedTuple):
    """What a log tells: messages by first line, attempts in order, the addresses of its last crash dump."""

    events: tuple[Event, ...]
    attempts: tuple[Progress, ...]
    crash: tuple[Point, ...]
    cause: str  # of the crash, in words
    unpacked: tuple[int, int] | None  # unpacked size and running slot, where the device said them
    lines: int
    log: Vocabulary  # of the devices that it was read as
    boots: Boots
    cut: bool = False  # the last crash dump lacks its exception line


def read(lines: Iterable[str], log: Vocabulary | None = None) -> Story:
    """Reads a log line by line; never fails: what is not known is passed over.

    `log` is what the devices print, None what those of the default target do.
    """
    log = log or targets.DEFAULT.log
    events: dict[str, Event] = {}
    attempts: list[Progress] = []
    crash: list[Point] = []
    cause = ""
    unpacked: tuple[int, int] | None = None
    boots = Boots()
    open_dump = False  # a dump has begun, and its exception line has not come
    number = 0
    for number, raw in enumerate(lines, 1):
        line = raw[:LONGEST_LINE]
        near = bool(crash) and number - crash[0].line <= LONGEST_DUMP
        if not (near or boots.near(number) or log.promising(line)):
            continue
        if "\x1b" in line:
            line = _ANSI.sub("", line)
        began = boots.line_read(line, number, log)
        for message, text in log.find(line):
            open_dump = open_dump or message.code == log.dump
            if message.code == "accepted":
                boots.taken()
            known = events.get(message.code)
            times = known.times + 1 if known else 1
            first = known or Event(message, number, 0, text)
            events[message.code] = first._replace(times=times)
            if message.code not in log.harmless:
                attempt = _attempt(attempts, line, number)
                attempt.codes += [message.code] if len(attempt.codes) < MOST_CODES else []
        _progress(attempts, line, number, log.header_bytes)
        match = _UNPACKED.search(line)
        unpacked = (int(match[1]), int(match[2])) if match else unpacked
        match = CAUSE.search(line)
        if match:
            code = int(match[1], 16) & 0x3FF
            cause = CAUSES.get(code, f"exception {code}")
            crash = [Point("mepc", int(match[2], 16), number), Point("mtval", int(match[3], 16), number)]
            crash += [Point(*one) for one in boots.before if number - one[2] <= bootlog.LONGEST_BEFORE]
            open_dump = False
        elif near and not began and len(crash) < MOST_ADDRESSES:
            crash += _points(line, number, log.code)
        elif not near:
            boots.before.extend(_points(line, number, log.code))
    for one in attempts:
        one.settle()
    return Story(
        events=tuple(events.values()),
        attempts=tuple(attempts),
        crash=tuple(crash),
        cause=cause,
        unpacked=unpacked,
        lines=number,
        log=log,
        boots=boots,
        cut=open_dump,
    )


def last(story: Story) -> Progress | None:
    """The attempt that the verdict is about: the last one."""
    return story.attempts[-1] if story.attempts else None


def layouts(progress: Progress, known: Sequence[Layout]) -> tuple[str, ...]:
    """Names of the layouts that have the slot which the device said it writes to."""
    found = []
    for layout in known:
        firmware = targets.of_layout(layout).application_partition(layout)
        if firmware is None or progress.address is None or progress.slot is None:
            continue
        if any((address, size) == (progress.address, progress.slot) for _, address, size in firmware.copies):
            found.append(layout.name)
    return tuple(found)


def verdict(story: Story) -> str:
    """What happened, in a few sentences."""
    cut = "The crash dump is cut: the line with mcause and mepc is missing." if story.cut else ""
    starts = bootlog.sentence(story.boots, story.log)
    return " ".join(one for one in (_told(story), starts, cut) if one)


def _told(story: Story) -> str:
    attempt = last(story)
    codes = attempt.codes if attempt else []
    failed = next((code for code in codes if code in story.log.failures), "")
    crashed = next((code for code in codes if code in story.log.crashes), "")
    if crashed and failed not in story.log.crashes:
        why = story.cause or story.log.by_code[crashed].meaning
        return f"{_ending(story, attempt, failed)} Then the firmware stopped: {why}."
    return _ending(story, attempt, failed)


def _ending(story: Story, attempt: Progress | None, failed: str) -> str:
    codes = attempt.codes if attempt else []
    if failed == "cut" and attempt:
        return f"The OTA was cut short: {arrived(attempt)}. {_aftermath(attempt)}"
    if failed == "sha256" and attempt and attempt.left:
        return f"The OTA was cut short: {arrived(attempt)}, so the SHA-256 is wrong. {_aftermath(attempt)}"
    if failed in story.log.crashes:
        during = f" during the OTA ({arrived(attempt)})" if attempt and attempt.expected is not None else ""
        return f"The firmware stopped{during}: {story.cause or story.log.by_code[failed].meaning}."
    if failed == "unpacked" and story.unpacked:
        size, slot = story.unpacked
        return (
            f"The device refused the OTA: the unpacked image has {commas(size)} bytes, "
            f"{commas(size - slot)} more than "
            f"the slot that it runs from ({commas(slot)})."
        )
    if failed == "too-large" and attempt and attempt.slot is not None:
        has = ""
        if attempt.expected is not None and attempt.expected - story.log.header_bytes >= attempt.slot:
            body = attempt.expected - story.log.header_bytes
            has = f" It has {commas(body)}, {commas(body - attempt.slot + 1)} too many."
        return (
            "The device refused the OTA: its body must stay below the slot's "
            f"{commas(attempt.slot)} bytes.{has}"
        )
    if failed:
        return f"The OTA failed: {story.log.by_code[failed].meaning}."
    if "accepted" in codes:
        return "The device took the OTA: the whole file arrived, and its SHA-256 is right."
    if attempt and (attempt.expected is not None or "start" in codes):
        return f"The log ends while the OTA runs: {arrived(attempt)}."
    if not story.events:
        return "No OTA in this log." if story.boots.known else ""
    warned = next((one.message for one in story.events if one.message.severity == "warning"), None)
    if warned:
        return f"No OTA failed in this log, but {warned.meaning}."
    return f"Nothing went wrong that this log shows ({story.events[0].message.meaning})."


def arrived(progress: Progress) -> str:
    """How much of the file had arrived, in words."""
    if progress.arrived is None:
        return (
            f"{commas(progress.left)} bytes had not arrived"
            if progress.left
            else "the log does not say how much arrived"
        )
    if progress.expected:
        share = progress.arrived / progress.expected
        return f"{commas(progress.arrived)} of {commas(progress.expected)} bytes had arrived ({share:.0%})"
    return f"{commas(progress.arrived)} bytes had arrived"


def failed(story: Story) -> bool | None:
    """Whether the last attempt failed; None when the log does not say."""
    attempt = last(story)
    codes = attempt.codes if attempt else []
    if any(code in story.log.failures for code in codes):
        return True
    if "accepted" in codes and bootlog.forced(story.boots.after or Counter(), story.log):
        return True
    return False if "accepted" in codes else None


def _aftermath(progress: Progress) -> str:
    return "The slot for updates is erased, the running firmware is not touched." if progress.erased else ""


def _attempt(attempts: list[Progress], line: str, number: int) -> Progress:
    begins = "OTA bin addr" in line and bool(attempts) and "start" in attempts[-1].codes
    if begins or not attempts:
        _begin(attempts, number)
    return attempts[-1]


def _begin(attempts: list[Progress], number: int) -> None:
    if len(attempts) >= MOST_ATTEMPTS:
        message = f"more than {MOST_ATTEMPTS:d} OTA attempts: give the part with the last one"
        raise FormatError(message, line=number)
    attempts.append(Progress(number))


def _progress(attempts: list[Progress], line: str, number: int, header: int) -> None:
    if _NUMBERS["expected"].search(line) and not (attempts and attempts[-1].line == number):
        _begin(attempts, number)
    for name, pattern in _NUMBERS.items():
        match = pattern.search(line)
        if match:
            attempt = attempts[-1] if attempts else Progress(number)
            if not attempts:
                attempts.append(attempt)
            if name == "stored":
                attempt.arrived = int(match[1])
            else:
                setattr(attempt, name, int(match[1], 16 if name == "address" else 10))
    match = _WRITTEN.search(line)
    if match and attempts:
        end = header + int(match[2], 16) + int(match[1])
        attempts[-1].arrived = max(attempts[-1].arrived or 0, end)
    if _ERASED.search(line) and attempts:
        attempts[-1].erased = True


def _points(line: str, number: int, code: range) -> Iterator[Point]:
    trace = TRACE.search(line)
    if trace:
        yield Point("called from", int(trace[1], 16), number)
        return
    for match in REGISTER.finditer(line):
        address = int(match[2], 16)
        if address in code:
            yield Point(match[1].lower(), address, number)
