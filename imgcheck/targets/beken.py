"""Beken BK7231T, BK7231N, BK7231U, BK7238, BK7252 and BK7252N: RBL over the air, UA and QIO over UART.

Sources: A is OpenBK7231T_App at 1.18.299, T and N are OpenBK7231T and OpenBK7231N, F is beken_freertos_sdk;
tables marked (boot) were read in the boot loaders that these build into their QIO files.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from struct import pack

from imgcheck.model import Cell, Layout, Partition
from imgcheck.targets import assetnames
from imgcheck.targets.overair import ARM, LITTLEFS, Form, OverAir, chip, partition, rules
from imgcheck.targets.released import LFS_BYTES, Opened, Room
from imgcheck.targets.slots import named, places
from imgcheck.wording import commas

LARGEST_RAW = 2 << 20  # no Beken chip of these has more flash
_APP_ADDRESS, _APP_END = 0x10000, 0x130000  # of the longest application partition, without CRCs
_RBL, _UG = b"RBL\0", b"\x55\xaa\x55\xaa"
_APP = 0x11000
_PADDING = 64
# How applications begin, plain and with Tuya's key: two branches of the vector table.
_STARTS = {False: bytes.fromhex("0e0000ea14f09fe5"), True: bytes.fromhex("2f07b59435ff2a9b")}
# Nobody outside Beken has read the boot loader's comparison: neither whether it is strict, nor whether the
# 96 bytes of the header count.
_UNSURE = 97
_GATE = "build gate on UG (T and N build.sh); "
_CHECKED = "boot loader: CRC-32 and hash of the RBL after the reboot (inferred); size: strict or not unknown"
_DRIVER_T = 0x96000  # T BkDriverFlash.c:58-63: the application's own table, smaller than the boot loader's


def _sizes(app: int, download: tuple[int, int], lfs_end: int, rf: int) -> tuple[Partition, ...]:
    return (
        partition("bootloader", 0, 0x11000),
        partition("app", 0x11000, app, download),
        partition(LITTLEFS, lfs_end - LFS_BYTES, LFS_BYTES),
        partition("rf", rf, 0x1000),
        partition("net", rf + 0x1000, 0x1000),
        partition("easyflash", 0x1E5000, 0x8000),  # A ef_cfg.h
    )


# (boot) T, T_ALT: app 0x10000+0x108700 and download 0x132000+0xA6000, data bytes of the first and flash bytes
# of the second; A our_lfs.h:41-47; T BkDriverFlash.c:66-79.
_T = _sizes(0x118F70, (0x132000, 0xA6000), 0x1B3000, 0x1E0000)
# (boot) N, N_ALT, M; A hal_ota.h:7-14, our_lfs.h; N BkDriverFlash.c:50-81.
_N = _sizes(0x118F70, (0x12A000, 0xA6000), 0x1D0000, 0x1D0000)
# (boot) U, 7238, 7252, 7252N; A our_lfs.h:173-180; F BkDriverFlash.c:98-143.
_F = _sizes(0x121000, (0x132000, 0xAE000), 0x1AB000, 0x1E0000)
# Pull requests 2115 (BK7238) and 2196 (BK7252N), both after 1.18.299, move LittleFS up to the RF data.
_MOVED = _sizes(0x121000, (0x132000, 0xAE000), 0x1E0000, 0x1E0000)
# F tools/rt_partition_tool: boot loaders that vendors flashed. Their application partitions were not read.
_60K = _sizes(0, (0x132000, 816 << 10), 0x1AB000, 0x1E0000)
_AUDIO = _sizes(0, (0x143000, 748 << 10), 0x1AB000, 0x1E0000)
_VENDORS = (
    Layout("beken-60k", 2 << 20, _60K, "vendor's boot loader with the 60K table", target="bk7238"),
    Layout("beken-audio", 2 << 20, _AUDIO, "vendor's boot loader with the audio table", target="bk7238"),
)


def _rbl(data: bytes) -> Opened:
    from imgcheck.readers import rbl

    found = rbl.parse(data)
    raw = rbl.unpack(found, LARGEST_RAW) if all(passed for _, passed in found.checks) else b""
    checks = (*found.checks, (f"decrypts and unpacks to {commas(found.raw_size)} bytes", bool(raw)))
    fields = (("packed", found.packing), ("partition", found.name), ("raw hash", f"{found.raw_hash:08x}"))
    return Opened(len(data), found.raw_size, raw, checks, fields)


def _ug(data: bytes) -> Opened:
    from imgcheck.readers import tuyaug

    found = tuyaug.parse(data)
    inner = _rbl(found.body)
    # What is written in the end is the RBL; the gate of the build is on the file with its header.
    return inner._replace(counted=len(found.body), checks=(*found.checks, *inner.checks))


def _flash(begin: int, tuya: bool) -> Callable[[bytes], Opened]:
    return lambda data: _blocks_of(data, begin, tuya)


def _blocks_of(data: bytes, begin: int, tuya: bool) -> Opened:
    from imgcheck.readers import bekenflash

    found = bekenflash.parse(data, begin)
    checks = [(f"CRC-16 of {commas(found.blocks)} blocks", not found.bad_blocks)]
    checks.append(("RBL header at the end", found.trailer is not None))
    if found.start in (_STARTS[not tuya], _STARTS[tuya]):
        what = "encrypted with Tuya's key" if tuya else "not encrypted"
        checks.append((f"application {what}", found.start == _STARTS[tuya]))
    used = max(found.used - begin, 0)
    fields: tuple[tuple[str, Cell], ...] = (("used", used), ("begins with", found.start.hex(" ")))
    if found.size < len(data):
        fields = (*fields, ("whole flash, looked at", found.size))
    container = found.size - begin - bekenflash.TRAILER
    return Opened(used, len(found.app), found.app, tuple(checks), fields, container)


@lru_cache(maxsize=1)  # all forms of all these chips ask it of the same file
def _sealed(block: bytes) -> bool:
    """Whether a block has its CRC behind it."""
    from imgcheck.readers import bekenflash

    return len(block) == bekenflash.STORED and bekenflash.with_crc(block[: bekenflash.DATA]) == block


class Beken(OverAir):
    """One chip of the family; `tuya` is whether its application is encrypted with Tuya's key."""

    air = ("rbl", "ug")
    checked_by = _CHECKED
    size_check = "not known"

    def __init__(
        self,
        title: str,
        partitions: tuple[Partition, ...],
        *more: Layout,
        tuya: bool = False,
        gate: bool = False,
    ) -> None:
        self.title = title
        self.name = title.lower()
        self.chip = chip(self.name, ARM, 0x10000, 0x200000)
        # Blocks with their CRC-16 end where they end: nothing of these tables is a multiple of a sector.
        self.table = rules(title, sector=2, app="the application and the download partition")
        self.tuya, self.gate = tuya, gate
        where = "boot loader and firmware of OpenBeken 1.18.299"
        self._layouts = (Layout(self.name, 2 << 20, partitions, where, target=self.name), *more)
        self.forms = self._forms(tuya)

    def _forms(self, tuya: bool) -> tuple[Form, ...]:
        own = (("ua", "UA", tuya), ("qio", "QIO", tuya))
        others = (
            ("tuya-ua", "UA (Tuya's key)", True),
            ("tuya-qio", "QIO (Tuya's key)", True),
            ("plain-qio", "QIO (zero keys)", False),
        )
        return (
            Form("rbl", "RBL", "ota", lambda data: data.startswith(_RBL), _rbl, (".rbl",)),
            Form("ug", "UG", "none", lambda data: data.startswith(_UG), _ug),
            *(self._flashed(*one) for one in (*own, *others)),
        )

    def _flashed(self, kind: str, title: str, tuya: bool) -> Form:
        first, offset = (0, _APP) if kind.endswith("ua") else (_APP, 0)
        return Form(kind, title, "uart", begins=self._blocks, open=_flash(first, tuya), offset=offset)

    def recognises(self, head: bytes, path: str) -> bool:
        if assetnames.parse(Path(path).name) or not super().recognises(head, path):
            return super().recognises(head, path)
        return self._candidates(head, path)[0] is self

    def _candidates(self, data: bytes, path: str) -> list[Beken]:
        """The chips that a file can be for, by a chip in its name, then by the boot loader's table in it."""
        lower = Path(path).name.lower()
        said = max((one.name for one in TARGETS if one.name in lower), key=len, default="")
        if said:
            return [one for one in TARGETS if one.name == said]
        slots = places(named(self.table_of(data), "app"))
        same = [one for one in TARGETS if slots == places(named(one.layouts()[0].partitions, "app"))]
        return same or list(TARGETS)

    def kind_of(self, data: bytes, path: str) -> str:
        from imgcheck.readers import bekenflash

        promised = super().kind_of(data, path)
        if promised or not self._blocks(data):
            return promised
        begin = _APP if self.table_of(data) else 0
        start = bekenflash.without_crc(data[begin : begin + bekenflash.STORED])[:8]
        kind = "qio" if begin else "ua"
        if start == _STARTS[not self.tuya]:
            return "plain-qio" if self.tuya and begin else kind if self.tuya else f"tuya-{kind}"
        return kind

    def unsaid(self, data: bytes, path: str) -> str:
        one_of = self._candidates(data, path)
        if len(one_of) == 1 or assetnames.parse(Path(path).name):
            return ""
        return f"neither the file nor its name says: taken for a {self.title}'s"

    @staticmethod
    def _blocks(data: bytes) -> bool:
        from imgcheck.readers import bekenflash

        return _sealed(data[: bekenflash.STORED])

    def thorough(self, data: bytes, opened: Opened) -> Opened:
        from imgcheck.readers import rbl

        if not opened.app or not data.startswith((_RBL, _UG)):
            return opened
        told = rbl.header(data if data.startswith(_RBL) else data[32:]).raw_hash
        check = ("FNV-1a of the unpacked image", rbl.hashed(opened.app) == told)
        return opened._replace(checks=(*opened.checks, check))

    def layouts(self) -> tuple[Layout, ...]:
        return self._layouts

    def field(self, variant: str, kind: str) -> tuple[Layout, ...]:
        return tuple(one for one in self._layouts if one not in _VENDORS)

    def applies(self, layout: Layout) -> bool:
        return layout.target == self.name or (layout in _VENDORS and not self.gate)

    def table_of(self, data: bytes) -> tuple[Partition, ...]:
        from imgcheck.readers import bekenflash

        places = {one.name: one.physical for one in bekenflash.partitions(data)}
        if "app" not in places:
            return ()
        rest = [partition(name, *place) for name, place in places.items() if name not in ("app", "download")]
        return (*rest, partition("app", *places["app"], places.get("download", (0, 0))))

    def stored(self, run: int) -> int:
        return -(-run // 32) * 34  # a CRC-16 behind each block

    def room(self, layout: Layout, room: Room, kind: str) -> Room:
        app = self.application_partition(layout)
        run = app.size0 // 34 * 32 if app and app.size0 else None
        above = None
        if self.name == "bk7231t":
            above = (
                _DRIVER_T,
                f"more than the {commas(_DRIVER_T)} bytes of the application's own flash table",
            )
        by = (_GATE if self.gate else "") + self.checked_by
        return room._replace(run_most=run, unsure=_UNSURE, above=above, checked_by=by)

    def same(self, one: Opened, other: Opened) -> bool:
        if not (one.app and other.app):
            return True
        # The container of one for UART is padded, and encrypted where the chip wants that.
        plain, other_app = sorted((one.app, other.app), key=len)
        length = len(plain) // 4 * 4
        if plain[:length] == other_app[:length]:
            return True
        return any(_enciphers(*pair) for pair in ((plain, other_app), (other_app, plain)))


def _enciphers(plain: bytes, stored: bytes) -> bool:
    """Whether one is the other with Tuya's key."""
    # Packers pad to whole blocks, before or behind encrypting.
    length = min(min(len(plain), len(stored)) - _PADDING, _APP_END - _APP_ADDRESS) // 4 * 4
    # As three numbers of a million digits: a millisecond, and word by word a quarter of a second.
    words = (int.from_bytes(one[:length], "little") for one in (plain, stored, _stream()))
    return next(words) ^ next(words) == next(words)


@cache
def _stream() -> bytes:
    """What Tuya's key makes of zeros from the application's address on, as long as any flash has."""
    from imgcheck.readers import bekenflash

    words = [bekenflash.keystream(address) for address in range(_APP_ADDRESS, _APP_END, 4)]
    return pack(f"<{len(words)}I", *words)


def _moved(title: str, request: int) -> Layout:
    name = title.lower()
    where = f"OpenBeken after pull request {request}: LittleFS ends at the RF data"
    return Layout(f"{name}-lfs-1d8000", 2 << 20, _MOVED, where, target=name)


TARGETS = (
    Beken("BK7231T", _T, tuya=True, gate=True),
    Beken("BK7231N", _N, tuya=True, gate=True),
    Beken("BK7231U", _F),
    Beken("BK7238", _F, _moved("BK7238", 2115), *_VENDORS),
    Beken("BK7252", _F),
    Beken("BK7252N", _F, _moved("BK7252N", 2196)),
)
