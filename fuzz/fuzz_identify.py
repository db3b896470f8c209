"""Any bytes under any name are something."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.devices import identify
    from imgcheck.targets.bl602 import BL602

import mutated
import running

NAMES = ("x", "x.bin", "x.xz.ota", "x.toml", "x.dts", "x.dtb", "x.elf", "x.map")


def one(data: bytes) -> None:
    """The first byte chooses the name."""
    name = NAMES[data[0] % len(NAMES)] if data else "x"
    found = identify.identify(data[1:], name, BL602)
    assert found.kind in {**identify.KINDS, **BL602.kinds}


running.run(one, mutated.words)
