"""Whose the bytes of merged sections are: the same whichever linker printed the map, or nobody's and said."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from compiled import ABI, CROSS, compile_, needs_toolchain, run
from gatheredmap import TOGETHER, gathered

from imgcheck import targets
from imgcheck.builds import load, mergedrows
from imgcheck.model import FILL, UNATTRIBUTED, Image
from imgcheck.readers import linkmap
from imgcheck.readers.linkmap import InputSection

SOC = targets.find("bl602").chip
SCRIPT = f"""
MEMORY {{ f : ORIGIN = 0x23000000, LENGTH = 64K }}
SECTIONS {{
  .text : {{ *(.text.main) *(.text .text.*) {TOGETHER} *(.rodata .rodata.*) *(.srodata .srodata.*) }} > f
}}
"""
LONG = " of some length, which is long enough that nobody takes it for padding"
MAIN = """
extern const char *one(int), *two(int); extern double three(int);
const char *first(int n) { return n ? "the first of all" : "shared by all of them"; }
int main(int n) { return first(n)[0] + one(n)[n] + two(n)[1] + three(n) + three(n + 1); }
"""
PARTS = {
    "one.c": 'const char *one(int n) { return n ? "shared by all of them" : "all of them"; }',
    "two.c": 'const char *two(int n) { return n > 3 ? "two alone" : n ? "by all of them" : "two, too"; }',
    "three.c": "double three(int n) { return n ? 0.1 * n : 0.7; }",
}


def linked(folder: Path) -> Path:
    (folder / "l.ld").write_text(SCRIPT)
    compile_(folder, "main.c", MAIN)
    members = [compile_(folder, name, text) for name, text in PARTS.items()]
    run(f"{CROSS}ar", "qcsD", "libparts.a", *(one.name for one in members), cwd=folder)
    for one in members:
        one.unlink()
    run(f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,l.ld,-e,main,--gc-sections",
        "-Wl,--cref,-Map=a.map,--build-id=none", "-o", "a.elf", "main.o", "libparts.a", "-lgcc",
        cwd=folder)  # fmt: skip
    return folder / "a.map"


def owned(image: Image) -> Counter[tuple[str, str, str]]:
    """Bytes of the image by who has them."""
    found: Counter[tuple[str, str, str]] = Counter()
    for item in image.items:
        if item.name != FILL:  # what lies between two sections, lies in one
            found[item.archive, item.object, item.name] += item.flash
    return found


@needs_toolchain
@pytest.mark.parametrize("zero", [False, True])
def test_owners_are_those_that_an_earlier_linker_prints(tmp_path: Path, zero: bool) -> None:
    map_path = linked(tmp_path)
    text = map_path.read_text()
    before = owned(load.build(tmp_path / "a.elf", map_path, SOC))
    map_path.write_text(gathered(text, zero))
    assert map_path.read_text() != text
    after = load.build(tmp_path / "a.elf", map_path, SOC)
    assert not [one for one in after.diagnostics if one.code == "merged-strings"]
    missing = {key: size - owned(after)[key] for key, size in before.items() if size != owned(after)[key]}
    # Padding between two sections of strings is the string's now.
    assert all(-4 < size <= 0 for size in missing.values()), missing
    assert owned(after)["libparts.a", "two.o", "two"] > 20


@needs_toolchain
def test_of_a_build_that_moved_the_objects_are_found_by_their_ends(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    map_path = linked(tmp_path / "old")
    map_path.write_text(gathered(map_path.read_text()))
    before = owned(load.build(tmp_path / "old/a.elf", map_path, SOC))
    (tmp_path / "new/below").mkdir(parents=True)
    for name in ("a.elf", "a.map"):
        (tmp_path / "old" / name).rename(tmp_path / "new" / name)
    for name in ("main.o", "libparts.a"):
        (tmp_path / "old" / name).rename(tmp_path / "new/below" / name)
    assert owned(load.build(tmp_path / "new/a.elf", tmp_path / "new/a.map", SOC)) == before


@needs_toolchain
@pytest.mark.parametrize("kind", ["gone", "text", "cut", "other"])
def test_without_the_objects_they_are_nobodys_and_that_is_said(tmp_path: Path, kind: str) -> None:
    map_path = linked(tmp_path)
    map_path.write_text(gathered(map_path.read_text()))
    for name in ("main.o", "libparts.a"):
        path = tmp_path / name
        if kind == "gone":
            path.unlink()
        elif kind == "text":
            path.write_text("not an object\n" * 9)
        elif kind == "cut":
            path.write_bytes(path.read_bytes()[:70])
        else:
            shutil.copy(tmp_path / "a.elf", path)
    image = load.build(tmp_path / "a.elf", map_path, SOC)
    assert owned(image)["", "", UNATTRIBUTED] > 60
    (said,) = (one for one in image.diagnostics if one.code == "merged-strings")
    assert said.severity == "warning" and "have no owner" in said.message


@needs_toolchain
def test_a_section_whose_strings_were_all_met_takes_no_room(tmp_path: Path) -> None:
    """ld prints it with the size it came with, where the next one begins: a table that no symbol names."""
    compile_(tmp_path, "a.c", f'const char *main(int n) {{ return n ? "a text{LONG}" : 0; }}')
    compile_(
        tmp_path,
        "b.c",
        f'const char *b(int n) {{ return n ? "xt{LONG}" : 0; }}'
        "int c(int n) { switch (n) { case 0: return 7; case 1: return 3; case 2: return 9; case 3: return 8; "
        "case 4: return 11; case 5: return 77; case 6: return 5; } return n; }",
        "-O2",
    )
    (tmp_path / "l.ld").write_text(SCRIPT)
    run(f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,l.ld,-e,main,-u,b,-u,c",
        "-Wl,--gc-sections,--cref,-Map=a.map,--build-id=none", "-o", "a.elf", "a.o", "b.o",
        cwd=tmp_path)  # fmt: skip
    image = load.build(tmp_path / "a.elf", tmp_path / "a.map", SOC)
    assert "b" in {one.name for one in image.items if one.input_section == ".text.b"}
    assert not [one for one in image.items if one.input_section == ".rodata.b.str1.4"]
    assert "merged-strings" not in {one.code for one in image.diagnostics}
    assert sum(one.flash for one in image.items if one.input_section == ".rodata.CSWTCH.3") == 28


@needs_toolchain
def test_the_last_section_of_an_output_section_takes_what_is_left_of_it(tmp_path: Path) -> None:
    """No next row bounds it: strings that were all met before ended a prediction on small builds."""
    compile_(tmp_path, "a.c", f'const char *main(int n) {{ return n ? "a text{LONG}" : 0; }}')
    compile_(tmp_path, "b.c", f'const char *b(int n) {{ return n ? "xt{LONG}" : 0; }}')
    (tmp_path / "l.ld").write_text(
        "MEMORY { f : ORIGIN = 0x23000000, LENGTH = 64K }\n"
        "SECTIONS { .text : { *(.text .text.*) } > f .rodata : { *(.rodata .rodata.*) } > f }"
    )
    run(f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,l.ld,-e,main,-u,b",
        "-Wl,--gc-sections,--cref,-Map=a.map,--build-id=none", "-o", "a.elf", "a.o", "b.o",
        cwd=tmp_path)  # fmt: skip
    found = mergedrows.extents(linkmap.read(tmp_path / "a.map"))
    taken = {one.path: (one.size, found[one]) for one in found if one.name.endswith(".str1.4")}
    size = len(f"a text{LONG}") + 1
    assert taken["a.o"][1][0] == size
    assert taken["b.o"][0] and taken["b.o"][1] == (0, 0)
    image = load.build(tmp_path / "a.elf", tmp_path / "a.map", SOC)
    assert not [one for one in image.items if one.object == "b.o" and one.input_section.endswith(".str1.4")]


@needs_toolchain
def test_a_map_that_says_so_of_every_section_costs_one_look_at_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ", ".join(f'"text {number}"' for number in range(10))
    compile_(tmp_path, "a.c", f"const char *const all[] = {{{texts}}};")
    rows = [
        InputSection(".rodata.str1.4", 0x23000000 + 8 * at, 8, "a.o", "", "a.o", ".rodata")
        for at in range(2_000)
    ]
    asked = Counter[str]()
    whole = mergedrows._parts

    def counted(first: InputSection, *others: Any) -> Any:
        asked[first.name] += 1
        return whole(first, *others)

    monkeypatch.setattr(mergedrows, "_parts", counted)
    one = linkmap.LinkMap((), tuple(rows), (), (), (), frozenset(), b"", gathering=frozenset(rows))
    found = mergedrows.gathered(one, tmp_path / "a.map", lambda _: b"text 0\0\0")
    assert asked.total() == 1 and found.whole == {rows[0]}


def row(name: str, at: int) -> InputSection:
    return InputSection(name, at, 8, f"{name}.o", "", f"{name}.o", ".rodata")


def test_each_byte_is_of_the_first_section_of_its_kind_that_has_it() -> None:
    like = (4, 4, False)
    sections = (
        (row("first", 0x100), mergedrows._Section(like, b"one\0six\0")),
        (row("second", 0x108), mergedrows._Section(like, b"one\0two\0one\0")),
    )
    found = mergedrows._parts(row("first", 0x100), b"one\0two\0", mergedrows._Section(like, b""), sections)
    assert [(one.start, one.end, one.row.name) for one in found] == [
        (0x100, 0x104, "first"),
        (0x104, 0x108, "second"),
    ]


class Known(mergedrows._Sections):
    """Sections by what rows are called; what is asked for is counted."""

    def __init__(self, known: dict[str, mergedrows._Section]) -> None:
        self.known = known
        self.asked = Counter[str]()

    def of(self, row: InputSection, turn: int) -> mergedrows._Section | None:
        self.asked[row.name, turn] += 1  # type: ignore[index]
        return self.known.get(row.name)


def test_of_a_kind_are_the_first_and_those_that_hold_nothing_in_the_maps_order() -> None:
    like, other = mergedrows._Section((4, 4, False), b""), mergedrows._Section((4, 4, True), b"")
    rows = [row(name, 0x100) for name in ("early", "other", "first", "unread", "late", "real", "last")]
    known = Known({"early": like, "other": other, "late": like, "real": like, "last": like, "first": like})
    found = mergedrows._Rows(known, {rows[2], rows[5]})
    found.rows += rows
    assert [one.name for one, _ in found.around(rows[2], like)] == ["early", "first", "late", "last"]
    assert [one.name for one, _ in found.around(rows[5], like)] == ["early", "late", "real", "last"]
    assert [one.name for one, _ in found.around(rows[2], other)] == ["other", "first"]
    assert set(known.asked.values()) == {1}


@needs_toolchain
def test_more_kinds_than_any_build_has_stay_with_who_the_map_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_path = linked(tmp_path)
    map_path.write_text(gathered(map_path.read_text()))
    monkeypatch.setattr(mergedrows, "_MOST_KINDS", 0)
    found = load.build(tmp_path / "a.elf", map_path, SOC)
    assert not [one for one in found.items if one.input_section == ".rodata.two.str1.4"]
    texts = [one for one in found.items if one.input_section.endswith(".str1.4")]
    assert len({one.object for one in texts}) == 1 and sum(one.flash for one in texts) > 60
