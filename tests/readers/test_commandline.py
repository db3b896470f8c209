"""Macros of recorded command lines."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from compiled import CROSS, needs_toolchain
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.readers import commandline, elf, units

NAMES = st.sampled_from(["A", "B", "VARIANT"])
VALUES = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=8)


def escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace(" ", "\\ ")


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["cc -DA=1 -D B -DC= -c x.c"], {"A": "1", "B": "1", "C": ""}),
        (["-D A=1", "-D B=2"], {"A": "1", "B": "2"}),
        (["cc -DA=1", "cc -DA=2 -DB=1", "cc -c x.c"], {"B": "1"}),  # two units do not agree on A
        (["cc -DA=1 -UA"], {}),
        (["cc -DA=1", "cc -UA"], {}),
        (["cc -UA -DA=3"], {"A": "3"}),
        (['cc -DS="a\\ b"', "cc -D__X=1 -DF(x)=x -D"], {"S": '"a b"'}),
        (["cc " + "x" * 70_000 + " -DA=1"], {}),
    ],
)
def test_what_was_told(lines: list[str], found: dict[str, str]) -> None:
    assert commandline.macros(lines) == found


@given(st.dictionaries(NAMES, VALUES.filter(lambda value: not any(c.isspace() and c != " " for c in value))))
def test_a_line_gives_back_what_was_put_into_it(told: dict[str, str]) -> None:
    line = " ".join(["cc", *(f"-D {escaped(f'{name}={value}')}" for name, value in told.items()), "-c"])
    assert commandline.macros([line]) == told


@given(st.lists(st.text("-DUAé_1=( \"'\\\n\0", max_size=20), max_size=4))
def test_any_text_is_a_line(lines: list[str]) -> None:
    assert all(isinstance(value, str) for value in commandline.macros(lines).values())


@needs_toolchain
@pytest.mark.skipif(shutil.which("clang") is None, reason="needs clang")
@pytest.mark.parametrize(
    "flags", ["-grecord-command-line", "-grecord-command-line -gdwarf-4", "-frecord-command-line"]
)
def test_clang_writes_lines_that_can_be_read(tmp_path: Path, flags: str) -> None:
    (tmp_path / "a.c").write_text("int a = 1;\n")
    told = ["-DVARIANT=1", '-DS="a b"', "-DNAKED", "-DEMPTY="]
    command = ["clang", "--target=riscv32", *told, "-g", *flags.split(), "-c", "a.c", "-o", "a.o"]
    subprocess.run(command, cwd=tmp_path, check=True)
    command = [f"{CROSS}ld", "-m", "elf32lriscv", "-e", "0", "a.o", "-o", "a.elf"]
    subprocess.run(command, cwd=tmp_path, check=True)
    linked = elf.read(tmp_path / "a.elf")
    sections = {section.name: linked.contents(section) for section in linked.sections}
    lines = [*commandline.strings(bytes(sections.get(".GCC.command.line", b"")))]
    lines += [text for text, _ in units.parse(sections).producers]
    assert commandline.macros(lines) == {"VARIANT": "1", "S": '"a b"', "NAKED": "1", "EMPTY": ""}
