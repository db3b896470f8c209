"""report --by: every division adds up, and a symbol's size is nm's."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from imgcheck.api import build
from imgcheck.builds import grouping
from imgcheck.cli import imgcheck
from imgcheck.report import grouped

ELF = Path(__file__).parents[1] / "firmware" / "build" / "base" / "OpenBL602.elf"


@pytest.fixture(scope="module")
def made() -> build.Built:
    return build.build(build.Inputs(ELF))


@pytest.mark.parametrize("kind", grouping.kinds())
def test_every_division_adds_up(made: build.Built, kind: str) -> None:
    for asked in ((kind,), ("component", kind) if kind != "component" else ("section", kind)):
        groups = grouping.group(made.facts.image, made.owners, asked)
        assert sum(one.flash for one in groups) == len(made.facts.image.binary)
        assert sum(one.ram for one in groups) == sum(use.used for use in made.facts.image.regions)


def test_a_symbol_has_the_size_that_nm_prints(made: build.Built) -> None:
    out = subprocess.run(["nm", "-S", ELF], capture_output=True, text=True, check=True).stdout
    sizes: dict[str, set[int]] = {}
    for line in out.splitlines():
        match line.split():
            case [_, size, kind, name] if kind in "tT":
                sizes.setdefault(name, set()).add(int(size, 16))
    groups = grouping.group(made.facts.image, made.owners, ("symbol",))
    looked = [one for one in groups if one.names[0] in sizes and one.first.section == ".text"]
    assert len(looked) > 300
    # A section may end in alignment, and one function here has a table of a switch in .rodata.
    wrong = [one.names for one in looked if not any(0 <= one.code - size < 4 for size in sizes[one.names[0]])]
    assert wrong == [("expr_level.part.0",)]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(imgcheck, ["report", str(ELF), *arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.output


def test_top_filter_and_sort() -> None:
    out = run("--by", "symbol", "--top", "2", "--filter", "http_fn*", "--sort", "strings")
    # A long name ends its line; its figures stand in the next one.
    lines = [line for line in out.split("Symbols\n")[1].splitlines() if not line.startswith(" ")]
    rows = [line.split()[0] for line in lines[:5]]
    assert rows[:3] == ["Symbol", "http_fn_index", "http_fn_cfg_mqtt"]
    assert rows[3].startswith("(") and rows[4] == "total"


def test_two_levels_and_json() -> None:
    document = json.loads(run("--by", "component,object", "-o", "json"))
    assert sum(one["flash"] for one in document["by"]) == document["image"]["bin_bytes"]
    assert {tuple(one["kinds"]) for one in document["by"]} == {("component", "object")}


@pytest.mark.parametrize(
    ("name", "pattern", "found"),
    [
        ("libapp.a(drv_ir.o)", "drv_*", True),
        ("libapp.a(drv_ir.o)", "libapp*", True),
        ("libapp.a(drv_ir.o)", "*_ir.o", True),
        ("src/driver/drv_ir.c", "drv_*", True),
        ("src/driver/drv_ir.c", "src/*", True),
        ("src/driver/drv_ir.c", "driver*", False),
        ("http_fn(int)", "http_*", True),
        ("http_fn(int)", "int*", False),
        ("main", "drv_*", False),
        ("libapp.a(drv_ir.o)", "ir", True),
    ],
)
def test_a_thing_is_found_by_its_own_name_too(name: str, pattern: str, found: bool) -> None:
    assert grouped._matches(name, pattern) is found
