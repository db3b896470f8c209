"""Structurally broken ELFs: read alike by all three readers and written so by objcopy, or not passed.

Whatever is changed in a header, a section, a segment, a symbol or their names: the ELF is refused, or a
library disagrees, or the image is what objcopy writes. An ELF that two of them read otherwise is never "ok".
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from compiled import CROSS, needs_toolchain
from mutatedelf import PARTS, elf_part
from smallbuild import make

from imgcheck.builds import load, secondreader
from imgcheck.errors import ImgcheckError
from imgcheck.readers import otherreaders
from imgcheck.targets import DEFAULT

pytestmark = needs_toolchain
SOC = DEFAULT.chip
EACH = 24  # files of each kind of change

# Many files in one process: the program that the gate starts takes 0.4 s to begin.
MANY = f"""
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("others", {otherreaders.__file__!r})
others = importlib.util.module_from_spec(spec); spec.loader.exec_module(others)
for path in sys.argv[1:]:
    found = {{}}
    for name, read in (("pyelftools", others.by_elftools), ("lief", others.by_lief)):
        try:
            found[name] = read(path, {SOC.image_origin}, {SOC.image_limit})
        except Exception as error:
            found[name] = {{"error": str(error)[:99]}}
    print(json.dumps(found), flush=True)
"""


@pytest.fixture(scope="module")
def plain() -> bytes:
    return make().elf


def others(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """What both libraries say of each file; of one that ends the process, that it did."""
    found: list[dict[str, Any]] = []
    while len(found) < len(paths):
        rest = [str(path) for path in paths[len(found) :]]
        done = subprocess.run(
            [sys.executable, "-I", "-W", "ignore", "-c", MANY, *rest],
            capture_output=True, check=False, text=True, timeout=120,
        )  # fmt: skip
        found += map(json.loads, done.stdout.splitlines())
        if len(found) < len(paths):
            found.append({"both": {"error": f"ended with code {done.returncode}"}})
    return found


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


@pytest.fixture(scope="module")
def broken(plain: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Read]]:
    """Files with one table changed each, every fourth with another one as well; read in one go."""
    folder = tmp_path_factory.mktemp("broken")
    paths: dict[str, list[Path]] = {}
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


def test_what_the_libraries_and_objcopy_read_apart(
    plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by that: section 0 is none for objcopy, and thread-local bytes have segments of their own."""
    tables, count = struct.unpack_from("<I", plain, 32)[0], struct.unpack_from("<H", plain, 48)[0]
    names = [one for one in range(count) if struct.unpack_from("<I", plain, tables + 40 * one + 8)[0] & 2]
    first = made = bytearray(plain)
    one, zero = tables + 40 * names[0], tables
    made[zero : zero + 40], made[one : one + 40] = made[one : one + 40], made[zero : zero + 40]
    flags = [tables + 40 * one + 8 for one in names]
    files = [bytes(first), *(changed(plain, (at, plain[at] | 0x400)) for at in flags)]
    paths = [tmp_path / f"{number}.elf" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    for path, theirs in zip(paths, others(paths), strict=True):
        binary = judged(path, theirs, monkeypatch)
        expected = written(path, tmp_path)
        assert binary is None or expected is None or binary == expected, path
    assert judged(paths[0], {}, monkeypatch) is None


def test_the_plain_one_passes(plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.elf"
    path.write_bytes(plain)
    (theirs,) = others([path])
    binary = judged(path, theirs, monkeypatch)
    assert binary and binary == written(path, tmp_path)


def test_a_heap_that_only_we_read_is_a_difference(
    plain: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The linker script's own symbols count too: a floor is held against them."""
    path = tmp_path / "a.elf"
    path.write_bytes(plain)
    (theirs,) = others([path])
    for name in ("pyelftools", "lief"):
        (row,) = [row for row in theirs[name]["symbols"] if row[0] == "_heap_size"]
        row[1] -= 4
    assert judged(path, theirs, monkeypatch) is None
