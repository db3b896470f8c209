"""The `assets` of a JSON report that `imgcheck release` wrote: what a later release is compared with."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from imgcheck.errors import FormatError

MOST = 64 << 20  # bytes of a file


class Row(NamedTuple):
    """One asset of that release; `counted` are the bytes that count against its slot."""

    platform: str
    variant: str
    kind: str
    file: str
    version: str
    size: int
    counted: int | None


def parse(data: bytes) -> tuple[Row, ...]:
    """The rows; FormatError for what is no JSON report, or one without assets."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"no JSON: {error}") from None
    assets = document.get("assets") if isinstance(document, dict) else None
    if not isinstance(assets, list):
        raise FormatError("no report of imgcheck release: it has no list of assets")
    return tuple(_row(number, one) for number, one in enumerate(assets))


def _row(number: int, entry: Any) -> Row:
    if not isinstance(entry, dict):
        raise FormatError("an asset is no object", "", f"assets[{number}]")
    texts = [entry.get(key) for key in ("platform", "variant", "kind", "file", "version")]
    size, counted = entry.get("size"), entry.get("counted")
    if not all(isinstance(text, str) for text in texts) or not _number(size):
        lacking = "platform, variant, kind, file, version or size"
        raise FormatError(f"an asset lacks {lacking}", "", f"assets[{number}]")
    platform, variant, kind, file, version = map(str, texts)
    used = counted if _number(counted) else None
    return Row(
        platform=platform,
        variant=variant,
        kind=kind,
        file=file,
        version=version,
        size=size or 0,
        counted=used,
    )


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40
