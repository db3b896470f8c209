"""A build of which ELF, map and archive were changed is accounted for byte by byte, or refused in one line.

The input holds the three files, each behind its length; seeds are of the smallest build that has everything.
"""

from pathlib import Path
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck import targets
    from imgcheck.builds import load
    from imgcheck.errors import ImgcheckError
    from imgcheck.prediction import buildfiles, linkage, linkgraph
    from imgcheck.readers import elf, linkmap

import mutated
import mutatedelf
import running

HERE = Path(mkdtemp(prefix="fuzz-build-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
NAMES = ("a.elf", "a.map", "libm.a")
CHIP = targets.DEFAULT.chip


def one(data: bytes) -> None:
    """Every byte of the image has one owner, and the link that the archive's members made is told again."""
    held = mutated.split(data, len(NAMES))
    if held is None:
        return
    for name, content in zip(NAMES, held, strict=True):
        (HERE / name).write_bytes(content)
    linked, text = (HERE / name for name in NAMES[:2])
    try:
        image = load.build(linked, text, CHIP)
        assert sum(item.flash for item in image.items) == len(image.binary)
        links = linkmap.read(text)
        found = buildfiles.load_objects(links, text, HERE, True)
        graph = linkgraph.build(found.linked, links, elf.read(linked), CHIP)
        linkage.calibrate(graph)
    except ImgcheckError as error:
        assert "\n" not in str(error) and "internal error" not in str(error), error


running.run(one, mutated.parts((mutatedelf.elf, mutated.linkmap, mutatedelf.archive)))
