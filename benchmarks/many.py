"""Make two builds of 60,000 symbols that differ in one percent of them: benchmarks/build/many/{old,new}.elf.

Written as assembly: a compiler would take minutes. Needs riscv64-unknown-elf-as and -ld.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
BUILD = HERE / "build" / "many"
CROSS = "riscv64-unknown-elf-"
OBJECTS, EACH = 600, 100  # symbols of an object
ARCHIVES = 30
HEAP = """
    .globl _heap_wifi_size, _enter
    .set _heap_wifi_size, 0x4000
    .section .text.enter, "ax"
_enter: ret
"""


def object_text(number: int, changed: bool) -> str:
    """The symbols of an object; `changed` renames, grows and drops one each now and then."""
    random = Random(number)
    lines = []
    for each in range(EACH):
        name, words = f"unit{number}_symbol_{each}", random.randint(2, 10)
        constants = [random.getrandbits(16) for _ in range(words)]
        if changed and each == number % EACH:
            name, words = (f"{name}.constprop.0", words) if number % 3 else (name, words + 3)
        section = ".rodata" if each % 5 == 0 else ".text"
        kind = "@object" if each % 5 == 0 else "@function"
        lines += [
            f'.section {section}.{name},"a{"" if each % 5 == 0 else "x"}"',
            f".globl {name}",
            f".type {name},{kind}",
            f"{name}:",
            *(f".word {constants[at % len(constants)]}" for at in range(words)),
            f".size {name},.-{name}",
        ]
    return "\n".join(lines) + "\n"


def run(*command: object) -> None:
    done = subprocess.run([str(part) for part in command], cwd=BUILD, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]}\n{done.stderr.decode()[-2000:]}")


def assemble(folder: Path, name: str, text: str) -> Path:
    source = folder / f"{name}.s"
    source.write_text(text)
    run(f"{CROSS}as", "-march=rv32imafc", "-mabi=ilp32f", source, "-o", folder / f"{name}.o")
    return folder / f"{name}.o"


def build(case: str) -> None:
    folder = BUILD / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ThreadPoolExecutor(2) as pool:
        made = list(
            pool.map(
                lambda number: assemble(folder, f"unit{number}", object_text(number, case == "new")),
                range(OBJECTS),
            )
        )
    enter = assemble(folder, "enter", HEAP)
    archives = []
    for number in range(ARCHIVES):
        archives.append(folder / f"libpart{number}.a")
        run(f"{CROSS}ar", "rcs", archives[-1], *made[number::ARCHIVES])
    link = (f"{CROSS}ld", "-m", "elf32lriscv", "--no-warn-rwx-segments", "-T", HERE / "bl602.ld")
    whole = ("--whole-archive", *archives)
    run(*link, f"-Map={BUILD / case}.map", enter, *whole, "-o", f"{BUILD / case}.elf")
    shutil.rmtree(folder)


def ensure() -> None:
    """Builds both unless they are there and were made by this file as it is now."""
    BUILD.mkdir(parents=True, exist_ok=True)
    stamp, text = BUILD / "stamp", Path(__file__).read_text()
    if not stamp.exists() or stamp.read_text() != text:
        for case in ("old", "new"):
            build(case)
        stamp.write_text(text)


if __name__ == "__main__":
    ensure()
