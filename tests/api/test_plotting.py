"""Pictures of a history: what is drawn is looked at by people; here, that the limits are on it."""

from __future__ import annotations

from imgcheck.model import Chart, Mark
from imgcheck.report import chart as charts

CHART = Chart(
    title="Image",
    note="3 builds",
    names=("1", "2", "3"),
    sizes=(1_000, 1_064, 1_032),
    limits=(("near", 1_080), ("far", 90_000)),
    marks=(Mark(2, "3 -32", False),),
)


def test_a_limit_above_the_picture_is_named_when_there_is_none_in_it() -> None:
    assert charts.above(CHART) == ""
    beyond = CHART._replace(limits=(("below", 10), ("far", 90_000), ("farther", 99_000)))
    assert charts.above(beyond) == "far: 90,000, 88,968 above the last build"
    assert "far: 90,000, 88,968 above the last build" in charts.svg(beyond)
    assert charts.above(CHART._replace(limits=())) == ""


def test_both_pictures_have_the_same_room() -> None:
    low, high = charts.span(CHART)
    assert low < 1_000
    assert 1_080 < high < 1_200
