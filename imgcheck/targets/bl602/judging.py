"""What do BL602 devices and the tools that flash them do with a file, on every layout?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from imgcheck.model import Layout, Verdict
from imgcheck.readers import bootheader
from imgcheck.targets.bl602 import acceptance, container, flashing, generations, offer
from imgcheck.targets.bl602.chip import CHIP
from imgcheck.targets.bl602.table import application
from imgcheck.targets.slots import slots
from imgcheck.targets.target import Asked, Judged

RANK = {"bricks": 0, "refuses": 1, "accepts": 2}


def over_the_air(data: bytes, path: str, asked: Asked) -> Judged:
    """A file given to the OTA page of every installed generation, step by step."""
    tables, installed = asked.tables, asked.installed
    devices = generations.installed(installed)
    both = (slots(application(table), table.name) for table in tables)
    limit = max((max(one.running, one.other) for one in both), default=0)
    opened = offer.open_ota(data, path, CHIP, limit)
    twin = offer.twin(data, path, CHIP, limit) if opened.offer.tail_fits else opened.offer

    def replay(table: Layout, device: generations.Installed) -> acceptance.Replay:
        given = twin if device.method == "hosal" else opened.offer
        return acceptance.replay(given, table, device, asked.active)

    replays = [replay(table, device) for table in tables for device in devices]
    worst = min(replays, key=lambda one: RANK[one.verdict.outcome])
    others = [
        replay(table, device).verdict
        for table in tables
        for device in itertools.chain(*generations.SDK.values())
        if not installed
    ]
    made = opened.offer
    sized = made.content != "other" and not made.decode
    return Judged(
        tuple(one.verdict for one in replays),
        worst.steps,
        made.unpacked if sized else None,
        made.body if sized else None,
        opened.findings,
        tuple(others),
    )


def by_wire(data: bytes, tables: Sequence[Layout]) -> Judged:
    """An application image that tools write over UART."""
    paged = data.startswith(bootheader.MAGIC)
    verdicts: list[Verdict] = []
    steps: list[tuple[str, str]] = [("size", "with the header page, against the application's slot")]
    fault = offer.boot_fault(data, CHIP) if paged else None
    for table in tables:
        for verdict in flashing.judge(len(data), paged, table, CHIP):
            if fault and verdict.outcome == "accepts":
                why = f"{fault.why}: boot2 does not start it"
                verdict = Verdict(table.name, verdict.installed, "bricks", "boot header", fault.old, why)  # noqa: PLW2901
            verdicts.append(verdict)
    worst = min(verdicts, key=lambda verdict: RANK[verdict.outcome])
    steps.append(
        (worst.step, worst.detail if worst.outcome == "accepts" else f"{worst.outcome}: {worst.detail}")
    )
    size = len(data) if paged else CHIP.header_bytes + len(container.padded(data))
    return Judged(tuple(verdicts), tuple(steps), size)
