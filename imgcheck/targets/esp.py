"""Espressif ESP32, C2, C3, C5, C6, C61, S2 and S3 under ESP-IDF: the device refuses what does not fit.

Sources: A is OpenBK7231T_App at 1.18.299 (platforms/ESP-IDF/partitions-2mb.csv and partitions-4mb.csv,
Makefile lines 564-625); chip ids are IMAGE_CHIP_ID of esptool 5.6.0.
"""

from __future__ import annotations

from collections.abc import Callable

from imgcheck.errors import FormatError
from imgcheck.model import Layout, Partition
from imgcheck.targets.overair import RISCV, XTENSA, Form, OverAir, chip, partition, rules
from imgcheck.targets.released import Opened, Room

_IMAGE, _TABLE, _APP = 0xE9, 0x8000, 0x10000
# title -> chip id in the image header, where the boot loader lies, e_machine
CHIPS = {
    "ESP32": (0, 0x1000, XTENSA),
    "ESP32S2": (2, 0x1000, XTENSA),
    "ESP32C3": (5, 0x0, RISCV),
    "ESP32S3": (9, 0x0, XTENSA),
    "ESP32C2": (12, 0x0, RISCV),
    "ESP32C6": (13, 0x0, RISCV),
    "ESP32C61": (20, 0x0, RISCV),
    "ESP32C5": (23, 0x2000, RISCV),
}
# partitions-2mb.csv, partitions-4mb.csv: LittleFS is a partition of its own, no update touches it.
_2M = (
    partition("otadata", 0x9000, 0x2000),
    partition("nvs", 0xB000, 0x5000),
    partition("app", 0x10000, 0xF0000, (0x100000, 0xF0000)),
    partition("lfs", 0x1F0000, 0x10000),
)
_4M = (
    partition("otadata", 0x9000, 0x2000),
    partition("nvs", 0xB000, 0x5000),
    partition("app", 0x10000, 0x1D0000, (0x1E0000, 0x1D0000)),
    partition("lfs", 0x3B0000, 0x50000),
)


def _image(number: int) -> Callable[[bytes], Opened]:
    return lambda data: _opened(data, number)


def _opened(data: bytes, number: int) -> Opened:
    from imgcheck.readers import espimage

    found = espimage.parse(data)
    checks = (
        *found.checks,
        (f"made for chip {number}", found.chip == number),
        ("nothing behind the image", found.end == len(data)),
    )
    fields = (("chip", found.chip), ("version", found.version), ("project", found.project))
    return Opened(len(data), None, data[: found.end], checks, fields, sealed=len(found.checks) > 1)


def _factory(number: int) -> Callable[[bytes], Opened]:
    def opened(data: bytes) -> Opened:
        from imgcheck.readers import esptable

        table = esptable.parse(data[_TABLE : _TABLE + esptable.SIZE])
        first = next((row.offset for row in table.rows if row.type == esptable.APP), _APP)
        app = _opened(data[first:], number)
        return app._replace(checks=(*table.checks, *app.checks))

    return opened


def _merged(boot: int) -> Callable[[bytes], bool]:
    return lambda data: data[boot : boot + 1] == b"\xe9" and data[_TABLE : _TABLE + 2] == b"\xaa\x50"


def _made_for(number: int) -> Callable[[bytes], bool]:
    return lambda data: len(data) > 24 and data[0] == _IMAGE and data[12:14] == number.to_bytes(2, "little")


class _Esp(OverAir):
    air = ("img",)
    both_slots = True
    kept = ()
    # esp_ota_ops.c: magic, and at the end checksum, SHA-256 and length; the build's check_sizes.py only warns
    # as long as the largest slot takes it.
    checked_by = "ESP-IDF: E9 at once, size, checksum and SHA-256 at the end; the old image stays"

    def __init__(self, title: str, number: int, boot: int, machine: int) -> None:
        self.title, self.name = title, title.lower()
        self.chip = chip(self.name, machine, 0x3C000000, 0x3E000000)
        self.table = rules(title, app="both OTA slots")
        self.forms = (
            Form("img", "application image", "ota", _made_for(number), _image(number), (".img",)),
            Form(
                "factory",
                title="merged image",
                method="uart",
                begins=_merged(boot),
                open=_factory(number),
                endings=(".factory.bin",),
                offset=0,
            ),
        )
        self._layouts = tuple(
            Layout(
                f"{self.name}-{size >> 20}m", size, table, f"partitions-{size >> 20}mb.csv", target=self.name
            )
            for size, table in ((2 << 20, _2M), (4 << 20, _4M))
        )

    def layouts(self) -> tuple[Layout, ...]:
        return self._layouts

    def field(self, variant: str, kind: str) -> tuple[Layout, ...]:
        ends = variant.upper().rpartition("_")[2]
        return {"2M": self._layouts[:1], "4M": self._layouts[1:]}.get(ends, self._layouts)

    def smaller(self, variant: str) -> tuple[Layout, ...]:
        return self._layouts[:1] if self.field(variant, "") == self._layouts[1:] else ()

    def table_of(self, data: bytes) -> tuple[Partition, ...]:
        from imgcheck.readers import esptable

        try:
            rows = esptable.parse(data[_TABLE : _TABLE + esptable.SIZE]).rows
        except FormatError:
            return ()
        slots = [(row.offset, row.size) for row in rows if row.updatable]
        others = [partition(row.label, row.offset, row.size) for row in rows if not row.updatable]
        if not slots:
            return tuple(others)
        return (*others, partition("app", *slots[0], slots[1] if len(slots) > 1 else (0, 0)))

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        return room._replace(refuses=True)


TARGETS = tuple(_Esp(title, *facts) for title, facts in CHIPS.items())
