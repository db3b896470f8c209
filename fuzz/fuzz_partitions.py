"""Any bytes are a partition table in TOML, or refused with a FormatError; its findings and drawing follow."""

from functools import lru_cache
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.devices import flashmap, layout_diff, layout_lint, layouts, soundness
    from imgcheck.errors import FormatError
    from imgcheck.readers import partitions
    from imgcheck.targets.bl602 import table as bl602

import mutated
import running

BASE = layouts.load("devcube-1.8-2m")
FILE = Path("table.toml")
# It is a function of the bytes: both readers of a table begin with it, and it is most of what they cost.
partitions.scan = lru_cache(1)(partitions.scan)


def one(data: bytes) -> None:
    """Read, judge, compare and draw: what `imgcheck layout` does."""
    try:
        partitions.parse(data)
    except FormatError as error:
        assert error.message
    try:
        layout = bl602.from_toml(data, "table", str(FILE)).layout
    except FormatError:
        return
    assert sum(1 for _ in soundness.faults(layout)) <= 100 * (len(layout.partitions) + 1)
    layout_lint.lint(layout)
    layout_diff.compare(BASE, layout)
    layout_diff.compare(layout, BASE)
    flashmap.svg([layout])


running.run(one, mutated.lines)
