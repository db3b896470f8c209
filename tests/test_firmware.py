"""The fixture firmware is what its sources build to, and has the oddities that it is there for."""

from __future__ import annotations

import hashlib
import importlib.util
import lzma
import re
import shutil
import struct
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

FIRMWARE = Path(__file__).parent / "firmware"
BASE = FIRMWARE / "build" / "base"
OVER = FIRMWARE / "build" / "over"
SUBSET = (
    "ENABLE_DRIVER_IRREMOTEESP",
    "ENABLE_LITTLEFS",
    "ENABLE_BOOT_STAMP",
    "ENABLE_DRIVER_BL0942+ENABLE_DRIVER_CSE7766",
)


def toolchain_missing() -> str:
    """Why the fixture cannot be rebuilt here; empty when it can."""
    if not shutil.which("riscv64-unknown-elf-g++"):
        return "gcc-riscv64-unknown-elf is not installed"
    if not Path("/usr/lib/picolibc/riscv64-unknown-elf").is_dir():
        return "picolibc-riscv64-unknown-elf is not installed"
    return ""


needs_toolchain = pytest.mark.skipif(bool(toolchain_missing()), reason=toolchain_missing())


def script(name: str) -> ModuleType:
    """A script of the fixture as a module."""
    spec = importlib.util.spec_from_file_location(name, FIRMWARE / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up, truth imports build
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scripts() -> Iterator[tuple[ModuleType, ModuleType]]:
    before = {name: sys.modules.get(name) for name in ("build", "truth")}
    yield script("build"), script("truth")
    for name, module in before.items():
        if module is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = module


@needs_toolchain
def test_rebuilding_gives_the_committed_files(scripts: tuple[ModuleType, ModuleType], tmp_path: Path) -> None:
    build, truth = scripts
    libraries = build.toolchain(tmp_path / "toolchain")
    out = tmp_path / "base"
    known = build.build("base", FIRMWARE, out, tmp_path / "obj", libraries, True, build.Known())
    for kind in ("bin", "map", "elf"):
        name = f"OpenBL602.{kind}"
        assert (out / name).read_bytes() == (BASE / name).read_bytes(), name
    for archive in sorted(BASE.rglob("*.a")):
        relative = archive.relative_to(BASE)
        assert (out / relative).read_bytes() == archive.read_bytes(), relative
    recorded = tomllib.loads((FIRMWARE / "truth.toml").read_text())
    measured = {"base": build.sizes(out)}
    for entry in SUBSET:
        measured[entry] = truth.without("base", entry.split("+"), tmp_path / "minus", libraries, known)
    for entry, sizes in measured.items():
        expected = recorded["base"] if entry == "base" else recorded["minus"][entry]
        assert {k: sizes[k] for k in ("bin", "heap")} == {k: expected[k] for k in ("bin", "heap")}, entry
        assert abs(sizes["xz"] - expected["xz"]) <= 64, entry  # another liblzma may choose otherwise


@needs_toolchain
def test_every_feature_of_the_header_has_its_truth(scripts: tuple[ModuleType, ModuleType]) -> None:
    _, truth = scripts
    for case, path in (("base", FIRMWARE / "truth.toml"), ("over", OVER / "truth.toml")):
        recorded = tomllib.loads(path.read_text())["minus"]
        assert {name for name in recorded if "+" not in name} == set(truth.active(case, FIRMWARE))


def test_truth_is_about_the_committed_image() -> None:
    for folder, path in ((BASE, FIRMWARE / "truth.toml"), (OVER, OVER / "truth.toml")):
        recorded = tomllib.loads(path.read_text())
        assert recorded["base"]["bin"] == len((folder / "OpenBL602.bin").read_bytes())
        for name, sizes in recorded["minus"].items():
            assert sizes["bin"] < recorded["base"]["bin"], name
            assert sizes["xz"] < recorded["base"]["xz"], name
            assert sizes["heap"] >= recorded["base"]["heap"], name


def test_a_set_saves_at_least_what_its_largest_member_saves() -> None:
    minus = tomllib.loads((FIRMWARE / "truth.toml").read_text())["minus"]
    pairs = [name for name in minus if "+" in name]
    assert len(pairs) >= 3
    for pair in pairs:
        assert minus[pair]["bin"] <= min(minus[member]["bin"] for member in pair.split("+"))


def test_size_of_the_fixture() -> None:
    assert 40_000 <= (BASE / "OpenBL602.bin").stat().st_size <= 100 * 1024
    files = [path for path in (FIRMWARE / "build").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 6_000_000


def test_nothing_names_a_folder_of_the_machine() -> None:
    absolute = re.compile(rb"/(?:home|root|work|tmp|usr)/")
    for path in (FIRMWARE / "build").rglob("*"):
        if path.is_file():
            found = absolute.search(path.read_bytes())
            assert not found, f"{path.name}: {found}"


def sections(elf: bytes) -> dict[str, tuple[int, int, int, int, int]]:
    """Name -> type, flags, address, offset, size, straight from the section header table."""
    offset, size, count, names = struct.unpack_from("<I10xHHH", elf, 32)
    headers = [struct.unpack_from("<10I", elf, offset + size * i) for i in range(count)]
    table = headers[names][4]
    result = {}
    for name, kind, flags, address, start, length, *_ in headers:
        text = elf[table + name : elf.index(b"\0", table + name)].decode()
        result[text] = (kind, flags, address, start, length)
    return result


def segments(elf: bytes) -> list[tuple[int, ...]]:
    """type, offset, vaddr, paddr, filesz, memsz of each program header."""
    offset, size, count = struct.unpack_from("<I10xHH", elf, 28)
    return [struct.unpack_from("<6I", elf, offset + size * i) for i in range(count)]


@pytest.mark.parametrize("folder", [BASE, OVER], ids=["base", "over"])
def test_the_oddities_of_the_chip_are_there(folder: Path) -> None:
    elf = (folder / "OpenBL602.elf").read_bytes()
    binary = (folder / "OpenBL602.bin").read_bytes()
    found = sections(elf)
    progbits, nobits = 1, 8
    write, alloc, execute, tls = 1, 2, 4, 0x400

    assert binary[0x400:0x408] == b"BLRFPARA"
    assert found[".rftlv.tool"][2:5:2] == (0x23000400, 0x800)
    assert found[".init"][4] < 0x400  # so there is a hole
    assert binary[found[".init"][4] : 0x400].strip(b"\0") == b""
    assert found[".text"][2] == 0x23000C00

    kind, _, address, _, size = found[".romdata"]
    assert (kind, address, size) == (nobits, 0x4200C000, 0x498)
    placed = [s for s in segments(elf) if s[2] <= 0x4200C000 < s[2] + s[5]]
    assert placed[0][3] in range(0x23000000, 0x23400000)  # the load address that it has all the same

    kind, _, address, _, size = found[".wifibss"]
    assert (kind, address) == (nobits, 0x42042000)
    assert size > 10_000

    kind, flags, address, offset, size = found[".data"]
    assert kind == progbits
    assert flags & (write | alloc | execute) == write | alloc | execute
    load = next(s for s in segments(elf) if s[4] and s[2] <= address < s[2] + s[5])
    at = load[3] + address - load[2] - 0x23000000
    assert binary[at : at + size] == elf[offset : offset + size]
    assert at + size == len(binary)

    assert found[".tbss"][1] & tls
    assert found[".static_tables"][4] >= 12
    assert found[".bugkiller"][2] >> 24 == 0xD0
    assert found[".stack"][0] == nobits


def test_the_ota_file_is_what_the_sdk_makes() -> None:
    binary = (BASE / "OpenBL602.bin").read_bytes()
    data = (BASE / "ota" / "dts40M" / "FW_OTA.bin.xz.ota").read_bytes()
    header, body = data[:512], data[512:]
    plain = lzma.decompress(body)
    assert header[:20] == b"BL60X_OTA_Ver1.0XZ  "
    assert struct.unpack_from("<I", header, 20)[0] == len(body)
    assert header[64:96] == hashlib.sha256(body).digest()
    assert struct.unpack_from("<I", header, 96)[0] == len(plain)
    assert plain[:4] == b"BFNP"
    assert plain[4096 : 4096 + len(binary)] == binary
    assert len(plain) == 4096 + (len(binary) + 15) // 16 * 16


def test_archives_hold_members_of_one_name() -> None:
    data = (BASE / "lwip" / "liblwip.a").read_bytes()
    assert data.startswith(b"!<arch>\n")
    assert len(re.findall(rb"init\.o/ {9}0 ", data)) == 2


def test_the_vendor_library_has_no_debug_information() -> None:
    assert b".debug_info" not in (BASE / "wifi" / "libwifi.a").read_bytes()
    assert b".debug_info" in (BASE / "openbeken" / "libopenbeken.a").read_bytes()


def test_the_base_fits_its_slot_and_the_small_case_does_not() -> None:
    for folder, layout, fits in (
        (BASE, FIRMWARE / "layouts" / "fixture-2m.toml", True),
        (OVER, OVER / "small.toml", False),
    ):
        slot = tomllib.loads(layout.read_text())["pt_entry"][0]
        image = (folder / "OpenBL602.bin").stat().st_size
        assert (4096 + (image + 15) // 16 * 16 <= slot["size0"]) is fits
