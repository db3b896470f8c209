from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.builds import components
from imgcheck.model import FILL, HOLE, UNATTRIBUTED, Component, Item, Pattern
from imgcheck.policies import policy

FIELDS = ("archive", "object", "source", "section", "symbol")


def item(
    name: str = "main",
    archive: str = "",
    object: str = "",
    *,
    section: str = ".text",
    input_section: str = ".text.main",
    source: str = "",
) -> Item:
    return Item(0x23000000, 0x23000000, 4, 0, section, input_section, name, object, archive, source)


def component(name: Any, *patterns: Any) -> Component:
    return Component(name, tuple(Pattern(*pattern.split(":", 1)) for pattern in patterns))


DRIVERS = component("drivers", "object:drv_*.o", "source:*/driver/*")
WIFI = component("wifi", "archive:libwifi*.a", "section:.wifi*")
PAGES = component("pages", "symbol:http_fn_*", "object:libapp.a(http.o)")


@pytest.mark.parametrize(
    ("what", "name"),
    [
        (item(object="drv_ssdp.o", archive="libapp.a"), "drivers"),
        (item(object="x.o", archive="libapp.a", source="/home/b/src/driver/i2c/x.c"), "drivers"),
        (item(archive="libwifi_nano.a", object="m.o"), "wifi"),
        (item(section=".wifibss", input_section=".bss.rx"), "wifi"),
        (item(section=".bss", input_section=".wifi_ram.rx"), "wifi"),
        (item("http_fn_index", "libapp.a", "x.o"), "pages"),
        (item("anything", "libapp.a", "http.o"), "pages"),
        (item("anything", "libother.a", "http.o"), "other"),
        (item(archive="libopenbeken.a", object="m.o"), "openbeken"),
        (item(archive="odd.lib", object="m.o"), "odd.lib"),
        (item(archive="lib.a", object="m.o"), "lib.a"),
        (item(object="crt0.o"), "crt0.o"),
        (item(FILL), FILL),
        (item(HOLE, section="", input_section=""), HOLE),
        (item(UNATTRIBUTED), UNATTRIBUTED),
        (item("main"), UNATTRIBUTED),  # a symbol, but no map that says whose
        (item("main", source="drv_local.c"), "drivers"),
        (item("main", source="src/driver/x.c"), "drivers"),
        (item("main", source="/home/b/src/mqtt/client.c"), "mqtt"),
        (item("main", source="client.c"), "client.c"),
        (item(".stack", section=".stack", input_section=""), "[linker script]"),
    ],
)
def test_component_of(what: Any, name: Any) -> None:
    assert components.names([what], (DRIVERS, WIFI, PAGES)) == [name]


def test_the_first_component_wins_whatever_its_field() -> None:
    what = item("http_fn_index", "libwifi.a", "drv_x.o")
    for order in ((DRIVERS, WIFI, PAGES), (WIFI, PAGES, DRIVERS), (PAGES, DRIVERS, WIFI)):
        assert components.names([what], order) == [order[0].name]


WORDS = st.text("ab.*?[]", max_size=4)
PATTERNS = st.builds(Pattern, st.sampled_from(FIELDS), WORDS)


@examples(150)
@given(
    st.lists(st.lists(PATTERNS, max_size=4), max_size=4),
    st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=6),
)
def test_agrees_with_one_glob_at_a_time(patterns: Any, rows: Any) -> None:
    policy = tuple(Component(f"c{i}", tuple(p)) for i, p in enumerate(patterns))
    items = [item(a, b, c, section=d, input_section=e, source=f) for a, b, c, d, e, f in rows]

    def texts(of: Any, field: Any) -> Any:
        whole = f"{of.archive}({of.object})" if of.archive else ""
        found = {
            "archive": [of.archive],
            "object": [of.object, whole]
            if of.object or not of.source
            else [of.source.rsplit(".", 1)[0] + ".o", whole],
            "source": [of.source, "/" + of.source] if of.source else [],
            "section": [of.section, of.input_section],
            "symbol": [of.name],
        }[field]
        return [text for text in found if text]

    for of, name in zip(items, components.names(items, policy), strict=True):
        matching = [
            c.name
            for c in policy
            if any(fnmatchcase(t, p.glob) for p in c.patterns for t in texts(of, p.field))
        ]
        if matching:
            assert name == matching[0]
        else:
            assert not name.startswith("c")


def test_what_lies_above_a_checkout_is_no_component_of_the_shipped_policy() -> None:
    shipped = policy.choose("openbeken-bl602", []).components
    rows = [
        ("httpserver/new_http.c", "http"),
        ("driver/drv_ds1820_simple.c", "drivers"),
        ("berry/modules/be_http.c", "berry"),
        ("littlefs/our_lfs.c", "littlefs"),
    ]
    for above in ("/home/me/sources", "/ci/berry", "/ci/littlefs", "/ci/berry/littlefs/1"):
        items = [item(source=f"{above}/app/src/{path}", object=f"{path[:-2]}.x.o") for path, _ in rows]
        assert components.names(items, shipped) == [name for _, name in rows]
