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


TEXTS = ("A 1", "A 2", "B", "_C 3", "F(x) x", "")
STRINGS = "\0".join(TEXTS).encode() + b"\0"
LINES = {0: b"\0", 1: b"\x01", 300: b"\xac\x02"}
entry = st.one_of(
    st.tuples(
        st.sampled_from((b"\x05", b"\x06", b"\x01", b"\x02")),
        st.sampled_from((*LINES,)),
        st.sampled_from(TEXTS),
    ),
    st.sampled_from((b"\x03\0\x01", b"\x04", b"\x07\0\0\0\0")),
)


def encoded(one: tuple[bytes, int, str] | bytes) -> bytes:
    if isinstance(one, bytes):
        return one
    kind, line, text = one
    name = (
        text.encode() + b"\0"
        if kind in b"\x01\x02"
        else STRINGS.find(text.encode() + b"\0").to_bytes(4, "little")
    )
    return kind + LINES[line] + name


@examples(300)
@given(st.lists(st.lists(entry, max_size=8), min_size=1, max_size=3))
def test_only_what_lies_in_no_file_was_given(units: list[list[tuple[bytes, int, str] | bytes]]) -> None:
    seen: dict[str, set[str]] = {}
    for unit in units:
        depth = 0
        for one in unit:
            if isinstance(one, bytes):
                depth += {3: 1, 4: -1}.get(one[0], 0)
            elif one[0] in b"\x05\x01" and one[1] == 0 and depth == 0 and one[2][:1] in ("A", "B"):
                seen.setdefault(one[2][0], set()).add(one[2][2:])
    data = b"".join(b"\x05\0\0" + b"".join(map(encoded, unit)) + b"\0" for unit in units)
    assert macros.command_line(data, STRINGS) == {
        name: min(values) for name, values in seen.items() if len(values) == 1
    }
