"""Factory device trees: checked as the vendor's tools compile them and as the firmware reads them."""

from collections.abc import Sequence
from typing import NamedTuple

from imgcheck import targets
from imgcheck.devices import dts_lint, layouts
from imgcheck.devices.dts_lint import Mistake, Source
from imgcheck.errors import FormatError
from imgcheck.model import Diagnostic, Layout, Report
from imgcheck.readers import devicecompilers, devicesource, devicetree, files
from imgcheck.readers.devicenodes import LARGEST, Node
from imgcheck.report import trees as report_trees


class Tree(NamedTuple):
    """A tree as a device gets it: the root node and its bytes as a DTB, None if the source makes none."""

    path: str
    root: Node | None
    blob: int | None
    source: Source | None  # None for a DTB


def lint(paths: Sequence[str], names: Sequence[str], target: str = "") -> Report:
    """All findings of factory trees, DTS or DTB, against the named layouts (none: those in the field).

    Raises FormatError for a file that is neither.
    """
    chosen = layouts.named(names, targets.find(target) if target else targets.DEFAULT)
    trees = [read(path) for path in paths]
    findings = [finding for tree in trees for finding in _findings(tree, chosen)]
    tables = tuple(
        table for tree in trees for table in report_trees.tables(tree.path, tree.root, tree.blob, chosen)
    )
    return report_trees.lint(paths, tables, findings)


def findings(path: str, chosen: Sequence[Layout]) -> tuple[Diagnostic, ...]:
    """The findings of one tree, as `lint` has them; FormatError when the file is neither DTS nor DTB."""
    return _findings(read(path), chosen)


def read(path: str) -> Tree:
    """The tree in a DTS or DTB file, source compiled as the vendor's tools do.

    Raises FormatError for a file that is neither.
    """
    with files.named(path):
        data = files.read(path, LARGEST, "too large for a device tree")
        if files.sniff(data) == "dtb":
            return Tree(path, devicetree.parse(data), int.from_bytes(data[4:8], "big"), None)
        return _compiled(path, data)


def _compiled(path: str, data: bytes) -> Tree:
    text = devicesource.decode(data)
    if not text.text.strip():
        raise FormatError("empty")
    if "/dts-v1/" not in text.text and "{" not in text.text:
        raise FormatError("neither DTS nor DTB: no /dts-v1/ and no node in it")
    mistake = devicecompilers.first_mistake(text.text)
    strict = Mistake(*mistake) if mistake else None
    scanned: devicesource.Scan | None = None
    try:
        scanned = devicesource.scan(text.text)
    except FormatError as error:
        strict = strict or Mistake(error.message, error.line)
    stopped: Mistake | None = None
    root: Node | None = None
    blob: bytes | None = None
    try:
        blob = devicecompilers.compile_like_vendor(text.text)
        root = devicetree.parse(blob)
    except FormatError as error:
        stopped = Mistake(error.message, error.line)
    source = Source(
        text.bad_lines,
        tuple(devicecompilers.includes(text.text)),
        strict,
        stopped,
        scanned.root if scanned else None,
        scanned.late if scanned else (),
    )
    return Tree(path, root, len(blob) if root is not None and blob is not None else None, source)


def _findings(tree: Tree, chosen: Sequence[Layout]) -> tuple[Diagnostic, ...]:
    return dts_lint.lint(tree.path, tree.blob, tree.root, tree.source, chosen)
