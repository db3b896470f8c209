"""A release goes into a history as a record for each asset; a platform's trend is asked as any build's."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import chipfiles
import pytest

from imgcheck.api import release
from imgcheck.cli import run
from imgcheck.emitters import json as emitter
from imgcheck.errors import FormatError
from imgcheck.history import assets

DATE = datetime(2026, 7, 24, tzinfo=UTC)


def report(folder: Path, version: str, size: int) -> Path:
    folder.mkdir(exist_ok=True)
    rbl = folder / f"OpenBK7238_{version}.rbl"
    rbl.write_bytes(chipfiles.rbl_file(chipfiles.code(20_000), size))
    other = folder / f"OpenXR809_{version}.img"
    other.write_bytes(chipfiles.code(5_000))
    saved = folder / f"{version}.json"
    saved.write_text(emitter.emit(release.judge([rbl, other])))
    return saved


def test_a_record_for_each_asset(tmp_path: Path) -> None:
    document = json.loads(report(tmp_path, "1.18.271", 507_728).read_text())
    first, second = assets.of(document, DATE, "x.json")
    assert (first.target, first.variant, first.revision) == ("bk7238", "", "1.18.271")
    assert [one[:4] for one in first.sizes] == [
        ("asset", "rbl", "ota", 507_728), ("image", "ota_body", "ota", 507_728),
    ]  # fmt: skip
    assert second.target == "xr809"


@pytest.mark.parametrize(
    "found", [{}, {"assets": 1}, {"assets": [{}]}, {"assets": [{"kind": 1, "size": "x"}]}]
)
def test_what_is_no_release_is_one_error(found: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match=r"x\.json"):
        assets.of({"command": "release", **found}, DATE, "x.json")


def test_releases_are_recorded_once_and_their_series_asked_by_platform(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "h.db"
    sizes = {"1.18.252": 505_808, "1.18.271": 507_728, "1.18.291": 504_480}
    for day, (version, size) in enumerate(sizes.items(), 1):
        saved = report(tmp_path / version, version, size)
        given = ["--db", str(store), "--date", f"2026-01-0{day}"]
        for words in ("2 of them new", "0 of them new"):
            assert run(["history", "record", str(saved), *given]) == 0
            assert f"2 assets, {words}" in capfd.readouterr().out
    ask = ["history", "show", "ota_body", "--db", str(store), "--target", "bk7238", "--output", "json"]
    assert run(ask) == 0
    (series,) = json.loads(capfd.readouterr().out)["series"]
    assert [point["size"] for point in series["points"]] == list(sizes.values())
