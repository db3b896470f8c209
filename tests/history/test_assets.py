"""A release goes into a history as a record for each asset; a platform's trend is asked as any build's."""

import gzip
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
from imgcheck.readers import w600image, w800image

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
        ("image", "unpacked", "flash", 20_000),
    ]  # fmt: skip
    assert second.target == "xr809"


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"assets": 1},
        {"assets": [{}]},
        {"assets": [{"kind": 1, "size": "x"}]},
        {"assets": [{"kind": None, "size": 5, "platform": "OpenW800", "method": "ota"}]},
    ],
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


def recorded(folder: Path, first: int = 500_000, step: int = 2_000, count: int = 10) -> str:
    """A history of releases that grow, written by backfill from their files."""
    for number in range(count):
        version = f"1.18.{280 + number}"
        release_of = folder / "dist" / version
        release_of.mkdir(parents=True)
        size = first + step * number // 16 * 16
        (release_of / f"OpenBK7238_{version}.rbl").write_bytes(
            chipfiles.rbl_file(chipfiles.code(20_000), size)
        )
        (release_of / f"OpenXR809_{version}.img").write_bytes(chipfiles.code(5_000 + number))
        (release_of / f"OpenBK7231N_{version}.bin").write_bytes(chipfiles.code(5_000))  # raw: no record
    (folder / "dates.csv").write_text("".join(f"1.18.{280 + n},2026-01-{n + 1:02}\n" for n in range(count)))
    return str(folder / "h.db")


def test_backfill_of_release_folders_and_a_forecast_by_the_platforms_own_slots(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = recorded(tmp_path)
    ask = ["history", "backfill", "--artifacts", f"{tmp_path}/dist", "--dates", f"{tmp_path}/dates.csv"]
    for words in ("20 builds recorded, 0 were there", "0 builds recorded, 20 were there"):
        assert run([*ask, "--db", store]) == 0
        assert words in capfd.readouterr().out
    assert run(["forecast", "--db", store, "--target", "bk7238", "--output", "json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert {(one["layout"], one["limit"]) for one in found["forecasts"]} == {
        ("bk7238 before LittleFS", 462_848), ("bk7238", 712_704),
        ("bk7238-lfs-1d8000 before LittleFS", 679_936), ("bk7238-lfs-1d8000", 712_704),
        ("bk7238", 1_114_112), ("bk7238-lfs-1d8000", 1_114_112),  # the image that comes out
    }  # fmt: skip
    assert "before LittleFS has overflowed already" in found["verdict"]
    assert run(["forecast", "--db", store, "--target", "xr809"]) == 2
    assert "does not know the slots of xr809" in capfd.readouterr().err
    assert run(["forecast", "--db", store, "--target", "bk7238", "--layout", "devcube-1.8-2m"]) == 2
    assert "the builds are of bk7238" in capfd.readouterr().err
    assert run(["history", "list", "--db", store]) == 0
    assert "bk7238" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("platform", "form", "label", "limit"),
    [
        ("w800", "OpenW800_{}_ota.img", "w800 before LittleFS (inferred)", 982_016),
        ("w600", "OpenW600_{}_gz.img", "w600", 524_032),
    ],
)
def test_an_image_that_outgrows_where_it_runs_is_forecast(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], platform: str, form: str, label: str, limit: int
) -> None:
    """Packed it hardly grows: the slot for updates says nothing of it."""
    for number in range(10):
        version = f"1.18.{280 + number}"
        (tmp_path / "dist" / version).mkdir(parents=True)
        plain = bytes(limit - 5_000 * (11 - number))
        packed = gzip.compress(w800image.build(plain) if platform == "w800" else plain, 1, mtime=0)
        made = w800image.build(packed, packed=True) if platform == "w800" else w600image.build(plain, packed)
        (tmp_path / "dist" / version / form.format(version)).write_bytes(made)
    dates = "".join(f"1.18.{280 + n},2026-01-{n + 1:02}\n" for n in range(10))
    (tmp_path / "dates.csv").write_text(dates)
    given = ["--db", f"{tmp_path}/h.db"]
    ask = ["history", "backfill", "--artifacts", f"{tmp_path}/dist", "--dates", f"{tmp_path}/dates.csv"]
    assert run([*ask, *given]) == 0
    capfd.readouterr()
    assert run(["forecast", *given, "--target", platform, "--output", "json"]) == 0
    first, *rest = json.loads(capfd.readouterr().out)["forecasts"]
    assert (first["layout"], first["slot"], first["limit"]) == (label, "unpacked", limit)
    assert first["releases_left"] == 3  # 10,000 short of it, 5,000 each: the third is over
    assert {one["slot"] for one in rest} == {"body"}
    assert run(["history", "first", "--does-not-fit", platform, *given, "--target", platform]) == 0
    assert "All 10 builds fit" in capfd.readouterr().out


def test_reports_without_unpacked_sizes_are_recorded_still(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    saved = report(tmp_path, "1.18.271", 507_728)
    told = json.loads(saved.read_text())
    assert told["assets"][0].pop("unpacked") == 20_000
    saved.write_text(json.dumps(told))
    assert run(["history", "record", str(saved), "--db", f"{tmp_path}/h.db"]) == 0


def test_the_first_release_that_lost_data(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = recorded(tmp_path, first=460_000, step=1_600, count=4)
    assert run(["history", "backfill", "--artifacts", f"{tmp_path}/dist", "--db", store]) == 0
    ask = ["history", "first", "--does-not-fit", "bk7238", "--target", "bk7238", "--db", store]
    capfd.readouterr()
    assert run(ask) == 0
    out = " ".join(capfd.readouterr().out.split())
    assert (
        "1.18.282" in out and "is the first that does not fit bk7238 before LittleFS: 352 bytes over" in out
    )


def test_backfill_of_reports_on_releases(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    for version, size in (("1.18.271", 507_728), ("1.18.291", 504_480)):
        report(tmp_path / version, version, size).rename(folder / f"{version}.json")
    ask = ["history", "backfill", "--artifacts", str(folder), "--db", f"{tmp_path}/h.db", "--branch", "main"]
    for words in ("4 builds recorded, 0 were there", "0 builds recorded, 4 were there"):
        assert run(ask) == 0
        assert words in capfd.readouterr().out
