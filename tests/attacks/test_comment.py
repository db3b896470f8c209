"""A fork's report, posted under the name of the repository's bot."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from imgcheck import cli
from imgcheck.api import comment
from imgcheck.errors import FormatError

HOSTILE = (
    "](https://evil.example) <img src=x onerror=y> @everyone #1 ![x](//e.example) `` ` --> <!-- \n## x "
    "\u202e \ud800 "
    "www.evil.example GH-1 https://evil.example/ <details> ~~~ $a$ | | ::error::x ##[error]x"
)


def report(**changes: Any) -> dict[str, Any]:
    finding = {
        "code": HOSTILE, "severity": "error", "message": HOSTILE, "subject": HOSTILE, "measure": None,
        "location": {"path": HOSTILE, "line": 5, "column": 0, "end_column": 0}, "help": HOSTILE,
        "replacement": HOSTILE, "waived": HOSTILE,
    }  # fmt: skip
    slots = [{"name": "body", "size": 100, "limit": 50, "headroom": 4_000}]
    plain: dict[str, Any] = {
        "schema_version": 1, "tool": {"name": "imgcheck", "version": HOSTILE}, "command": HOSTILE,
        "title": HOSTILE, "verdict": HOSTILE, "passed": True, "image": None, "diagnostics": [finding],
        "measures": [
            {"kind": "component", "name": HOSTILE, "resource": "flash", "size": 1, "capacity": None}
        ],
        "layouts": [{"name": HOSTILE, "fits": True, "binding": HOSTILE, "slots": slots}], "checks": [],
    }  # fmt: skip
    return plain | changes


def posted(folder: Path, document: Any) -> str:
    path = folder / "r.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return comment.write(path)


def test_nothing_in_it_is_live(tmp_path: Path) -> None:
    lines = posted(tmp_path, report()).splitlines()
    assert lines[0].startswith("<!-- imgcheck:")
    assert lines[0].count("--") == 2
    body = "\n".join(lines[1:])
    for live in (
        "<img",
        "<!--",
        "![",
        "\u202e",
        "@everyone",
        " #1",
        "GH-1",
        "://evil",
        "www.evil",
        "\n## ",
    ):
        assert live not in body
    assert not re.search(r"(?<!\\)\]\(", body)
    assert body.count("<details>") == 1


def test_what_is_left_is_worked_out_here(tmp_path: Path) -> None:
    assert "-50" in posted(tmp_path, report())
    assert "4,000" not in posted(tmp_path, report())
    assert "were not measured again" in posted(tmp_path, report())


def test_a_report_with_errors_has_not_passed(tmp_path: Path) -> None:
    found = dict(report()["diagnostics"][0], waived="")
    title = posted(tmp_path, report(diagnostics=[found])).splitlines()[1]
    assert title.startswith("### ❌")
    assert not posted(tmp_path, report()).splitlines()[1].startswith("### ❌")  # waived


def test_it_fits_a_comment(tmp_path: Path) -> None:
    one = report()
    many = report(diagnostics=one["diagnostics"] * 1_000, measures=one["measures"] * 10_000)
    many["diagnostics"] = [dict(found, subject=str(n)) for n, found in enumerate(many["diagnostics"])]
    many["layouts"] = one["layouts"] * 1_000
    start = time.monotonic()
    text = posted(tmp_path, many)
    assert len(text) <= 65_536
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "not JSON"),
        ("{", "line 1"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5_000 + "}", "out of range"),
        ("[NaN]", "NaN"),
        ("null", "of type object"),
        (report(schema_version=2), "schema_version"),
        (report(schema_version=True), "schema_version"),
        (report(tool={"name": "other", "version": ""}), "tool.name"),
        (report(layouts=[{"name": "a", "fits": True, "binding": "", "slots": []}]), "layouts[0].slots"),
        (
            report(
                measures=[{"kind": "a", "name": "", "resource": "ram", "size": 10**400, "capacity": None}]
            ),
            "size",
        ),
        (report(passed="yes"), "passed"),
        (report(diagnostics=[{}] * 20_001), "more than 20,000 diagnostics"),
        (report(layouts=[{}] * 5_001), "more than 5,000 layouts"),
        (report(measures=[{}] * 200_001), "more than 200,000 measures"),
        (report(builds=[{"layouts": [{}] * 3_000}] * 2), "more than 5,000 layouts"),
        (report(builds=[{}] * 21), "more than 20 builds"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(FormatError) as error:
        posted(tmp_path, document)
    assert words in str(error.value)
    assert "r.json" in str(error.value)


def test_links_and_pipes_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "secret").write_text(json.dumps(report(verdict="AUTHORIZATION: basic c2VjcmV0")))
    (tmp_path / "r.json").symlink_to("secret")
    os.mkfifo(tmp_path / "pipe")
    for name in ("r.json", "pipe", "", "absent"):
        assert cli.run(["comment", str(tmp_path / name)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1


def test_the_command_writes_whole_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = posted(tmp_path, report())
    assert cli.run(["comment", str(tmp_path / "r.json")]) == 0
    assert capsys.readouterr().out == text
    assert cli.run(["comment", str(tmp_path / "r.json"), "-o", str(tmp_path / "c.md")]) == 0
    assert (tmp_path / "c.md").read_text(encoding="utf-8") == text
    (tmp_path / "r.json").write_text("{}")
    assert cli.run(["comment", str(tmp_path / "r.json"), "-o", str(tmp_path / "d.md")]) == 2
    assert not (tmp_path / "d.md").exists()
