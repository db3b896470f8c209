"""Does an update fit where a device puts it, and what that the device keeps lies under it?

A file is opened once; each layout gives rooms, one for each slot that an update can be written to. The
judgement is arithmetic on both.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from imgcheck.model import Cell
from imgcheck.wording import commas

Outcome: TypeAlias = Literal["fits", "over", "loses data", "bricks", "no slot known", "not for a device"]
SEVERITY: dict[str, int] = {
    "bricks": 0, "over": 1, "not for a device": 2, "loses data": 3, "no slot known": 4, "fits": 5,
}  # fmt: skip
LFS_BYTES = 0x8000  # what OpenBeken gives LittleFS unless `lfs_size` says otherwise (our_lfs.c:154)
LFS_LEAST = 0x4000  # our_lfs.c:189-238


class Opened(NamedTuple):
    """A file of a release, opened as what its name says.

    `counted` are the bytes that count against the slot, `run` those of the image that the device runs in the
    end (None: not known), `app` that image where it can be compared with the other files'. `container` is how
    much a padded file can hold, 0 for one that is as long as its contents.
    """

    counted: int
    run: int | None = None
    app: bytes = b""
    checks: tuple[tuple[str, bool], ...] = ()
    fields: tuple[tuple[str, Cell], ...] = ()
    container: int = 0
    sealed: bool = True  # its checks would see a changed byte

    @property
    def broken(self) -> tuple[str, ...]:
        """The checks that do not hold."""
        return tuple(what for what, passed in self.checks if not passed)


class Keep(NamedTuple):
    """A stretch of the flash that a device wants to keep."""

    name: str
    start: int
    end: int


class Room(NamedTuple):
    """Where a device puts a file: from `start` on, `slot` bytes; it takes at most `most`, by `size_check`.

    `over` is what becomes of a device that is given more, `refuses` whether it is refused before anything is
    written. `run_most` bounds the image that comes out (None: nothing known), `run_over` is what more of it
    does. Up to `most`, the last `unsure` bytes may be refused: nobody has read that comparison. `above` is a
    size from which on a sentence is worth saying.
    """

    layout: str
    start: int
    slot: int
    most: int
    checked_by: str
    size_check: str = "nobody"
    keeps: tuple[Keep, ...] = ()
    over: Outcome = "over"
    refuses: bool = False
    run_most: int | None = None
    run_over: Outcome = "over"
    run_loses: str = ""
    unsure: int = 0
    above: tuple[int, str] | None = None


class Judgement(NamedTuple):
    """What a layout makes of a file. `limit` is the largest that fits and overwrites nothing."""

    layout: str
    slot: int | None
    limit: int | None
    headroom: int | None
    verdict: Outcome
    overwrites: tuple[str, ...] = ()
    checked_by: str = ""
    size_check: str = ""
    share: float | None = None  # of the slot
    end: int | None = None  # first flash byte behind what is written
    remarks: tuple[str, ...] = ()


def judge(opened: Opened, room: Room) -> Judgement:
    """The verdict of one room."""
    counted = opened.counted
    end = room.start + counted
    refused = room.refuses and counted > room.most
    ahead = [keep for keep in room.keeps if keep.end > room.start]
    under = [] if refused else [keep.name for keep in ahead if keep.start < end]
    limit = min([room.most, *(max(keep.start - room.start, 0) for keep in ahead)])
    headroom = limit - counted
    verdict: Outcome = room.over if counted > room.most else "loses data" if under else "fits"
    remarks = _remarks(opened, room)
    if opened.run is not None and room.run_most is not None:
        spare = room.run_most - opened.run
        headroom = min(headroom, spare)
        if spare < 0:
            remarks.append(
                f"its image of {commas(opened.run)} bytes is larger than the "
                f"{commas(room.run_most)} it runs in"
            )
            under += [room.run_loses] if room.run_loses and room.run_loses not in under else []
            if SEVERITY[room.run_over] < SEVERITY[verdict]:
                verdict = room.run_over
    share = counted / room.slot if room.slot > 0 else None
    return Judgement(
        layout=room.layout, slot=room.slot, limit=limit, headroom=headroom, verdict=verdict,
        overwrites=tuple(under), checked_by=room.checked_by, size_check=room.size_check,
        share=share, end=end, remarks=tuple(remarks),
    )  # fmt: skip


def _remarks(opened: Opened, room: Room) -> list[str]:
    said = []
    left = room.most - opened.counted
    if 0 <= left < room.unsure:
        said.append(
            f"{commas(left)} bytes short of the slot: strict or not is unknown for the last {room.unsure}"
        )
    if room.above and opened.counted > room.above[0]:
        said.append(room.above[1])
    return said


def worst(judgements: list[Judgement]) -> Judgement:
    """The one that decides: the worst verdict, then the least headroom."""
    return min(judgements, key=lambda one: (SEVERITY[one.verdict], one.headroom or 0))
