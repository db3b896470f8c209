"""Any OTA file has an end on every device: accepted, refused or bricked, never a crash of ours."""

from hashlib import sha256

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.model import Layout, Partition
    from imgcheck.targets.bl602 import BL602, acceptance, generations, offer

import mutated
import running

LAYOUT = Layout("b", 0x200000, (Partition("FW", 0, 0x10000, 0xC8000, 0xD8000, 0x88000),))
DEVICES = (*generations.FIELD, *generations.SDK["tcp"], *generations.SDK["hosal"])
LIMIT = 0x20000


def one(data: bytes) -> None:
    """The file as it is, and with a SHA-256 that fits, so that boot2 gets to see it."""
    sealed = data[:64] + sha256(data[512:]).digest() + data[96:]
    for file in (data, sealed):
        made = offer.open_ota(file, "fuzz.ota", BL602.chip, LIMIT)
        assert len(made.plain) <= max(LIMIT, len(file))
        for device in DEVICES:
            for active in (0, 1):
                acceptance.replay(made.offer, LAYOUT, device, active)


running.run(one, mutated.words)
