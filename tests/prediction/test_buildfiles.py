"""Files of a build found again after it moved: by the end of their paths, never by a guess."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from compiled import CROSS, compile_, link, needs_toolchain, run
from hypothesis import given
from hypothesis import strategies as st
from studies import BASE, ELF, needs_fixture

from imgcheck.builds import locating
from imgcheck.builds.locating import Index
from imgcheck.errors import FormatError
from imgcheck.prediction import buildfiles
from imgcheck.prediction.linknodes import Linked
from imgcheck.readers import linkmap


@pytest.mark.parametrize(
    ("paths", "wanted", "found"),
    [
        (["src/a.c"], "/home/me/app/src/a.c", "src/a.c"),
        (["src/a.c"], "../../src/a.c", "src/a.c"),
        (["src/a.c"], r"C:\\work\\app\\src\\a.c", "src/a.c"),
        (["a.c"], "/home/me/a.c", "a.c"),
        (["one/src/a.c", "two/src/a.c"], "/x/two/src/a.c", "two/src/a.c"),
        (["one/src/a.c", "two/src/a.c"], "/x/src/a.c", ""),  # both as good
        (["one/src/a.c", "two/lib/a.c"], "/x/lib/a.c", "two/lib/a.c"),
        (["src/driver/a.c"], "a.c", "src/driver/a.c"),
        (["src/driver/a.c"], "lib/a.c", ""),  # the name alone is a guess
        (["src/a.c"], "b.c", ""),
        (["src/a.c"], "", ""),
        ([], "a.c", ""),
        (["./src//a.c"], "src/a.c", "./src//a.c"),
    ],
)
def test_by_the_end_of_the_path(paths: list[str], wanted: str, found: str) -> None:
    assert Index(paths).find(wanted) == found


PARTS = st.lists(st.sampled_from(["a", "b", "src", "x.c", "y.c"]), min_size=1, max_size=5)


@given(st.lists(PARTS.map("/".join), max_size=8, unique=True), st.lists(st.sampled_from("pqr"), max_size=3))
def test_what_is_found_ends_alike(paths: list[str], moved_below: list[str]) -> None:
    index = Index(paths)
    for path in paths:
        wanted = "/".join(["", *moved_below, path])
        found = index.find(wanted)
        if found:
            # never a worse end than the path itself has
            assert wanted.endswith(found) or found.endswith(path)


TEXTS = st.text("ab./\\ é\0", max_size=12)


@given(TEXTS, st.lists(TEXTS, max_size=5))
def test_any_path(wanted: str, paths: list[str]) -> None:
    assert Index(paths).find(wanted) in {"", *paths}


def test_folders_that_hold_no_sources_are_not_walked(tmp_path: Path) -> None:
    for path in ("src/b.c", "src/a.h", "src/notes.txt", ".git/c.c", "node_modules/d.c", "e.cpp"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    found = [Path(path).relative_to(tmp_path).as_posix() for path in buildfiles.sources_below(tmp_path)]
    assert found == ["e.cpp", "src/a.h", "src/b.c"]


def test_a_mistyped_folder_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "_MOST_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("")
    with pytest.raises(FormatError, match="files to search"):
        buildfiles.sources_below(tmp_path)


@needs_fixture
def test_every_object_of_the_fixture_is_read() -> None:
    links = linkmap.read(ELF.with_suffix(".map"))
    found = buildfiles.load_objects(links, ELF.with_suffix(".map"), None)
    assert not found.missing
    rows = {row.path for row in (*links.inputs, *links.discarded) if row.object}
    assert {path for path, _ in found.linked} == rows
    assert all(obj is not None for _, obj in found.linked)
    # two members of liblwip.a are called init.o
    twins = [obj for path, obj in found.linked if path.endswith("liblwip.a(init.o)")]
    assert len(twins) == 2
    assert twins[0] is not twins[1]


@needs_fixture
def test_objects_elsewhere(tmp_path: Path) -> None:
    links = linkmap.read(ELF.with_suffix(".map"))
    shutil.copytree(BASE, tmp_path / "deep" / "down", ignore=shutil.ignore_patterns("OpenBL602.*"))
    alone = tmp_path / "map"
    alone.mkdir()
    shutil.copy(ELF.with_suffix(".map"), alone)
    found = buildfiles.load_objects(links, alone / "OpenBL602.map", tmp_path / "deep")
    assert not found.missing
    shutil.rmtree(tmp_path / "deep" / "down" / "lwip")
    found = buildfiles.load_objects(links, alone / "OpenBL602.map", tmp_path / "deep")
    assert found.missing == ("lwip/liblwip.a",)
    assert all((obj is None) == path.startswith("lwip/") for path, obj in found.linked)


@needs_fixture
def test_an_archive_without_the_members_is_another_archive(tmp_path: Path) -> None:
    links = linkmap.read(ELF.with_suffix(".map"))
    shutil.copytree(BASE, tmp_path / "b", ignore=shutil.ignore_patterns("OpenBL602.*"))
    shutil.copy(tmp_path / "b" / "hal" / "libhal.a", tmp_path / "b" / "rtos" / "librtos.a")
    found = buildfiles.load_objects(links, tmp_path / "OpenBL602.map", tmp_path / "b")
    assert found.missing == ("rtos/librtos.a",)


@needs_fixture
def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    links = linkmap.read(ELF.with_suffix(".map"))
    shutil.copytree(BASE, tmp_path / "b", ignore=shutil.ignore_patterns("OpenBL602.*"))
    broken = tmp_path / "b" / "hal" / "libhal.a"
    broken.write_bytes(broken.read_bytes()[:5000])
    with pytest.raises(FormatError) as caught:
        buildfiles.load_objects(links, tmp_path / "OpenBL602.map", tmp_path / "b")
    assert caught.value.file == str(broken)


def test_rules_of_the_compiler_name_the_source(tmp_path: Path) -> None:
    (tmp_path / "a.d").write_text("build/a.o: \\\n ../src/a.c \\\n ../src/a.h\n")
    (tmp_path / "b.d").write_text("")
    found = buildfiles.Objects(
        (Linked("a.o", None),),
        (),
        {"a.o": tmp_path / "a.o", "b.o": tmp_path / "b.o", "c.a": tmp_path / "c.a"},
    )
    assert buildfiles.depends(found) == {"a.o": "../src/a.c"}


@pytest.mark.parametrize(
    ("row", "name"),
    [("lib/libx.a(drv_main.c.o)", "drv_main"), ("out/a.o", "a"), (r"out\a.o", "a"), ("a", "a")],
)
def test_base_names(row: str, name: str) -> None:
    assert buildfiles.base_name(row) == name


@needs_toolchain
def test_members_with_parentheses_in_their_names(tmp_path: Path) -> None:
    one = compile_(tmp_path, "one.c", "int other(int); int main(void) { return other(3); }\n")
    two = compile_(tmp_path, "two (1).c", "int other(int n) { return n * 7; }\n")
    archive = tmp_path / "libx.a"
    run(f"{CROSS}ar", "rcs", archive, two)
    firmware = link(tmp_path, one, archive)
    two.unlink()
    map_path = firmware.with_suffix(".map")
    found = buildfiles.load_objects(linkmap.read(map_path), map_path, tmp_path)
    assert found.missing == ()
    assert all(obj is not None for _, obj in found.linked)
    assert buildfiles.base_name(f"{archive}(two (1).o)") == "two (1)"


@needs_toolchain
@pytest.mark.parametrize("given", [False, True])
def test_a_name_that_no_system_has_is_a_file_that_is_missing(tmp_path: Path, given: bool) -> None:
    link(tmp_path, compile_(tmp_path, "one.c", "int main(void) { return 3; }\n"))
    name = str(tmp_path / ("x" * 5000 + ".o"))
    text = (tmp_path / "linked.map").read_text().replace(str(tmp_path / "one.o"), name)
    assert name in text
    found = buildfiles.load_objects(linkmap.parse(text), tmp_path / "fw.map", tmp_path if given else None)
    assert found.missing == (name,)
