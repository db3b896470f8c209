"""Builds of a whole release: of the JSON report of `imgcheck release` one record for each asset.

An asset's record has its platform as target, its variant, the release's version as revision, and its size
under kind `asset` by what it is (rbl, img, ota, …). What goes over the air is also the record's total
`ota_body`, and what comes out of it `unpacked`, so that trends and forecasts of a platform are asked as those
of any build.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from imgcheck.errors import FormatError
from imgcheck.history import builds
from imgcheck.history.builds import Build
from imgcheck.history.questions import BODY, UNPACKED


def found(report: Mapping[str, object]) -> bool:
    """Whether a JSON report is of a release."""
    return report.get("command") == "release"


def of(report: Mapping[str, object], date: datetime, file: str) -> tuple[Build, ...]:
    """A build for each asset that is for a device; FormatError for what no such report has."""
    assets = report.get("assets")
    if not isinstance(assets, list) or not assets:
        raise FormatError("a report on a release without assets", file)
    made = [_build(one, date, file) for one in assets if isinstance(one, dict) and _counts(one)]
    if not made:
        raise FormatError("nothing in this release is for a device", file)
    return tuple(made)


def kind_of(platform: str, variant: str, kind: str, method: str) -> tuple[str, str]:
    """The target and variant of an asset's record."""
    # Files of one build are records of their own: the file for UART is told from the update by its variant.
    return platform.lower(), "-".join(filter(None, (variant, "" if method == "ota" else kind)))


def _counts(asset: Mapping[str, object]) -> bool:
    return asset.get("verdict") != "not for a device"


def _build(asset: Mapping[str, object], date: datetime, file: str) -> Build:
    kind, counted = asset.get("kind"), asset.get("counted", asset.get("size"))
    rows: list[object] = [{"kind": "asset", "name": kind, "resource": "ota", "size": asset.get("size")}]
    if asset.get("method") == "ota":
        rows.append({"kind": BODY.kind, "name": BODY.name, "resource": BODY.resource, "size": counted})
        run = asset.get(UNPACKED.name)
        if run is not None:  # reports of earlier versions do not have it
            rows.append(
                {"kind": UNPACKED.kind, "name": UNPACKED.name, "resource": UNPACKED.resource, "size": run}
            )
    try:
        words = {
            key: builds.text(asset.get(key), key)
            for key in ("platform", "variant", "version", "kind", "method")
        }
        if not words["kind"]:
            raise ValueError("an asset without a kind")
        sizes = builds.sizes(rows)
    except ValueError as error:
        raise FormatError(str(error), file) from None
    target, variant = kind_of(words["platform"], words["variant"], words["kind"], words["method"])
    return Build(date, revision=words["version"], target=target, variant=variant, sizes=sizes)
