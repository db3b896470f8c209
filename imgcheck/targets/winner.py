"""Winner Micro W800 and W600: gzip images that the chip's boot code unpacks over the running one.

Sources: A is OpenBK7231T_App at 1.18.299, W8 and W6 are OpenW800 and OpenW600 (wm_flash_map.h, wm_fwup.c).
"""

from __future__ import annotations

from imgcheck.errors import FormatError
from imgcheck.model import Layout
from imgcheck.targets.overair import ARM, CSKY, LITTLEFS, Form, OverAir, chip, partition, rules
from imgcheck.targets.released import LFS_BYTES, Opened, Room
from imgcheck.targets.vocabulary import Message, Vocabulary

LARGEST = 2 << 20
_MAGIC = bytes.fromhex("9fffffa0")
_W800_HEADER, _W600_HEADER = 64, 56
_W800_PAGE = 0x400  # of the run area, for the header
# W8 wm_flash_map.h:16-37: upgrade 0x10000..0xD0000, run 0xD0000..0x1C0000 with its header page of 0x400;
# A our_lfs.h:129-134, hal_flashConfig_w800.c:29.
_W800 = Layout(
    "w800", 2 << 20,
    (
        partition("app", 0xD0000, 0xF0000, (0x10000, 0xC0000)),
        partition(LITTLEFS, 0x1DB000 - LFS_BYTES, LFS_BYTES),
        partition("easyflash", 0x1DB000, 0x15000),
        partition("config", 0x1F0000, 0x10000),
    ),
    "wm_flash_map.h of OpenW800, firmware of OpenBeken 1.18.299", target="w800",
)  # fmt: skip
# W6 wm_flash_map.h:18-25, rules.mk:38: run from 0x10100, upgrade 0x90000..0xF0000; A our_lfs.h:123-127: the
# end of the upgrade area is LittleFS's.
_W600 = Layout(
    "w600", 1 << 20,
    (
        partition("app", 0x10100, 0x7FF00, (0x90000, 0x60000)),
        partition(LITTLEFS, 0xF0000 - LFS_BYTES, LFS_BYTES),
        partition("config", 0xF0000, 0x1000),
        partition("easyflash", 0xF1000, 0x8000),
    ),
    "wm_flash_map.h of OpenW600, firmware of OpenBeken 1.18.299", target="w600",
)  # fmt: skip


# A hal_ota_w800.c:205-206; issue 654 has the second line.
_LOG = Vocabulary(
    messages=(
        Message(
            "refused-header", r"Image header check failed", "error",
            "the device refuses the file by its header: another type, a CRC that does not hold, or a size "
            "over the run or the upgrade area",
            "imgcheck verify FILE says which; the running firmware is not touched",
        ),
        Message(
            "header-read", r"magic_no=\d+ img_type=\d+ zip_type=\d+", "note",
            "the header of the file, as the device read it",
        ),
    ),
    parts=("image header check failed", "magic_no="),
)  # fmt: skip


def _w800_ota(data: bytes) -> Opened:
    from imgcheck.readers import w800image

    outer = w800image.parse(data)[0]
    inner = w800image.unpack(outer, LARGEST) if outer.packed else outer
    checks = [
        *outer.checks,
        *((f"{what}, unpacked", passed) for what, passed in inner.checks if outer.packed),
    ]
    checks.append(("nothing behind the body", len(data) == _W800_HEADER + outer.length))
    fields = (("version", inner.version), ("runs at", f"{inner.run:#x}"), ("unpacked", inner.length))
    return Opened(outer.length, inner.length, inner.body, tuple(checks), fields)


def _w800_fls(data: bytes) -> Opened:
    from imgcheck.readers import w800image

    images = w800image.parse(data)
    app = next((one for one in images if one.type == w800image.IMAGE), None)
    if app is None:
        raise FormatError("a boot loader, and no image behind it", offset=len(data))
    checks = tuple(check for one in images for check in one.checks)
    return Opened(app.length, app.length, app.body, checks, (("version", app.version), ("image", app.length)))


