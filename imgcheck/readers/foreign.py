"""Which file of another world is this, by what it begins with?  None of them is firmware."""

from __future__ import annotations

_HEAD = 4096
_MAGICS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "an empty ZIP archive"),
    (0, b"\x1f\x8b\x08", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"!<arch>\n", "an archive of objects"),
    (0, b"MZ", "a program for Windows"),
    (0, b"\xcf\xfa\xed\xfe", "a program for macOS"),
    (0, b"\xca\xfe\xba\xbe", "a program for macOS or Java"),
    (0, b"SQLite format 3\0", "a SQLite database"),
    (0, b"\0asm", "a WebAssembly module"),
)
_PAGES = (b"<!doctype html", b"<html")


def name(data: bytes) -> str:
    """What the file is, with its article; "" for what may be firmware."""
    for at, magic, what in _MAGICS:
        if data[at : at + len(magic)] == magic:
            return what
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower()
    return "a web page, as servers send one instead of a file" if head.startswith(_PAGES) else ""


def blank(data: bytes) -> str:
    """The one byte that all are, if it is one that nobody wrote: "00" or "FF"; "" for anything else."""
    return "FF" if not data.strip(b"\xff") else "00" if not data.strip(b"\0") else ""
