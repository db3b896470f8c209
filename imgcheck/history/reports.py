"""What of a report is worth keeping for years: its totals, and who shares them.

Any report will do that measured an image, or a whole release; `snapshots` asks more of one, for builds that
are compared thing by thing. Symbols and objects are left out unless they are asked
for: there are thousands, and the question of who grew is asked of components first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from imgcheck.errors import FormatError
from imgcheck.history import builds
from imgcheck.history.builds import Build, Size
from imgcheck.readers import reportjson

_DIGITS = 12  # of a digest
_DIVIDED = re.compile(r"(.*) \(([0-9a-f]{12})\)$", re.DOTALL)
KINDS = ("component", "section", "archive", "feature")
_TOTALS = (  # key of the report's image -> name, resource
    ("bin_bytes", "bin", "flash"),
    ("unpacked_bytes", "unpacked", "flash"),
    ("ota_body_bytes", "ota_body", "ota"),
    ("heap_bytes", "heap", "ram"),
)


def parse(data: bytes, file: str) -> Mapping[str, object]:
    """The JSON report in a file; raises FormatError for one that is none, or newer than this imgcheck."""
    try:
        return reportjson.load(data)
    except FormatError as error:
        raise error.within(file) from None


def build(report: Mapping[str, object], date: datetime, file: str, kinds: Collection[str] = KINDS) -> Build:
    """The build of a JSON report, dated; raises FormatError when nothing was measured in it."""
    image = report.get("image")
    if not isinstance(image, dict):
        raise FormatError("the report has no image: it is of a command that measures none", file)
    rows: list[object] = [
        {"kind": "image", "name": name, "resource": resource, "size": image[key]}
        for key, name, resource in _TOTALS
        if image.get(key) is not None
    ]
    seen: set[str] = set()
    for measure in _list(report, "measures"):
        row = {key: measure.get(key) for key in ("kind", "name", "resource")}
        known = repr(row)  # of whatever a document has there: `builds.sizes` says what is no text
        if row["kind"] in kinds and known not in seen:
            seen.add(known)
            rows.append({**row, "size": measure.get("size")})
    if "feature" in kinds:
        rows += [
            {
                "kind": "feature",
                "name": feature.get("name"),
                "resource": resource,
                "size": feature.get(resource),
            }
            for feature in _list(report, "features")
            for resource in builds.RESOURCES
        ]
    try:
        sizes: tuple[Size, ...] = builds.sizes(rows)
        words = {
            key: builds.text(report.get(key), key) for key in ("revision", "compiler", "policy", "target")
        }
        words["soc"] = builds.text(image.get("soc"), "soc")
    except ValueError as error:
        raise FormatError(str(error), file) from None
    made = report.get("build")
    digest = made.get("components") if isinstance(made, dict) else None
    if words["policy"] and isinstance(digest, str) and digest:
        words["policy"] = divided(words["policy"], digest)
    words["target"] = words["target"] or words["soc"]
    return Build(
        date,
        revision=words["revision"],
        target=words["target"],
        compiler=words["compiler"],
        policy=words["policy"],
        sizes=sizes,
    )


def divided(policy: str, digest: str) -> str:
    """A policy as a history keeps it: its name, and how it divides the firmware into components."""
    return f"{policy} ({digest[:_DIGITS]})"


def parts(policy: str) -> tuple[str, str]:
    """The name and the digest of a policy that a history has; "" for what it does not say."""
    match = _DIVIDED.match(policy)
    return (match[1], match[2]) if match else (policy, "")


def _list(report: Mapping[str, object], key: str) -> list[dict[str, object]]:
    found = report.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
