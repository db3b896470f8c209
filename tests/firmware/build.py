"""Build one image of the fixture firmware: compile, archive, link, cut the image, pack the OTA file.

    python3 build.py base|over [--root FOLDER] [--out FOLDER] [--jobs N]

`root` holds `src/`, `components/` and `ld/` (default: the folder of this script); compilers run inside
it with relative paths, so no product names a folder of the machine. Products go to `<out>/<case>/`.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import hashlib
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
CROSS = "riscv64-unknown-elf-"
ABI = ["-march=rv32imafc", "-mabi=ilp32f"]
COMMON = [
    *ABI,
    "--specs=picolibc.specs",
    "-Os",
    "-ffunction-sections",
    "-fdata-sections",
    "-fcommon",  # as the compilers did when the SDK was written
    "-fno-var-tracking",  # where variables live takes much room in a repository
    "-Wall",
    "-Wno-unused-function",
    "-Wno-format-truncation",
    "-MMD",
]
C_FLAGS = ["-std=gnu11", "-fstrict-volatile-bitfields"]
CXX_FLAGS = ["-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fno-use-cxa-atexit"]
PREFIX_MAPS = [  # toolchain headers are named in debug information too
    ("/usr/lib/picolibc", "picolibc"),
    ("/usr/lib/gcc", "gcc"),
]
CASES = {"base": "OBK_VARIANT=0", "over": "OBK_VARIANT=2"}
BARE = {"startup"}  # components linked as bare objects
WITHOUT_DEBUG = {"wifi"}  # delivered by the vendor as a stripped archive
HEADER = "obk_config.h"
STRIPPED = {"over"}  # its archives and objects are kept small; the ELF has the debug information
TOOLCHAIN = ("libc.a", "libm.a", "libgcc.a")


@dataclasses.dataclass(frozen=True)
class Unit:
    """One source file and what it is compiled to, both relative."""

    component: str
    source: str
    object: str


@dataclasses.dataclass(frozen=True)
class Known:
    """Objects of an earlier build that may serve again: by digest of their text, by name."""

    texts: dict[str, Path] = dataclasses.field(default_factory=dict)
    settled: dict[str, Path] = dataclasses.field(default_factory=dict)
    root: Path | None = None  # where its sources were
    objects: dict[str, Path] = dataclasses.field(default_factory=dict)


def units(root: Path) -> list[Unit]:
    """All compile units of the tree in link order: components by name, files by path."""
    found = []
    for component, folder in folders(root):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".c", ".cpp", ".S"):
                source = path.relative_to(root).as_posix()
                inside = path.relative_to(root / folder).with_suffix(".o").as_posix()
                found.append(Unit(component, source, f"{component}/{inside}"))
    return found


def folders(root: Path) -> list[tuple[str, str]]:
    """Component name and source folder, in link order."""
    names = sorted(p.name for p in (root / "components").iterdir() if p.is_dir())
    return [("openbeken", "src"), *((name, f"components/{name}") for name in names)]


def run(command: list[str], cwd: Path) -> str:
    """Run a tool; its messages reach the terminal only when it fails or warns."""
    environment = {**os.environ, "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    if done.stderr.strip():
        sys.stderr.write(done.stderr)
    return done.stdout


def command_for(unit: Unit, root: Path, defines: list[str]) -> list[str]:
    """The compiler call for a unit, without output options."""
    include = [f"-Icomponents/{name}/include" for name, folder in folders(root) if name != "openbeken"]
    flags = [*COMMON]
    for old, new in (*PREFIX_MAPS, (str(root.resolve()), ".")):
        # the assembler only gets the first form
        flags += [f"-fdebug-prefix-map={old}={new}", f"-fmacro-prefix-map={old}={new}"]
    flags += [] if unit.component in WITHOUT_DEBUG else ["-gdwarf-4"]
    flags += [f"-D{define}" for define in defines] + ["-Isrc", *include]
    if unit.source.endswith(".cpp"):
        return [CROSS + "g++", *flags, *CXX_FLAGS, unit.source]
    return [CROSS + "gcc", *flags, *([] if unit.source.endswith(".S") else C_FLAGS), unit.source]


def compile_unit(unit: Unit, root: Path, objects: Path, defines: list[str], known: Known) -> str:
    """Compile a unit, or take the object that the same preprocessed text gave before."""
    target = objects / unit.object
    target.parent.mkdir(parents=True, exist_ok=True)
    if unit.object in known.settled:  # does not even include the header that changed
        shutil.copyfile(known.settled[unit.object], target)
        shutil.copyfile(known.settled[unit.object].with_suffix(".d"), target.with_suffix(".d"))
        return ""
    command = command_for(unit, root, defines)
    text = run([*[c for c in command if c != "-MMD"], "-E"], root)
    digest = hashlib.sha256((unit.object + "\0" + text).encode()).hexdigest()
    if digest in known.texts and known.texts[digest] != target:
        shutil.copyfile(known.texts[digest], target)
        shutil.copyfile(known.texts[digest].with_suffix(".d"), target.with_suffix(".d"))
        return digest
    depends = target.with_suffix(".d")
    run([*command, "-c", "-o", str(target), "-MF", str(depends), "-MT", Path(unit.object).name], root)
    return digest


def unmoved(known: Known, root: Path, defines: list[str]) -> dict[str, Path]:
    """Objects whose sources say no name that the header means otherwise now: their text is what it was.

    Preprocessing them would show the same, for each of them; that an object is missed is seen in the image.
    """
    if known.root is None:
        return {}
    (text, before), (other, after) = (header(one, defines) for one in (known.root, root))
    if text != other:
        return {}
    moved = re.compile(rf"\b(?:{'|'.join({line.split()[1].partition('(')[0] for line in before ^ after})})\b")
    found = {}
    for name, path in known.objects.items():
        depends = path.with_suffix(".d").read_text().replace("\\\n", " ").partition(":")[2].split()
        sources = [root / one for one in depends if not one.endswith(HEADER) and not one.startswith("/")]
        if not any(moved.search(one.read_text(errors="replace")) for one in sources):
            found[name] = path
    return found


def header(root: Path, defines: list[str]) -> tuple[str, frozenset[str]]:
    """What the configuration header leaves of itself, and the macros that it leaves."""
    command = [CROSS + "gcc", *(f"-D{define}" for define in defines), f"src/{HEADER}", "-E"]
    return run([*command, "-P"], root), frozenset(run([*command, "-dM"], root).splitlines())


def archive(members: list[Path], path: Path) -> None:
    """A deterministic archive; appended, not replaced, so two members may share a name."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    run([CROSS + "gcc-ar", "qcsD", str(path), *map(str, members)], path.parent)


