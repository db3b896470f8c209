"""Which sources are read where a policy does not say, and which one an object was made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import compile_, link, needs_toolchain
from hypothesis import given
from hypothesis import strategies as some

from imgcheck.builds import sources
from imgcheck.builds.locating import Index
from imgcheck.errors import UndecidedError
from imgcheck.prediction import sourcing
from imgcheck.prediction.buildfiles import Objects
from imgcheck.prediction.linknodes import Linked
from imgcheck.prediction.origins import Origin, concerning
from imgcheck.prediction.sources.changes import SourceChange
from imgcheck.prediction.sources.comparison import unchanged
from imgcheck.prediction.sources.tree import Tree
from imgcheck.readers import elf, objects, preprocessor


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sourcing, "_MOST_UNASKED", 4)
    for name in ("app/a.c", "app/config.h", "sdk/x.c", "sdk/y.c", "top.h"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("int a;\n")
    return tmp_path


def names(project: Path, paths: list[str]) -> list[str]:
    return [Path(path).relative_to(project).as_posix() for path in paths]


def test_named_folders_are_read_alone(project: Path) -> None:
    paths, said = sourcing.paths(project, "app/config.h", ("sdk", "nowhere"))
    assert (names(project, paths), said) == (["sdk/x.c", "sdk/y.c"], ())


def test_a_whole_sdk_is_not_read_unasked(project: Path) -> None:
    paths, (said,) = sourcing.paths(project, "app/config.h", ())
    assert names(project, paths) == ["app/a.c", "app/config.h"]
    assert said.code == "sources-bounded"
    assert "5 sources" in said.message
    assert "only those in app/" in said.message


def test_a_small_project_is_read_whole(project: Path) -> None:
    (project / "top.h").unlink()
    paths, said = sourcing.paths(project, "app/config.h", ())
    assert len(paths) == 4
    assert said == ()


def test_a_header_in_no_folder_says_what_to_name(project: Path) -> None:
    with pytest.raises(UndecidedError, match=r"5 sources are below .* source_roots"):
        sourcing.paths(project, "top.h", ())


@needs_toolchain
@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (["vec.S"], "vec.S"),
        (["boot/vec.sx"], "boot/vec.sx"),
        (["vec.S", "vec.c"], "vec.c"),
        (["a/vec.S", "b/vec.S"], None),
    ],
)
def test_assembler_without_debug_information_is_found_by_its_name(
    tmp_path: Path, sources: list[str], found: str | None
) -> None:
    code = " .globl vec\nvec:\n ret\n"
    (made,) = objects.read(compile_(tmp_path, "vec.S", code))
    linked = (Linked("vec.o", objects.load(made.data)),)
    tree = Tree(dict.fromkeys(sources, code), preprocessor.parse)
    origins = sourcing.origins(Objects(linked, (), {}), tree)
    assert {one.source for one in origins.values()} == ({found} if found else set())


@needs_toolchain
def test_objects_are_for_speed_one_by_one(tmp_path: Path) -> None:
    made = [
        compile_(
            tmp_path,
            "app/a.c",
            "int fast(void), small(void); int main(void) { return fast() + small(); }\n",
            "-g",
        ),
        compile_(tmp_path, "app/fast.c", "int fast(void) { return 2; }\n", "-g", "-O2"),
        compile_(tmp_path, "app/small.c", "int small(void) { return 3; }\n", "-g", "-O2", "-Os"),
    ]
    linked = elf.read(link(tmp_path, *made))
    found = {number: Origin(f"app/{one.stem}.c", frozenset()) for number, one in enumerate(made)}
    units = (*sources.producers(linked), ("/sdk/libc/printf.c", "GNU C17 12.2.0 -O2"))
    assert sourcing.fast(found, units, Index([origin.source for origin in found.values()])) == {1}


SOURCES = ("a.c", "b.c", "c.c")
HEADERS = ("a.h", "b.h")
origins_of_objects = some.builds(
    Origin, some.sampled_from(SOURCES), some.frozensets(some.sampled_from((*SOURCES, *HEADERS)))
)
changes_of_a_feature = some.dictionaries(
    some.sampled_from((*SOURCES, *HEADERS)), some.frozensets(some.sampled_from(SOURCES)), max_size=3
)


def changed(units: dict[str, frozenset[str]]) -> dict[str, SourceChange]:
    return {
        path: unchanged(path)._replace(units=only if path in HEADERS else frozenset())
        for path, only in units.items()
    }


@given(some.lists(origins_of_objects, max_size=4), some.lists(changes_of_a_feature, max_size=3))
def test_code_is_read_of_every_object_that_a_change_concerns(
    every: list[Origin], features: list[dict[str, frozenset[str]]]
) -> None:
    origins = dict(enumerate(every))
    linked = Objects(tuple(Linked(f"{number}.o", None) for number in origins), (), {})
    changes = [changed(one) for one in features]
    read = sourcing.affected(linked, origins, sourcing.touched(changes))
    assert {
        number for number, one in origins.items() if any(concerning(one, c) for c in changes)
    } <= read.keys()


def test_code_is_not_read_for_a_header_that_changes_for_another_source() -> None:
    origins = {0: Origin("a.c", frozenset({"a.c", "a.h"})), 1: Origin("b.c", frozenset({"b.c", "a.h"}))}
    linked = Objects((Linked("a.o", None), Linked("b.o", None)), (), {})
    narrowed, whole = (
        sourcing.touched([changed({"a.h": units})]) for units in (frozenset({"a.c"}), frozenset())
    )
    assert sourcing.affected(linked, origins, narrowed).keys() == {0}
    assert sourcing.affected(linked, origins, whole).keys() == {0, 1}


def test_line_programs_are_found_by_a_header_where_they_have_no_line_of_a_source() -> None:
    origins = {0: Origin("a.c", frozenset({"x/a.c", "x/a.h"})), 1: Origin("b.c", frozenset({"only.h"}))}
    assert sourcing.naming(origins, origins, frozenset({"x/a.c", "b.c"})) == {"a.c", "b.c", "only.h"}
