"""docs/threat-model.md names tests: each of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_promise_has_its_test() -> None:
    text = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    tests = {
        name
        for path in files
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }
    named = set(re.findall(r"`(test_\w+)`", text))
    assert named
    assert named <= tests
    for path in re.findall(r"`(tests/[\w/]+\.py)`", text):
        assert (ROOT / path).is_file()
    promises = [
        line for line in text.split("| Promise | Test |")[1:] for line in line.splitlines()[2:] if "|" in line
    ]
    assert all("test" in line.split("|")[2] for line in promises)