def _w600_gz(data: bytes) -> Opened:
    from imgcheck.readers import w600image

    image = w600image.parse(data)[0]
    plain = w600image.unpack(image, LARGEST) if image.packed else image.body
    checks = (
        *image.checks,
        ("CRC-32 of the unpacked image", w600image.run_crc_holds(image, plain)),
        ("nothing behind the body", len(data) == _W600_HEADER + image.length),
    )
    fields = (("version", image.version), ("type", image.type), ("unpacked", image.run_length))
    return Opened(image.length, image.run_length, plain, checks, fields)


def _w600_fls(data: bytes) -> Opened:
    from imgcheck.readers import w600image

    images = w600image.parse(data)
    app = images[-1]
    checks = tuple(check for one in images for check in one.checks)
    return Opened(app.length, app.run_length, app.body, checks, (("image", app.length), ("type", app.type)))


def _w600(data: bytes) -> bool:
    # Boot loader or image: what tells them from those of a W800 is a run address without the chip's base.
    return data.startswith(_MAGIC) and data[11:12] == b"\0"


def _w800(data: bytes) -> bool:
    return data.startswith(_MAGIC) and data[11:12] == b"\x08"


# Files for UART begin with the boot loader, or with a header of all that follows (run address 0x2000).


def _w600_air(data: bytes) -> bool:
    return _w600(data) and data[4] != 2 and data[8:12] != b"\0\x20\0\0"


def _w800_air(data: bytes) -> bool:
    return _w800(data) and data[4] & 0xF != 0


class _W800Target(OverAir):
    name, title = "w800", "W800"
    log = _LOG
    chip = chip("w800", CSKY, 0x80D0400, 0x81D0400)
    table = rules("W800", app="the run and the upgrade area")
    kept = (LITTLEFS, "easyflash", "config")
    # W8 wm_fwup.c:90-91 refuses an end at or behind 0x80D0000 (-19, "Image header check failed"), :85
    # compares the packed length with the run area, :285 the CRC of the body after writing.
    checked_by = "OpenBeken: size of the packed body and header CRC at once, CRC of the body after writing; "
    checked_by += "the unpacked size: nobody"
    forms = (
        Form("ota", "OTA image", "ota", _w800_air, _w800_ota, ("_ota.img",)),
        Form(
            "uart",
            title="flash image",
            method="uart",
            begins=_w800,
            open=_w800_fls,
            endings=(".fls",),
            offset=0x2000,
        ),
    )

    def layouts(self) -> tuple[Layout, ...]:
        return (_W800,)

    def stored(self, run: int) -> int:
        return _W800_PAGE + run

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        app = self.application_partition(layout)
        # The end must be below the run area, and the image runs from 0x400 behind its beginning.
        most = room.slot - 1
        run = app.size0 - _W800_PAGE if app else None
        return room._replace(
            most=most, refuses=True, run_most=run, run_over="loses data", run_loses="LittleFS (inferred)"
        )


class _W600Target(OverAir):
    name, title = "w600", "W600"
    log = _LOG
    chip = chip("w600", ARM, 0x8010100, 0x808FD00)  # W6 w600_1m.ld:10: 511K
    table = rules("W600", sector=0x100, app="the run and the upgrade area")
    kept = (LITTLEFS, "config", "easyflash")
    # W6 wm_fwup.c:95 type, :103 run end, :119 the upgrade area begins behind the run image rounded up to
    # 64 KB, :127 its end; -19 and "Image header check failed" when one is over.
    checked_by = "OpenBeken: type, both sizes and header CRC at once, CRC of the body after writing"
    forms = (
        Form("ota", "OTA image", "ota", _w600_air, _w600_gz, ("_gz.img",)),
        Form(
            "uart",
            title="flash image",
            method="uart",
            begins=_w600,
            open=_w600_fls,
            endings=(".fls",),
            offset=0x2000,
        ),
    )

    def layouts(self) -> tuple[Layout, ...]:
        return (_W600,)

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        app = self.application_partition(layout)
        return room._replace(refuses=True, run_most=app.size0 if app else None)


TARGETS = (_W800Target(), _W600Target())
