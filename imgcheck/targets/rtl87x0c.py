"""Realtek RTL87X0C (AmebaZ2): an update goes to the slot that does not run, and nobody checks its size.

Sources: A is OpenBK7231T_App at 1.18.299, Z2 is OpenRTL87X0C (partition.json).
"""

from __future__ import annotations

from imgcheck.model import Layout, Partition
from imgcheck.targets.overair import ARM, LITTLEFS, Form, OverAir, chip, partition, rules
from imgcheck.targets.released import LFS_BYTES, Opened, Room

_MARK = bytes.fromhex("999996963fcc66fc")
_FIRST, _HEADER, _LAST = 224, 96, 0xFFFFFFFF  # where the first image begins; a step behind the last one
# Z2 partition.json: boot 0x4000+0x8000, FW1 0x10000+0xE0000, FW2 0xF0000+0xE0000. A our_lfs.h:85-89: LittleFS
# ends at 0x1F0000; ef_cfg.h: settings from there.
_LAYOUT = Layout(
    "rtl87x0c", 2 << 20,
    (
        partition("boot", 0x4000, 0x8000),
        partition("app", 0x10000, 0xE0000, (0xF0000, 0xE0000)),
        partition(LITTLEFS, 0x1F0000 - LFS_BYTES, LFS_BYTES),
        partition("config", 0x1F0000, 0x10000),
    ),
    "partition.json of OpenRTL87X0C, firmware of OpenBeken 1.18.299", target="rtl87x0c",
)  # fmt: skip


def _ota(data: bytes) -> Opened:
    from imgcheck.readers import amebaz2

    found = amebaz2.parse(data)
    checks = (*found.checks, ("nothing behind the firmware", found.end == len(data)))
    fields = tuple((f"image {n}", one.length) for n, one in enumerate(found.images, 1))
    return Opened(len(data), None, data[: found.end], checks, fields)


def _uart(data: bytes) -> Opened:
    from imgcheck.readers import amebaz2

    found = amebaz2.flash(data)
    used = found.firmware.end
    app = data[found.begin : found.begin + used]
    return Opened(used, None, app, found.firmware.checks, (("firmware at", found.begin), ("used", used)))


def _plausible(data: bytes) -> bool:
    """Nothing but its header tells a firmware: the first image's is behind signature and keys.

    Its length leaves room for header and HMAC before the next image, which is at a multiple of 0x4000. The
    two keys in it say nothing: OpenBeken's builds have the first.
    """
    head = data[_FIRST : _FIRST + _HEADER]
    if len(head) < _HEADER or head[8] not in (2, 3, 4) or head[9] > 1:
        return False
    length, step = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:8], "little")
    if step == _LAST:
        return True
    return (_FIRST + step) % 0x4000 == 0 and _HEADER + length + 32 <= step


class _Rtl87x0c(OverAir):
    name, title = "rtl87x0c", "RTL87X0C"
    chip = chip("rtl87x0c", ARM, 0x9B000000, 0x9B800000)
    table = rules("RTL87X0C", app="both firmware slots")
    both_slots = True
    kept = (LITTLEFS, "config")
    # hal_ota_realtek.c:193 verifies the sum and writes the signature last; ota_8710c.c:67 erases any length.
    size_check = "nobody"
    checked_by = "OpenBeken: sum of all bytes; boot loader: HMACs; size: nobody"
    forms = (
        Form("ota", "firmware", "ota", _plausible, _ota, ("_ota.img",)),
        Form(
            "uart",
            title="flash image",
            method="uart",
            begins=lambda data: data.startswith(_MARK),
            open=_uart,
            endings=(),
            offset=0,
        ),
    )

    def layouts(self) -> tuple[Layout, ...]:
        return (_LAYOUT,)

    def table_of(self, data: bytes) -> tuple[Partition, ...]:
        from imgcheck.readers import amebaz2

        if not data.startswith(_MARK):
            return ()
        places = {one.name: (one.offset, one.length) for one in amebaz2.flash(data).partitions}
        return (partition("app", *places["FW1"], places.get("FW2", (0, 0))),)

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        # Too large for slot 1, it runs over the firmware in slot 2 that is writing it; for slot 2, over what
        # the device keeps. A device runs from either.
        return room._replace(over="bricks")


TARGETS = (_Rtl87x0c(),)
