"""The fuzz targets' mutators: whatever comes in, bytes come out, and of sound files mostly other ones."""

from __future__ import annotations

import random

import mutated
import mutatedelf
import pytest
from compiled import needs_toolchain
from hypothesis import given
from hypothesis import strategies as st
from smallbuild import Files, make

TEXTS = {
    "lines": b"a 1\nb 0x10\nc",
    "toml": b'[budgets]\nimage = { flash = "8 KiB" }\nlayouts = ["a"]\n',
    "dts": b"/ { a: b@0 { reg = <0 1>; c { d = <2>; }; }; };\n",
}
EVERY = {
    "lines": mutated.lines, "linkmap": mutated.linkmap, "toml": mutated.toml, "dts": mutated.dts,
    "words": mutated.words, "elf": mutatedelf.elf, "archive": mutatedelf.archive,
    "parts": mutated.parts((mutatedelf.elf, mutated.linkmap, mutatedelf.archive)),
}  # fmt: skip


@given(st.sampled_from(sorted(EVERY)), st.binary(max_size=300), st.integers(0, 99))
def test_anything_comes_in(name: str, data: bytes, seed: int) -> None:
    assert isinstance(EVERY[name](data, random.Random(seed)), bytes)


@pytest.fixture(scope="module")
def small() -> Files:
    return make()


@needs_toolchain
@pytest.mark.parametrize("name", sorted(EVERY))
def test_sound_files_become_others(name: str, small: Files) -> None:
    whole = mutated.packed([*small])
    assert mutated.split(whole, 3) == [*small]
    sound = {"elf": small.elf, "words": small.elf, "linkmap": small.map, "archive": small.archive}
    data = {**TEXTS, **sound, "parts": whole}[name]
    made = [EVERY[name](data, random.Random(seed)) for seed in range(100)]
    assert sum(one != data for one in made) > 60
    assert len(set(made)) > 25
