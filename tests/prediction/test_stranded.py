"""An epilogue that only led to a removed tail call goes with it; what other code leads into stays."""

from __future__ import annotations

from pathlib import Path

from compiled import CROSS, compile_, needs_toolchain, run

from imgcheck.prediction.stranded import without_exit
from imgcheck.readers import elf

# Two rows of a table of pages, each `if (check(n)) return page(n);`, as GCC writes them.
ROWS = """
    .option norelax
    .text
f:  addi sp, sp, -16
    sw ra, 12(sp)
row1: jal ra, f
    beqz a0, row2
tail1: lw ra, 12(sp)
    addi sp, sp, 16
call1: j page1
row2: jal ra, f
    beqz a0, out
tail2: lw ra, 12(sp)
    addi sp, sp, 16
call2: j page2
out: li a0, 7
    lw ra, 12(sp)
    addi sp, sp, 16
    ret
end:
"""


def code(folder: Path) -> tuple[bytes, dict[str, int]]:
    path = compile_(folder, "rows.S", ROWS)
    found = elf.read(path)
    names = {one.name: one.value for one in found.symbols if one.name}
    run(f"{CROSS}objcopy", "-O", "binary", "-j", ".text", path, path.with_suffix(".bin"))
    data = bytearray(path.with_suffix(".bin").read_bytes())
    # What the linker does to the calls: far out of the function.
    for name in ("call1", "call2"):
        word = 0x4000006F
        data[names[name] : names[name] + 4] = word.to_bytes(4, "little")
    return bytes(data), names


def spans(found: list[tuple[int, int]]) -> set[int]:
    return {at for start, end in found for at in range(start, end)}


@needs_toolchain
def test_the_epilogue_of_a_removed_row_goes(tmp_path: Path) -> None:
    data, at = code(tmp_path)
    lost = [(at["row1"], at["tail1"]), (at["call1"], at["row2"])]
    assert spans(without_exit(data, lost)) == set(range(at["tail1"], at["call1"]))
    lost += [(at["row2"], at["tail2"]), (at["call2"], at["out"])]
    both = set(range(at["tail1"], at["call1"])) | set(range(at["tail2"], at["call2"]))
    assert spans(without_exit(data, lost)) == both


@needs_toolchain
def test_what_other_code_leads_into_stays(tmp_path: Path) -> None:
    data, at = code(tmp_path)
    # Only the tail call goes: the row's condition stays and leads into the epilogue.
    assert without_exit(data, [(at["call1"], at["row2"])]) == []
    assert without_exit(data, [(at["row1"], at["tail1"])]) == []
    assert without_exit(data, [(0, at["end"])]) == []
