"""How the text format fits a table into 80 columns."""

from dataclasses import replace
from unicodedata import east_asian_width

import samples

from imgcheck import emitters
from imgcheck.emitters import Medium
from imgcheck.model import Column, Table
from imgcheck.report import grid
from imgcheck.report.columns import path_column, size_column


def lines(table: Table, medium: Medium | None = None) -> list[str]:
    report = replace(samples.fitting(), verdict="", tables=(table,), diagnostics=())
    return emitters.load("text").emit(report, medium or Medium()).splitlines()


def test_columns_are_aligned_and_no_wider_than_they_need() -> None:
    table = Table("T", (Column("A"), size_column("B"), Column("C")), (("x", 1, "y"), ("long", 12_345, "")))
    assert lines(table) == ["T", "A          B  C", "x          1  y", "long  12,345"]


def test_characters_of_two_columns_count_as_two() -> None:
    rows = (("固件/OpenBL602.elf", 7), ("OpenBL602.elf", 12_345))
    _, _, wide, narrow = lines(Table("T", (Column("File"), size_column("Bytes")), rows))
    assert len(wide) + sum(east_asian_width(one) == "W" for one in wide) == len(narrow)
    assert "\0" not in wide


def test_a_last_column_of_words_takes_more_lines() -> None:
    rows = (("n" * 30, "word " * 20), ("m", "short"))
    _, head, first, second, *more = lines(Table("T", (Column("Name"), Column("Why")), rows))
    assert first.index("word") == second.index("word") == head.index("Why")
    assert len(first) <= 80
    assert more[-1].endswith("short")


def test_a_word_that_fits_a_line_is_not_cut_in_two() -> None:
    name = "libopenbeken.a(cmd_tokenizer.o)"
    rows = (("n" * 60, f"of {name}"),)
    assert name in lines(Table("T", (Column("Name"), Column("Why")), rows))[-1]


def test_short_formats_leave_the_folders_of_a_path_out() -> None:
    rows = (("a", "/home/x/libx.a(m.o)"), ("b", "sin of build/libm.a(s.o)"), ("c", "plain"))
    table = Table("T", (Column("Name"), path_column("Object")), rows)
    assert [line.split(maxsplit=1)[1] for line in lines(table)[2:]] == [
        "libx.a(m.o)",
        "sin of libm.a(s.o)",
        "plain",
    ]
    page = emitters.load("markdown").emit(replace(samples.fitting(), tables=(table,)))
    assert "/home/x/libx.a(m.o)" in page


def test_bars_are_drawn_in_colour_of_their_own() -> None:
    report = samples.failing()
    text = emitters.load("text").emit(report, Medium(colour=True, width=100))
    assert "█▶\x1b[0m" in text and "\x1b[2m░" in text


def test_a_long_name_with_nothing_after_it_leaves_no_blank_line() -> None:
    shown = grid.lines(["a", "m" * 60, ""], ["left", "left", "left"], [1, 7, 5], False, 40)
    assert shown == ["a", f"  {'m' * 60}"]
    assert grid.lines(["", ""], ["left", "left"], [1, 1], False, 40) == [""]  # a blank row is a row


def test_a_short_form_is_not_asked_about_what_is_missing() -> None:
    table = Table("T", (Column("A"), path_column("B")), (("x", None), ("y", "a/b.c")))
    assert [line.split() for line in lines(table)[2:]] == [["x", "-"], ["y", "b.c"]]
