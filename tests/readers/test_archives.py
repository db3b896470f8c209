"""The symbol index of archives, against what binutils prints of it."""

from __future__ import annotations

import re
import struct
from io import BytesIO
from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import archives, objects

LONG = "a_name_that_is_too_long_for_a_header"


def entry(name: bytes, content: bytes) -> bytes:
    """A member of an archive."""
    return (
        b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name, 0, 0, 0, 0o644, len(content))
        + content
        + b"\n" * (len(content) & 1)
    )


def made(folder: Path, *flags: str) -> Path:
    """An archive of two objects, one with a long name."""
    for name, text in {"one": "int first = 1; int shared;", LONG: "int second(void) { return 2; }"}.items():
        compile_(folder, f"{name}.c", text)
    run(f"{CROSS}ar", "qcsD", *flags, "liba.a", "one.o", f"{LONG}.o", cwd=folder)
    return folder / "liba.a"


@needs_toolchain
@pytest.mark.parametrize("thin", [(), ("--thin",)], ids=["whole", "thin"])
def test_an_index_is_what_nm_prints_of_it(tmp_path: Path, thin: tuple[str, ...]) -> None:
    path = made(tmp_path, *thin)
    rows = dict(re.findall(r"^(\S+) in (?:\S*/)?(\S+)$", run(f"{CROSS}nm", "-s", path), re.MULTILINE))
    found = archives.read(path)
    assert found.thin == bool(thin)
    ours = {name.decode(): archives.called(path, found, place) for name, place in found.places.items()}
    assert ours == rows
    assert set(rows) == {"first", "shared", "second"}
    name, data = archives.member(path, found, found.places[b"second"])
    assert name == f"{LONG}.o"
    assert bytes(data) == (tmp_path / f"{LONG}.o").read_bytes()
    assert "second" in objects.load(data).symbols.names.values()


def other(kind: str) -> bytes:
    """An archive of one member that defines `here` and `there`, with an index of another kind."""
    names = b"here\0there\0"
    for place in (0, 1 << 10):
        if kind == "/SYM64/":
            index = entry(b"/SYM64/", struct.pack(">3Q", 2, place, place) + names)
        elif kind == "extended":
            body = b"__.SYMDEF SORTED".ljust(20, b"\0")
            rows = struct.pack("<6I", 16, 0, place, 5, place, len(names))
            index = entry(b"#1/20", body + rows + names)
        else:
            index = entry(b"__.SYMDEF", struct.pack("<6I", 16, 0, place, 5, place, len(names)) + names)
        if place:
            break
    at = 8 + len(index)
    index = index.replace(struct.pack(">Q", 1 << 10), struct.pack(">Q", at))
    index = index.replace(struct.pack("<I", 1 << 10), struct.pack("<I", at))
    member = (
        entry(b"#1/8", b"long.o\0\0" + b"content") if kind != "/SYM64/" else entry(b"long.o/", b"content")
    )
    return b"!<arch>\n" + index + member


@pytest.mark.parametrize("kind", ["/SYM64/", "__.SYMDEF", "extended"])
def test_other_systems_write_other_indices(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "liba.a"
    path.write_bytes(other(kind))
    found = archives.read(path)
    assert found.places.keys() == {b"here", b"there"}
    name, data = archives.member(path, found, found.places[b"there"])
    assert (name, bytes(data)) == ("long.o", b"content")


def test_the_first_that_defines_a_name_counts() -> None:
    index = entry(b"/", struct.pack(">4I", 3, 100, 200, 300) + b"twice\0once\0twice\0")
    assert archives.parse(BytesIO(b"!<arch>\n" + index)).places == {b"twice": 100, b"once": 200}


@pytest.mark.parametrize("place", [0, 7, 9, 68, 1 << 31, (1 << 64) - 1])
def test_a_place_that_is_no_member_is_refused(tmp_path: Path, place: int) -> None:
    path = tmp_path / "liba.a"
    path.write_bytes(b"!<arch>\n" + entry(b"/SYM64/", struct.pack(">2Q", 1, place) + b"name\0"))
    found = archives.read(path)
    with pytest.raises(FormatError, match=r"liba\.a"):
        archives.member(path, found, found.places[b"name"])


@pytest.mark.parametrize(
    "content",
    [
        struct.pack(">2I", 1_000_000, 8),
        struct.pack(">I", 1_000_000) + bytes(4_000_000) + b"n\0" * 1_000_000,
        struct.pack(">I", 0xFFFFFFFF),
    ],
    ids=["none of them", "a million", "all there can be"],
)
def test_an_index_of_more_names_than_a_library_has_is_refused(content: bytes) -> None:
    with pytest.raises(FormatError, match="names"):
        archives.parse(BytesIO(b"!<arch>\n" + entry(b"/", content)))


def test_a_thin_archive_names_regular_files_only(tmp_path: Path) -> None:
    path = tmp_path / "liba.a"
    index = entry(b"/", struct.pack(">2I", 1, 150) + b"name\0")
    names = entry(b"//", b"../nothing.o/\n")
    (tmp_path / "folder").mkdir()
    for member, what in ((b"/0", "nothing"), (b"folder/", "folder"), (b"/9999", "no object")):
        head = b"!<thin>\n" + index + names
        index = index.replace(struct.pack(">I", 150), struct.pack(">I", len(head)))
        path.write_bytes(b"!<thin>\n" + index + names + entry(member, b"")[:60])
        found = archives.read(path)
        with pytest.raises(FormatError, match=what):
            archives.member(path, found, len(head))


@given(st.data())
@examples(100)
def test_damage_is_said_in_one_way(data: st.DataObject) -> None:
    """Whatever is cut or changed."""
    whole = bytearray(other(data.draw(st.sampled_from(["/SYM64/", "__.SYMDEF", "extended"]))))
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)))):
        whole[at] = byte
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        archives.parse(BytesIO(cut))
    except FormatError as error:
        assert str(error)
