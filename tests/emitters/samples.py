"""Hand-made values that every emitter is tested on."""

from dataclasses import replace

from gatefacts import SOC

from imgcheck.model import (
    Artefact,
    Calibration,
    Diagnostic,
    Facts,
    Feature,
    Fit,
    Free,
    Image,
    Item,
    Location,
    Measure,
    Packed,
    Page,
    Piece,
    Plan,
    Policy,
    RegionUse,
    Report,
    SavedSet,
    Savings,
    Slot,
)
from imgcheck.report import atlas, moving
from imgcheck.report import summary as report


def slot(name: str, size: int, limit: int) -> Slot:
    return Slot(name, size, limit, limit - size)  # type: ignore[arg-type]


def fit(name: str, unpacked: tuple[int, int], body: tuple[int, int]) -> Fit:
    slots = (slot("unpacked", *unpacked), slot("body", *body))
    tightest = min(slots, key=lambda one: one.headroom / one.limit)
    return Fit(name, all(one.headroom >= 0 for one in slots), tightest.name, slots)


COMPONENTS = {  # name -> object -> symbol -> (flash, ram)
    "drivers": {
        "drv_ssdp.o": {"DRV_SSDP_RunFrame": (1800, 0), "g_ssdp": (0, 512)},
        "drv_ir.o": {"ir_send": (6100, 40)},
    },
    "lwip": {"tcp.o": {"tcp_input": (3200, 0), "tcp_process": (2900, 0)}, "udp.o": {"udp_input": (900, 16)}},
    "http": {"http_fns.o": {"http_fn_index": (5200, 0), "http_fn_index.str1.4": (4100, 0)}},
    "libc": {"libc_printf.o": {"_vfprintf_r": (4400, 128)}},
    "[fill]": {"[fill]": {"[fill]": (1400, 4)}},
}


def image() -> Image:
    items = []
    address = SOC.image_origin
    for objects in COMPONENTS.values():
        for unit, symbols in objects.items():
            for symbol, (flash, ram) in symbols.items():
                items.append(Item(address, address, flash, ram, ".text", "", symbol, unit, ""))
                address += flash
    regions = (RegionUse("ram_tcm", 700, 221184), RegionUse("ram_wifi", 35072, 40960))
    return Image(
        name="OpenBL602",
        path="/work/fw/build/OpenBL602.elf",
        soc=SOC,
        items=tuple(items),
        binary=bytes(sum(item.flash for item in items)),
        regions=regions,
        heap=132736,
        detail="map",
    )


def measures(priced: bool = False) -> tuple[Measure, ...]:
    made = []
    for component, objects in COMPONENTS.items():
        of_component = [0, 0]
        for unit, symbols in objects.items():
            of_object = [0, 0]
            for symbol, sizes in symbols.items():
                made += _measures("symbol", symbol, list(sizes), priced)
                of_object = [of_object[0] + sizes[0], of_object[1] + sizes[1]]
            made += _measures("object", unit, of_object, priced)
            of_component = [of_component[0] + of_object[0], of_component[1] + of_object[1]]
        made += _measures("component", component, of_component, priced)
    made.append(Measure("region", "ram_tcm", "ram", 700, 221184))
    return tuple(made)


def _measures(kind: str, name: str, sizes: list[int], priced: bool) -> list[Measure]:
    made = [Measure(kind, name, "flash", sizes[0]), Measure(kind, name, "ram", sizes[1])]
    return made + ([Measure(kind, name, "ota", round(sizes[0] * 0.55))] if priced else [])


def page(reserve: int = 0) -> Page:
    """The boxes of `image`, its components as the policy would have them."""
    owners = [
        component
        for component, objects in COMPONENTS.items()
        for symbols in objects.values()
        for _ in symbols
    ]
    boxes, _ = atlas.atlas(image(), owners)
    return Page(boxes, reserve=reserve, header=4096, alignment=16)


def savings() -> Savings:
    pieces = (
        Piece("DRV_IR_Init", "drv_ir.o", 1200, 0, 700.4, "gone"),
        Piece("main", "main.o", 44, 0, 30.0, "shrinks"),
        Piece("ringbuf_put", "ringbuf.o", 300, 0, 0.0, "stays", "drv_uart.o still refers to it"),
    )
    return Savings(
        features=(
            Feature("ENABLE_HTTP_OTA", "src/obk_config.h", 31, 2100, 64, 1250, 21, 40),
            Feature(
                "ENABLE_DRIVER_IR",
                "src/obk_config.h",
                268,
                6144,
                40,
                3400,
                62,
                110,
                ("ENABLE_IRHUB",),
                pieces=pieces,
            ),
            Feature("ENABLE_MYSTERY", "src/obk_config.h", 40, 90, 0, 60, 90, 60, estimate=True),
        ),
        calibration=Calibration(29_996, 4, 12),
        plans=(
            Plan(("ENABLE_DRIVER_IR",), 6144, 40, 3400, 62, 110, True, 1.0, 27_936, 14_000, 132_776, 4_770),
            Plan(
                ("ENABLE_HTTP_OTA", "ENABLE_MYSTERY"),
                2190,
                64,
                1310,
                111,
                100,
                False,
                2.0,
                31_890,
                16_090,
                None,
                -200,
            ),
        ),
        free=(Free("LZMA2 lc=2 lp=1 pb=1", 310),),
        need="8 KiB",
    )


