"""A finding's place, level, help, waiver and name are settled once, so that no two formats differ in them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.model import Diagnostic, Location
from imgcheck.report import findings
from imgcheck.report.assembly import assemble

sys.path.insert(0, str(Path(__file__).parents[1] / "emitters"))
import samples

PATHS = ["", "/", "..", "a.h", "/work/a.h", "../b\\c.h", ".git/x", "a/../../b"]
NUMBERS = st.integers(-1, 3)
PLACES = st.none() | st.builds(Location, st.sampled_from(PATHS), NUMBERS, NUMBERS, NUMBERS)
DIAGNOSTICS = st.builds(
    Diagnostic,
    st.sampled_from(["IMG101", "IMG202", "file"]),
    st.sampled_from(["error", "warning", "note"]),
    st.sampled_from(["one", "two"]),
    PLACES,
    st.none(),
    st.sampled_from(["", "one\n  two"]),
    st.sampled_from(["", "tiny-2m"]),
    waived=st.sampled_from(["", "until 2027"]),
)


@given(st.lists(DIAGNOSTICS, max_size=4))
def test_columns_need_a_line_ends_need_a_start_and_there_is_always_a_file(said: list[Diagnostic]) -> None:
    for one in findings.of(assemble("check", "t", diagnostics=said, path="a.elf")):
        assert min(one.line, one.column, one.end_column) >= 0
        assert one.line or not one.column
        assert one.column or not one.end_column
        assert one.place.startswith(one.path)
        assert not {"", ".", ".."} & set(one.file.split("/"))


@given(st.lists(DIAGNOSTICS, max_size=4))
def test_what_is_waived_counts_as_a_note_and_says_why(said: list[Diagnostic]) -> None:
    for one in findings.of(assemble("check", "t", diagnostics=said)):
        assert one.level == ("note" if one.waived else one.severity)
        assert one.excuse == (f" (waived: {one.waived})" if one.waived else "")


@given(st.lists(DIAGNOSTICS, max_size=4))
def test_no_two_findings_of_a_report_have_one_name(said: list[Diagnostic]) -> None:
    marks = [one.fingerprint for one in findings.of(assemble("check", "t", diagnostics=said))]
    assert len(set(marks)) == len(marks)


def test_a_name_does_not_move_with_the_largest_thing_of_a_component() -> None:
    """What is largest changes from build to build; the line of the limit that it is over does not."""
    limit = Location("imgcheck.toml", 5)
    marks = {
        findings.of(
            assemble("check", "t", diagnostics=[Diagnostic("IMG301", "error", "m", place, limit=limit)])
        )[0].fingerprint
        for place in (Location("src/a.c", 3), Location("src/b.c", 7))
    }
    assert len(marks) == 1


def test_help_is_lines_for_some_formats_and_one_line_for_others() -> None:
    report = assemble("check", "t", diagnostics=[Diagnostic("file", "note", "m", help="one\n  two\n")])
    (one,) = findings.of(report)
    assert (one.help, one.advice) == (("one", "  two"), "one two")


def test_each_build_of_several_is_named() -> None:
    parts = [replace(samples.failing(), title=name) for name in ("a", "b")]
    said = list(findings.every(assemble("check", "both", builds=parts)))
    assert {one.whose for one in said} == {"a", "b"}
    assert said[0].said == f"a: {said[0].message}"
    assert [one.said for one in findings.every(parts[0])] == [one.message for one in findings.of(parts[0])]


@pytest.mark.parametrize(("home", "file"), [("", "build/x.elf"), ("imgcheck.toml", "imgcheck.toml")])
def test_what_has_no_place_stands_at_the_projects_own_file(home: str, file: str) -> None:
    said = [Diagnostic("IMG202", "error", "m")]
    report = replace(assemble("check", "t", diagnostics=said, path="build/x.elf"), home=home)
    assert findings.of(report)[0].file == file


def test_a_story_keeps_its_order_and_what_is_told_twice() -> None:
    note, error = Diagnostic("file", "note", "n"), Diagnostic("file", "error", "e")
    assert assemble("explain-log", "t", diagnostics=[note, error, note], told=True).diagnostics == (
        note,
        error,
        note,
    )
    assert assemble("lint", "t", diagnostics=[note, error, note]).diagnostics == (error, note)


def test_the_tightest_slot_is_told_only_where_the_verdict_is_about_slots() -> None:
    fits = samples.fitting().layouts
    near = (fits[0]._replace(slots=tuple(one._replace(state="near") for one in fits[0].slots)),)
    judged = assemble("report", "t", passed=True, layouts=near, judged=True)
    assert judged.worst == near[0] and judged.near
    assert not assemble("report", "t", passed=False, layouts=near, judged=True).near
    assert assemble("verify", "t", passed=True, layouts=near).worst is None
