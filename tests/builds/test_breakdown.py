from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck import targets
from imgcheck.builds import breakdown, components, load
from imgcheck.model import FILL, HOLE, UNATTRIBUTED, Component, Image, Item, Key, Pattern, RegionUse
from imgcheck.readers import elf
from imgcheck.report import names

TARGET = targets.DEFAULT
BL602 = TARGET.chip
BASE = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
KINDS = ("section", "archive", "object", "component", "symbol")
LIBC = Component("c library", (Pattern("archive", "libc.a"),))


def measures(image: Any, parts: Any, prices: Any = None) -> Any:
    return breakdown.measures(image, components.names(image.items, parts), prices)


@pytest.fixture(scope="module")
def image() -> Any:
    return load.build(BASE, BASE.with_suffix(".map"), BL602)


def totals(every: Any) -> Any:
    sums: Counter[Any] = Counter()
    for measure in every:
        sums[measure.kind, measure.resource] += measure.size
    return sums


def test_each_kind_adds_up_to_the_image(image: Any) -> None:
    prices = [i * 0.55 for i in range(len(image.binary) + 1)]
    for given_prices in (None, prices):
        sums = totals(measures(image, (LIBC,), given_prices))
        for kind in KINDS:
            assert sums[kind, "flash"] == len(image.binary)
            assert sums[kind, "ram"] == sum(use.used for use in image.regions)
            assert sums[kind, "ota"] == (round(prices[-1]) if given_prices else 0)


def test_names_are_unique_and_no_size_is_zero(image: Any) -> None:
    found = names.shown(measures(image, (LIBC,)))
    assert len({(m.kind, m.name, m.resource) for m in found}) == len(found)
    assert len({(m.key, m.resource) for m in found}) == len(found)
    assert all(m.size > 0 for m in found if m.kind != "region")


def test_largest_first(image: Any) -> None:
    flash = [m.size for m in measures(image, ()) if m.kind == "symbol" and m.resource == "flash"]
    assert flash == sorted(flash, reverse=True)


def test_regions_have_a_capacity(image: Any) -> None:
    regions = {m.name: (m.size, m.capacity) for m in measures(image, ()) if m.kind == "region"}
    assert regions == {use.name: (use.used, use.size) for use in image.regions}


def test_components_take_whole_archives(image: Any) -> None:
    found = {(m.kind, m.name): m.size for m in measures(image, (LIBC,)) if m.resource == "flash"}
    assert found["component", "c library"] == found["archive", "libc.a"]
    assert (
        found["component", HOLE]
        == found["archive", HOLE]
        == found["section", HOLE]
        + sum(item.flash for item in image.items if item.name == HOLE and item.section)
    )


def test_the_same_name_in_two_objects_says_where() -> None:
    items = tuple(
        Item(0x23000000 + at, 0x23000000 + at, 8, 0, ".text", ".text.f", name, object_, archive)
        for at, name, archive, object_ in [
            (0, "helper", "liba.a", "m.o"), (8, "helper", "libb.a", "m.o"), (16, "once", "liba.a", "m.o"),
            (24, "once", "liba.a", "m.o"), (32, FILL, "", ""),
        ]
    )  # fmt: skip
    found = measures(Image("x", "x.elf", BL602, items, bytes(40), (), None, "map"), ())
    assert {m.name: m.size for m in names.shown(found) if m.kind == "symbol"} == {
        "once": 16, "helper (liba.a(m.o))": 8, "helper (libb.a(m.o))": 8, FILL: 8,
    }  # fmt: skip
    assert {m.name for m in found if m.kind == "object"} == {"liba.a(m.o)", "libb.a(m.o)", FILL}


def test_a_key_does_not_depend_on_what_else_there_is() -> None:
    def item(at: Any, archive: Any) -> Item:
        return Item(0x23000000 + at, 0x23000000 + at, 8, 0, ".text", ".text.f", "helper", "m.o", archive)

    def keys(*items: Any) -> Any:
        whole = Image("x", "x.elf", BL602, items, bytes(8 * len(items)), (), None, "map")
        return {str(m.key): m.name for m in names.shown(measures(whole, ())) if m.kind == "symbol"}

    assert keys(item(0, "liba.a")) == {"symbol:liba.a:m.o:helper": "helper"}
    assert keys(item(0, "liba.a"), item(8, "libb.a")) == {
        "symbol:liba.a:m.o:helper": "helper (liba.a(m.o))",
        "symbol:libb.a:m.o:helper": "helper (libb.a(m.o))",
    }


