"""An independent LZMA2 decoder that adds up what every decision costs: the oracle of builds/packing.

Written after the LZMA specification (LZMA SDK, lzma-specification.txt), for clearness and not for speed.
It works on chunks as readers/xz finds them and knows nothing of liblzma.
"""

from collections.abc import Iterable
from math import log2
from typing import NamedTuple, Protocol

TOP = 1 << 24
HALF = 1024
COSTS = [0.0] + [-log2(p / 2048) for p in range(1, 2049)]


class Chunk(Protocol):
    @property
    def offset(self) -> int: ...
    @property
    def header(self) -> int: ...
    @property
    def packed(self) -> int: ...
    @property
    def unpacked(self) -> int: ...
    @property
    def control(self) -> int: ...


class Packet(NamedTuple):
    """Where a literal or match ends in the unpacked data, and the bits of its chunk's packets so far."""

    chunk: int
    end: int
    bits: float


class Decoder:
    """State that outlives a chunk: dictionary, probabilities, repeated distances."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.packets: list[Packet] = []
        self.base = 0  # where the dictionary was reset

    def reset(self, properties: int | None = None) -> None:
        if properties is not None:
            self.lc, rest = properties % 9, properties // 9
            self.lp, self.pb = rest % 5, rest // 5
        self.state = 0
        self.reps = [0, 0, 0, 0]
        self.match = [[HALF] * 16 for _ in range(12)]
        self.rep0long = [[HALF] * 16 for _ in range(12)]
        self.rep = [[HALF] * 4 for _ in range(12)]
        self.literals = [[HALF] * 0x300 for _ in range(1 << (self.lc + self.lp))]
        self.slots = [[HALF] * 64 for _ in range(4)]
        self.special = [HALF] * 128
        self.align = [HALF] * 16
        self.lengths = [
            ([HALF] * 2, [[HALF] * 8 for _ in range(16)], [[HALF] * 8 for _ in range(16)], [HALF] * 256)
            for _ in range(2)
        ]

    # range coder
    def start(self, data: bytes, at: int) -> None:
        assert data[at] == 0
        self.data, self.at = data, at + 5
        self.range, self.code = 0xFFFFFFFF, int.from_bytes(data[at + 1 : at + 5], "big")
        self.bits = 0.0

    def normalise(self) -> None:
        if self.range < TOP:
            self.range <<= 8
            self.code = self.code << 8 | self.data[self.at]
            self.at += 1

    def bit(self, table: list[int], index: int) -> int:
        self.normalise()
        p = table[index]
        bound = (self.range >> 11) * p
        if self.code < bound:
            self.bits += COSTS[p]
            self.range = bound
            table[index] = p + ((2048 - p) >> 5)
            return 0
        self.bits += COSTS[2048 - p]
        self.range -= bound
        self.code -= bound
        table[index] = p - (p >> 5)
        return 1

    def direct(self, count: int) -> int:
        value = 0
        for _ in range(count):
            self.normalise()
            self.range >>= 1
            one = self.code >= self.range
            self.code -= self.range if one else 0
            value = value << 1 | one
        self.bits += count
        return value

    def tree(self, table: list[int], count: int) -> int:
        symbol = 1
        for _ in range(count):
            symbol = symbol << 1 | self.bit(table, symbol)
        return symbol - (1 << count)

    def reverse(self, table: list[int], base: int, count: int) -> int:
        symbol, value = 1, 0
        for i in range(count):
            b = self.bit(table, base + symbol)
            symbol = symbol << 1 | b
            value |= b << i
        return value

    # packets
    def literal(self) -> None:
        out, here = self.out, len(self.out) - self.base
        before = out[-1] if here else 0
        table = self.literals[((here & ((1 << self.lp) - 1)) << self.lc) + (before >> (8 - self.lc))]
        symbol = 1
        if self.state >= 7:
            match = out[-self.reps[0] - 1]
            while symbol < 0x100:
                want = match >> 7 & 1
                match <<= 1
                b = self.bit(table, ((1 + want) << 8) + symbol)
                symbol = symbol << 1 | b
                if b != want:
                    break
        while symbol < 0x100:
            symbol = symbol << 1 | self.bit(table, symbol)
        out.append(symbol & 0xFF)
        self.state = 0 if self.state < 4 else self.state - 3 if self.state < 10 else self.state - 6

    def length(self, coder: int, position: int) -> int:
        choice, low, mid, high = self.lengths[coder]
        if not self.bit(choice, 0):
            return 2 + self.tree(low[position], 3)
        if not self.bit(choice, 1):
            return 10 + self.tree(mid[position], 3)
        return 18 + self.tree(high, 8)

    def distance(self, length: int) -> int:
        slot = self.tree(self.slots[min(length - 2, 3)], 6)
        if slot < 4:
            return slot
        count = (slot >> 1) - 1
        start = (2 | slot & 1) << count
        if slot < 14:
            return start + self.reverse(self.special, start - slot, count)
        return start + (self.direct(count - 4) << 4) + self.reverse(self.align, 0, 4)

    def packet(self) -> None:
        position = (len(self.out) - self.base) & ((1 << self.pb) - 1)
        reps, short = self.reps, self.state >= 7
        if not self.bit(self.match[self.state], position):
            self.literal()
            return
        if not self.bit(self.rep[self.state], 0):
            self.state = 10 if short else 7
            length = self.length(0, position)
            self.reps = [self.distance(length), *reps[:3]]
        else:
            if not self.bit(self.rep[self.state], 1):
                if not self.bit(self.rep0long[self.state], position):
                    self.state = 11 if short else 9
                    self.out.append(self.out[-reps[0] - 1])
                    return
            elif not self.bit(self.rep[self.state], 2):
                self.reps = [reps[1], reps[0], *reps[2:]]
            elif not self.bit(self.rep[self.state], 3):
                self.reps = [reps[2], reps[0], reps[1], reps[3]]
            else:
                self.reps = [reps[3], *reps[:3]]
            self.state = 11 if short else 8
            length = self.length(1, position)
        for _ in range(length):
            self.out.append(self.out[-self.reps[0] - 1])


def decode(data: bytes, chunks: Iterable[Chunk]) -> tuple[bytes, list[Packet]]:
    """The unpacked data and every packet of it; a raw chunk's packets are its bytes, eight bits each."""
    d = Decoder()
    for number, chunk in enumerate(chunks):
        start = chunk.offset + chunk.header
        if chunk.control < 0x80:
            if chunk.control == 1:
                d.base = len(d.out)
            for i in range(chunk.unpacked):
                d.out.append(data[start + i])
                d.packets.append(Packet(number, len(d.out), 8.0 * (i + 1)))
            continue
        kind = chunk.control >> 5 & 3
        if kind == 3:
            d.base = len(d.out)
        if kind:
            d.reset(data[start - 1] if kind >= 2 else None)
        d.start(data, start)
        until = len(d.out) + chunk.unpacked
        while len(d.out) < until:
            d.packet()
            d.packets.append(Packet(number, len(d.out), d.bits))
        d.normalise()
        assert d.at == start + chunk.packed
        assert d.code == 0
    return bytes(d.out), d.packets
