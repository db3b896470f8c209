"""Facts made by hand for rules: one that nothing is wrong with, and ways to change it."""

from dataclasses import replace
from typing import Any

from imgcheck.model import (
    Artefact,
    Budget,
    Component,
    Facts,
    Fit,
    Image,
    Item,
    Layout,
    Location,
    Measure,
    Packed,
    Partition,
    Pattern,
    Policy,
    RegionUse,
    Slot,
    Soc,
)

SOC = Soc(
    name="bl602",
    elf_machine=243,
    regions=(),
    image_origin=0x23000000,
    image_limit=0x23400000,
    header_bytes=4096,
    image_alignment=16,
    ota_header_bytes=512,
    dict_bytes=32768,
    excluded_sections=frozenset(),
    heap_symbols=("_heap_size", "_heap_wifi_size"),
)
LAYOUT = Layout(
    "devcube-1.4.8-2m",
    2 << 20,
    (Partition("FW", 0, 0x10000, 0xC8000, 0xD8000, 0x88000),),
    "",
    Location("t.toml", 1),
)
POLICY = Policy(
    "app",
    "imgcheck.toml",
    "",
    layouts=("devcube-1.4.8-2m",),
    components=(
        Component("mqtt", (Pattern("object", "mqtt*"),)),
        Component("berry", (Pattern("object", "be_*"),)),
    ),
    origins={"layouts": Location("imgcheck.toml", 3, 1, 8), "reserve": Location("imgcheck.toml", 4, 1, 8)},
)
MEASURES = (
    Measure("component", "mqtt", "flash", 41_000),
    Measure("component", "mqtt", "ram", 900),
    Measure("component", "lwip", "flash", 60_000),
    Measure("archive", "liblwip.a", "flash", 60_000),
    Measure("section", ".text", "flash", 90_000),
    Measure("symbol", "main", "flash", 10),
)


def fit(name: str, unpacked: int, body: int, limits: tuple[int, int] = (819_200, 557_055)) -> Fit:
    slots = (
        Slot("unpacked", unpacked, limits[0], limits[0] - unpacked),
        Slot("body", body, limits[1], limits[1] - body),
    )
    return Fit(name, all(slot.headroom >= 0 for slot in slots), "unpacked", slots)


def item(name: str, size: int, **more: Any) -> Item:
    plain: dict[str, Any] = {
        "address": 0x23000000, "load": 0x23000000, "flash": size, "ram": 0, "section": ".text",
        "input_section": f".text.{name}", "object": "a.o", "archive": "liba.a",
    }  # fmt: skip
    return Item(name=name, **(plain | more))


def image(*items: Item, binary: bytes = b"", detail: Any = "map", heap: int | None = 100_000) -> Image:
    regions = (RegionUse("ram_tcm", 90_000, 221_184),)
    return Image(
        "OpenBL602", "build/OpenBL602.elf", SOC, items, binary or b"\1" * 100_000, regions, heap, detail
    )


def facts(**changes: Any) -> Facts:
    unpacked = changes.pop("unpacked", 773_472)
    body = changes.pop("body", 425_868)
    policy_changes = {
        key: changes.pop(key) for key in tuple(changes) if hasattr(POLICY, key) and key != "layouts"
    }
    made = Facts(
        image=image(),
        artefact=Artefact(unpacked, body, body + 512, Packed()),
        layouts=(LAYOUT,),
        fits=(fit(LAYOUT.name, unpacked, body),),
        measures=MEASURES,
        policy=replace(POLICY, **policy_changes),
        known=(LAYOUT,),
        wastes=(),
        slips=(),
    )
    return replace(made, **changes)


def budget(name: str, limit: int, resource: Any = "flash", kind: str = "component", **more: Any) -> Budget:
    return Budget(kind, name, resource, limit, location=Location("imgcheck.toml", 9, 1, 5), **more)
