"""What does the name of a release file of OpenBeken say: which chip, what it is, which method takes it?

Names, legs and methods are those of OpenBeken at tag 1.18.299: Makefile (what is copied), .releaserc.yaml
(what is published, the table of usages) and .github/workflows/workflow.yaml (the build matrix). `V` is the
version, or `<branch>_<12 hex digits>` for builds of branches, and `_<variant>` behind it for variants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

_VERSION = re.compile(r"(?P<version>\d+(?:\.\d+)+|.+?_[0-9a-f]{12})(?:_(?P<variant>.+))?", re.IGNORECASE)
_PLACE = "{v}"  # of the version in a form


class Part(NamedTuple):
    """One file of a leg: `form` is its name with {v} for the version; `published` that a release has it."""

    form: str
    kind: str
    method: str
    published: bool = True


class Platform(NamedTuple):
    """A platform, the files of each leg, and the legs by their variants ("" is the default).

    `target` is the name of the target that knows its slots, "" where none does. Files of platforms with one
    `group` are made of one build.
    """

    name: str
    parts: tuple[Part, ...]
    variants: tuple[str, ...] = ("",)
    target: str = ""
    group: str = ""
    no_ota: str = ""  # why an update over the air cannot work, whatever its size


class Name(NamedTuple):
    """What a name says; `usual` is how the build scripts would write it, `version` "" where it has none."""

    file: str
    platform: Platform
    part: Part
    variant: str
    version: str
    usual: str


@lru_cache(1 << 8)  # a file is asked about by each of a dozen targets
def parse(file: str) -> Name | None:
    """What the name of a file says, case aside; None for a name that no build script makes."""
    lower = file.lower()
    for ends, platform, part in _forms():
        # A pattern is not worth making where its ends do not fit, nor with ten thousand files worth trying.
        fits = lower.startswith(ends[0]) and lower.endswith(ends[1])
        if fits and (match := _pattern(part.form).fullmatch(file)):
            version, variant = _split(match["v"] or "")
            usual = part.form.replace(_PLACE, "_".join(filter(None, (version, variant))))
            if not match["v"]:
                usual = part.form.replace(f"_{_PLACE}", "")
            return Name(file, platform, part, _known(platform, variant), version, usual)
    return None


def expected() -> Iterator[tuple[Platform, str, Part]]:
    """Every file that a release is made to have: platform, variant, part."""
    for platform in PLATFORMS:
        for variant in platform.variants:
            for part in platform.parts:
                if part.published:
                    yield platform, variant, part


def _split(text: str) -> tuple[str, str]:
    match = _VERSION.fullmatch(text)
    return (match["version"], match["variant"] or "") if match else ("", text)


def _known(platform: Platform, variant: str) -> str:
    """A variant as the build matrix spells it, where it only differs in case."""
    return next((one for one in platform.variants if one.lower() == variant.lower()), variant)


@cache
def _forms() -> tuple[tuple[tuple[str, str], Platform, Part], ...]:
    # Longest fixed text first: Open…_UA_{v}.bin is no Open…_{v}.bin of a version "UA_1".
    found = [(platform, part) for platform in PLATFORMS for part in platform.parts]
    found.sort(key=lambda pair: -len(pair[1].form))
    return tuple((_ends(part.form), platform, part) for platform, part in found)


def _ends(form: str) -> tuple[str, str]:
    before, _, behind = form.partition(f"_{_PLACE}")
    return before.lower(), behind.lower()


@cache
def _pattern(form: str) -> re.Pattern[str]:
    before, _, behind = form.partition(f"_{_PLACE}")
    return re.compile(f"{re.escape(before)}(?:_(?P<v>.+?))?{re.escape(behind)}", re.IGNORECASE)


def _beken(name: str, variants: tuple[str, ...], qio: str, *more: Part, group: str = "") -> Platform:
    parts = (
        Part(f"Open{name}_{{v}}.rbl", "rbl", "ota"),
        Part(f"Open{name}_UA_{{v}}.bin", "ua", "uart"),
        Part(f"Open{name}_QIO_{{v}}.bin", "qio", qio),
        *more,
        Part(f"Open{name}_{{v}}.bin", "raw", "none", published=False),
    )
    return Platform(name, parts, variants, name.partition("_")[0].lower(), group or name)


def _ug(name: str) -> Part:
    return Part(f"Open{name}_UG_{{v}}.bin", "ug", "cloudcutter")


def _zero_keys(name: str, variants: tuple[str, ...], group: str) -> Platform:
    """The builds for chips with zero keys are those of the N, not encrypted."""
    parts = (Part(f"Open{name}_QIO_{{v}}.bin", "plain-qio", "uart"),)
    return Platform(name, parts, variants, "bk7231n", group)


def _two(
    name: str, uart: str, ota: str, variants: tuple[str, ...] = ("",), *, target: str = "", no_ota: str = ""
) -> Platform:
    """A file for UART and one for the web page, named by their ends."""
    parts = (
        Part(f"Open{name}_{{v}}{uart}", "uart", "uart"),
        Part(f"Open{name}_{{v}}{ota}", "ota", "ota"),
    )
    return Platform(name, parts, variants, target, name, no_ota)


def _esp(name: str, *sizes: str) -> Platform:
    parts = (
        Part(f"Open{name}_{{v}}.factory.bin", "factory", "uart"),
        Part(f"Open{name}_{{v}}.img", "img", "ota"),
    )
    return Platform(name, parts, sizes, name.lower(), name)


_SENSORS = ("", "berry", "tuyaMCU", "powerMetering", "irRemoteESP", "sensors")
_OF_N = (*_SENSORS, "hlw8112", "battery")

PLATFORMS = (
    _beken("BK7231T", _SENSORS, "spi", _ug("BK7231T")),
    _beken("BK7231T_ALT", ("",), "spi"),
    _beken("BK7231N", _OF_N, "uart", _ug("BK7231N")),
    _beken("BK7231N_ALT", ("", "btproxy"), "uart"),
    _zero_keys("BK7231M", _OF_N, "BK7231N"),
    _zero_keys("BK7231M_ALT", ("", "btproxy"), "BK7231N_ALT"),
    _beken("BK7231U", ("",), "spi"),
    _beken("BK7238", ("", "berry", "irRemoteESP", "battery", "btproxy"), "uart"),
    _beken(
        "BK7252", ("",), "spi",
        Part("OpenBK7252_Tuya_UA_{v}.bin", "tuya-ua", "uart"),
        Part("OpenBK7252_Tuya_QIO_{v}.bin", "tuya-qio", "spi"),
    ),
    _beken("BK7252N", ("",), "uart"),
    _two("RTL87X0C", ".bin", "_ota.img", ("", "btproxy"), target="rtl87x0c"),
    # Ten legs of ESP-IDF for eight chips: that C2 and C3 are those with a 2 MB leg is inferred from the sizes
    # in pull requests.
    _esp("ESP32", "4M"),
    _esp("ESP32C2", "2M", "4M"),
    _esp("ESP32C3", "2M", "4M"),
    _esp("ESP32C5", "4M"),
    _esp("ESP32C6", "4M"),
    _esp("ESP32C61", "4M"),
    _esp("ESP32S2", "4M"),
    _esp("ESP32S3", "4M"),
    _two("LN882H", ".bin", "_OTA.bin", ("", "btproxy"), target="ln882h"),
    _two("LN8825", ".bin", "_ota.img", target="ln8825"),
    _two("W800", ".fls", "_ota.img", target="w800"),
    _two("W600", ".fls", "_gz.img", target="w600"),
    Platform(
        "RTL8710B",
        (
            Part("OpenRTL8710B_{v}.bin", "uart", "uart"),
            Part("OpenRTL8710B_{v}_ota.img", "ota", "ota"),
            Part("OpenRTL8710B_UG_{v}.img", "ug", "cloudcutter"),
        ),
        target="rtl8710b", group="RTL8710B",
    ),
    Platform(
        "BL602",
        (
            Part("OpenBL602_{v}.bin", "uart", "uart"),
            Part("OpenBL602_{v}_OTA.bin", "fw-ota-bin", "uart"),
            Part("OpenBL602_{v}_OTA.bin.xz", "xz", "none"),
            Part("OpenBL602_{v}_OTA.bin.xz.ota", "ota", "ota"),
        ),
        ("", "berry"), target="bl602", group="BL602",
    ),
    Platform(
        "ESP8266",
        (
            Part("OpenESP8266_{v}.img", "img", "ota"),
            Part("OpenESP8266_2MB_{v}.factory.bin", "factory2m", "uart"),
            Part("OpenESP8266_1MB_{v}.factory.bin", "factory1m", "uart"),
        ),
        group="ESP8266",
    ),
    # XR809: one file for both methods.
    Platform("XR809", (Part("OpenXR809_{v}.img", "img", "ota"),), group="XR809"),
    # The DCDC build's mark stands behind the version, so it reads as a variant.
    _two("XR806", ".img", "_ota.img", ("", "DCDC")),
    _two("XR872", ".img", "_ota.img"),
    Platform("TR6260", (Part("OpenTR6260_{v}.bin", "uart", "uart"),), group="TR6260"),
    _two("RTL8710A", ".bin", "_ota.img"),
    _two("RTL8720D", ".bin", "_ota.img"),
    _two("RTL8721DA", ".bin", "_ota.img"),
    _two("RTL8720E", ".bin", "_ota.img"),
    _two("ECR6600", ".bin", "_ota.img"),
    _two("RDA5981", ".bin", "_ota.img"),
    _two("GD32VW553", ".bin", "_ota.img"),
    _two("TXW81X", ".bin", "_ota.img", no_ota="marked as broken in docs/platforms.md"),
    Platform("simulator", (Part("obkSimulator_{v}.zip", "zip", "none"),), group="simulator"),
)  # fmt: skip
