"""Lightning LN882H and LN8825: a packed image behind a header, in a partition that LittleFS shares.

Sources: A is OpenBK7231T_App at 1.18.299, LN is OpenLN882H (flash_partition_cfg.json). The containers of the
LN8825 are of the same family and were not read: its files are judged by their size alone.
"""

from __future__ import annotations

from pathlib import Path

from imgcheck.errors import FormatError
from imgcheck.model import Layout, Partition
from imgcheck.targets import assetnames
from imgcheck.targets.overair import ARM, LITTLEFS, Form, OverAir, chip, partition, rules
from imgcheck.targets.released import LFS_BYTES, Opened, Room
from imgcheck.targets.vocabulary import Message, Vocabulary

LARGEST = 2 << 20
_HEADER = 256
_TABLE = 0x6000
# LN flash_partition_cfg.json; A our_lfs.h:62-70: LittleFS ends at 0x1DD000, where NVDS begins.
_PARTITIONS = (
    partition("boot", 0x0, 0x6000),
    partition("app", 0x7000, 1200 << 10, (0x133000, 680 << 10)),
    partition(LITTLEFS, 0x1DD000 - LFS_BYTES, LFS_BYTES),
    partition("nvds", 0x1DD000, 12 << 10),
    partition("kv", 0x1E0000, 16 << 10),
    partition("user", 0x1E4000, 112 << 10),
)
_NAMES = {"NVDS": "nvds", "KV": "kv", "USER": "user", "EEPROM": "eeprom"}


# A hal_ota_ln882h.c:282-305.
_LOG = Vocabulary(
    messages=(
        Message(
            "bad-crc", r"Veri bad", "error",
            "the CRC of what arrived is not the header's: no update, though the page answers success",
            "upload the file again; the running firmware is not touched",
        ),
    ),
    parts=("veri bad",),
)  # fmt: skip


def _packed(data: bytes) -> bool:
    return len(data) > _HEADER and data[:4] == b"\x02\0\0\0"


def _flash(data: bytes) -> bool:
    # The table's first entry is the application: type 0 at 0x7000.
    return data[_TABLE : _TABLE + 8] == bytes(4) + (0x7000).to_bytes(4, "little")


def _ota(data: bytes) -> Opened:
    from imgcheck.readers import ln882h

    found = ln882h.parse(data)
    raw = ln882h.unpack(found, LARGEST)
    checks = (
        *found.checks,
        ("CRC-32 of the unpacked image", _crc(raw) == found.crc),
        ("nothing behind the body", not found.extra),
    )
    fields = (("version", found.version), ("unpacked", found.size), ("packed", found.packed_size))
    return Opened(len(data), found.size, raw, checks, fields)


def _uart(data: bytes) -> Opened:
    from imgcheck.readers import ln882h

    app = ln882h.flash(data).app
    fields = (("version", app.version), ("application", app.size))
    return Opened(app.size + _HEADER, app.size, app.body, app.checks, fields)


def _by_size(data: bytes) -> Opened:
    return Opened(len(data), sealed=False)


def _crc(data: bytes) -> int:
    from binascii import crc32

    return crc32(data)


class _Ln(OverAir):
    kept = (LITTLEFS, "nvds", "kv", "user")
    log = _LOG
    largest_flash = 16 << 20

    def __init__(self, title: str, forms: tuple[Form, ...], checked_by: str) -> None:
        self.title, self.name = title, title.lower()
        self.chip = chip(self.name, ARM, 0x10000000, 0x10200000)
        self.table = rules(title, app="the application and the OTA partition")
        self.forms, self.checked_by = forms, checked_by
        where = "flash_partition_cfg.json of OpenLN882H, firmware of OpenBeken 1.18.299"
        self._layout = Layout(self.name, 2 << 20, _PARTITIONS, where, target=self.name)

    def recognises(self, head: bytes, path: str) -> bool:
        if self.name == "ln882h":
            return super().recognises(head, path)
        known = assetnames.parse(Path(path).name)  # its forms begin with anything: only a name tells
        return known is not None and known.platform.target == self.name

    def layouts(self) -> tuple[Layout, ...]:
        return (self._layout,)

    def table_of(self, data: bytes) -> tuple[Partition, ...]:
        from imgcheck.readers import ln882h

        if not _flash(data):
            return ()
        try:
            found = ln882h.flash(data).partitions
        except FormatError:
            return ()
        places = {one.name: (one.start, one.size) for one in found}
        rest = [partition(_NAMES[name], *place) for name, place in places.items() if name in _NAMES]
        return (partition("app", *places["APP"], places.get("OTA", (0, 0))), *rest)

    def stored(self, run: int) -> int:
        return _HEADER + run

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        app = self.application_partition(layout)
        # hal_ota_ln882h.c:76: original or packed image and 256 larger than its partition is refused at 4 KB.
        # The linker stops at the same size of the original (FLASH 1,228,544).
        return room._replace(refuses=True, run_most=app.size0 - _HEADER if app else None)


TARGETS = (
    _Ln(
        "LN882H",
        (
            Form("ota", "OTA image", "ota", _packed, _ota, ("_ota.bin",)),
            Form("uart", title="flash image", method="uart", begins=_flash, open=_uart, endings=(), offset=0),
        ),
        "OpenBeken: both sizes at 4 KB, then the CRCs of header and body (the page answers success anyway)",
    ),
    _Ln(
        "LN8825",
        (
            Form("ota", "OTA image", "ota", lambda data: True, _by_size, ("_ota.img",)),
            Form(
                "uart",
                title="flash image",
                method="uart",
                begins=lambda data: True,
                open=_by_size,
                endings=(),
                offset=0,
            ),
        ),
        "not known: taken for what the LN882H does",
    ),
)
