import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from posixpath import join, normpath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import elf, linkmap, units

BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
PREFIX = "riscv64-unknown-elf-"


def debug(path: Any) -> Any:
    read = elf.read(path)
    return {s.name: read.contents(s) for s in read.sections if s.name.startswith(".debug_")}


def listed(path: Any) -> Any:
    """Name and folder of each compile unit, as readelf has them."""
    if shutil.which(PREFIX + "readelf") is None:
        pytest.skip("readelf is not here")
    command = [PREFIX + "readelf", "--debug-dump=info", "--dwarf-depth=1", str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = []
    for unit in text.split("DW_TAG_compile_unit")[1:]:
        name = re.search(r"DW_AT_name .*?(?:\): |: )([^:\n]+?)\s*$", unit, re.M)
        folder = re.search(r"DW_AT_comp_dir .*?(?:\): |: )([^:\n]+?)\s*$", unit, re.M)
        assert name
        found.append(normpath(join(folder[1] if folder else "", name[1])))
    return found


def test_units_are_those_of_readelf() -> None:
    assert list(units.parse(debug(BASE)).paths) == listed(BASE)


@pytest.mark.skipif(shutil.which("clang") is None, reason="needs clang")
@pytest.mark.parametrize("version", [4, 5])
def test_units_of_clang_are_those_of_readelf(tmp_path: Path, version: int) -> None:
    objects = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.c").write_text(f"int {name}(int a) {{ return a; }}\n")
        command = ["clang", "--target=riscv32", "-mno-relax", f"-gdwarf-{version}", "-g", "-c", f"{name}.c"]
        subprocess.run(command, cwd=tmp_path, check=True)
        objects.append(f"{name}.o")
    link = [PREFIX + "ld", "-m", "elf32lriscv", "-e", "0", *objects, "-o", "linked.elf"]
    subprocess.run(link, cwd=tmp_path, check=True)
    known = units.parse(debug(tmp_path / "linked.elf"))
    assert (
        list(known.paths)
        == listed(tmp_path / "linked.elf")
        == [str(tmp_path / f"{n}.c") for n in ("one", "two")]
    )
    assert [count for text, count in known.producers if "clang" in text] == [2]


def test_functions_come_from_the_source_of_their_object() -> None:
    known = units.parse(debug(BASE))
    rows = {
        r.address: r.object
        for r in linkmap.read(BASE.with_suffix(".map")).inputs
        if r.output == ".text" and r.size
    }
    functions = [s for s in elf.read(BASE).symbols if s.type == elf.STT_FUNC and s.size and s.value in rows]
    compared = 0
    for function in functions:
        source = known.at(function.value).rsplit("/", 1)[-1]
        if source.endswith((".c", ".cpp")) and not rows[function.value].startswith(("lib", "_")):
            assert rows[function.value].startswith(source.split(".")[0]), function.name
            compared += 1
    assert compared > 20
    assert known.at(0) == ""
    assert known.at(0xFFFFFFFF) == ""


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_every_version_of_dwarf(tmp_path: Path, version: int) -> None:
    if shutil.which(PREFIX + "gcc") is None:
        pytest.skip("no compiler is here")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "one.c").write_text("int one(int a) { return a * 3; }\n")
    (tmp_path / "two.c").write_text("extern int one(int); int two(void) { return one(2); }\n")
    flags = [
        "-march=rv32imac",
        "-mabi=ilp32",
        "-nostdlib",
        f"-gdwarf-{version}",
        "-Wl,-e,two",
        "-ffunction-sections",
    ]
    command = [PREFIX + "gcc", *flags, "sub/one.c", str(tmp_path / "two.c"), "-o", "a.elf"]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
    path = tmp_path / "a.elf"
    known = units.parse(debug(path))
    assert list(known.paths) == [str(tmp_path / "sub/one.c"), str(tmp_path / "two.c")]
    values = {s.name: s.value for s in elf.read(path).symbols}
    assert known.at(values["one"]) == str(tmp_path / "sub/one.c")
    assert known.at(values["two"]) == str(tmp_path / "two.c")


def test_nothing_to_read() -> None:
    assert units.parse({}) == units.Units((), (), ())


def test_damage_is_said() -> None:
    sections = debug(BASE)
    cut = {**sections, ".debug_info": sections[".debug_info"][:-3]}
    with pytest.raises(FormatError, match=r"is cut \(\.debug_info 0x"):
        units.parse(cut)


@examples(60)
@given(st.data())
def test_any_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    sections = {name: bytearray(content) for name, content in debug(BASE).items()}
    name = data.draw(st.sampled_from([".debug_info", ".debug_abbrev", ".debug_str", ".debug_aranges"]))
    for _ in range(data.draw(st.integers(1, 20))):
        sections[name][data.draw(st.integers(0, len(sections[name]) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del sections[name][data.draw(st.integers(0, len(sections[name]))) :]
    with suppress(FormatError):
        known = units.parse({name: memoryview(bytes(content)) for name, content in sections.items()})
        assert known.at(0x23001000) is not None
