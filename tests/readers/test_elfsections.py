"""Sections that are read alone have the bytes that they have in the whole file, all others zeroes."""

from pathlib import Path

import pytest

from imgcheck.errors import FormatError
from imgcheck.readers import elf, elfsections

FIRMWARE = Path("tests/firmware/build/base/OpenBL602.elf")


def test_what_is_asked_for_is_there_and_nothing_else() -> None:
    whole, found = elf.read(FIRMWARE), elfsections.read(FIRMWARE, (".debug_str", ".bss", ".none"))
    assert found.sections == whole.sections
    assert (found.symbols, found.segments) == ((), ())
    debug = [one for one in whole.sections if one.name.startswith(".debug_")]
    assert len(debug) > 3
    for one in debug:
        bytes_ = bytes(whole.contents(one))
        assert bytes(found.contents(one)) == (bytes_ if one.name == ".debug_str" else bytes(one.size))


@pytest.mark.parametrize("size", [0, 4, 40, 51, 52, 4000])
def test_a_file_that_was_cut_is_refused_as_when_it_is_read_whole(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.elf"
    path.write_bytes(FIRMWARE.read_bytes()[:size])
    with pytest.raises(FormatError) as whole:
        elf.read(path)
    with pytest.raises(FormatError) as found:
        elfsections.read(path, (".debug_str",))
    assert found.value.file == whole.value.file == str(path)
