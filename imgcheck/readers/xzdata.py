"""What an XZ stream unpacks to, by liblzma, in bounded memory."""

from imgcheck.errors import FormatError
from imgcheck.wording import commas

MEMORY = 68 * 1024 * 1024
PIECE = 64 * 1024


def unpack(data: bytes, limit: int) -> bytes:
    """What the first stream of `data` unpacks to, at most `limit` bytes; raises FormatError for more.

    Memory stays under `limit` and a dictionary of 64 MiB, whatever the stream claims.
    """
    plain, fault = begin(data, limit)
    if fault:
        raise fault
    return plain


def begin(data: bytes, limit: int) -> tuple[bytes, FormatError | None]:
    """As much of what the first stream unpacks to as there is, at most `limit` bytes, and why not all."""
    import lzma

    decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)
    out = bytearray()
    try:
        # In pieces: what had come out before the damage is worth saying.
        for at in range(0, len(data), PIECE):
            piece: bytes = data[at : at + PIECE]
            while not decoder.eof:
                out += decoder.decompress(piece, limit + 1 - len(out))
                piece = b""
                if len(out) > limit:
                    fault = FormatError(f"unpacks to more than {commas(limit)} bytes", offset=at)
                    return bytes(out[:limit]), fault
                if decoder.needs_input:
                    break
    except (lzma.LZMAError, EOFError, ValueError) as error:
        where = f"after {commas(len(out))} unpacked bytes"
        return bytes(out), FormatError(f"does not unpack: {error}", "", where)
    if not decoder.eof:
        return bytes(out), FormatError(
            "the stream ends early", "", f"after {commas(len(out))} unpacked bytes"
        )
    return bytes(out), None
