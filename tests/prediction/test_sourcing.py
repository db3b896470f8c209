"""Which sources are read where a policy does not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgcheck.errors import UndecidedError
from imgcheck.prediction import sourcing


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sourcing, "_MOST_UNASKED", 4)
    for name in ("app/a.c", "app/config.h", "sdk/x.c", "sdk/y.c", "top.h"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("int a;\n")
    return tmp_path


def names(project: Path, paths: list[str]) -> list[str]:
    return [Path(path).relative_to(project).as_posix() for path in paths]


def test_named_folders_are_read_alone(project: Path) -> None:
    paths, said = sourcing.paths(project, "app/config.h", ("sdk", "nowhere"))
    assert (names(project, paths), said) == (["sdk/x.c", "sdk/y.c"], ())


def test_a_whole_sdk_is_not_read_unasked(project: Path) -> None:
    paths, (said,) = sourcing.paths(project, "app/config.h", ())
    assert names(project, paths) == ["app/a.c", "app/config.h"]
    assert said.code == "sources-bounded"
    assert "5 sources" in said.message
    assert "only those in app/" in said.message


def test_a_small_project_is_read_whole(project: Path) -> None:
    (project / "top.h").unlink()
    paths, said = sourcing.paths(project, "app/config.h", ())
    assert len(paths) == 4
    assert said == ()


def test_a_header_in_no_folder_says_what_to_name(project: Path) -> None:
    with pytest.raises(UndecidedError, match=r"5 sources are below .* source_roots"):
        sourcing.paths(project, "top.h", ())
