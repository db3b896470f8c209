"""A device tree's nodes and properties, whatever they were read from, and the flash partitions it fixes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

LARGEST = 1 << 20  # bytes of a tree: a factory partition has 28 KiB, Zephyr's expanded trees 100 KB
DEEPEST = 64  # nodes inside nodes; the vendor's trees have four levels


class Property(NamedTuple):
    """A property; `data` is None where the source does not say it: `unknown` names what is open."""

    name: str
    data: bytes | None
    line: int = 0
    unknown: str = ""  # a macro, a reference


@dataclass(slots=True)
class Node:
    """A node; `line` is 0 in a DTB. A `/` block or `&label` block that comes again adds to the same node."""

    name: str
    line: int = 0
    properties: dict[str, Property] = field(default_factory=dict)
    children: dict[str, "Node"] = field(default_factory=dict)

    def at(self, *path: str) -> "Node | None":
        """The node below this one at a path of names, None when there is none."""
        node: Node | None = self
        for name in path:
            node = node.children.get(name) if node else None
        return node

    def walk(self) -> Iterator[tuple[str, "Node"]]:
        """Every node with its path, this one first."""
        stack: list[tuple[str, Node]] = [("/", self)]
        while stack:
            path, node = stack.pop()
            yield path, node
            stack += [
                (f"{path.rstrip('/')}/{child.name}", child) for child in reversed(node.children.values())
            ]


def strings(node: Node, name: str) -> list[str]:
    """The strings of a property; none when it is not there or holds no text."""
    value = node.properties.get(name)
    if value is None or not value.data or value.data[-1:] != b"\0":
        return []
    return value.data[:-1].decode("utf-8", "replace").split("\0")


def cells(node: Node, name: str) -> list[int]:
    """The 32-bit cells of a property; none when it is not there or not made of them."""
    value = node.properties.get(name)
    if value is None or not value.data or len(value.data) % 4:
        return []
    return list(struct.unpack(f">{len(value.data) // 4}I", value.data))
