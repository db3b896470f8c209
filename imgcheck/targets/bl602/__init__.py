"""Bouffalo Lab BL602 with OpenBeken: the chip, its files, and what its devices do with them.

What a command does not need is not imported: the report of a build must not wait for the replay of devices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from imgcheck.model import Diagnostic, Layout, Partition
from imgcheck.readers import bfpt, bootheader, ota, xz
from imgcheck.targets.bl602 import chip, table
from imgcheck.targets.bl602.chip import LARGEST_FILE
from imgcheck.targets.target import (
    Asked,
    Found,
    Judged,
    Kind,
    Member,
    Move,
    Survey,
    Target,
    Tried,
    Unwrapped,
    Wrapped,
)
from imgcheck.targets.vocabulary import Vocabulary

if TYPE_CHECKING:
    from imgcheck.model import Free


class _Bl602(Target):
    name = table.NAME
    title = "BL602"
    chip = chip.CHIP
    table = table.RULES
    policy = "openbeken-bl602"
    packed_magics = (ota.IDENT_CHECKED, xz.MAGIC)
    uart_kinds = ("app-bin", "app-bin-with-header", "fw-ota-bin")
    kept = ("PSM", "media", "factory")
    holds: Mapping[str, str] = {"mfg": "manufacturing firmware, radio data"}
    strict_body = True  # hal_ota_bl602.c:263 refuses equality; :268, of the unpacked size, does not
    largest_flash = LARGEST_FILE

    @property
    def kinds(self) -> Mapping[str, Kind]:  # type: ignore[override]
        from imgcheck.targets.bl602 import identification

        return identification.KINDS

    @property
    def log(self) -> Vocabulary:  # type: ignore[override]
        from imgcheck.targets.bl602 import messages

        return messages.LOG

    def recognises(self, head: bytes, path: str) -> bool:
        begins = head.startswith((*self.packed_magics, bootheader.MAGIC))
        return begins or bfpt.found(head) or self.links(head)

    def identify(self, data: bytes, path: str) -> Found | None:
        from imgcheck.targets.bl602 import identification

        return identification.identify(data, path, self.chip)

    def guess(self, data: bytes, path: str) -> Found | None:
        from imgcheck.targets.bl602 import identification

        return identification.guess(data, path)

    def application(self, data: bytes, path: str) -> tuple[bytes, tuple[Diagnostic, ...]]:
        from imgcheck.targets.bl602 import container

        return container.application(data, path)

    def inside(self, data: bytes, kind: str) -> bytes:
        from imgcheck.targets.bl602 import container

        return container.inside(data, kind)

    def explained(self, made: bytes, data: bytes) -> str:
        from imgcheck.targets.bl602 import container

        return container.explained(made, data)

    def wrap(
        self, binary: bytes, *, tune: bool = False, unpacked_len: bool = True, tried: Tried | None = None
    ) -> Wrapped:
        from imgcheck.targets.bl602 import container

        return container.wrap(binary, tune=tune, unpacked_len=unpacked_len, tried=tried)

    def unwrap(self, data: bytes) -> Unwrapped:
        from imgcheck.targets.bl602 import container

        return container.unwrap(data)

    def refusal(self, data: bytes) -> str:
        from imgcheck.targets.bl602 import offer

        return offer.refusal(data, self.chip)

    def page(self, header: bytes, image: bytes) -> bytes:
        return bootheader.fitted(header, image)

    def packed_size(self, plain: bytes) -> int:
        from imgcheck.targets.bl602 import packing

        return len(packing.compress(plain))

    def prices(self, stream: bytes, plain: bytes) -> Sequence[float]:
        from imgcheck.targets.bl602 import packing

        return packing.prices(stream, xz.parse(stream).chunks)

    def tune(self, plain: bytes, current: int, usual: int | None) -> tuple[Free, ...]:
        from imgcheck.targets.bl602 import packing

        return packing.tune(plain, current, sdk=usual)

    def survey(self, data: bytes, path: str) -> Survey | None:
        return table.survey(data, path)

    def table_bytes(self, layout: Layout) -> bytes:
        return table.table_bytes(layout)

    def application_partition(self, layout: Layout) -> Partition | None:
        return table.application(layout)

    def table_faults(self, layout: Layout) -> Iterator[Diagnostic]:
        yield from table.settings(layout)
        yield from table.bus_address(layout)
        yield from table.shared_slot(layout)

    def overlaps_deliberately(self, start: int, one: Partition, other: Partition, layout: Layout) -> bool:
        return table.deliberate(start, one, other, layout)

    def losses(self, moves: Mapping[str, Move], old: Layout, new: Layout) -> Iterator[Diagnostic]:
        from imgcheck.targets.bl602 import losses

        return losses.losses(moves, new)

    def judge(self, data: bytes, path: str, wire: bool, asked: Asked) -> Judged:
        from imgcheck.targets.bl602 import judging

        return judging.by_wire(data, asked.tables) if wire else judging.over_the_air(data, path, asked)

    def review(self, members: Sequence[Member]) -> Mapping[str, tuple[str, ...]]:
        from imgcheck.targets.bl602 import releases

        return releases.review(members)


BL602 = _Bl602()
