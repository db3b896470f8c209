"""A source that is a link to itself is refused in one line, like any other file that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import firmware_of, needs_toolchain

from imgcheck import cli

FILES = {
    "config.h": "#define ENABLE_A 1\n",
    "main.c": '#include "config.h"\nvolatile int out; int main(void) { for (;;) out++; }\n',
}


@needs_toolchain
@pytest.mark.parametrize("name", ["main.c", "other.c", "config.h"])
def test_a_link_to_itself_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    firmware = firmware_of(tmp_path / "fw", FILES)
    link = firmware.parent / name
    link.unlink(missing_ok=True)
    link.symlink_to(link.name)
    assert cli.run(["features", str(firmware)]) in {0, 2}
    said = capsys.readouterr().err
    assert "internal error" not in said
    assert said.count("\n") <= 1
