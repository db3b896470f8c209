"""A whole release of OpenBeken, made up: right names, plausible sizes, sound containers.

`python tests/releases.py FOLDER [VERSION]` writes one. Sizes are those that pull requests and issues tell of
1.17 and 1.18 where they do (#996, #1792, #2049, #2176), and guesses elsewhere.
"""

import gzip
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import chipfiles

from imgcheck import targets
from imgcheck.readers import amebaz, amebaz2, bekenflash, esptable, ln882h, tuyaug, w600image, w800image
from imgcheck.targets import assetnames
from imgcheck.targets.esp import CHIPS
from imgcheck.targets.target import Wrapped

VERSION = "1.18.299"
CRC = bekenflash.CRC_FLASH
TABLES = {
    "BK7231T": (("bootloader", CRC, 0, 0xF000), ("app", CRC, 0x10000, 0x108700),
                ("download", "beken_onchip", 0x132000, 0xA6000)),
    "BK7231N": (("bootloader", CRC, 0, 0xF000), ("app", CRC, 0x10000, 0x108700),
                ("download", "beken_onchip", 0x12A000, 0xA6000)),
    "": (("bootloader", CRC, 0, 0xF000), ("app", CRC, 0x10000, 0x110000),
         ("download", "beken_onchip", 0x132000, 0xAE000)),
}  # fmt: skip
RBL_SIZES = {
    ("BK7231T", "irRemoteESP"): 562_320, ("BK7231T", "powerMetering"): 497_680, ("BK7231T", ""): 490_000,
    ("BK7231N", "irRemoteESP"): 580_912, ("BK7231N", "tuyaMCU"): 518_496,
    ("BK7231N", "powerMetering"): 519_360, ("BK7231N", "battery"): 472_000,
    ("BK7238", ""): 507_728, ("BK7252N", ""): 488_272, ("BK7252", ""): 488_448,
}  # fmt: skip
UA_SIZES = {"BK7231T": 978_944, "BK7231N": 1_150_832}
ALT_UA = 1_183_744
ESP_SIZES = {
    ("ESP32C3", "2M"): 961_168, ("ESP32C2", "2M"): 960_000, ("ESP32", "4M"): 1_007_920,
    ("ESP32C2", "4M"): 985_312, ("ESP32C5", "4M"): 1_186_880, ("ESP32C6", "4M"): 1_188_352,
    ("ESP32C61", "4M"): 1_148_848, ("ESP32C3", "4M"): 1_050_000, ("ESP32S2", "4M"): 1_040_000,
    ("ESP32S3", "4M"): 1_090_000,
}  # fmt: skip
LN_TABLE = (
    (0, 0x7000, 1200 << 10),
    (1, 0x133000, 680 << 10),
    (3, 0x1DD000, 12 << 10),
    (2, 0x1E0000, 16 << 10),
)
Z2_TABLE = ((0x4000, 0x8000, 1), (0x10000, 0xE0000, 5), (0xF0000, 0xE0000, 6))
ESP_TABLES = {
    size: (
        esptable.Row("otadata", 1, 0, 0x9000, 0x2000), esptable.Row("nvs", 1, 2, 0xB000, 0x5000),
        esptable.Row("app0", 0, 0x10, 0x10000, slot), esptable.Row("app1", 0, 0x11, 0x10000 + slot, slot),
        esptable.Row("lfs", 1, 0x82, 0x10000 + 2 * slot, rest),
    )
    for size, slot, rest in (("2M", 0xF0000, 0x10000), ("4M", 0x1D0000, 0x50000))
}  # fmt: skip


APP = 780_004  # bytes of a Beken application; a small one makes the release quickly


def write(folder: Path, version: str = VERSION, only: str = "", app: int = APP) -> list[Path]:
    """The files of a release in `folder`; `only` those whose platform begins so."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for platform, variant, part in assetnames.expected():
        if platform.name.startswith(only):
            form = part.form.replace("{v}", "_".join(filter(None, (version, variant))))
            path = folder / form
            path.write_bytes(contents(platform, variant, part.kind, app))
            written.append(path)
    return written


def contents(platform: assetnames.Platform, variant: str, kind: str, app: int = APP) -> bytes:
    """A sound file of that kind; all files of one build hold the same application."""
    maker = _MAKERS.get(platform.target) or _MAKERS.get(platform.target[:2])
    if not platform.target or maker is None:
        return chipfiles.code(300_000, 77) if kind != "zip" else b"PK\x03\x04" + bytes(1000)
    return _beken(platform, variant, kind, app) if maker is _beken else maker(platform, variant, kind)


@cache
def raw(seed: str, size: int) -> bytes:
    """An application; its seed makes it its build's own."""
    words = chipfiles.code(size, 11)
    mark = seed.encode().ljust(64, b".")
    return words[:4096] + mark + words[4096 + len(mark) :]


