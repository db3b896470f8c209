"""Realtek RTL8710B (AmebaZ): a file with the images of both slots, of which the device takes one.

Sources: A is OpenBK7231T_App at 1.18.299, Z1 is OpenRTL8710A_B (rtl8710b_ota.h).
"""

from __future__ import annotations

from imgcheck.model import Layout, Partition
from imgcheck.targets.overair import ARM, LITTLEFS, Form, OverAir, chip, partition, rules
from imgcheck.targets.released import LFS_BYTES, Opened, Room

_FLASH = bytes.fromhex("999996963fcc66fc")
_MARK, _UG = b"81958711", b"\x11\x01\x17\x20"
_SLOT1 = 0xB000
# Z1 rtl8710b_ota.h:131-132: 0xB000 and 0xD0000, 0xC5000 each; A hal_ota_realtek.c:322-340, our_lfs.h.
_2M = (
    partition("app", 0xB000, 0xC5000, (0xD0000, 0xC5000)),
    partition("easyflash", 0x195000, 0x8000),
    partition(LITTLEFS, 0x1E0000 - LFS_BYTES, LFS_BYTES),
)
# Issue 2171: on an RTL8710BX with 1 MB the second slot and the settings lie outside the flash, and it hangs.
_1M = (partition("app", 0xB000, 0xC5000),)


def _ota(data: bytes) -> Opened:
    from imgcheck.readers import amebaz

    found = amebaz.parse(data)
    return _both(data, tuple((one.offset, one.length) for one in found.images), found.checks)


def _ug(data: bytes) -> Opened:
    from imgcheck.readers import amebaz

    found = amebaz.ug(data)
    return _both(data, tuple((one.offset, one.length) for one in found.images), found.checks)


def _both(data: bytes, places: tuple[tuple[int, int], ...], checks: tuple[tuple[str, bool], ...]) -> Opened:
    largest = max(length for _, length in places)
    offset, length = places[0]
    fields = tuple((f"image for slot {n}", length) for n, (_, length) in enumerate(places, 1))
    return Opened(largest, None, data[offset : offset + length], checks, fields)


def _uart(data: bytes) -> Opened:
    from imgcheck.readers import amebaz

    found = amebaz.flash(data)
    return Opened(found.length, None, data[_SLOT1:], (), (("image", found.length),), sealed=False)


def _container(data: bytes) -> bool:
    return data[8:16] == _MARK


def _flash(data: bytes) -> bool:
    return data.startswith(_FLASH) and (len(data) < _SLOT1 + 8 or data[_SLOT1 : _SLOT1 + 8] == _MARK)


class _Rtl8710b(OverAir):
    name, title = "rtl8710b", "RTL8710B"
    chip = chip("rtl8710b", ARM, 0x800B000, 0x80D0000)
    table = rules("RTL8710B", app="both OTA slots")
    air = ("ota", "ug")
    both_slots = True
    kept = (LITTLEFS, "easyflash")
    # A hal_ota_realtek.c:324 and :334 refuse an image larger than 0xC5000; then the sum.
    checked_by = "OpenBeken: size of the image for the other slot at once, its sum at the end"
    forms = (
        Form("ota", "OTA file", "ota", _container, _ota, ("_ota.img",)),
        Form("ug", "UG container", "none", lambda data: data.startswith(_UG), _ug),
        Form("uart", title="flash image", method="uart", begins=_flash, open=_uart, endings=(), offset=0),
    )

    def layouts(self) -> tuple[Layout, ...]:
        where = "rtl8710b_ota.h of OpenRTL8710A_B, firmware of OpenBeken 1.18.299"
        small = "1 MB of flash: the second slot and the settings lie outside (issue 2171)"
        return (
            Layout("rtl8710b", 2 << 20, _2M, where, target=self.name),
            Layout("rtl8710b-1m", 1 << 20, _1M, small, target=self.name),
        )

    def field(self, variant: str, kind: str) -> tuple[Layout, ...]:
        return self.layouts()[:1]

    def table_of(self, data: bytes) -> tuple[Partition, ...]:
        return ()

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        return room._replace(refuses=True)


TARGETS = (_Rtl8710b(),)
