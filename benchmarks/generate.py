"""Make a build of OpenBL602's size to measure on: benchmarks/build/OpenBL602.{elf,map,bin} and its objects.

About 500 objects in 30 archives and 24 bare ones, those of closed libraries with unsorted relocations, 8,000
inclusions of headers, a 12 MB ELF with DWARF 4, an 8 MB map with a cross-reference table, a 900 KB image.
Kept until the generator changes; needs riscv64-unknown-elf-gcc.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import older
from program import Program, Unit

HERE = Path(__file__).resolve().parent
BUILD = HERE / "build"
CROSS = "riscv64-unknown-elf-"
MACHINE = ["-march=rv32imafc", "-mabi=ilp32f", "--specs=picolibc.specs"]
# As deep as the real one: the map prints each object's path many times over.
TREE = Path("sdk/OpenBL602/customer_app/bl602_sharedApp")
OUT = TREE / "build_out"
ENTER = """
    .section .text.enter, "ax"
    .globl _enter
    .type _enter, @function
_enter:
    la gp, __global_pointer$
    la sp, _stack_top
    call main
1:  j 1b
    .size _enter, . - _enter
"""

POLICY = f"""extends = "openbeken-bl602"
layouts = ["guiflasher-2m"] # the roomiest of 2 MB devices: with it the build passes

[features]
config = "{TREE}/include/obk_config.h"
source_roots = ["{TREE}"]
include_dirs = ["{TREE}/include"]
defines = {{ PLATFORM_BL602 = 1, OBK_VARIANT = 0 }}
pattern = "ENABLE_*"
keep = []
weights = {{}}
"""


def stamp() -> str:
    digest = hashlib.sha256()
    for name in (
        "words.toml",
        "words.py",
        "program.py",
        "source.py",
        "headers.py",
        "older.py",
        "generate.py",
        "bl602.ld",
    ):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def run(*command: str | Path) -> None:
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=BUILD, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)[:200]}\n{done.stderr[-3000:]}")


def compile_one(unit: Unit, source: Path, tree: Path = OUT, include: Path = TREE / "include") -> Path:
    """The unit's object below `tree`; `include` has the configuration, TREE/include the rest."""
    out = tree / (unit.archive or "bsp") / f"{unit.name}.o"
    (BUILD / out).parent.mkdir(parents=True, exist_ok=True)
    debug = [] if unit.flavour == "blob" else ["-gdwarf-4"]
    language = ["-fno-exceptions", "-fno-rtti"] if unit.suffix == "cpp" else ["-std=gnu99"]
    compiler = CROSS + ("g++" if unit.suffix == "cpp" else "gcc")
    sections = ["-ffunction-sections", "-fdata-sections", "-fno-common"]
    flags = [*MACHINE, "-Os", *debug, *language, *sections, "-w"]
    defines = ["-DPLATFORM_BL602=1", "-DOBK_VARIANT=0"]
    includes = [f"-I{include}", f"-I{TREE}/include"]
    run(compiler, *flags, *defines, *includes, "-MMD", "-c", source.relative_to(BUILD), "-o", out)
    if unit.flavour == "blob":  # a library that somebody else built, long ago
        older.age(BUILD / out)
    return out


def link(bare: list[Path], archives: list[Path], stem: str) -> None:
    options = ["-nostartfiles", "-Wl,--gc-sections", "-Wl,--cref", f"-Wl,-Map={stem}.map"]
    script = ["-T", str(HERE / "bl602.ld"), "-Wl,--no-warn-rwx-segments"]
    libraries = ["-Wl,--start-group", *map(str, archives), "-lc", "-lm", "-lgcc", "-Wl,--end-group"]
    run(CROSS + "gcc", *MACHINE, *options, *script, *bare, *libraries, "-o", f"{stem}.elf")
    removed = [f"-R{name}" for name in (".romdata", ".rom", ".bugkiller_command", ".bugkiller")]
    run(CROSS + "objcopy", "-S", "-O", "binary", *removed, f"{stem}.elf", f"{stem}.bin")


def build(jobs: int) -> None:
    shutil.rmtree(BUILD / "sdk", ignore_errors=True)
    program = Program()
    units = program.write(BUILD / TREE)
    print(f"{len(units)} sources written", flush=True)
    with ThreadPoolExecutor(jobs) as pool:
        objects = list(pool.map(lambda pair: compile_one(*pair), units))
    enter = BUILD / TREE / "bsp" / "enter.S"
    enter.write_text(ENTER)
    entry = OUT / "bsp" / "enter.o"
    run(CROSS + "gcc", *MACHINE, "-c", enter.relative_to(BUILD), "-o", entry)
    members: dict[str, list[Path]] = {}
    for (unit, _), path in zip(units, objects, strict=True):
        members.setdefault(unit.archive, []).append(path)
    bare = [BUILD / path for path in [entry, *members.pop("", [])]]
    archives: list[Path] = []
    for name, paths in sorted(members.items()):
        archive = BUILD / OUT / name / f"lib{name}.a"
        run(CROSS + "ar", "rcs", archive, *paths)
        archives.append(archive)
    link(bare, archives, "OpenBL602")


def packed_size(image: bytes) -> int:
    """Bytes of the XZ that the SDK makes of this image and its header page."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 15}]
    plain = bytes(4096) + image + bytes(-len(image) % 16)
    return len(lzma.compress(plain, check=lzma.CHECK_CRC32, filters=filters))


def describe() -> None:
    image = (BUILD / "OpenBL602.bin").read_bytes()
    packed = packed_size(image)
    print(f"image {len(image):,} B, XZ {packed:,} B ({packed / len(image):.1%})")
    for name in ("OpenBL602.elf", "OpenBL602.map"):
        print(f"{name} {(BUILD / name).stat().st_size:,} B")


def ensure(jobs: int = 2, force: bool = False) -> None:
    """Build unless it is there and was made by the generator as it is now."""
    if shutil.which(CROSS + "gcc") is None:
        sys.exit(f"generate: {CROSS}gcc is needed (Debian: gcc-{CROSS[:-1]} picolibc-{CROSS[:-1]})")
    BUILD.mkdir(exist_ok=True)
    done = BUILD / "stamp"
    if force or not done.exists() or done.read_text() != stamp():
        done.unlink(missing_ok=True)
        build(jobs)
        done.write_text(stamp())
    (BUILD / "imgcheck.toml").write_text(POLICY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--force", action="store_true", help="build even if nothing changed")
    options = parser.parse_args()
    ensure(options.jobs, options.force)
    describe()


if __name__ == "__main__":
    os.nice(5)
    main()
