"""Factory device trees as tables: what the firmware reads, and the room in each layout."""

from collections.abc import Sequence

from imgcheck.devices.dts_lint import mac_text
from imgcheck.model import Cell, Column, Diagnostic, Layout, Report, Table
from imgcheck.readers.devicenodes import Node, cells, strings
from imgcheck.report.assembly import linted
from imgcheck.report.columns import size_column


def tables(path: str, root: Node | None, blob: int | None, layouts: Sequence[Layout]) -> tuple[Table, ...]:
    """What the firmware reads from one tree, and its size against each layout's factory partition."""
    if root is None or blob is None:
        return ()
    return (
        Table(
            f"What the firmware reads from {path}",
            (Column("Property"), Column("Value")),
            tuple(_read(root)),
            name="properties",
        ),
        Table(
            f"Room for its {blob:,} bytes",
            (Column("Layout"), size_column("Factory"), size_column("Left")),
            tuple(
                (layout.name, partition.size0, partition.size0 - blob)
                for layout in layouts
                for partition in layout.partitions
                if partition.name == "factory" and partition.size0
            ),
            name="factory",
        ),
    )


def lint(paths: Sequence[str], shown: tuple[Table, ...], findings: Sequence[Diagnostic]) -> Report:
    """The report of `imgcheck dts lint`."""
    checks = [("dts", path, _clean(path, findings)) for path in paths]
    return linted("dts lint", paths, "trees", findings, checks, tables=shown)


def _clean(path: str, findings: Sequence[Diagnostic]) -> bool:
    return not any(
        one.severity == "error" and one.location and path.endswith(one.location.path) for one in findings
    )


def _read(root: Node) -> list[tuple[Cell, ...]]:
    wifi = root.at("wifi") or Node("wifi")
    mac, radio, region = (wifi.at(name) or Node(name) for name in ("mac", "brd_rf", "region"))
    rows: list[tuple[Cell, ...]] = [("wifi/mac mode", _text(mac, "mode"))]
    for name in ("sta_mac_addr", "ap_mac_addr"):
        value = mac.properties.get(name)
        rows.append((f"wifi/mac {name}", mac_text(value.data) if value else None))
    rows += [(f"wifi/brd_rf {name}", _text(radio, name)) for name in ("xtal_mode", "pwr_mode")]
    rows.append(("wifi/brd_rf xtal (trim)", " ".join(map(str, cells(radio, "xtal")[:8])) or None))
    rows.append(("wifi/region country_code", " ".join(map(str, cells(region, "country_code")[:1])) or None))
    return rows


def _text(node: Node, name: str) -> str | None:
    found = strings(node, name)
    return found[0] if found else None