def toolchain(folder: Path) -> Path:
    """The toolchain's libraries without debug information, libm told apart from libc, whole."""
    if all((folder / name).exists() for name in TOOLCHAIN):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("libc.a", "libgcc.a"):
        found = run([CROSS + "gcc", *ABI, "--specs=picolibc.specs", f"-print-file-name={kind}"], folder)
        where = Path(found.strip())
        if not where.is_absolute():
            where = picolibc() / kind
        run([CROSS + "objcopy", "-g", "-D", str(where), str(folder / kind)], folder)
    members = run([CROSS + "ar", "t", "libc.a"], folder).split()
    math = [name for name in members if name.startswith("libm_")]
    select(folder / "libc.a", math, folder / "libm.a")
    run([CROSS + "ar", "dD", "libc.a", *math], folder)
    run([CROSS + "ranlib", "-D", "libc.a"], folder)
    return folder


def picolibc() -> Path:
    """Where picolibc keeps the libraries of our ABI."""
    multilib = run([CROSS + "gcc", *ABI, "-print-multi-directory"], HERE).strip()
    return Path("/usr/lib/picolibc/riscv64-unknown-elf/lib") / multilib


def select(source: Path, members: list[str], target: Path) -> None:
    """Copy some members of an archive, in its order, into a new one."""
    scratch = target.resolve().parent / f".{target.name}.members"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    run([CROSS + "ar", "x", str(source.resolve()), *members], scratch)
    archive([scratch / name for name in members], target)
    shutil.rmtree(scratch)


