"""What does each byte of the unpacked image cost in the OTA file, and would other XZ parameters cost less?"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise, product
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from imgcheck.beside import threads
from imgcheck.targets.bl602.chip import CHIP

if TYPE_CHECKING:
    from imgcheck.model import Free

# A range decoder that stops for want of a byte has read five bytes to start with and has just used up all but
# less than 8 of the 32 bits that it holds: its chunk's first n bytes have paid for n - 4 bytes' worth of
# decisions. It stops in the middle of a packet, on average 0.37 bytes behind the end of the packet before
# (mean over 126,567 packets against an exact decoder; the spread is 0.27, the extremes -1.1 and +0.7 bytes).
AHEAD = 4.37

# The SDK's build and the vendor's tool use the largest dictionary that boot2 holds, and leave the rest to
# liblzma (preset 6).
MEMORY = 64 * 1024 * 1024  # no more than this for a dictionary, whatever a stream claims


Progress: TypeAlias = Callable[[int], None]


class Chunk(Protocol):
    """Where an LZMA2 chunk lies in the stream: `header` bytes at `offset`, `packed` bytes, `unpacked` out."""

    @property
    def offset(self) -> int: ...
    @property
    def header(self) -> int: ...
    @property
    def packed(self) -> int: ...
    @property
    def unpacked(self) -> int: ...


class Options(NamedTuple):
    """LZMA2 parameters; boot2's decoder takes any with lc + lp <= 4, `nice` concerns the encoder only."""

    lc: int = 3
    lp: int = 0
    pb: int = 2
    nice: int = 64

    def __str__(self) -> str:
        nice = "" if self.nice == 64 else f",nice={self.nice}"
        return f"--lzma2=dict={CHIP.dict_bytes >> 10}KiB,lc={self.lc},lp={self.lp},pb={self.pb}{nice}"


SDK = Options()
# What wins on RISC-V images: code comes in half-words, so one position bit beats the SDK's two and none.
LIKELY = (*(Options(lc, 1, 1) for lc in (3, 2, 1, 0)), Options(3, 0, 1))
NICE = (128, 273)


def prices(stream: bytes, chunks: Iterable[Chunk]) -> Sequence[float]:
    """The cost in bytes of XZ payload of everything before each offset of the unpacked data.

    `stream` is the XZ file, `chunks` are its LZMA2 chunks in order. The result has one entry more than
    there are unpacked bytes, begins with 0.0, never falls, and ends with the size of the payload: all
    chunks with their headers, and the end marker. At the end of a literal or match it is right to about
    one byte.

    liblzma itself is the range decoder: it gets one byte of input at a time, and what comes out after each
    byte is what that byte paid for. Headers of chunks and the range coder's own start and end (some 11 bytes
    in 64 KiB) are shared over the chunk's bytes. Raises ValueError if the stream does not unpack.
    """
    import lzma

    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)
    feed = decoder.decompress
    single = [bytes((value,)) for value in range(256)].__getitem__
    totals = array("d", (0.0,))
    add = totals.append
    total = 0.0  # price up to the end of the chunk before
    at = 0  # offset in the stream of what has not been fed yet
    layout = list(chunks)
    try:
        for number, chunk in enumerate(layout):
            first = chunk.offset + chunk.header
            feed(stream[at:first])
            at = first + chunk.packed
            ends_block = number + 1 == len(layout) or layout[number + 1].offset != at
            cost = float(chunk.header + chunk.packed + ends_block)  # one byte for the end marker
            stored = chunk.packed == chunk.unpacked and chunk.header == 3
            ahead = 0.0 if stored else min(AHEAD, chunk.packed - 0.5)
            scale = cost / (chunk.packed - ahead)
            came = list(map(len, map(feed, map(single, stream[first:at]))))
            left = chunk.unpacked - sum(came)
            if left < 0:
                came = _first(came, chunk.unpacked)
            last, start = total, total - ahead * scale
            for fed, produced in enumerate(came, 1):
                if not produced:
                    continue
                before = last
                last = max(last, start + fed * scale)  # what was read to start with pays for nothing
                if produced != 1:
                    step = (last - before) / produced
                    for nth in range(1, produced):
                        add(before + step * nth)
                add(last)
            total += cost
            # No liblzma seen so far holds output back (5.4.1, 5.8.4), but nothing promises that.
            step = (total - last) / left if left > 0 else 0.0
            for nth in range(1, left + 1):
                add(last + step * nth)
            totals[-1] = total
        feed(stream[at:])
    except (lzma.LZMAError, EOFError) as error:
        raise ValueError(f"the XZ stream does not unpack: {error}") from None
    if not decoder.eof:
        raise ValueError("the XZ stream does not unpack: it ends early")
    return totals


