"""The flash partitions that a device tree fixes: nodes of `fixed-partitions` (Linux, Zephyr) and mapped ones.

    partitions {
        compatible = "fixed-partitions";
        #address-cells = <1>;
        #size-cells = <1>;
        partition@10000 { label = "FW"; reg = <0x10000 0xc8000>; };
    };

How many cells of `reg` are the address and how many the size, the nearest node above says that has
`#address-cells` and `#size-cells`; a partition whose place cannot be worked out is an error, not left out.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers.devicenodes import Node, cells, strings

_MAPPED = "zephyr,mapped-partition"
_PLAIN = (1, 1)  # where no node says it: two cells are an address and a size
_MOST_CELLS = 2  # 64 bits, for either


class Fixed(NamedTuple):
    """A partition of a `fixed-partitions` node; `label` as the firmware knows it."""

    label: str
    offset: int
    size: int
    line: int


class Flash(NamedTuple):
    """A flash with fixed partitions; `size` is None where the tree does not say it."""

    size: int | None
    line: int
    partitions: tuple[Fixed, ...]


def flashes(root: Node) -> tuple[Flash, ...]:
    """Every flash whose partitions the tree fixes, with offsets from the flash's start, in bytes.

    Raises FormatError for a partition whose place or name the tree does not say in full.
    """
    found = []
    stack: list[tuple[Node, tuple[Node, ...]]] = [(root, ())]
    while stack:
        node, above = stack.pop()
        for child in node.children.values():
            if _fixes(child):
                entries = tuple(_partitions(child, (child, node, *above)))
                if entries:
                    found.append(Flash(_size(node, above), child.line, entries))
        stack += [(child, (node, *above)) for child in reversed(node.children.values())]
    return tuple(found)


def _fixes(node: Node) -> bool:
    if "fixed-partitions" in strings(node, "compatible"):
        return True
    value = node.properties.get("compatible")
    if value and value.data is None and node.name.startswith("partitions"):
        raise FormatError(f"compatible of {node.name} is not known: {value.unknown}", line=value.line)
    return any(_MAPPED in strings(one, "compatible") for one in node.children.values())


def _partitions(node: Node, chain: Sequence[Node]) -> Iterator[Fixed]:
    for child in node.children.values():
        label = child.properties.get("label")
        name = f"{child.name} ({strings(child, 'label')[0]})" if strings(child, "label") else child.name
        reg = child.properties.get("reg")
        if reg is None:
            if label is None:
                continue  # whatever it is, Linux and Zephyr take no partition from it either
            raise FormatError(f"{name} has no reg", line=child.line)
        for value in (reg, label):
            if value and value.data is None:
                raise FormatError(
                    f"{value.name} of {name} is not known: {value.unknown} is said by the "
                    "preprocessor or another file; give the tree that the build made of it",
                    line=value.line,
                )
        offset, size = _place(cells(child, "reg"), _counts(chain), name, reg.line or child.line)
        yield Fixed((strings(child, "label") or [child.name.split("@")[0]])[0], offset, size, child.line)


def _place(reg: list[int], counts: tuple[int, int] | None, name: str, line: int) -> tuple[int, int]:
    addresses, sizes = counts or _PLAIN
    if not (0 < addresses <= _MOST_CELLS and 0 < sizes <= _MOST_CELLS):
        raise FormatError(f"#address-cells {addresses} and #size-cells {sizes} fix no partition", line=line)
    if len(reg) != addresses + sizes:
        raise FormatError(
            f"reg of {name} has {len(reg)} cells, not #address-cells {addresses} and #size-cells {sizes}",
            line=line,
        )
    return _number(reg[:addresses]), _number(reg[addresses:])


def _counts(chain: Sequence[Node]) -> tuple[int, int] | None:
    """What the nearest node that says both kinds of cells says; None when none does."""
    found = []
    for name in ("#address-cells", "#size-cells"):
        node = next((one for one in chain if name in one.properties), None)
        if node is None:
            return None
        value = node.properties[name]
        if len(cells(node, name)) != 1:
            raise FormatError(f"{name} of {node.name} is not one number", line=value.line)
        found.append(cells(node, name)[0])
    return found[0], found[1]


def _size(flash: Node, above: Sequence[Node]) -> int | None:
    reg = cells(flash, "reg")
    counts = _counts(above) or _PLAIN
    addresses, sizes = counts
    if len(reg) == addresses + sizes and 0 < sizes <= _MOST_CELLS:
        return _number(reg[addresses:])
    return reg[1] if len(reg) == sum(_PLAIN) else None


def _number(parts: Sequence[int]) -> int:
    return sum(part << 32 * place for place, part in enumerate(reversed(parts)))
