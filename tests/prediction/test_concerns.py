"""What a gate says of features that nobody asked about: as much as fits one line."""

import json
from pathlib import Path

import pytest

from imgcheck.cli import run
from imgcheck.model import Diagnostic
from imgcheck.prediction import concerns

OVER = Path(__file__).parents[1] / "firmware" / "build" / "over" / "OpenBL602.elf"


def test_what_concerns_several_features_is_one_note_and_the_rest_stays() -> None:
    other = Diagnostic("code-inactive", "warning", "w", subject="x")
    needed = [Diagnostic("feature-needed", "warning", "long", subject=name) for name in ("A", "B")]
    kept, note = concerns.folded([needed[0], other, needed[1]])
    assert kept == other and (note.code, note.severity) == ("feature-needed", "note")
    assert note.message.endswith(": A, B") and note.location is None
    assert concerns.folded([other]) == (other,)


def test_a_gate_shows_no_more_warnings_than_it_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(OVER), "-o", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    levels = [one["severity"] for one in document["diagnostics"]]
    assert (levels.count("error"), levels.count("warning")) == (1, 2)
    assert "(1 error, 2 warnings)" in document["verdict"]
    needed = [one for one in document["diagnostics"] if one["code"] == "feature-needed"]
    assert [one["severity"] for one in needed] == ["note"]
    assert run(["features", str(OVER), "-o", "json"]) in (0, 1)
    asked = json.loads(capsys.readouterr().out)["diagnostics"]
    assert "warning" in [one["severity"] for one in asked if one["code"] == "feature-needed"]
