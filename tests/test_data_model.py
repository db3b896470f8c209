"""The example in docs/data-model.md is what the stages say today, and they add up."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from studies import ELF, built, needs_fixture

import imgcheck
from imgcheck import emitters
from imgcheck.model import Budget, Key
from imgcheck.readers import elf, linkmap
from imgcheck.rules import budget_over

PAGE = Path(__file__).parent.parent / "docs" / "data-model.md"
START, END = "<!-- example: pytest tests/test_data_model.py -->\n", "<!-- end -->"
NAME, OBJECT, FEATURE = "ssdp_receive", "drv_ssdp.o", "ENABLE_DRIVER_SSDP"


@needs_fixture
def test_one_function_through_every_stage() -> None:
    symbol = next(one for one in elf.read(ELF).symbols if one.name == NAME)
    rows = [one for one in linkmap.read(ELF.with_suffix(".map")).inputs if one.object == OBJECT]
    inputs = [one for one in rows if one.name.split(".")[2:3] == [NAME] and one.size]
    image = built().facts.image
    items = [one for one in image.items if (one.name, one.object) == (NAME, OBJECT)]
    report = imgcheck.report(str(ELF))
    identity = Key("symbol", "libopenbeken.a", OBJECT, NAME)
    measures = {one.resource: one.size for one in report.measures if one.identity == identity}
    whole = {
        one.resource: one.size
        for one in report.measures
        if one.identity and one.kind == "object" and one.identity.object == OBJECT
    }
    found = imgcheck.features(str(ELF)).savings
    assert found is not None
    feature = next(one for one in found.features if one.name == FEATURE)

    assert symbol.size == items[0].flash  # the symbol's code is an item
    assert measures["flash"] == sum(one.flash for one in items)  # code and strings are the measure
    assert whole["flash"] == sum(one.flash for one in image.items if one.object == OBJECT)
    assert sum(one.flash for one in image.items) == len(image.binary)

    symbols = next(one for one in report.tables if one.name == "symbols")
    row = next(row for row in symbols.rows if row[0] == NAME)
    shown = ", ".join(column.text(cell) for column, cell in zip(symbols.columns, row, strict=True))
    written = json.loads(emitters.load("json").emit(report))["measures"]
    (entry,) = [
        one for one in written if (one["name"], one["resource"], one["kind"]) == (NAME, "flash", "symbol")
    ]
    assert measures["flash"] in row and entry["size"] == measures["flash"]
    assert (entry["object"], entry["address"]) == (OBJECT, symbol.value)
    policy = replace(built().facts.policy, budgets=(Budget("symbol", NAME, "flash", 400),))
    limited = replace(built().facts, policy=policy)
    told = json.dumps({key: entry[key] for key in ("kind", "name", "resource", "size", "object", "archive")})
    said = next(one for one in budget_over.check(limited) if one.subject.startswith(f"symbol {NAME}"))

    lines = [
        ("ELF", f"symbol `{symbol.name}` at {symbol.value:#x}, {symbol.size:,} bytes"),
        *(("map", f"input section `{one.name}` of `{one.path}`, {one.size:,} bytes") for one in inputs),
        *(("item", f"`{one.input_section}` at {one.address:#x}, {one.flash:,} bytes") for one in items),
        ("image", f"{len(image.binary):,} bytes in {len(image.items):,} items"),
        ("key", f"`{identity}`"),
        ("measure", f"{measures['flash']:,} bytes of flash"),
        ("object", f"`{OBJECT}`: {whole['flash']:,} bytes of flash, {whole['ram']:,} of RAM"),
        ("report", f"row `{shown}` of the table of symbols"),
        ("JSON", f"`{told}`"),
        ("finding", f"`{said.code}` of a budget of 400 bytes: {said.message}"),
        (
            "saving",
            f"`{FEATURE}`: {feature.flash:,} ± {feature.flash_error:,} of flash, {feature.ram:,} of RAM, "
            f"{feature.ota:,} ± {feature.ota_error:,} over the air",
        ),
    ]
    made = "\n| stage | what it says |\n|---|---|\n" + "".join(f"| {a} | {b} |\n" for a, b in lines) + "\n"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    table, _, after = rest.partition(END)
    if os.environ.get("IMGCHECK_GOLDEN") == "write":
        PAGE.write_text(f"{before}{START}{made}{END}{after}", encoding="utf-8")
    else:
        assert table == made
