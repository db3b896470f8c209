"""Which strings of a mergeable section take room?  One that ends another lies inside it (bfd/merge.c)."""

from __future__ import annotations

from collections.abc import Sequence


def hosts_of(contents: Sequence[bytes], align: int) -> list[bytes]:
    """The strings that take room of their own: those that no other one ends with at an aligned place."""
    hosts: list[bytes] = []
    groups: dict[int, list[bytes]] = {}
    for content in contents:
        groups.setdefault(len(content) % align if align > 1 else 0, []).append(content[::-1])
    for group in groups.values():
        group.sort()
        hosts.extend(
            text[::-1]
            for position, text in enumerate(group)
            if position + 1 == len(group) or not group[position + 1].startswith(text)
        )
    return hosts
