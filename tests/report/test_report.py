"""A report's tables are sorted, summed and cut before any emitter sees them."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from imgcheck.devices import capacity
from imgcheck.model import Diagnostic, Fit, Location, Measure, Slot, Table
from imgcheck.report import findings, moving
from imgcheck.report import savings as report_savings
from imgcheck.report import summary as report
from imgcheck.report import tables as report_tables
from imgcheck.report import verdict as report_verdict
from imgcheck.report.columns import share_text, size_text

sys.path.insert(0, str(Path(__file__).parents[1] / "emitters"))
import samples


def table(name: str, tables: tuple[Table, ...]) -> Table:
    return next(one for one in tables if one.name == name)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0.0 %"),
        (0.0001, "<0.1 %"),
        (0.9999, "99.9 %"),
        (1, "100.0 %"),
        (1.0851, "108.5 %"),
        (None, "None"),
    ],
)
def test_shares_never_round_to_what_they_are_not(share: float | None, text: str) -> None:
    assert share_text(share) == text


def test_sizes() -> None:
    assert (size_text(1234567), size_text(12.6), size_text("x")) == ("1,234,567", "13", "x")


def test_breakdown_adds_up_and_is_sorted() -> None:
    components = table("components", samples.fitting().tables)
    sizes = [row[1] for row in components.rows]
    assert sizes == sorted(sizes, reverse=True)  # type: ignore[type-var]
    assert components.total == ("total", 30_000, 1.0, 700)
    assert components.total[1] == sum(sizes)  # type: ignore[arg-type]


def test_breakdown_has_an_ota_column_when_bytes_are_priced() -> None:
    assert [c.title for c in table("components", samples.fitting().tables).columns][-1] == "RAM"
    assert [c.title for c in table("components", samples.priced().tables).columns][-1] == "OTA"


def test_short_formats_show_twenty_components_and_what_the_rest_holds() -> None:
    measures = [Measure("component", f"c{i:02}", "flash", 100 - i) for i in range(25)]
    facts = replace(samples.facts(), measures=tuple(measures))
    components = table("components", report.build(facts).tables)
    assert components.brief == 20
    assert components.rest is not None
    assert components.rest[:2] == ("(5 more)", 80 + 79 + 78 + 77 + 76)


def test_ram_alone_is_an_owner_too() -> None:
    facts = replace(samples.facts(), measures=(Measure("component", "heap", "ram", 5),))
    assert table("components", report.build(facts).tables).rows == (("heap", 0, 0.0, 5),)


def fit(name: str, headroom: int, limit: int, binding: str = "unpacked") -> Fit:
    slots = (Slot("unpacked", limit - headroom, limit, headroom), Slot("body", 1, 1000, 999))
    return Fit(name, headroom >= 0, binding, slots)


def test_worst_is_the_least_headroom_for_its_limit() -> None:
    found = capacity.worst([fit("big", 900, 100_000), fit("small", 90, 1000), fit("over", -1, 10)])
    assert found is not None
    assert found.name == "over"
    assert capacity.worst([]) is None


NO_SLOT = Fit("one", False, "body", (Slot("unpacked", 1, 9, 8), Slot("body", 5, 0, -5)))
OVER = "the unpacked image is"


@pytest.mark.parametrize(
    ("fits", "sentence"),
    [
        ([fit("a", 10, 100)], "Fits a: 10 bytes left for the unpacked image (90.0 % of 100 used)."),
        ([fit("a", -10, 100)], f"Does not fit its one layout: {OVER} 10 bytes over a (limit 100)."),
        (
            [fit("a", 10, 100), fit("b", -1, 99)],
            f"Does not fit 1 of 2 layouts: {OVER} 1 byte over b (limit 99).",
        ),
        ([NO_SLOT], "one takes no update at all: it has no slot for the OTA body."),
        ([], ""),
    ],
)
def test_verdict(fits: list[Fit], sentence: str) -> None:
    assert report_verdict.sentence(fits) == sentence


def test_rank_puts_errors_first_waived_last_and_says_nothing_twice() -> None:
    place = Location("/work/fw/src/a.h", 3)
    note, error = Diagnostic("N", "note", "n"), Diagnostic("E", "error", "e", place)
    waived = Diagnostic("W", "error", "w", waived="why")
    found = findings.rank([note, waived, error, error])
    assert [one.code for one in found] == ["E", "N", "W"]
    assert found[0].location == place


def test_paths_outside_the_folder_stay() -> None:
    made = moving.seen_from(report.build(samples.facts()), "/work/f")
    assert made.path == "/work/fw/build/OpenBL602.elf"


def test_features_are_sorted_by_the_currency_that_binds() -> None:
    features = (
        replace(samples.savings().features[0], name="RAW", flash=10, ota=1),
        replace(samples.savings().features[0], name="PACKED", flash=1, ota=10),
    )
    assert [row[0] for row in report_savings.features(features, "unpacked").rows] == ["RAW", "PACKED"]
    assert [row[0] for row in report_savings.features(features, "body").rows] == ["PACKED", "RAW"]


def test_memory_says_why_the_heap_is_unknown() -> None:
    image = replace(samples.image(), heap=None)
    assert "no heap symbols" in report_tables.memory(image).note
    assert "only an ELF" in report_tables.memory(replace(image, detail="binary")).note


def test_a_feature_that_shares_with_many_names_the_first() -> None:
    one = samples.savings().features[0]
    few, many = (
        replace(one, shared_with=tuple(f"ENABLE_{n}" for n in range(count)), estimate=False)
        for count in (3, 9)
    )
    table = report_savings.features((few, many), "unpacked")
    assert [row[-1] for row in table.rows] == [
        "ENABLE_0, ENABLE_1, ENABLE_2",
        "ENABLE_0, ENABLE_1 and 7 more",
    ]


def test_an_estimate_is_marked_and_explained() -> None:
    table = report_savings.features(samples.savings().features, "unpacked")
    assert [(row[0], row[1]) for row in table.rows][-1] == ("ENABLE_MYSTERY", "~")
    assert "~ marks an estimate" in table.note


def test_what_costs_nothing_comes_before_what_to_strip() -> None:
    names = [table.name for table in report_savings.tables(samples.savings(), "unpacked")]
    assert names == ["free", "plans", "features"]