def diagnostics() -> tuple[Diagnostic, ...]:
    config = "/work/fw/src/obk_config.h"
    return (
        Diagnostic(
            "IMG401",
            "warning",
            "Switching off ENABLE_DRIVER_IR saves 6,144 bytes of flash and 3,400 of the OTA file.",
            location=Location(config, 268, 1, 31),
            help="It shares code with ENABLE_IRHUB.",
            subject="ENABLE_DRIVER_IR",
            replacement="#define ENABLE_DRIVER_IR 0",
        ),
        Diagnostic(
            "IMG101",
            "error",
            "The unpacked image is 2,064 bytes over tiny-2m.",
            measure=Measure("slot", "tiny-2m", "flash", 34_064, 32_000),
            subject="tiny-2m",
        ),
        Diagnostic(
            "IMG202",
            "error",
            "The heap starts with 32,736 bytes, under the floor of 40,960.",
            subject="heap",
        ),
        Diagnostic(
            "IMG203",
            "warning",
            "g_ssdp takes 512 bytes of RAM, and a symbol may take 256.",
            location=Location("/work/fw/src/driver/drv_ssdp.c", 12),
            subject="g_ssdp",
            waived="vendor code, until 2027-01-01",
        ),
        Diagnostic("not-evaluated", "note", "IMG601 was not evaluated: there is no map.", subject="IMG601"),
    )


def facts(over: bool = False, priced: bool = False, with_savings: bool = False) -> Facts:
    one = image()
    unpacked, body = 4096 + len(one.binary), 17_412
    limit = 32_000 if over else 40_000
    fits = (
        fit("devcube-1.4.8-2m", (unpacked, 819_200), (body, 557_055)),
        fit("tiny-2m", (unpacked, limit), (body, 20_479)),
    )
    return Facts(
        image=one,
        artefact=Artefact(unpacked, body, body + 512, Packed()),
        layouts=(),
        fits=fits,
        measures=measures(priced),
        policy=Policy("openbeken-bl602", "", ""),
        savings=savings() if with_savings else None,
    )


INPUTS = (
    ("ELF", "/work/fw/build/OpenBL602.elf", "given"),
    ("map", "/work/fw/build/OpenBL602.map", "beside the ELF"),
    ("policy", "openbeken-bl602", "shipped"),
)
RULES = (
    ("IMG101", "The unpacked image is over the running slot.\n\n## What to do\nStrip features."),
    ("IMG401", "A feature that would make room."),
    ("IMG202", "The static heap is under the policy's floor."),
)
CHECKS = (("IMG101", "devcube-1.4.8-2m", True), ("IMG101", "tiny-2m", False), ("IMG202", "heap", False))


def _seen(made: Report) -> Report:
    """As a user sees it who stands in the project."""
    return moving.seen_from(made, "/work/fw")


def fitting() -> Report:
    return _seen(report.build(facts(), page(), checks=CHECKS[:1], inputs=INPUTS))


def priced() -> Report:
    return _seen(report.build(facts(priced=True, with_savings=True), page(), inputs=INPUTS))


def failing() -> Report:
    made = report.build(
        facts(over=True),
        page(reserve=8192),
        command="check",
        findings=diagnostics(),
        passed=False,
        checks=CHECKS,
        rules=RULES,
        inputs=INPUTS,
    )
    return _seen(made)


def planned() -> Report:
    return _seen(report.plan(savings(), facts(over=True), "Switching off ENABLE_DRIVER_IR is enough.", True))


def featured() -> Report:
    verdict = "3 features are on; ENABLE_DRIVER_IR takes most."
    made = savings()
    one = next(feature for feature in made.features if feature.name == "ENABLE_DRIVER_IR")
    bytes_ = (one.flash, one.ram, one.ota, one.flash_error, one.ota_error)
    asked = SavedSet((one.name,), *bytes_, one.flash, one.ota, pieces=one.pieces)
    return _seen(report.features(replace(made, sets=(asked,)), facts(), verdict))


REPORTS = {"fitting": fitting, "priced": priced, "failing": failing, "planned": planned, "featured": featured}
