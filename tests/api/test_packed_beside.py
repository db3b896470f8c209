"""The compressor beside the reading of a build: the same artefact whenever and wherever it is packed."""

from pathlib import Path
from threading import Thread

import pytest

from imgcheck.api import build as api
from imgcheck.api.packing import Packing
from imgcheck.builds import artefact, load
from imgcheck.builds.companions import OTA_NAME
from imgcheck.errors import FormatError
from imgcheck.targets.bl602 import BL602

BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
BINARY = b"".join(b"%d;" % (n * n) for n in range(4000))


def test_what_was_begun_is_what_is_packed() -> None:
    packing = Packing(BL602)
    packing.begin(BINARY)
    done: list[str] = []
    assert packing.result(BINARY, lambda: done.append("meanwhile")) == artefact.pack(BINARY, BL602)
    assert done == ["meanwhile"]


def test_another_image_than_was_begun() -> None:
    packing = Packing(BL602)
    packing.begin(BINARY)
    assert packing.result(BINARY[:-100]) == artefact.pack(BINARY[:-100], BL602)


def test_nothing_begun_and_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refused)
    assert Packing(BL602).result(BINARY) == artefact.pack(BINARY, BL602)


def test_no_more_threads_for_another_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was packed of the first one is not taken for the second."""
    packing = Packing(BL602)
    assert packing.result(BINARY) == artefact.pack(BINARY, BL602)

    def refused(self: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refused)
    assert packing.result(BINARY[:-100]) == artefact.pack(BINARY[:-100], BL602)


def test_what_the_compressor_raises_is_raised_to_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(binary: bytes, target: object) -> None:
        raise MemoryError

    monkeypatch.setattr(artefact, "pack", full)
    packing = Packing(BL602)
    packing.begin(BINARY)
    with pytest.raises(MemoryError):
        packing.result(BINARY)


def test_the_image_is_known_before_the_map_is_read(tmp_path: Path) -> None:
    """Else the compressor has nothing to do while it is read."""
    torn = tmp_path / "torn.map"
    torn.write_bytes(b"\nLinker script and memory map\n\n" + b"\xff" * 80)
    known: list[bytes] = []
    with pytest.raises(FormatError):
        load.build(BASE, torn, BL602.chip, known=known.append)
    assert known == [load.build(BASE, None, BL602.chip).binary]


def test_an_ota_file_beside_the_elf_is_not_packed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elf = tmp_path / "OpenBL602.elf"
    elf.write_bytes(BASE.read_bytes())
    made = BL602.wrap(load.build(BASE, None, BL602.chip).binary)
    (tmp_path / "ota").mkdir()
    (tmp_path / "ota" / OTA_NAME).write_bytes(made.header + made.body)
    monkeypatch.setattr(artefact, "pack", lambda *_: pytest.fail("packed although it is there"))
    read = api.build(api.Inputs(elf, policy="openbeken-bl602"))
    assert read.facts.artefact.file == len(made.header) + len(made.body)
