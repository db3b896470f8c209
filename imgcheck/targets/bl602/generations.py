"""Which software may a device in the field have, as far as it decides about updates?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal, NamedTuple, TypeAlias

from imgcheck.errors import ImgcheckError

# The check of unpacked_len came with OpenBeken commit fac2cf081 of 2025-06-20 (#1629). 1.18.98 was released
# before it, 1.18.288 after it; for what lies between both are judged.
LAST_WITHOUT_GUARD = (1, 18, 98)
FIRST_WITH_GUARD = (1, 18, 288)
GUARD_DATE = "2025-06-20"


Method: TypeAlias = Literal["http", "tcp", "hosal"]


class Installed(NamedTuple):
    """The software that a device has: how it updates, and what it checks."""

    name: str
    method: Method
    guard: bool  # the application compares unpacked_len with the running slot
    new_boot2: bool  # boot2 checks size and boot header before it overwrites anything


_APPS = {False: f"OpenBeken before {GUARD_DATE[:7]}", True: f"OpenBeken since {GUARD_DATE[:7]}"}
_BOOT2 = {False: "old boot2", True: "new boot2"}
FIELD = tuple(
    Installed(f"{_APPS[guard]}, {_BOOT2[new]}", "http", guard, new)
    for guard in (False, True)
    for new in (False, True)
)
_METHODS: dict[Method, str] = {"tcp": "SDK's TCP update", "hosal": "SDK's hosal update"}
SDK = {
    str(method): tuple(Installed(f"{words}, {_BOOT2[new]}", method, False, new) for new in (False, True))
    for method, words in _METHODS.items()
}


def installed(asked: Iterable[str]) -> tuple[Installed, ...]:
    """The generations that the texts ask for: `VERSION`, a date, `boot2=old`, `boot2=new`, `tcp`, `hosal`.

    A comma narrows ("1.17.450,boot2=old"), several texts add up, none is every OpenBeken generation.
    Raises ImgcheckError for anything else.
    """
    found: dict[Installed, None] = {}
    for text in asked:
        chosen = list(FIELD)
        for part in filter(None, (part.strip().lower() for part in text.split(","))):
            chosen = _narrow(chosen, part, text)
        found |= dict.fromkeys(chosen)
    return tuple(found) or FIELD


def _narrow(chosen: list[Installed], part: str, text: str) -> list[Installed]:
    if part in ("boot2=old", "boot2=new"):
        return [one for one in chosen if one.new_boot2 == part.endswith("new")]
    if part in SDK:
        kept = {one.new_boot2 for one in chosen}
        return [one for one in SDK[part] if one.new_boot2 in kept]
    date = re.fullmatch(r"(\d{4}-\d{2})(-\d{2})?", part)
    if date:
        return _apps(chosen, {part >= GUARD_DATE} if date[2] else {False, True} if part == GUARD_DATE[:7]
                     else {part > GUARD_DATE[:7]})  # fmt: skip
    version = re.fullmatch(r"v?(\d{1,4})\.(\d{1,5})(?:\.(\d{1,6}))?", part)
    if version:
        number = (int(version[1]), int(version[2]), int(version[3] or 0))
        guards = {False} if number <= LAST_WITHOUT_GUARD else {True}
        between = LAST_WITHOUT_GUARD < number < FIRST_WITH_GUARD
        return _apps(chosen, {False, True} if between else guards)
    near = get_close_matches(part, ("boot2=old", "boot2=new", *SDK), 1)
    hint = (
        f"did you mean {near[0]}?"
        if near
        else "a version like 1.18.98, a date, boot2=old, boot2=new, tcp, hosal"
    )
    raise ImgcheckError(f"--installed {text}: {hint}")


def _apps(chosen: list[Installed], guards: set[bool]) -> list[Installed]:
    return [one for one in chosen if one.method != "http" or one.guard in guards]
