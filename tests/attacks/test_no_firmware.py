"""What is no firmware is never called so, packed, or found to fit: every command says what it is, exit 2."""

import io
import json
import random
import shutil
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from imgcheck import cli

BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
FIRMWARE = ("app-bin", "app-bin-with-header", "fw-ota-bin", "xz-ota", "raw-ota", "whole-flash", "boot2")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture() -> bytes:
    head = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    pixels = zlib.compress(random.Random(1).randbytes(64 * 193))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def zipped() -> Any:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("OpenBL602.bin", BASE.with_suffix(".bin").read_bytes())
    return made.getvalue()


def pc_elf() -> Any:
    """The header of an x86-64 program and what follows it."""
    ident = b"\x7fELF\2\1\1" + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0) + bytes(4000)


THINGS = {
    "random": (random.Random(7).randbytes(3000), "no RISC-V code"),
    "random-large": (random.Random(8).randbytes(300_000), "no RISC-V code"),
    "png": (picture(), "a PNG picture"),
    "zip": (zipped(), "a ZIP archive"),
    "html": (b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n" * 40, "a web page"),
    "pc": (pc_elf(), "64-bit ELF"),
    "zeros": (bytes(100_000), "all 100,000 bytes are 00"),
    "erased": (b"\xff" * 100_000, "all 100,000 bytes are FF"),
    "empty": (b"", "the file is empty"),
    "between": (b"\x13\x82\x80\x13" * 3000, "no RISC-V code"),  # returns where no instruction begins
    "text": (b"make: *** [app] Error 1\n" * 200, "text"),
}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: Any) -> Any:
        code = cli.run([str(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.parametrize("name", THINGS)
@pytest.mark.parametrize("ending", [".bin", ".img", ".elf", ""])
def test_no_command_takes_it(name: Any, ending: str, run: Any, tmp_path: Path) -> None:
    data, what = THINGS[name]
    file = tmp_path / f"thing{ending}"
    file.write_bytes(data)
    for command in (["pack", file, "--to", tmp_path / "x.ota"], ["report", file], ["check", file]):
        code, _, err = run(*command)
        assert code == 2, (command, err)
        assert err.startswith("imgcheck: error: ") and err.count("\n") == 1
        assert ending not in (".bin", ".img") or what in err
    assert not (tmp_path / "x.ota").exists()
    code, out, _ = run("verify", file)
    assert code in (1, 2) and "Accepted" not in out
    (identity,) = json.loads(run("identify", file, "-o", "json")[1])["files"]
    assert identity["kind"] not in FIRMWARE
    said = " ".join(identity["findings"])
    assert name in ("empty", "text") or "no firmware" in said or "not taken for" in said


def test_firmware_is_still_taken_without_the_sdks_mark(run: Any, tmp_path: Path) -> None:
    """An image that another SDK linked has code in it, and no mark."""
    data = bytearray(BASE.with_suffix(".bin").read_bytes())
    data[1024:1032] = bytes(8)
    file = tmp_path / "app.bin"
    file.write_bytes(data)
    assert run("pack", file, "--to", tmp_path / "x.ota")[0] == 0
    assert run("report", file)[0] == 0
    assert "application image" in run("identify", file)[1]


@pytest.mark.skipif(shutil.which("riscv64-unknown-elf-gcc") is None, reason="needs the compiler")
def test_code_that_is_not_compressed_is_firmware(run: Any, tmp_path: Path) -> None:
    """What -march=rv32im gives has no 16-bit return at all."""
    source, made, file = tmp_path / "x.c", tmp_path / "x.o", tmp_path / "app.bin"
    source.write_text("\n".join(f"int f{n}(int *p) {{ return p[{n}] * {n + 3}; }}" for n in range(80)))
    flags = ("-march=rv32im", "-mabi=ilp32", "-Os", "-c")
    subprocess.run(["riscv64-unknown-elf-gcc", *flags, source, "-o", made], check=True)
    copy = ("riscv64-unknown-elf-objcopy", "-O", "binary", "-j", ".text", made, file)
    subprocess.run(copy, check=True)
    assert b"\x82\x80" not in file.read_bytes()
    assert run("pack", file, "--to", tmp_path / "x.ota")[0] == 0
    assert "application image" in run("identify", file)[1]


@pytest.mark.skipif(shutil.which("true") is None, reason="there is no program here")
def test_a_program_of_this_machine(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "firmware.bin"
    file.write_bytes(Path(shutil.which("true") or "").read_bytes())
    assert "application" not in run("identify", file)[1]