def link(root: Path, out: Path, libraries: Path, objects: list[Unit]) -> None:
    """Link inside `out`, so that the map names paths relative to the ELF."""
    bare = [unit.object for unit in objects if unit.component in BARE]
    ours = sorted({unit.component for unit in objects} - BARE)
    script = Path(os.path.relpath(root / "ld" / "bl602_fixture.ld", out))
    run(
        [
            CROSS + "gcc", *ABI, "-nostdlib", "-nostartfiles", "-static",
            "-Wl,--gc-sections,--cref,-Map=OpenBL602.map,--build-id=none,--no-warn-rwx-segments",
            f"-Wl,-T,{script}", "-o", "OpenBL602.elf",
            *bare, "-Wl,--start-group", *(f"{name}/lib{name}.a" for name in ours),
            *(os.path.relpath(libraries / name, out) for name in TOOLCHAIN), "-Wl,--end-group",
        ],
        out,
    )  # fmt: skip
    cut = [part for name in (".romdata", ".rom", ".bugkiller_command", ".bugkiller") for part in ("-R", name)]
    run([CROSS + "objcopy", "-S", "-O", "binary", *cut, "OpenBL602.elf", "OpenBL602.bin"], out)


def pulled(out: Path, name: str, libraries: Path) -> list[str]:
    """The members of a library that the last link read, in the library's order."""
    text = (out / "OpenBL602.map").read_text()
    used = set(re.findall(rf"{re.escape(name)}\(([^)]+)\)", text))
    return [m for m in run([CROSS + "ar", "t", str(libraries / name)], out).split() if m in used]


def build(
    case: str, root: Path, out: Path, objects: Path, libraries: Path, trim: bool, known: Known, jobs: int = 2
) -> Known:
    """Build a case into `out`, its objects into `objects`; what it made may serve the next build.

    `libraries` is what `toolchain` gave; `trim` copies the members that the link needs beside the ELF.
    """
    defines = ["PLATFORM_BL602=1", CASES[case]]
    everything = units(root)
    out.mkdir(parents=True, exist_ok=True)
    settled = {**known.settled, **unmoved(known, root, defines)}
    served = dataclasses.replace(known, settled=settled)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        digests = list(pool.map(lambda u: compile_unit(u, root, objects, defines, served), everything))
    texts, settled = dict(known.texts), dict(known.settled)
    made = {unit.object: objects / unit.object for unit in everything}
    for unit, digest in zip(everything, digests, strict=True):
        texts.setdefault(digest, objects / unit.object)
        if HEADER not in (objects / unit.object).with_suffix(".d").read_text():
            settled[unit.object] = objects / unit.object
        (out / unit.object).parent.mkdir(parents=True, exist_ok=True)
        kinds = (".d", ".o") if unit.component in BARE else (".d",)
        for kind in kinds:
            shutil.copyfile((objects / unit.object).with_suffix(kind), (out / unit.object).with_suffix(kind))
    for component in sorted({u.component for u in everything} - BARE):
        members = [objects / u.object for u in everything if u.component == component]
        archive(members, out / component / f"lib{component}.a")
    link(root, out, libraries, everything)
    if trim:  # commit only the members that the link needs; the image stays the same
        before = (out / "OpenBL602.bin").read_bytes()
        small = out / "toolchain"
        small.mkdir(exist_ok=True)
        for name in TOOLCHAIN:
            select(libraries / name, pulled(out, name, libraries), small / name)
        link(root, out, small, everything)
        if (out / "OpenBL602.bin").read_bytes() != before:
            raise SystemExit("the trimmed toolchain archives give another image")
    if case in STRIPPED:
        for path in [*out.rglob("lib*.a"), *out.rglob("*.o")]:
            run([CROSS + "objcopy", "-g", "-D", path.name], path.parent)
    return Known(texts, settled, root, made)