def _first(came: Iterable[int], most: int) -> list[int]:
    """The same, up to `most` bytes together."""
    ends = [min(end, most) for end in accumulate(came, initial=0)]
    return [after - before for before, after in pairwise(ends)]


def compress(plain: bytes, options: Options = SDK) -> bytes:
    """`plain` as the SDK packs it: one XZ stream, LZMA2 with a dictionary of 32 KiB, check CRC32."""
    import lzma

    chain = {
        "id": lzma.FILTER_LZMA2,
        "preset": 6,
        "dict_size": CHIP.dict_bytes,
        "lc": options.lc,
        "lp": options.lp,
        "pb": options.pb,
        "nice_len": options.nice,
    }
    return lzma.compress(plain, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC32, filters=[chain])


def best(
    plain: bytes, thorough: bool = False, progress: Progress | None = None, sdk: int | None = None
) -> tuple[Options, int]:
    """The options that make the smallest stream of those tried, and its size.

    `sdk` is the size of the SDK's own stream, None when nobody has packed that yet. `thorough` goes on from
    the best to its neighbours in lc, lp and pb until none is better. `progress` is told how many options have
    been tried.
    """
    sizes = {} if sdk is None else {SDK: sdk}
    sizes |= _sizes(plain, [one for one in dict.fromkeys([SDK, *LIKELY]) if one not in sizes])
    winner = _least(sizes)
    while thorough:
        fresh = [one for one in _neighbours(winner) if one not in sizes]
        sizes |= _sizes(plain, fresh)
        if progress:
            progress(len(sizes))
        if (better := _least(sizes)) == winner:
            break
        winner = better
    sizes |= _sizes(plain, [winner._replace(nice=nice) for nice in NICE])
    winner = _least(sizes)
    return winner, sizes[winner]


def tune(
    plain: bytes, current: int | None = None, thorough: bool = False, *, sdk: int | None = None
) -> tuple[Free, ...]:
    """What better XZ parameters save against a stream of `current` bytes (None: against the SDK's own).

    `plain` is what gets packed: header page and padded image; `sdk` as in `best`. Gives the best alternative,
    or nothing when the present stream is as small; every saving is measured by packing, none is estimated.
    """
    if current is None:
        current = sdk = len(compress(plain))
    options, size = best(plain, thorough, sdk=sdk)
    if size >= current or options == SDK:
        return ()
    from imgcheck.model import Free

    return (Free(f"pack with xz --check=crc32 {options} (the SDK's: lc=3,lp=0,pb=2)", current - size),)


def _least(sizes: Mapping[Options, int]) -> Options:
    return min(sizes, key=lambda options: (sizes[options], options != SDK))


def _neighbours(options: Options) -> Iterator[Options]:
    steps = product((-1, 0, 1), repeat=3)
    for lc, lp, pb in ((options.lc + a, options.lp + b, options.pb + c) for a, b, c in steps):
        if min(lc, lp, pb) >= 0 and lc + lp <= 4 and pb <= 4:
            yield Options(lc, lp, pb, options.nice)


def _sizes(plain: bytes, tries: Sequence[Options]) -> dict[Options, int]:
    from concurrent.futures import ThreadPoolExecutor

    # liblzma works outside the interpreter lock; an encoder takes under 1 MiB, its output is dropped.
    with ThreadPoolExecutor(max_workers=2) as pool:
        with threads():
            sizes = pool.map(lambda options: len(compress(plain, options)), tries)
        return dict(zip(tries, sizes, strict=True))
