"""Which `#define` is on for every build, because only the two lines of its guard were commented out?

    //#if (OBK_VARIANT == OBK_VARIANT_IRREMOTEESP)
    #define ENABLE_DRIVER_IRREMOTEESP 1
    //#endif
"""

import re
from collections.abc import Collection
from fnmatch import fnmatchcase

from imgcheck.model import Location, Slip

_OPEN = re.compile(r"\s*(?://+|/\*+)\s*(#\s*(?:if|ifdef|ifndef)\b.*)")
_CLOSE = re.compile(r"\s*(?://+|/\*+)\s*#\s*endif\b")
_LIVE_OPEN = re.compile(r"\s*#\s*if")
_LIVE_CLOSE = re.compile(r"\s*#\s*endif\b")
_LIVE_ELSE = re.compile(r"\s*#\s*(?:else|elif)\b")
_DEFINE = re.compile(r"\s*#\s*define\s+([A-Za-z_]\w*)\s*(.*)")
_BLOCK = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|//.*|/\*[\s\S]*?(?:\*/|\Z)')


def find(text: str, path: str, pattern: str, active: Collection[int] | None = None) -> tuple[Slip, ...]:
    """The slips in a configuration header: defines of `pattern` between a commented #if and its #endif.

    `active` are the lines that this build takes, where they are known: slips of other platforms'
    blocks are left out. A commented guard ends at the #endif commented like it, or is none when its
    block ends before.
    """
    found: list[Slip] = []
    open_: list[tuple[int, str, int, list[tuple[int, re.Match[str]]]]] = []  # line, guard, depth, defines
    depth = 0
    for number, line in enumerate(_without_blocks(text).split("\n"), 1):
        if guard := _OPEN.fullmatch(line):
            open_.append((number, guard[1].removesuffix("*/").strip(), depth, []))
        elif _CLOSE.match(line):
            if open_ and open_[-1][2] == depth:
                start, condition, _, defines = open_.pop()
                for at, match in defines:
                    place = Location(path, at, *_columns(match))
                    found.append(Slip(match[1], condition, place, start, number))
        elif _LIVE_OPEN.match(line):
            depth += 1
        elif _LIVE_CLOSE.match(line) or _LIVE_ELSE.match(line):
            depth -= bool(_LIVE_CLOSE.match(line))
            limit = depth if _LIVE_CLOSE.match(line) else depth - 1
            open_ = [entry for entry in open_ if entry[2] <= limit]
        elif open_ and (define := _DEFINE.match(line)) and fnmatchcase(define[1], pattern):
            is_on = not re.match(r"0\b", define[2])
            if is_on and (active is None or number in active):
                open_[-1][3].append((number, define))
    return tuple(sorted(found, key=lambda slip: slip.location.line))


def _columns(define: re.Match[str]) -> tuple[int, int]:
    return len(define[0]) - len(define[0].lstrip()) + 1, len(define[0].rstrip()) + 1


def _without_blocks(text: str) -> str:
    """`text` with the comments of several lines blanked: what they hold is no guard."""

    def blank(match: re.Match[str]) -> str:
        lines = match[0].count("\n")
        return "\n" * lines if lines else match[0]

    return _BLOCK.sub(blank, text.replace("\r\n", "\n"))
