"""The fixture's sources under random feature sets, against what cpp makes of them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.model import FeatureSettings
from imgcheck.prediction import sources as configuration
from imgcheck.readers import preprocessor

FIRMWARE = Path(__file__).parent.parent / "firmware"
GCC = shutil.which("riscv64-unknown-elf-gcc")
DEFINES = {"PLATFORM_BL602": "1", "OBK_VARIANT": "0"}
MARKER = re.compile(r'# (\d+) "([^"]*)"')

pytestmark = [
    pytest.mark.skipif(GCC is None, reason="no RISC-V gcc on this machine"),
    pytest.mark.skipif(not (FIRMWARE / "src" / "obk_config.h").exists(), reason="no fixture"),
]


FOLDERS = sorted(str(path.relative_to(FIRMWARE)) for path in (FIRMWARE / "components").glob("*/include"))
OPTIONS = [
    *("--specs=picolibc.specs", "-E", "-w", "-Isrc"),
    *(f"-I{folder}" for folder in FOLDERS),
    *(f"-D{name}={value}" for name, value in DEFINES.items()),
]


@pytest.fixture(scope="module")
def tree() -> Any:
    paths = [path for folder in ("src", "components") for path in (FIRMWARE / folder).rglob("*.[ch]*")]
    files = {str(path.relative_to(FIRMWARE)): preprocessor.decode(path.read_bytes()) for path in paths}
    return configuration.Tree(files, preprocessor.parse, FOLDERS)


@pytest.fixture(scope="module")
def copy(tree: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same sources where the configuration may be changed."""
    folder = tmp_path_factory.mktemp("firmware")
    for path, text in tree.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


@pytest.fixture(scope="module")
def configured(tree: Any) -> Any:
    return configuration.features(tree, FeatureSettings(defines=DEFINES), "src/obk_config.h")


@pytest.fixture(scope="module")
def differences(configured: Any) -> Any:
    return configuration.Differences(configured)


def compiled(source: Any, folder: Any) -> Any:
    """The lines of `source` that gcc's preprocessor passes on."""
    run = [GCC, *OPTIONS, "-fdirectives-only", source]
    result = subprocess.run(
        run, capture_output=True, text=True, errors="surrogateescape", check=True, cwd=folder
    )
    lines, here, number = set(), False, 0
    for line in result.stdout.split("\n"):
        marker = MARKER.match(line)
        if marker:
            number, here = int(marker[1]), marker[2] == source
            continue
        if here and line.strip() and not line.lstrip().startswith("#"):
            lines.add(number)
        number += 1
    return lines


def switched(configured: Any, names: Any, folder: Any) -> None:
    """Let git apply the patch that switches `names` off."""
    header = configured.tree.source(configured.path).text.encode("utf-8", "surrogateescape")
    (folder / configured.path).write_bytes(header)
    if names:
        text = configuration.patch(configured, names).encode("utf-8", "surrogateescape")
        subprocess.run(["git", "apply", "-"], input=text, cwd=folder, check=True)


def code(source: Any, lines: Any) -> Any:
    """Those of `lines` that hold code; comments do not count."""
    text = source.text.split("\n")
    return {line for line in lines if preprocessor.lex(text[line - 1])}


def removed_by_cpp(configured: Any, path: Any, names: Any, folder: Any) -> Any:
    switched(configured, (), folder)
    before = compiled(path, folder)
    switched(configured, names, folder)
    after = compiled(path, folder)
    source = configured.tree.source(path)
    return code(source, before - after), code(source, after - before), before, after


@given(st.data())
@examples(4)
def test_removed_and_added_lines_are_those_of_cpp(
    copy: Any, configured: Any, differences: Any, data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(configured.features)), min_size=1, max_size=6))
    changes = differences.changes(names)
    sources = [path for path in configured.tree.sources() if path.startswith("src/")]
    drawn = data.draw(st.lists(st.sampled_from(sources), max_size=4))
    for path in sorted({*drawn, *sorted(set(changes) & set(sources))[:12]}):
        removed, added, before, after = removed_by_cpp(configured, path, names, copy)
        change = changes.get(path)
        ours_removed = code(configured.tree.source(path), change.removed_lines) if change else set()
        ours_added = code(configured.tree.source(path), change.added_lines) if change else set()
        assert removed <= ours_removed
        assert added <= ours_added
        # Beyond those only lines that invoke a macro whose replacement changed.
        assert ours_removed - removed <= before & after
        assert ours_added - added <= before & after


def test_features_that_are_on_are_those_of_cpp(copy: Any, configured: Any) -> None:
    switched(configured, (), copy)
    run = [GCC, *OPTIONS, "-dM", configured.path]
    defined = {}
    for line in subprocess.run(run, capture_output=True, text=True, check=True, cwd=copy).stdout.splitlines():
        _, name, body = [*line.split(None, 2), ""][:3]
        defined[name] = body
    on = {name for name, body in defined.items() if name.startswith("ENABLE_") and body != "0"}
    assert set(configured.features) == on
    for name, feature in configured.features.items():
        assert preprocessor.lex(feature.value) == preprocessor.lex(defined[name])
