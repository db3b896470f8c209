"""report --by on the command line: every domain, both levels, cut, filtered and sorted alike."""

import csv
import io
import json
from pathlib import Path

import pytest
from documents import validate

from imgcheck.cli import run

ELF = str(Path(__file__).parents[1] / "firmware" / "build" / "base" / "OpenBL602.elf")

pytestmark = pytest.mark.usefixtures("remembered")


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["report", ELF, *arguments]) == 0
    return capsys.readouterr().out


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("kind", ["component", "archive", "section", "region", "source", "feature"])
def test_csv_is_what_was_asked_for_and_json_the_same(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(asked(capsys, "--by", kind, "-o", "csv"))
    document = json.loads(asked(capsys, "--by", kind, "-o", "json"))
    validate(document)
    names = [(one["names"][0], str(one["flash"])) for one in document["by"]]
    assert [(one[kind.capitalize()], one["Flash"]) for one in found] == names != []


def test_features_are_cut_filtered_and_sorted_as_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    by = ("--by", "feature", "--filter", "*DRIVER*", "--sort", "ram")
    found = rows(asked(capsys, *by, "-o", "csv"))
    sizes = [int(one["RAM"]) for one in found]
    assert sizes == sorted(sizes, reverse=True)
    assert all("DRIVER" in one["Feature"] for one in found)
    text = asked(capsys, *by, "--top", "2", "-q")
    listed = [line.split()[0] for line in text.splitlines() if line.startswith("ENABLE_")]
    assert listed == [one["Feature"] for one in found[:2]]
    assert f"({len(found) - 2} more)" in text and "None" not in text
    named = [one["Feature"] for one in rows(asked(capsys, "--by", "feature", "--sort", "name", "-o", "csv"))]
    assert named == sorted(named)


def test_quiet_shows_what_was_asked_for_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    text = asked(capsys, "--by", "component", "--top", "3", "-q")
    assert "\nComponents\n" in text and "\nSlots\n" not in text


@pytest.mark.parametrize("sort", ["flash", "ram", "name"])
def test_both_levels_are_sorted_alike(sort: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(asked(capsys, "--by", "component,archive", "--sort", sort, "--top", "0", "-o", "csv"))
    outer = [one for one in found if one["Component"]]
    keys = [
        one["Component"] if sort == "name" else -int(one[sort.upper() if sort == "ram" else "Flash"])
        for one in outer
    ]
    assert keys == sorted(keys)


@pytest.mark.parametrize("kind", ["section", "object", "source"])
def test_what_symbols_are_divided_by_is_said_once(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    head = [
        line
        for line in asked(capsys, "--by", f"{kind},symbol", "--top", "1", "-q").splitlines()
        if line.lstrip().startswith(("Symbol ", kind.capitalize())) and "Address" in line
    ]
    assert head and head[0].split().count(kind.capitalize()) <= 1
    places = {"Section", "Object", "Source"} - {kind.capitalize()}
    assert places <= set(head[0].split())
