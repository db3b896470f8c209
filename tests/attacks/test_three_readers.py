"""Structurally broken ELFs: read alike by all three readers and written so by objcopy, or not passed.

Whatever is changed in a header, a section, a segment, a symbol or their names: the ELF is refused, or a
library disagrees, or the image is what objcopy writes. An ELF that two of them read otherwise is never "ok".
"""

from __future__ import annotations

import copy
import random
import struct
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from compiled import CROSS, needs_toolchain
from mutatedelf import PARTS, elf_part
from otherlibraries import others
from smallbuild import make

from imgcheck.builds import load, secondreader
from imgcheck.errors import ImgcheckError
from imgcheck.targets import DEFAULT

pytestmark = needs_toolchain
SOC = DEFAULT.chip
EACH = 24  # files of each kind of change


@pytest.fixture(scope="module")
def plain() -> bytes:
    return make().elf


def judged(path: Path, theirs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> bytes | None:
    """The image of a file that a gate would take as read alike by all; None when it would not."""
    try:
        image = load.build(path, None, SOC)
    except ImgcheckError as error:
        assert "internal error" not in str(error)
        return None
    monkeypatch.setattr(secondreader, "_read", lambda *_: theirs)
    return None if secondreader.disagreements(path, image) else image.binary


def written(path: Path, folder: Path) -> bytes | None:
    """What objcopy makes of it; None where it refuses or warns."""
    target = folder / "out.bin"
    target.unlink(missing_ok=True)
    left_out = [part for name in SOC.excluded_sections for part in ("-R", name)]
    command = (f"{CROSS}objcopy", "-S", "-O", "binary", *left_out, str(path), str(target))
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    if done.returncode or done.stderr or not target.exists():
        return None
    with target.open("rb") as file:  # it writes gigabytes of nothing where a section lies far away
        return file.read(4 << 20)


class Read(NamedTuple):
    """A broken file, and what the libraries say of it."""

    path: Path
    theirs: dict[str, Any]


PLAIN, APART = "plain", "apart"


@pytest.fixture(scope="module")
def files(plain: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Read]]:
    """Files with one table changed each, every fourth with another one as well; read in one go."""
    folder = tmp_path_factory.mktemp("broken")
    paths: dict[str, list[Path]] = {}
    for name, several in ((PLAIN, [plain]), (APART, apart(plain))):
        paths[name] = [folder / f"{name}-{number}.elf" for number in range(len(several))]
        for path, data in zip(paths[name], several, strict=True):
            path.write_bytes(data)
    for part in PARTS:
        for seed in range(EACH):
            pick = random.Random(f"{part} {seed}")
            data = elf_part(plain, part, pick)
            if seed % 4 == 3:
                data = elf_part(data, pick.choice(PARTS[:-1]), pick)
            paths.setdefault(part, []).append(folder / f"{part}-{seed}.elf")
            paths[part][-1].write_bytes(data)
    every = [path for several in paths.values() for path in several]
    found = dict(zip(every, others(every), strict=True))
    return {part: [Read(path, found[path]) for path in several] for part, several in paths.items()}


@pytest.fixture(scope="module")
def broken(files: dict[str, list[Read]]) -> dict[str, list[Read]]:
    return {part: files[part] for part in PARTS}


@pytest.mark.parametrize("part", PARTS)
def test_what_passes_is_what_objcopy_writes(
    part: str, broken: dict[str, list[Read]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, theirs in broken[part]:
        binary = judged(path, theirs, monkeypatch)
        if binary is not None:
            expected = written(path, tmp_path)
            assert expected is None or expected == binary, path


def test_some_pass_and_some_do_not(broken: dict[str, list[Read]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that refuses everything proves nothing."""
    passed = sum(judged(*one, monkeypatch) is not None for several in broken.values() for one in several)
    assert EACH < passed < (len(PARTS) - 1) * EACH


def changed(plain: bytes, *words: tuple[int, int]) -> bytes:
    made = bytearray(plain)
    for at, value in words:
        struct.pack_into("<I", made, at, value)
    return bytes(made)


def apart(plain: bytes) -> list[bytes]:
    """What libraries and objcopy read apart: section 0 with a section in it, and bytes of threads."""
    tables, count = struct.unpack_from("<I", plain, 32)[0], struct.unpack_from("<H", plain, 48)[0]
    names = [one for one in range(count) if struct.unpack_from("<I", plain, tables + 40 * one + 8)[0] & 2]
    first = bytearray(plain)
    one, zero = tables + 40 * names[0], tables
    first[zero : zero + 40], first[one : one + 40] = first[one : one + 40], first[zero : zero + 40]
    flags = [tables + 40 * one + 8 for one in names]
    return [bytes(first), *(changed(plain, (at, plain[at] | 0x400)) for at in flags)]


def test_what_the_libraries_and_objcopy_read_apart(
    files: dict[str, list[Read]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by that: section 0 is none for objcopy, and thread-local bytes have segments of their own."""
    for path, theirs in files[APART]:
        binary = judged(path, theirs, monkeypatch)
        expected = written(path, tmp_path)
        assert binary is None or expected is None or binary == expected, path
    assert judged(files[APART][0].path, {}, monkeypatch) is None


def test_the_plain_one_passes(
    files: dict[str, list[Read]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, theirs = files[PLAIN][0]
    binary = judged(path, theirs, monkeypatch)
    assert binary and binary == written(path, tmp_path)


def test_a_heap_that_only_we_read_is_a_difference(
    files: dict[str, list[Read]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The linker script's own symbols count too: a floor is held against them."""
    path, theirs = files[PLAIN][0][0], copy.deepcopy(files[PLAIN][0][1])
    for name in ("pyelftools", "lief"):
        (row,) = [row for row in theirs[name]["symbols"] if row[0] == "_heap_size"]
        row[1] -= 4
    assert judged(path, theirs, monkeypatch) is None
