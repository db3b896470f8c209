"""What tests remember of a build is what would be worked out anew, the second time too."""

import json
from pathlib import Path

import pytest
import remembered
from studies import ELF, OVER, needs_fixture

from imgcheck.cli import run

SMALL = OVER / "OpenBL602.elf"


@needs_fixture
@pytest.mark.parametrize(
    ("command", "format"),
    [
        (("check", SMALL), "html"),
        (("plan", ELF, "--need", "2KiB", "--keep", "ENABLE_NTP"), "json"),
    ],
)
def test_it_is_what_is_worked_out_anew(command: tuple[object, ...], format: str, tmp_path: Path) -> None:
    def asked(name: str) -> str:
        path = tmp_path / name
        run([*map(str, command), "-o", f"{format}={path}"])
        return path.read_text()

    anew = asked("anew")
    with remembered.once():
        assert asked("first") == anew
        assert asked("second") == anew
    assert len(anew) > 1000 and (format != "json" or json.loads(anew)["features"])
