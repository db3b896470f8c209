"""Device tree blobs (DTB), as the factory partition holds one.

Follows the Devicetree Specification v0.4, chapter 5, versions 16 and 17; big endian.
"""

import struct

from imgcheck.errors import FormatError
from imgcheck.readers.devicenodes import DEEPEST, LARGEST, Node, Property

MAGIC = b"\xd0\x0d\xfe\xed"

_BEGIN_NODE, _END_NODE, _PROPERTY, _NOP, _END = 1, 2, 3, 4, 9
_LONGEST_NAME = 255  # of a node or property; the specification allows 31


def parse(data: bytes) -> Node:
    """The root node of a DTB; FormatError with the offset of what is wrong.

    Bytes behind the blob's own end do not count: a partition is larger than what lies in it.
    """
    if data[:4] != MAGIC:
        raise FormatError("not a DTB: no d00dfeed at its start", offset=0x0)
    if len(data) < 40:
        raise FormatError("not a DTB: too short for its header", offset=len(data))
    total, structs, strings, _, version, _, _, strings_size, structs_size = struct.unpack_from(">9I", data, 4)
    if total > len(data):
        raise FormatError(f"truncated: its header says {total} bytes, there are {len(data)}", offset=0x4)
    if version not in (16, 17):
        raise FormatError(f"version {version}; only 16 and 17 are known", offset=0x14)
    end = structs + structs_size if version == 17 else total
    if total > LARGEST or not 40 <= structs <= end <= total or strings + strings_size > total:
        raise FormatError("a block lies outside of it", offset=0x8)
    return _structure(data, structs, end, strings, strings + strings_size)


def _structure(data: bytes, at: int, end: int, names: int, names_end: int) -> Node:
    stack: list[Node] = []
    root: Node | None = None
    while at + 4 <= end:
        here, (tag,) = at, struct.unpack_from(">I", data, at)
        at += 4
        if tag == _BEGIN_NODE:
            name, size = _text(data, at, end)
            at += (size + 4) & ~3
            node = Node(name or "/")
            if stack:
                stack[-1].children.setdefault(name, node)
            elif root is not None:
                raise FormatError("a second root node", offset=here)
            root = root or node
            if len(stack) == DEEPEST:
                raise FormatError(f"more than {DEEPEST} nodes inside each other", offset=here)
            stack.append(node)
        elif tag == _END_NODE and stack:
            stack.pop()
        elif tag == _PROPERTY and stack and at + 8 <= end:
            size, name_at = struct.unpack_from(">II", data, at)
            if at + 8 + size > end:
                raise FormatError("a property is longer than the tree", offset=here)
            name, _ = _text(data, names + name_at, names_end)
            stack[-1].properties[name] = Property(name, data[at + 8 : at + 8 + size])
            at += 8 + ((size + 3) & ~3)
        elif tag == _END and root is not None and not stack:
            return root
        elif tag != _NOP:
            raise FormatError(f"tag {tag:#x} makes no sense here", offset=here)
    raise FormatError("the tree does not end", offset=at)


def _text(data: bytes, at: int, end: int) -> tuple[str, int]:
    stop = data.find(b"\0", at, min(end, at + _LONGEST_NAME + 1))
    if stop < 0:
        raise FormatError("a name that does not end", offset=at)
    return data[at:stop].decode("ascii", "backslashreplace"), stop - at
