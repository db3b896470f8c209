"""What compilers make of device tree source: the vendor's own (PyPI fdt), and a strict one (dtlib).

The SDK's flash_build.py writes `fdt.parse_dts(text).to_dtb(version=17)` into the factory partition. fdt works
line by line and takes almost anything; dtlib, from the PyPI package devicetree, knows the grammar.
"""

import os
import re
import tempfile
from typing import NamedTuple

from imgcheck.errors import FormatError

# Both are quadratic in the statements of a node, and recurse. A vendor tree has 11 KB and 200 statements.
LARGEST = 128 * 1024
_MOST_STATEMENTS = 2048
_MOST_OPEN_COMMENTS = 50
_MOST_PLACES, _MOST_BITS = 64, 128  # of a shift, which would otherwise make a number of any size

_INCLUDE = re.compile(r'/include/\s*"[^"\n]*"[ \t]*;?')
_MISTAKE = re.compile(r"[^\n]*?:(\d+) \(column (\d+)\): (?:parse error: )?(.*)", re.DOTALL)


class Mistake(NamedTuple):
    """What the strict compiler refuses; line and column from 1, 0 where it does not say."""

    message: str
    line: int
    column: int


def compile_like_vendor(text: str) -> bytes:
    """The DTB that the vendor's tools make of the source, byte for byte.

    Raises FormatError with the line at which they stop, and for source that would make them read other files.
    """
    text = _bounded(text)
    error = _attempt(text)
    if isinstance(error, bytes):
        return error
    # fdt names no line, but it goes line by line: the shortest beginning at which it stops ends with it.
    lines = text.split("\n")
    low, high = 0, len(lines)
    while low + 1 < high:
        middle = (low + high) // 2
        stopped = _attempt("\n".join(lines[:middle]) + "\n")
        low, high = (middle, high) if isinstance(stopped, bytes) else (low, middle)
    raise FormatError(f"the vendor's compiler stops: {error}", line=high)


def first_mistake(text: str) -> Mistake | None:
    """The first thing that a strict compiler refuses, None when it takes the source.

    Lines with /include/ are left out, as the vendor's compiler ignores them. Raises FormatError for source
    that would make it read other files.
    """
    from devicetree import dtlib

    class Alone(dtlib.DT):  # type: ignore[misc]
        """A tree that opens no file but the one it is given."""

        def _open(self, filename: str, mode: str = "r", **options: object) -> object:
            return self._parse_error(f"'{filename}' is not read")

        def _eval_shift(self) -> int:
            value = int(self._eval_add())
            while True:
                left = self._check_token("<<")
                if not left and not self._check_token(">>"):
                    return value
                places = int(self._eval_add())
                if not 0 <= places <= _MOST_PLACES or value.bit_length() > _MOST_BITS:
                    self._parse_error("a shift out of 64 bits")
                value = value << places if left else value >> places

    text = _INCLUDE.sub(lambda match: " " * len(match[0]), _bounded(text))
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(text.encode("utf-8", "replace"))
    file.seek(0)
    try:
        Alone(os.dup(file.fileno()))
    except dtlib.DTError as error:
        match = _MISTAKE.fullmatch(str(error))
        return Mistake(match[3], int(match[1]), int(match[2])) if match else Mistake(str(error), 0, 0)
    except Exception as error:  # what its author did not think of
        return Mistake(f"{type(error).__name__}: {error}", 0, 0)
    finally:
        file.close()
    return None


def includes(text: str) -> list[tuple[int, str]]:
    """Line and text of each /include/, which the vendor's compiler does not follow."""
    return [(text.count("\n", 0, match.start()) + 1, match[0]) for match in _INCLUDE.finditer(_bounded(text))]


def _attempt(text: str) -> bytes | str:
    import fdt

    try:
        tree = fdt.parse_dts(text)
        return bytes(tree.to_dtb(version=17)) if tree.root is not None else b""
    except Exception as error:
        return str(error) or type(error).__name__


def _bounded(text: str) -> str:
    if len(text) > LARGEST:
        raise FormatError(f"too large for a factory device tree: {len(text)} characters, at most {LARGEST}")
    if text.count(";") + text.count("{") > _MOST_STATEMENTS:
        raise FormatError(f"more than {_MOST_STATEMENTS} statements: no factory device tree")
    # Each of these would be searched to the end of the file.
    if text.count("/*", text.rfind("*/") + 1) > _MOST_OPEN_COMMENTS:
        raise FormatError("a comment that never ends")
    at = text.find("/incbin/")
    if at >= 0:
        raise FormatError("/incbin/ is not followed", line=text.count(chr(10), 0, at) + 1)
    return text if text.endswith("\n") else text + "\n"
