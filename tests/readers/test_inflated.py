"""Sections that -gz compressed have the bytes that they have without it; what does not unpack is refused."""

import struct
import zlib
from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run

from imgcheck.errors import FormatError
from imgcheck.readers import elf, inflated

TEXT = b"macro " * 4000


def packed(text: bytes, size: int | None = None, packer: int = 1) -> memoryview:
    header = struct.pack("<III", packer, len(text) if size is None else size, 1)
    return memoryview(header + zlib.compress(text))


@needs_toolchain
def test_an_object_with_gz_has_the_sections_of_one_without(tmp_path: Path) -> None:
    text = "".join(f"int f{n}(int a) {{ return a * {n}; }}\n" for n in range(200))
    plain = compile_(tmp_path, "a.c", text, "-g3")
    packed = tmp_path / "packed.o"
    run(f"{CROSS}objcopy", "--compress-debug-sections=zlib", plain, packed)
    one, other = elf.read(plain), elf.read(packed)
    small = [section for section in other.sections if section.flags & inflated.FLAG]
    assert {".debug_line", ".debug_macro", ".debug_info"} <= {section.name for section in small}
    assert sum(section.size for section in small) < plain.stat().st_size // 3
    assert debug(other) == debug(one)


def debug(of: elf.Elf) -> list[tuple[str, bytes]]:
    return [(one.name, bytes(of.contents(one))) for one in of.sections if one.name.startswith(".debug_")]


def test_a_stream_is_unpacked_whole() -> None:
    assert inflated.parse(packed(TEXT), ".debug_line") == TEXT
    assert inflated.parse(packed(b""), ".debug_line") == b""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(TEXT)[:11], "ends early"),
        (packed(TEXT)[:20], "another length"),
        (packed(TEXT, len(TEXT) - 1), "another length"),
        (packed(TEXT, len(TEXT) + 1), "another length"),
        (packed(TEXT, packer=2), "compressed with zstd"),
        (packed(TEXT, packer=7), "an unknown packer, 7"),
        (memoryview(bytes(packed(TEXT)[:12]) + b"\xff" * 40), "damaged"),
        (packed(bytes(1 << 24)), "bytes that unpack to 16,777,216"),
    ],
)
def test_what_does_not_unpack_or_takes_too_much_memory_is_refused(data: memoryview, said: str) -> None:
    with pytest.raises(FormatError) as error:
        inflated.parse(data, ".debug_line")
    assert said in error.value.message
    assert error.value.position == ".debug_line"
