"""Small programs compiled, archived and linked for the BL602, where its toolchain is there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CROSS = "riscv64-unknown-elf-"
ABI = ("-march=rv32imafc", "-mabi=ilp32f")

needs_toolchain = pytest.mark.skipif(not shutil.which(CROSS + "gcc"), reason="no RISC-V toolchain")


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a tool prints; its failure is the test's."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compile_(folder: Path, name: str, text: str, *flags: str) -> Path:
    """The object of one source, written to `folder` under `name` (.c, .cpp or .S)."""
    source = folder / name
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text)
    target = source.with_suffix(".o")
    plain = ("-Os", "-ffunction-sections", "-fdata-sections", "-ffreestanding", "-fno-exceptions")
    run(f"{CROSS}gcc", *ABI, *plain, *flags, "-c", name, "-o", target, cwd=folder)
    return target


def link(folder: Path, *objects: Path, flags: tuple[str, ...] = (), entry: str = "main") -> Path:
    """An ELF with its map beside it, unreferenced sections left out and code relaxed."""
    target = folder / "linked.elf"
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", f"-Wl,-e,{entry}",
        "-Wl,--gc-sections,--cref,-Map=linked.map,-Ttext=0x23000000,--build-id=none", *flags,
        "-o", target, *objects, cwd=folder,
    )  # fmt: skip
    return target