def header_page(image: bytes) -> bytes:
    """The 4096-byte page in front of an image: a BFNP boot header, then 0xFF.

    Field by field as the OpenBeken build makes it: hash and CRC are switched off and hold 0xDEADBEEF.
    """
    flash = bytearray(84)  # SPI flash configuration of a Winbond-like 2 MB part
    flash[0:4] = bytes((0x11, 0x00, 0x01, 0x01))  # quad I/O, continuous read, clock delay and invert
    flash[4:8] = bytes((0x66, 0x99, 0xFF, 0x03))
    flash[8:12] = bytes((0x9F, 0x00, 0xB7, 0xE9))
    flash[12:16] = bytes((0x04, 0xEF, 0x00, 0x01))  # 4 KiB sectors, maker 0xEF, 256-byte pages
    flash[16:20] = bytes((0xC7, 0x20, 0x52, 0xD8))
    flash[20:28] = bytes((0x06, 0x02, 0x32, 0x00, 0x0B, 0x01, 0x0B, 0x01))
    flash[28:36] = bytes((0x3B, 0x01, 0xBB, 0x00, 0x6B, 0x01, 0xEB, 0x02))
    flash[72:84] = struct.pack("<6H", 300, 1200, 1200, 5, 33, 0)
    clock = bytes((4, 4, 0, 1, 3, 1, 0, 0))  # 40 MHz crystal, PLL 160 MHz
    header = b"BFNP" + struct.pack("<I", 1)
    header += b"FCFG" + bytes(flash) + struct.pack("<I", zlib.crc32(flash))
    header += b"PCFG" + clock + struct.pack("<I", zlib.crc32(clock))
    header += struct.pack("<IIII", 0x00033300, len(image), 0, 0x2000)
    header += struct.pack("<I", 0xDEADBEEF) + bytes(28) + bytes(8) + struct.pack("<I", 0xDEADBEEF)
    return header.ljust(4096, b"\xff")


def packed(binary: bytes) -> tuple[bytes, bytes]:
    """What an OTA file unpacks to, and its XZ body, for an image."""
    image = binary + bytes(-len(binary) % 16)
    plain = header_page(image) + image
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 32768}]
    return plain, lzma.compress(plain, lzma.FORMAT_XZ, lzma.CHECK_CRC32, filters=filters)


def ota_file(binary: bytes) -> bytes:
    """The file that a device downloads: 512-byte header, then the XZ body."""
    plain, body = packed(binary)
    header = b"BL60X_OTA_Ver1.0" + b"XZ  " + struct.pack("<I", len(body)) + bytes(range(1, 9))
    header += b"BFL_Module_v1.1".ljust(16, b"\0") + b"EVENT_V1.1.1".ljust(16, b"\0")
    header += hashlib.sha256(body).digest() + struct.pack("<I", len(plain))
    return header.ljust(512, b"\xff") + body


def symbol(elf: Path, name: str) -> int:
    """The value of an absolute symbol of a linked image."""
    for line in run([CROSS + "nm", elf.name], elf.parent).splitlines():
        value, _, label = line.split(maxsplit=2)
        if label == name:
            return int(value, 16)
    raise SystemExit(f"{elf}: no symbol {name}")


def sizes(out: Path) -> dict[str, int]:
    """The three numbers of truth.toml for a built image."""
    binary = (out / "OpenBL602.bin").read_bytes()
    elf = out / "OpenBL602.elf"
    heap = symbol(elf, "_heap_size") + symbol(elf, "_heap_wifi_size")
    return {"bin": len(binary), "xz": len(packed(binary)[1]), "heap": heap}


def main() -> None:
    """Build the case that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--root", type=Path, default=HERE)
    parser.add_argument("--out", type=Path, default=HERE / "build")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    out = options.out.resolve() / options.case
    objects = HERE / "obj" / options.case
    libraries = toolchain(HERE / "obj" / "toolchain")
    build(options.case, options.root.resolve(), out, objects, libraries, True, Known(), options.jobs)
    if options.case == "base":
        ota = out / "ota" / "dts40M" / "FW_OTA.bin.xz.ota"
        ota.parent.mkdir(parents=True, exist_ok=True)
        ota.write_bytes(ota_file((out / "OpenBL602.bin").read_bytes()))
    sys.stdout.write(f"{options.case}: {sizes(out)}\n")


if __name__ == "__main__":
    main()
