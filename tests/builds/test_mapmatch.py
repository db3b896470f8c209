"""A map that was cut in its middle, or mixed of two builds, is told; what is read is the whole one's."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
from compiled import ABI, CROSS, compile_, needs_toolchain, run

from imgcheck import targets
from imgcheck.builds import load
from imgcheck.errors import FormatError
from imgcheck.model import UNATTRIBUTED

BUILD = Path(__file__).parents[1] / "firmware/build"
ELF = BUILD / "base/OpenBL602.elf"
SOC = targets.DEFAULT.chip
WORDS = ("lines are missing", "of another build", "truncated", "two link maps")


@pytest.fixture(scope="module")
def lines() -> Any:
    return {
        name: (BUILD / name / "OpenBL602.map").read_text().splitlines(keepends=True)
        for name in ("base", "over")
    }


def owners(image: Any) -> Any:
    return {(item.address, item.object, item.archive, item.name) for item in image.items}


@pytest.fixture(scope="module")
def whole() -> Any:
    return owners(load.build(ELF, ELF.with_suffix(".map"), SOC))


@pytest.mark.parametrize("number", range(24))
def test_what_is_read_of_a_damaged_map_is_what_the_whole_one_says(
    number: Any, lines: Any, whole: Any, tmp_path: Path
) -> None:
    pick = random.Random(number)
    base, over = lines["base"], lines["over"]
    start = base.index("Linker script and memory map\n")
    at = pick.randrange(start, len(base))
    text = (
        base[:at] + base[at + pick.randrange(1, 400) :],
        base[:at] + over[pick.randrange(len(over)) :],
        over[: pick.randrange(len(over))] + base[at:],
    )[number % 3]
    file = tmp_path / "a.map"
    file.write_text("".join(text))
    try:
        image = load.build(ELF, file, SOC)
    except FormatError as error:
        assert any(words in str(error) for words in WORDS), error
    else:
        said = {row for row in owners(image) if row[3] != UNATTRIBUTED}
        assert said <= whole


def test_the_symbol_that_no_row_holds_is_named(lines: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.map"
    rows = "".join(lines["base"]).split("\n .text.http_fn_index")
    file.write_text(rows[0] + rows[1][rows[1].index("\n .text.") :])
    with pytest.raises(FormatError, match=r"no row of \.text holds http_fn_index; give .*\(address 0x"):
        load.build(ELF, file, SOC)


SCRIPT = """
MEMORY { f : ORIGIN = 0x23000000, LENGTH = 64K  r : ORIGIN = 0x4200C000, LENGTH = 216K }
SECTIONS {
  .text : { *(.text*) } > f
  .data : { *(.data*) *(.sdata*) . = ALIGN(8); } > r AT > f
  .bss (NOLOAD) : { *(.bss*) *(.sbss*) } > r
}
"""


@needs_toolchain
@pytest.mark.parametrize("moved", [0, 8])
def test_a_thread_local_section_behind_an_empty_one_is_where_ld_puts_it(tmp_path: Path, moved: int) -> None:
    # ld: "section .tdata.turn lma 0x23000064 adjusted to 0x23000068": the map says so, the ELF does not.
    (tmp_path / "l.ld").write_text(SCRIPT)
    main = compile_(tmp_path, "a.c", "__thread int seen; extern __thread long long turn; int room[3] = {1};"
                    "int main(void) { seen++; turn++; return room[seen] + turn; }")  # fmt: skip
    turn = compile_(tmp_path, "b.c", "__thread long long turn = 5;")
    run(f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,l.ld,-e,main,--cref",
        "-Wl,-Map=a.map,--build-id=none", "-o", "a.elf", main, turn, cwd=tmp_path)  # fmt: skip
    text = (tmp_path / "a.map").read_text()
    told = re.search(r"^\.tdata\.turn .* load address (0x[0-9a-f]+)$", text, re.MULTILINE)
    assert told is not None
    other = text.replace(told[1], f"{int(told[1], 16) + moved:#x}")
    (tmp_path / "a.map").write_text(other)
    if moved:
        with pytest.raises(FormatError, match=r"of another build: section \.tdata\.turn loads at"):
            load.build(tmp_path / "a.elf", tmp_path / "a.map", SOC)
        return
    image = load.build(tmp_path / "a.elf", tmp_path / "a.map", SOC)
    (item,) = (item for item in image.items if item.name == "turn")
    assert int(told[1], 16) - item.load == 4
