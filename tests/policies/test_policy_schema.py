"""The schema that editors use accepts what the reader accepts, and refuses what it refuses."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from test_policy import FULL

from imgcheck.api import init
from imgcheck.errors import FormatError
from imgcheck.policies import policyfile

SCHEMA = json.loads(init.schema())
BUDGETS = Path(__file__).parents[2] / "budgets"


def accepts(text: str) -> bool:
    # Dates become the texts that the schema speaks of.
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def reads(text: str) -> bool:
    try:
        policyfile.parse(text)
    except FormatError:
        return False
    return True


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(BUDGETS.glob("*.toml")), ids=lambda path: str(path.stem))
def test_shipped_policies(path: Path) -> None:
    assert accepts(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        "",
        'extends = ["a.toml", "b.toml"]',
        "reserv = 1",
        "reserve = '8 KiBi'",
        "reserve = -1",
        "reserve = 0x1000",
        "reserve = '0x1000'",
        "reserve = '1_000 bytes'",
        "reserve = 1.5",
        "layouts = 'x'",
        "layouts = ['']",
        "heap = { floor = '96 KiB' }",
        "heap = { flor = 1 }",
        "[components]\na = 'x'",
        "[components]\na = 'objct:x'",
        "[components]\na = ['object:']",
        "[budgets]\na = 1\n'section:.text' = '12 %'",
        "[budgets]\n'sektion:.text' = 1",
        "[budgets]\na = { ram = '5 %' }",
        "[budgets]\na = { warn_at = '5 %' }",
        "[budgets]\na = { flash = 1, warn_at = 0.5 }",
        "[budgets]\nwarn_at = 2",
        "[budgets.symbol]\nmain = 1\nexit = { ram = 2 }",
        "[budgets.archive]\n'libx.a' = { flahs = 1 }",
        "[features]\nconfig = 'x.h'\ndefines = { A = 1, B = 'x' }\nweights = { A = 0 }",
        "[features]\nweights = { A = -1 }",
        "[features]\nkeep = 'A'",
        "[rules]\nselect = ['IMG1']",
        "[rules]\nselect = 'IMG1'",
        "[[waivers]]\nrule = 'A'",
        "elf = 'a.elf'\nmap = 'a.map'\nota = '*.ota'\ntitle = 't'",
        "elf = 1",
        "[build.a]\nelf = 'a'\nota = 'o'\nlayouts = ['x']\nbudgets = { x = 1 }\ndefines = { A = 1 }",
        "[build.a]\nelf = 'a'\nbudgets = { x = { flahs = 1 } }",
        "[build.a]\nelf = 'a'\noat = 'o'",
        "[build.a]\nelf = 'a'\nlayouts = 'x'",
        "[build]\na = 1",
        "[[waivers]]\nrule='A'\nsubject='b'\nreason='c'\nexpires=2026-01-01\nbuild='d'",
        "[[waivers]]\nrule='A'\nsubject='b'\nreason='c'\nexpires=2026-01-01",
        "[[waivers]]\nrule='A'\nsubject='b'\nreason=' '\nexpires=2026-01-01",
    ],
)
def test_schema_and_reader_agree(text: str) -> None:
    assert accepts(text) == reads(text)