def _beken(platform: assetnames.Platform, variant: str, kind: str, app: int = APP) -> bytes:
    group = platform.group
    plain = raw(f"{group} {variant}", app)
    chip = group.partition("_")[0]
    size = RBL_SIZES.get((group, variant), 0) or 470_000 + 16 * (sum(map(ord, group + variant)) % 500)
    if kind in ("rbl", "ug"):
        made = chipfiles.rbl_file(plain, size)
        return tuyaug.build(made) if kind == "ug" else made
    tuya = (chip in UA_SIZES and kind != "plain-qio") or kind.startswith("tuya")
    ua = _ua(f"{group} {variant}", plain, UA_SIZES.get(group, ALT_UA), tuya)
    return ua if kind.endswith("ua") else chipfiles.qio_file(ua, TABLES.get(chip, TABLES[""]))


@cache
def _ua(seed: str, plain: bytes, size: int, tuya: bool) -> bytes:
    return chipfiles.ua_file(plain, size, tuya)


@cache
def esp_image(chip: str, size: int, seed: str) -> bytes:
    """An application image of that size."""
    return chipfiles.esp_image(size, CHIPS[chip][0])


def _esp(platform: assetnames.Platform, variant: str, kind: str) -> bytes:
    chip = platform.name
    app = esp_image(chip, ESP_SIZES[chip, variant], variant)
    return app if kind == "img" else chipfiles.esp_factory(app, ESP_TABLES[variant], CHIPS[chip][1])


def _rtl87x0c(_platform: assetnames.Platform, variant: str, kind: str) -> bytes:
    # Two images, the second padded to 64 bytes, and four bytes of sum.
    size = 905_156 if not variant else 880_004
    first = raw(f"z2 {variant}", 0x40000 - 0x160)
    firmware = amebaz2.build((first, raw("z2 xip", size - 4 - 0x40000 - 128)))
    return firmware if kind == "ota" else amebaz2.build_flash(Z2_TABLE, firmware)


def _ln(platform: assetnames.Platform, _variant: str, kind: str) -> bytes:
    if platform.name == "LN8825":
        return chipfiles.code(600_000, 8)
    plain = raw("ln882h", 880_000)
    return ln882h.build(plain, _lzma(plain)) if kind == "ota" else chipfiles.ln_flash(plain, LN_TABLE)


@cache
def _lzma(plain: bytes) -> bytes:
    return chipfiles.lzma_alone(plain)


def _w800(_platform: assetnames.Platform, _variant: str, kind: str) -> bytes:
    plain = w800image.build(raw("w800", 655_156))
    if kind == "uart":
        return w800image.build(chipfiles.code(43_152 - 64, 9), type=w800image.SECBOOT) + plain
    return w800image.build(gzip.compress(plain, 9, mtime=0), packed=True)


def _w600(_platform: assetnames.Platform, _variant: str, kind: str) -> bytes:
    plain = raw("w600", 500_000)
    return (
        chipfiles.w600_fls(plain)
        if kind == "uart"
        else w600image.build(plain, gzip.compress(plain, 9, mtime=0))
    )


def _rtl8710b(_platform: assetnames.Platform, _variant: str, kind: str) -> bytes:
    one, two = (amebaz.build(raw(f"z{slot}", 620_000), raw("ram", 40_000)) for slot in (1, 2))
    if kind == "uart":
        return amebaz.FLASH_MARK.ljust(amebaz.SLOT1, b"\xff") + one
    return chipfiles.rtl8710b_ug(one, two) if kind == "ug" else chipfiles.rtl8710b_ota(one, two)


@cache
def _wrapped() -> tuple[bytes, Wrapped]:
    image = bytearray(raw("bl602", 780_000))
    for offset in range(8192, len(image), 4096):
        image[offset : offset + 2] = b"\x82\x80"  # c.jr ra, as functions of its code end
    return bytes(image), targets.find("bl602").wrap(bytes(image))


def _bl602(_platform: assetnames.Platform, _variant: str, kind: str) -> bytes:
    image, made = _wrapped()
    return {"uart": image, "fw-ota-bin": made.plain, "xz": made.body}.get(kind, made.header + made.body)


_MAKERS: dict[str, Callable[..., bytes]] = {
    "bl602": _bl602, "bk": _beken, "es": _esp, "rt": _rtl87x0c, "ln": _ln, "w800": _w800, "w600": _w600,
    "rtl8710b": _rtl8710b,
}  # fmt: skip

if __name__ == "__main__":
    for path in write(Path(sys.argv[1]), *sys.argv[2:3]):  # type: ignore[arg-type]  # a version
        print(path)
