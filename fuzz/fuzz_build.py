"""A build of which ELF and map were changed is accounted for byte by byte, or refused in one line.

The input is a script of edits: bytes choose the file, the place, and what is done there.
"""

import random
from pathlib import Path
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck import targets
    from imgcheck.builds import load
    from imgcheck.errors import ImgcheckError

import running

FIXTURE = Path(__file__).parents[1] / "tests/firmware/build/over"
ELF = (FIXTURE / "OpenBL602.elf").read_bytes()
MAP = (FIXTURE / "OpenBL602.map").read_bytes()
HERE = Path(mkdtemp(prefix="fuzz-build-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
CHIP = targets.DEFAULT.chip


def one(data: bytes) -> None:
    """Every byte of the image has one owner, or an error says where."""
    pick = random.Random(data)
    elf, text = bytearray(ELF), MAP
    tables = int.from_bytes(elf[32:36], "little")
    for byte in data[:12]:
        if byte & 1:
            text = running.lines(text, pick)
        else:
            start = (0, tables, 52, tables)[byte >> 1 & 3]  # headers of the file, sections, segments
            elf[start : start + 1200] = running.words(bytes(elf[start : start + 1200]), pick)
    (HERE / "a.elf").write_bytes(elf)
    (HERE / "a.map").write_bytes(text)
    try:
        image = load.build(HERE / "a.elf", HERE / "a.map", CHIP)
    except ImgcheckError as error:
        assert "\n" not in str(error) and "internal error" not in str(error), error
        return
    assert sum(item.flash for item in image.items) == len(image.binary)


running.run(one)
