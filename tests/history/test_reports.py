"""Reports are from outside: whatever stands where a text should is said, and nothing else happens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from imgcheck.errors import FormatError
from imgcheck.history import reports

DATE = datetime(2026, 11, 27, tzinfo=UTC)


def report(**words: Any) -> dict[str, Any]:
    measure = {"kind": "component", "name": "lwip", "resource": "flash", "size": 5}
    image = {"bin_bytes": 5, "unpacked_bytes": 9, "soc": "bl602"}
    return {"image": image, "measures": [measure], **words}


def test_a_measure_that_is_there_twice_counts_once() -> None:
    twice = report(measures=report()["measures"] * 2)
    assert reports.build(twice, DATE, "x.json") == reports.build(report(), DATE, "x.json")


@pytest.mark.parametrize("odd", [["x"], {"x": 1}, 7, [["x"]]])
@pytest.mark.parametrize("key", ["name", "resource"])
def test_a_measure_whose_words_are_none_is_refused(key: str, odd: object) -> None:
    with pytest.raises(FormatError, match="is no text"):
        reports.build(report(measures=[{**report()["measures"][0], key: odd}]), DATE, "x.json")


@pytest.mark.parametrize("odd", [["bl602"], {"a": 1}, 602])
def test_a_chip_whose_name_is_no_text_is_refused(odd: object) -> None:
    with pytest.raises(FormatError, match="soc is no text"):
        reports.build(report(image={"bin_bytes": 5, "soc": odd}), DATE, "x.json")