@given(st.lists(st.text(alphabet="ab:%", max_size=3), min_size=4, max_size=4))
def test_a_written_key_can_be_read_back(parts: list[str]) -> None:
    key = Key(*parts)
    *first, name = str(key).split(":", 3)
    assert (*(one.replace("%3A", ":").replace("%25", "%") for one in first), name) == key


def test_string_pools_go_by_owner_and_content(image: Any) -> None:
    pools = {m.key: m for m in measures(image, ()) if m.kind == "pool" and m.resource == "flash"}
    rows = [item for item in image.items if ".str1." in item.input_section]
    assert sum(m.size for m in pools.values()) == sum(item.flash for item in rows) > 1000
    for key, pool in pools.items():
        mine = [i for i in rows if (i.archive, i.object, i.name) == key[1:]]
        start = BL602.image_origin
        text = b"".join(image.binary[i.load - start : i.load - start + i.flash] for i in mine)
        assert pool.home.content == f"{crc32(text):08x}"


def test_symbols_say_where_they_lie_and_what_else_they_are_called(image: Any) -> None:
    symbols = {m.name: m for m in measures(image, ()) if m.kind == "symbol" and m.resource == "flash"}
    listed = elf.read(BASE).symbols
    for name, symbol in symbols.items():
        at = [s for s in listed if s.name == name and s.value == symbol.home.address and s.size]
        for one in at:
            same = {s.name for s in listed if (s.value, s.size) == (one.value, one.size)} - {name}
            assert set(symbol.home.aliases) <= same
    assert sum(bool(m.home.aliases) for m in symbols.values()) > 0
    assert sum(m.home.source != "" for m in symbols.values()) > 20


@examples(100)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 5)), max_size=12), st.data()
)
def test_rounded_prices_keep_their_sum(rows: Any, data: st.DataObject) -> None:
    items, at = [], 0
    for name, flash, ram in rows:
        start = BL602.image_origin + at
        items.append(Item(start, start, flash, ram, ".text", "", name, f"{name}.o", ""))
        at += flash
    prices = [0.0]
    for _ in range(at):
        prices.append(prices[-1] + data.draw(st.floats(0, 3, allow_nan=False)))
    uses = (RegionUse("ram_tcm", sum(row[2] for row in rows), 100),)
    made = Image("x", "x.elf", BL602, tuple(items), bytes(at), uses, None, "map")
    found = measures(made, (), prices)
    sums = totals(found)
    exact: defaultdict[str, float] = defaultdict(float)
    for item in items:
        at = item.load - BL602.image_origin
        exact[item.name] += prices[at + item.flash] - prices[at]
    for kind in KINDS:
        assert sums[kind, "ota"] == round(prices[-1])
    for measure in found:
        if measure.kind == "symbol" and measure.resource == "ota":
            assert abs(measure.size - exact[measure.name]) < 1.001


def test_measures_of_a_bin_alone(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\x82\x80" * 500)
    alone = load.binary(tmp_path / "x.bin", TARGET)
    assert {(m.kind, m.name, m.size) for m in measures(alone, (LIBC,))} == {
        (kind, "[unattributed]", 1000) for kind in KINDS
    }


def row(
    at: Any,
    name: Any,
    section: str = ".text",
    input_section: str = "",
    size: int = 8,
    archive: str = "",
    obj: str = "",
) -> Item:
    return Item(0x23000000 + at, 0x23000000 + at, size, 0, section, input_section, name, obj, archive)


def test_what_nobody_owns_is_one_thing_wherever_it_lies() -> None:
    """Whose object it may be in says nothing: it is what is left over."""
    items = (row(0, UNATTRIBUTED, obj="a.o"), row(8, UNATTRIBUTED, section=".rodata", archive="liba.a"))
    whole = Image("x", "x.elf", BL602, items, bytes(16), (), None, "map")
    found = [m for m in measures(whole, ()) if m.kind == "symbol"]
    assert [(m.key, m.size) for m in found] == [(Key("symbol", "", "", UNATTRIBUTED), 16)]


def test_a_pool_in_several_parts_has_the_checksum_of_all_of_them() -> None:
    section = ".rodata.f.str1.4"
    items = tuple(row(at, "f", ".rodata", section, archive="liba.a", obj="a.o") for at in (0, 8))
    binary = b"one two\0three 4\0"
    (pool,) = (
        m
        for m in measures(Image("x", "x.elf", BL602, items, binary, (), None, "map"), ())
        if m.kind == "pool"
    )
    assert pool.home.content == f"{crc32(binary):08x}"
