"""Waste by name: found where it is, and not where there is none."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.builds import waste
from imgcheck.model import FILL, Image, Item, Soc, Waste

ORIGIN = 0x23000000
SOC = Soc("bl602", 243, (), ORIGIN, ORIGIN + (4 << 20), 4096, 16, 512, 32768, frozenset(), ())


def build(*parts: tuple[bytes, str, str, dict[str, Any]]) -> Image:
    """An image of parts that follow each other: content, name, input section, further fields."""
    items, binary = [], b""
    for content, name, section, more in parts:
        plain: dict[str, Any] = {"ram": 0, "section": ".rodata", "object": "a.o", "archive": "liba.a"}
        at = ORIGIN + len(binary)
        items.append(Item(at, at, len(content), input_section=section, name=name, **(plain | more)))
        binary += content
    return Image("x", "x.elf", SOC, tuple(items), binary, (), None, "map")


def find(image: Image, kind: str, **more: Any) -> list[Waste]:
    return [
        found
        for found in waste.find(image, more.get("mentions", {}), more.get("lonely", ()))
        if found.kind == kind
    ]


def test_equal_strings_in_sections_that_the_linker_does_not_merge() -> None:
    text = b"application/json\0"
    image = build(
        (text + b"\0\0\0", "f", ".rodata.f.str1.4", {"object": "f.o"}),
        (b"other text here\0" + text, "g", ".rodata.g.str1.1", {"object": "g.o"}),
        (text, "table", ".rodata.table", {"object": "t.o"}),
    )
    (found,) = find(image, "strings")
    assert (found.name, found.flash) == ("application/json", 2 * len(text))
    assert found.owners == ("liba.a(f.o)", "liba.a(g.o)", "liba.a(t.o)")
    first = len(text) + 3 + len(b"other text here") + 1
    assert [(at - ORIGIN, size) for at, size in found.places] == [(first, 17), (first + 17, 17)]
    assert all(image.binary[at - ORIGIN : at - ORIGIN + size] == text for at, size in found.places)


def test_the_end_of_a_longer_string_is_no_copy() -> None:
    image = build(
        (b"the application/json\0", "f", ".rodata.f.str1.1", {}),
        (b"application/json\0", "g", ".rodata.g.str1.1", {}),
    )
    assert find(image, "strings") == []


def test_equal_tables() -> None:
    table = bytes(range(64))
    image = build(
        (table, "crc", ".rodata.crc", {"object": "a.o"}),
        (table, "crc", ".rodata.crc", {"object": "b.o"}),
        (bytes(64), "zero", ".rodata.zero", {}),
        (bytes(64), "nil", ".rodata.nil", {}),
        (table, "code", ".text.code", {"section": ".text"}),
    )
    (found,) = find(image, "tables")
    assert (found.name, found.flash, found.owners) == ("crc", 64, ("liba.a(a.o)", "liba.a(b.o)"))
    assert found.places == ((ORIGIN + 64, 64),)


def test_constants_in_ram() -> None:
    image = build(
        (bytes(100), "names", ".rodata.names", {"ram": 100, "section": ".data"}),
        (bytes(300), "g_drivers", ".data.g_drivers", {"ram": 300, "section": ".data"}),
        (bytes(100), "small", ".data.small", {"ram": 100, "section": ".data"}),
        (bytes(400), "impure", ".data.impure", {"ram": 400, "section": ".data", "archive": "libc.a"}),
        (bytes(400), "isr", ".tcm_code.isr", {"ram": 400, "section": ".data"}),
        (bytes(400), FILL, "", {"ram": 400, "section": ".data"}),
        (bytes(400), FILL, ".rodata.names", {"ram": 400, "section": ".data"}),  # within an input section
        (bytes(400), "constant", ".rodata.constant", {}),
    )
    assert [found.name for found in find(image, "ram-constants")] == ["names"]
    assert [found.name for found in find(image, "ram-data")] == ["g_drivers"]


def test_objects_with_one_section_for_everything() -> None:
    image = build(
        (bytes(300), "used", ".text", {"section": ".text"}),
        (bytes(400), "unused", ".text", {"section": ".text"}),
        (bytes(500), "memcpy", ".text", {"section": ".text", "archive": "libc.a", "object": "memcpy.o"}),
        (bytes(500), "strcpy", ".text", {"section": ".text", "archive": "libc.a", "object": "memcpy.o"}),
        (bytes(500), "own", ".text.own", {"section": ".text", "object": "b.o"}),
    )
    assert waste.all_or_nothing(image)
    (found,) = find(image, "kept", lonely={"unused", "strcpy", "own"})
    assert (found.name, found.flash, found.detail) == ("liba.a(a.o)", 400, "unused")
    assert found.places == ((ORIGIN + 300, 400),)
    assert find(image, "kept") == []


def test_tables_that_nobody_reads() -> None:
    image = build((bytes(24), "cmd", ".static_cli_cmds.x", {"section": ".static_tables"}))
    rows = [
        (".static_cli_cmds.x", ORIGIN, 24, "/b/libcli.a(cli.o)"),
        (".static_cli_cmds.y", 0x42000000, 8, "y.o"),
    ]
    table = waste.Table("cmds_start", "cmds_end", rows)
    assert {"cmds_start", "cmds_end"} <= set(waste.asked(image, (table,)))
    (found,) = waste.find(image, {}, (), (table,))
    assert (found.kind, found.flash, found.ram, found.owners) == ("unread", 24, 8, ("libcli.a(cli.o)", "y.o"))
    assert found.places == ((ORIGIN, 24), (0x42000000, 8))
    assert waste.find(image, {"cmds_end": ("cli.o",)}, (), (table,)) == ()
    assert waste.find(image, {}, (), (table._replace(rows=[(".data.x", ORIGIN, 9, "a.o")]),)) == ()


def test_double_arithmetic_and_who_asks_for_it() -> None:
    gcc = {"archive": "libgcc.a", "object": "muldf3.o", "section": ".text"}
    image = build(
        (bytes(1000), "__muldf3", ".text", gcc),
        (bytes(500), "__fixdfsi", ".text", gcc),
        (bytes(300), "__mulsf3", ".text", gcc),
        (bytes(300), "__muldi3", ".text", gcc),
    )
    assert set(waste.asked(image)) == {"__muldf3", "__fixdfsi"}
    mentions = {
        "__muldf3": ("/gcc/libgcc.a(muldf3.o)", "/app/libapp.a(bl0942.o)", "/gcc/libgcc.a(x.o)"),
        "__fixdfsi": ("/gcc/libgcc.a(fixdfsi.o)", "/app/libapp.a(json.o)", "/app/libapp.a(bl0942.o)"),
    }
    (found,) = find(image, "double", mentions=mentions)
    assert (found.flash, found.owners) == (1500, ("libapp.a(bl0942.o)", "libapp.a(json.o)"))
    assert found.detail == "__muldf3, __fixdfsi"


def test_text_conversions_and_who_asks_for_them() -> None:
    def libc(name: str, object_: str) -> tuple[bytes, str, str, dict[str, Any]]:
        return (
            bytes(1000),
            name,
            f".text.{name}",
            {"archive": "libc.a", "object": object_, "section": ".text"},
        )

    image = build(
        libc("__ssvfscanf_r", "libc_a-svfscanf.o"),
        libc("sscanf", "libc_a-sscanf.o"),
        libc("_strtod_l", "libc_a-strtod.o"),
        libc("__gethex", "lib_a-gdtoa-gethex.o"),
        libc("__hexnan", "lib_a-gdtoa-hexnan.o"),
        libc("__match", "libc_a-gdtoa-gethex.o"),
        libc("_vfprintf_r", "libc_a-vfprintf.o"),
        libc("_dtoa_r", "lib_a-dtoa.o"),
        libc("strtol", "libc_a-strtol.o"),
        (bytes(1000), "my_printf", ".text.my_printf", {"section": ".text"}),
    )
    mentions = {"sscanf": ("/c/libc.a(sscanf.o)", "/app/libapp.a(cmd_test.o)", "new_cfg.o")}
    found = {one.name: one for one in find(image, "text", mentions=mentions)}
    assert {name: one.flash for name, one in found.items()} == {"scanf": 2000, "strtod": 4000, "printf": 2000}
    assert found["scanf"].owners == ("libapp.a(cmd_test.o)", "new_cfg.o")


ITEMS = st.lists(
    st.tuples(
        st.binary(min_size=1, max_size=40),
        st.sampled_from(["f", "g", "printf", FILL, ""]),
        st.sampled_from([".rodata.f", ".rodata.f.str1.4", ".text", "", ".data.x", ".rodata"]),
        st.sampled_from([{}, {"archive": "libc.a"}, {"object": "", "archive": ""}, {"ram": 400}]),
    ),
    max_size=12,
)


@given(ITEMS)
@examples(60)
def test_no_more_is_wasted_than_there_is(parts: list[tuple[bytes, str, str, dict[str, Any]]]) -> None:
    image = build(*parts)
    for kind in ("strings", "tables", "double", "text", "kept"):
        assert sum(one.flash for one in find(image, kind, lonely={"f", "g"})) <= len(image.binary)
