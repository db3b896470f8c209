"""Which files of a release belong together, and which are missing or do not match?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from imgcheck.targets.target import Member

# OpenBeken's Makefile: NAME_VERSION and one of these, longest first.
UART, WEB = ".bin", "_OTA.bin.xz.ota"
PARTS = (WEB, "_OTA.bin.xz", "_OTA.bin.ota", "_OTA.bin", UART)
USUAL = (UART, "_OTA.bin", "_OTA.bin.xz", WEB)
FOR = {UART: "for UART", WEB: "for the web page", "_OTA.bin": "", "_OTA.bin.xz": ""}
SDK_NAME = "FW"  # FW_OTA.bin and so on: the SDK's own names, of which the .bin is no part
MOST_NAMED = 4


def review(members: Sequence[Member]) -> dict[str, tuple[str, ...]]:
    """What is missing beside, or does not match, each file: path -> findings."""
    groups: dict[str, dict[str, Member]] = {}
    for member in members:
        base, part = _split(member.identity.path)
        if part:
            groups.setdefault(base, {})[part] = member
    found: dict[str, tuple[str, ...]] = {}
    for base, group in groups.items():
        findings = [*_missing(base, group), *_mismatches(group)]
        if findings:
            first = next(group[part] for part in (*USUAL, *PARTS) if part in group)
            found[first.identity.path] = tuple(findings)
    return found


def _split(path: str) -> tuple[str, str]:
    name = Path(path).name
    part = next((part for part in PARTS if name.endswith(part)), "")
    return (str(Path(path).parent / name[: -len(part)]), part) if part else ("", "")


def _missing(base: str, group: Mapping[str, Member]) -> list[str]:
    name = Path(base).name
    versioned = re.search(r"_v?\d", name) is not None
    if name == SDK_NAME or "BL602" not in name.upper() or not (versioned or len(group) > 1):
        return []
    wanted = [part for part in USUAL if part in FOR and (FOR[part] or len(group) > 1)]
    missing = [
        f"{name}{part}{f' ({FOR[part]})' if FOR[part] else ''}" for part in wanted if part not in group
    ]
    return [f"missing beside it: {', '.join(missing)}"] if missing else []


def _mismatches(group: Mapping[str, Member]) -> list[str]:
    with_image = [(part, member) for part, member in group.items() if member.image]
    if len(with_image) < 2:
        return []
    reference_part, reference = min(
        with_image, key=lambda pair: USUAL.index(pair[0]) if pair[0] in USUAL else 9
    )
    others = [
        Path(member.identity.path).name
        for part, member in with_image
        if part != reference_part and not _same(member.image, reference.image)
    ]
    name = Path(reference.identity.path).name
    return [f"{', '.join(others[:MOST_NAMED])}: not made from {name}"] if others else []


def _same(one: bytes, other: bytes) -> bool:
    """The same image, whatever it is padded with zeros to."""
    return one.rstrip(b"\0") == other.rstrip(b"\0")
