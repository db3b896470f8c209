"""What do data of an assembler's source lose, which no line table tells: `.incbin`, `.word` under an #if?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.mentions import Change
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources.literals import decoded
from imgcheck.prediction.spans import disjoint
from imgcheck.source import Source

SUFFIXES = (".S", ".sx")  # what a preprocessor has read
_LABEL = re.compile(r"^\s*[\w.$]+\s*:")
_SECTION = re.compile(r"\.(?:push)?section\s+([^\s,;]+)")
_PLAIN = re.compile(r"\.(text|data|bss|rodata)\b")
_BACK = re.compile(r"\.(?:previous|popsection)\b")
_INCLUDED = re.compile(r'\.incbin\s+"([^"]+)"(?:\s*,\s*(\w+))?(?:\s*,\s*(\w+))?\s*$')
# What nobody closes ends with its line, so that no place is looked at twice.
_TEXT = re.compile(r'"(?:[^"\\]|\\.?)*(?:"|$)')
_COMMENT = re.compile(rf"({_TEXT.pattern})|#.*|//.*|/\*.*?(?:\*/|$)")
_SIZES = {
    **dict.fromkeys((".byte", ".1byte"), 1),
    **dict.fromkeys((".half", ".short", ".hword", ".2byte"), 2),
    **dict.fromkeys((".word", ".long", ".int", ".4byte", ".float", ".single"), 4),
    **dict.fromkeys((".quad", ".dword", ".8byte", ".double"), 8),
}
_TEXTS = {".ascii": 0, ".asciz": 1, ".string": 1}  # bytes behind each
_ROOM = frozenset({".space", ".zero", ".skip"})
_SILENT = (
    ".global .globl .type .size .local .hidden .weak .section .pushsection .text .data .bss .rodata "
    ".previous .popsection .option .file .loc .attribute .ident"
)
_NOTHING = frozenset(("", *_SILENT.split()))  # what makes no bytes


class _Bytes(NamedTuple):
    """What lines have of a section: bytes, and whether that is all of it."""

    size: int
    sure: bool


def extended(
    graph: Graph,
    origins: Mapping[int, Origin],
    changes: Mapping[str, Change],
    read: tuple[Callable[[str], Source], Path],
    removal: Removal,
) -> Removal:
    """The same removal, with what sections of data lose; `read` gives a source, and has their root."""
    losses = dict(removal.losses)
    for number, origin in origins.items():
        for path in sorted(path for path in origin.sources & changes.keys() if path.endswith(SUFFIXES)):
            known, place = read[0](path), (read[1], path)
            going = _sections(known, changes[path].removed_lines - changes[path].added_lines, place)
            coming = _sections(known, changes[path].added_lines - changes[path].removed_lines, place)
            for index in graph.sections[number]:
                node = graph.nodes[index]
                lost, new = going.get(node.name), coming.get(node.name)
                if node.code or not node.placed or index in removal.cut.nodes or (lost, new) == (None, None):
                    continue
                size = max(node.flash, node.ram)
                lost, new = lost or _Bytes(0, True), new or _Bytes(0, True)
                less, end = min(lost.size, size), node.address + size
                loss = losses.get(index, Loss(()))
                unsure = 0 if lost.sure and new.sure else 2 * size
                losses[index] = loss._replace(
                    spans=disjoint((*loss.spans, (end - less, end))) if less else loss.spans,
                    added=loss.added + new.size,
                    unsure=loss.unsure + unsure,
                )
    return replace(removal, losses=losses)


def _sections(source: Source, lines: frozenset[int], place: tuple[Path, str]) -> dict[str, _Bytes]:
    """What these lines of a source have of each section; its `place` is the root of all, and its path."""
    found: dict[str, _Bytes] = {}
    here = before = ".text"
    for number, line in enumerate(source.text.split("\n") if lines else (), 1):
        text = _LABEL.sub("", _COMMENT.sub(r"\1", line)).replace("\t", " ").strip()
        named = _SECTION.match(text) or _PLAIN.match(text)
        if named:
            before, here = here, (named[1] if "." in named[1] else f".{named[1]}")
        elif _BACK.match(text):
            before, here = here, before
        if number in lines and text.partition(" ")[0] not in _NOTHING:
            one = _bytes(text, place)
            known = found.get(here, _Bytes(0, True))
            found[here] = _Bytes(known.size + one.size, known.sure and one.sure)
    return found


def _bytes(text: str, place: tuple[Path, str]) -> _Bytes:
    """The bytes that a line makes."""
    word, _, rest = text.partition(" ")
    if included := _INCLUDED.match(text):
        return _included(place, *included.groups())
    if word in _SIZES:
        return _Bytes(_SIZES[word] * (rest.count(",") + 1), True)
    if word in _TEXTS:
        texts = [one for one in _TEXT.findall(rest) if len(one) > 1 and one.endswith('"')]
        return _Bytes(sum(len(decoded(one)) + _TEXTS[word] for one in texts), True)
    if word in _ROOM and (size := _number(rest.split(",")[0])) is not None:
        return _Bytes(size, True)
    return _Bytes(0, False)


def _included(place: tuple[Path, str], name: str, skip: str | None, count: str | None) -> _Bytes:
    """The bytes of a file that are taken in."""
    skipped, counted = _number(skip or "0"), _number(count) if count else None
    size = _size(*place, name)
    if size is None:
        return _Bytes(counted or 0, counted is not None)
    if skipped is None or (count and counted is None):
        return _Bytes(0, False)
    rest = max(size - skipped, 0)
    return _Bytes(rest if counted is None else min(counted, rest), True)


def _size(root: Path, path: str, name: str) -> int | None:
    """The size of a file beside a source; None of one outside of all sources: nobody is told of those."""
    try:
        found = (root / path).parent.joinpath(name).resolve()
        return found.stat().st_size if found.is_relative_to(root.resolve()) and found.is_file() else None
    except (OSError, ValueError, RuntimeError):  # not there, a null in its name, links in a circle
        return None


def _number(text: str) -> int | None:
    try:
        return max(int(text.strip(), 0), 0)
    except ValueError:
        return None
