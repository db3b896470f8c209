"""What a source is called: its path below the root, wherever links lead."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgcheck.model import FeatureSettings
from imgcheck.prediction import sourcefiles


def below(path: Path, root: Path) -> str:
    """The same by Python's own paths, which take thousands of looks at a disk."""
    path, root = Path(os.path.realpath(path)), Path(os.path.realpath(root))
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


@pytest.mark.parametrize("root", ["", "a", "link", "a/..", "a/b"])
@pytest.mark.parametrize(
    "name",
    [
        "a/x.c",
        "a/to_x.c",
        "a/to_c/y.c",
        "a/../c/y.c",
        "a/..",
        ".",
        "a",
        "link",
        "link/x.c",
        "self",
        "none/z.c",
    ],
)
def test_a_path_below_a_root_is_what_paths_say(tmp_path: Path, root: str, name: str) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    for file in ("a/x.c", "c/y.c"):
        (tmp_path / file).touch()
    links = {"a/to_x.c": "x.c", "a/to_c": "../c", "link": "a", "self": "self"}
    for link, target in links.items():
        (tmp_path / link).symlink_to(target)
    assert sourcefiles._below(tmp_path / root)(str(tmp_path / name)) == below(
        tmp_path / name, tmp_path / root
    )


def test_the_root_itself_can_be_searched_for_headers(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    config = tmp_path / "src" / "config.h"
    config.write_text("#define ENABLE_A 1\n")
    (tmp_path / "src" / "a.c").write_text("#include <src/config.h>\n")
    settings = FeatureSettings(config="src/config.h", source_roots=("src",), include_dirs=(".",))
    tree, header, _ = sourcefiles.tree(tmp_path, config, settings)
    assert header == "src/config.h"
    assert tree.resolve("<src/config.h>", "src/a.c") == header
