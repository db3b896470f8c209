from typing import Any

from imgcheck.builds.sources import Sources
from imgcheck.readers.linkmap import InputSection
from imgcheck.readers.units import Units


def row(member: Any, address: Any, size: int = 16, section: str = ".text") -> InputSection:
    return InputSection(section, address, size, f"/x/liba.a({member})", "liba.a", member, section)


CODE = row("code.o", 0x100)
DATA_BESIDE_CODE = row("code.o", 0x800, section=".rodata")
PAGES = row("pages.o", 0x900, section=".rodata")
TWICE = row("twice.o", 0xA00, section=".rodata")
ROWS = [CODE, DATA_BESIDE_CODE, PAGES, TWICE]
KNOWN = Units(
    ("/src/code.c", "/src/pages.c", "/src/twice.c", "/lib/twice.c"), (0x100,), ((0x110, "/src/code.c"),)
)


def test_code_is_where_its_unit_says() -> None:
    assert Sources(KNOWN, ROWS).of(0x104, CODE, "code.c") == "/src/code.c"
    assert Sources(KNOWN, []).of(0x104, None, "") == "/src/code.c"


def test_data_goes_with_the_code_of_its_object() -> None:
    assert Sources(KNOWN, ROWS).of(0x804, DATA_BESIDE_CODE, "code.c") == "/src/code.c"


def test_an_object_without_code_goes_by_its_name_where_only_one_source_has_it() -> None:
    assert Sources(KNOWN, ROWS).of(0x904, PAGES, "") == "/src/pages.c"
    assert Sources(KNOWN, ROWS).of(0xA04, TWICE, "") == ""


def test_the_symbol_table_is_asked_last() -> None:
    assert Sources(KNOWN, ROWS).of(0xA04, TWICE, "twice.c") == "twice.c"
    assert Sources(KNOWN, []).of(0x42000000, None, "pages.c") == "/src/pages.c"
    assert Sources(Units((), (), ()), ROWS).of(0x104, CODE, "") == ""
