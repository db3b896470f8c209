"""Which of the text files around a firmware is this: partition table, policy, device tree source, or map?"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.model import Cell
from imgcheck.readers import linkmap, partitions, tomltext

LONGEST = 1 << 20  # a partition table has 2 KB, a device tree source 20 KB; a map is told by its beginning
_MAP_HEAD = (
    64 << 10
)  # what a translated map begins with: pulled members and dropped sections, or some of them


class Text(NamedTuple):
    """The kind (a word of identify.KINDS), what is odd, and what it says."""

    kind: str
    findings: tuple[str, ...] = ()
    fields: tuple[tuple[str, Cell], ...] = ()


def kind(data: bytes, path: str) -> Text | None:
    """The kind of a text, None for what is no text."""
    start = data[:4096]
    if linkmap.begins(data[:_MAP_HEAD]):
        return Text("map")
    if b"\0" in start or sum(byte < 9 for byte in start):
        return None
    text = data[:LONGEST].decode("utf-8", "replace")
    if start.decode("utf-8", "ignore").count("\ufffd") > 16:
        return None
    suffix = Path(path).suffix.lower()
    head = text[:4096]
    if suffix in (".dts", ".dtsi", ".overlay") or "/dts-v1/" in head:
        return _source(text)
    if suffix == ".toml" or "[pt_table]" in text or "[[pt_entry]]" in text:
        return _toml(data, text)
    printable = sum(byte >= 0x20 or byte in b"\t\r\n" for byte in start)
    return Text("text") if printable == len(start) and "\ufffd" not in head else None


def _source(text: str) -> Text:
    if text.count("{") != text.count("}"):
        return Text("dts", ("truncated or damaged: its braces do not match",))
    return Text("dts")


def _toml(data: bytes, text: str) -> Text:
    if "pt_table" not in text and "pt_entry" not in text:
        try:
            document = tomltext.load(text.replace("\r\n", "\n"))
        except FormatError:
            return Text("text", ("not TOML, though named so",))
        known = {"extends", "layouts", "reserve", "heap", "components", "budgets", "features", "rules", "ota"}
        return Text("policy") if known & document.keys() - {"ota"} else Text("text")
    try:
        table = partitions.parse(data)
    except FormatError as error:
        return Text("partition-toml", (str(error),))
    return Text("partition-toml", (), (("partitions", len(table.entries)),))
