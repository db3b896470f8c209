"""`check --second-reader`: two libraries that are not ours, as a gate and as an oracle over broken ELFs."""

from __future__ import annotations

import copy
import json
import random
import struct
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from otherlibraries import others
from studies import BASE, ELF, needs_fixture

from imgcheck import cli
from imgcheck.builds import load, secondreader
from imgcheck.errors import ImgcheckError
from imgcheck.model import Image
from imgcheck.targets import DEFAULT

pytestmark = needs_fixture
SOC = DEFAULT.chip


@pytest.mark.parametrize(
    "path", sorted(BASE.parent.glob("*/OpenBL602.elf")), ids=lambda path: path.parent.name
)
def test_all_three_agree_on_real_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = load.build(path, None, SOC)
    monkeypatch.setattr(secondreader, "_read", lambda path, _image, _seconds: _told(path))
    assert secondreader.disagreements(path, image) == ()


@cache  # of one build, asked by several
def _told(path: Path) -> Any:
    return _read_(path, load.build(path, None, SOC), secondreader.SECONDS)


_read_ = secondreader._read


def test_the_gate_says_that_they_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", str(ELF), "--second-reader", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert ["IMG108", True] in [[one["rule"], one["passed"]] for one in found["checks"]]
    assert cli.run(["check", str(ELF), "-o", "json"]) == 0
    assert "IMG108" not in capsys.readouterr().out, "not asked for, so nothing is said of it"


@pytest.mark.parametrize("what", ["image", "section", "symbol"])
def test_a_difference_is_an_error(
    what: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lying(path: Path, image: Image, seconds: float) -> object:
        found: Any = copy.deepcopy(_told(path))
        assert isinstance(found, dict)
        if what == "image":
            found["lief"]["image"] = found["lief"]["image"][:0] + _packed(b"\x13" * 5_000)
        else:
            rows = found["lief"]["sections" if what == "section" else "symbols"]
            rows[0][2] += 4
        return found

    monkeypatch.setattr(secondreader, "_read", lying)
    assert cli.run(["check", str(ELF), "--second-reader", "-o", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    (finding,) = [one for one in found["diagnostics"] if one["code"] == "IMG108"]
    assert finding["severity"] == "error"
    assert "lief reads" in finding["message"]


def _packed(data: bytes) -> str:
    import base64
    import zlib

    return base64.b64encode(zlib.compress(data)).decode()


def test_a_library_that_is_missing_is_no_green(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare))
    assert cli.run(["check", str(ELF), "--second-reader"]) == 2
    assert "extra second-reader" in capsys.readouterr().err


def test_a_reader_that_never_ends_or_dies_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for script, words in (("sleep 60", "not done after"), ("kill -11 $$", "no answer"), ("exit 3", "code 3")):
        bad = tmp_path / "bad"
        bad.write_text(f"#!/bin/sh\n{script}\n")
        bad.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(bad))
        (said,) = secondreader.disagreements(ELF, load.build(ELF, None, SOC), seconds=0.5)
        assert words in said


def test_an_image_alone_has_nothing_to_read_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", str(BASE / "OpenBL602.bin"), "--second-reader", "-o", "json"]) in (0, 2)
    found = json.loads(capsys.readouterr().out)
    assert "IMG108" not in [one["rule"] for one in found["checks"]]
    (said,) = [one for one in found["diagnostics"] if one.get("subject") == "IMG108"]
    assert "was left out: there is no ELF" in said["message"]


SEEDS = range(6)


def damaged(seed: int) -> bytes:
    """The fixture with headers of sections and segments changed, or cut."""
    r = random.Random(seed)
    data = bytearray(ELF.read_bytes())
    phoff, shoff = struct.unpack_from("<II", data, 28)
    phnum, shnum = struct.unpack_from("<H", data, 44)[0], struct.unpack_from("<H", data, 48)[0]
    if seed == 0:
        del data[len(data) // 2 :]
    for _ in range(r.randint(1, 3)):
        where = r.choice(("segment", "section"))
        if where == "segment":
            at = phoff + 32 * r.randrange(phnum) + 4 * r.choice((1, 3, 4))  # offset, paddr, filesz
        else:
            at = shoff + 40 * r.randrange(shnum) + 4 * r.choice((3, 5))  # address, size
        if at + 4 <= len(data):
            value = struct.unpack_from("<I", data, at)[0]
            struct.pack_into("<I", data, at, (value + r.choice((-64, -4, 4, 64, 0x1000))) & 0xFFFFFFFF)
    return bytes(data)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Path, Image, dict[str, Any]]]:
    """Those that we read, and what the libraries say of them."""
    folder = tmp_path_factory.mktemp("broken")
    images: dict[int, tuple[Path, Image]] = {}
    for seed in SEEDS:
        path = folder / f"fw{seed}.elf"
        path.write_bytes(damaged(seed))
        with suppress(ImgcheckError):
            images[seed] = path, load.build(path, None, SOC)
    told = others([path for path, _ in images.values()])
    return {seed: (*images[seed], one) for seed, one in zip(images, told, strict=True)}


@pytest.mark.parametrize("seed", SEEDS)
def test_broken_elfs_are_refused_or_compared(
    seed: int, broken: dict[int, tuple[Path, Image, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line or an answer, never a crash."""
    if seed not in broken:
        return
    path, image, theirs = broken[seed]
    monkeypatch.setattr(secondreader, "_read", lambda *_: theirs)
    # Segments that say other than sections do are accepted here, and then the others must not stay silent.
    told = secondreader.disagreements(path, image)
    assert len(told) <= 2
    assert all("\n" not in words for words in told)


def test_the_installed_program_needs_nothing_of_imgcheck() -> None:
    from imgcheck.readers import otherreaders

    text = Path(otherreaders.__file__).read_text(encoding="utf-8")
    assert "import imgcheck" not in text and "from imgcheck" not in text
