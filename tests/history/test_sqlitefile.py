from __future__ import annotations

from pathlib import Path

import pytest
import stores

from imgcheck.errors import ImgcheckError
from imgcheck.history import sqlite


@pytest.mark.parametrize("kept", [100, 1_000, 0.5, -4_096, -100])
def test_a_history_that_was_cut_is_refused_and_nothing_is_written_beside_it(
    tmp_path: Path, kept: float
) -> None:
    whole = tmp_path / "whole.db"
    with sqlite.connect(whole, write=True) as opened:
        opened.add([stores.build(at) for at in range(200)])
    data = whole.read_bytes()
    end = int(kept * len(data)) if isinstance(kept, float) else int(kept)
    cut = tmp_path / "alone" / "cut.db"
    cut.parent.mkdir()
    cut.write_bytes(data[:end])
    for write in (False, True):
        with pytest.raises(ImgcheckError, match="cut"):
            sqlite.connect(cut, write=write)
    assert [one.name for one in cut.parent.iterdir()] == ["cut.db"]
    assert cut.read_bytes() == data[:end]


def test_reading_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with sqlite.connect(path, write=True) as opened:
        opened.add([stores.build(1)])
    data = path.read_bytes()
    with sqlite.connect(path) as opened:
        assert list(opened.builds())
    assert [one.name for one in tmp_path.iterdir()] == ["history.db"]
    assert path.read_bytes() == data
