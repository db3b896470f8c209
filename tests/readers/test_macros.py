"""Macros that a build was given: against the -D that it was compiled with."""

import dataclasses
from pathlib import Path

import pytest
from compiled import compile_, link, needs_toolchain
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.prediction import given as given_
from imgcheck.readers import elf, macros

ONE = '#include "own.h"\n#define LATER 4\nint other(void);\nint main(void) { return FOO + OWN + other(); }\n'
TWO = "int other(void) { return BAR; }\n"


def build(folder: Path, *flags: str) -> elf.Elf:
    (folder / "own.h").write_text("#define OWN 3\n")
    first = compile_(folder, "one.c", ONE, "-DFOO=7", "-DBAR", "-DMODE=1", '-DTEXT="a b"', *flags)
    second = compile_(folder, "two.c", TWO, "-DFOO=7", "-DBAR", "-DMODE=2", *flags)
    return elf.read(link(folder, first, second))


@needs_toolchain
@pytest.mark.parametrize("version", ["-gdwarf-4", "-gdwarf-5"])
def test_what_was_given_and_nothing_else(tmp_path: Path, version: str) -> None:
    found = given_.macros_of(build(tmp_path, "-g3", version))
    # MODE differs from unit to unit, OWN and LATER stand in files, the rest is the compiler's own.
    assert found == {"FOO": "7", "BAR": "1", "TEXT": '"a b"'}


@needs_toolchain
def test_without_macro_information_nothing_is_known(tmp_path: Path) -> None:
    assert given_.macros_of(build(tmp_path, "-g")) == {}


@needs_toolchain
def test_a_cut_section_is_refused_with_its_place(tmp_path: Path) -> None:
    built = build(tmp_path, "-g3")
    section = next(one for one in built.sections if one.name == ".debug_macro")
    shorter = [
        dataclasses.replace(built, sections=(one._replace(size=one.size - 1),))
        for one in built.sections
        if one is section
    ]
    with pytest.raises(FormatError, match="macro unit is truncated"):
        given_.macros_of(shorter[0])


@examples(200)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes, strings: bytes) -> None:
    try:
        found = macros.command_line(b"\x05\x00\x00" + data, strings)
    except FormatError as error:
        assert error.position
    else:
        assert all(found)
