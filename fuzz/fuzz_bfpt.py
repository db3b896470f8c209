"""Any bytes are a binary table or a flash image, or refused; what is valid is built the same again."""

import zlib
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.devices import flashmap, layout_lint
    from imgcheck.errors import FormatError
    from imgcheck.model import Layout
    from imgcheck.readers import bfpt
    from imgcheck.targets.bl602 import table as bl602

import mutated
import running


def one(data: bytes) -> None:
    """The table as it is, and with CRCs that fit, so that its entries count."""
    count = int.from_bytes(data[6:8], "little")
    head = data[:12] + zlib.crc32(data[:12]).to_bytes(4, "little")
    body = data[16 : 16 + 36 * count]
    sealed = head + body + zlib.crc32(body).to_bytes(4, "little")
    drawn: set[Layout] = set()
    for file in (data, sealed, b"\xff" * 0xE000 + sealed.ljust(0x1000, b"\xff") + data):
        try:
            table = bfpt.parse(file)
        except FormatError as error:
            assert error.message
            continue
        layout = bl602._from_bfpt(table, Path("table.bin")).layout
        if layout not in drawn:  # three files, but mostly one table
            drawn.add(layout)
            layout_lint.lint(layout)
            flashmap.svg([layout])
        for copy in table.copies:
            if not copy.fault and all(
                len(e.name) <= 7 and e.name.isascii() and "\\" not in e.name for e in copy.entries
            ):
                assert bfpt.parse(bfpt.build(copy.entries, copy.age)).copies[0].entries == copy.entries


running.run(one, mutated.words)
