"""A missing source is said before any work: nothing of the build is read when it is told."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from imgcheck import cli
from imgcheck.api import ahead
from imgcheck.api.build import Inputs
from imgcheck.builds import load
from imgcheck.prediction import linkgraph

FIRMWARE = Path(__file__).parents[1] / "firmware"
ELF = FIRMWARE / "build/base/OpenBL602.elf"
pytestmark = pytest.mark.skipif(not ELF.exists(), reason="needs the fixture")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The firmware's ELF, map, policy and header; whoever reads the ELF's image fails the test."""

    def work(*_: object, **__: object) -> None:
        raise AssertionError("it was worked before it was said")

    for module, name in ((load, "build"), (linkgraph, "build")):
        monkeypatch.setattr(module, name, work)
    shutil.copytree(FIRMWARE / "layouts", tmp_path / "layouts")
    (tmp_path / "build").mkdir()
    for suffix in (".elf", ".map"):
        shutil.copy(ELF.with_suffix(suffix), tmp_path / "build")
    (tmp_path / "src").mkdir()
    shutil.copy(FIRMWARE / "src/obk_config.h", tmp_path / "src")
    shutil.copy(FIRMWARE / "imgcheck.toml", tmp_path)
    (tmp_path / "nothing").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = {
    "features": ["features"],
    "plan": ["plan"],
    "prove": ["prove", "--build", "true", "--each", "1"],
    "report": ["report", "--features"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ("header", "savings need the sources: src/obk_config.h is not in "),
        ("roots", "features.source_roots names 'sources', and "),
        ("map", "savings need the linker map; none was found beside it (--map)"),
        ("given map", "absent.map: No such file or directory"),
        ("objects", "nothing: there is no object and no archive below it"),
        ("sources", "src/obk_config.h is not in nothing (--sources)"),
        ("policy", "the policy says nothing of features"),
    ],
)
def test_before_any_work(
    project: Path, command: str, lacks: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more: list[str] = []
    if lacks == "header":
        Path("src/obk_config.h").unlink()
    elif lacks == "roots":
        text = Path("imgcheck.toml").read_text()
        Path("imgcheck.toml").write_text(text.replace('source_roots = ["src"]', 'source_roots = ["sources"]'))
    elif lacks == "map":
        Path("build/OpenBL602.map").unlink()
    elif lacks == "given map":
        more = ["--map", "absent.map"]
    elif lacks in ("objects", "sources"):
        more = [f"--{lacks}", "nothing"]
    else:
        Path("imgcheck.toml").write_text("")
    first, *rest = COMMANDS[command]
    assert cli.run([first, "build/OpenBL602.elf", *rest, *more]) == 2
    text = capsys.readouterr().err
    assert text.startswith("imgcheck: error: ") and text.count("\n") == 1
    assert said in text


@pytest.mark.parametrize("option", ["objects", "sources"])
def test_a_gate_is_not_given_a_folder_for_nothing(
    project: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was passed over: nothing was said of what to strip, and not why."""
    assert cli.run(["check", "build/OpenBL602.elf", f"--{option}", "nothing"]) == 2
    assert "nothing" in capsys.readouterr().err


def test_an_elf_that_is_none_is_told_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "a.elf"
    text.write_text("text\n")
    assert cli.run(["features", str(text)]) == 2
    assert "it is text" in capsys.readouterr().err


def test_sources_are_read_meanwhile_only_where_there_is_something_to_predict(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, places = Inputs(project / "build/OpenBL602.elf"), ahead.Places()
    with ahead.reading(inputs, places) as meanwhile:
        assert meanwhile == replace(inputs, begun=meanwhile.begun)
        assert meanwhile.begun is not None
    binary = project / "build/OpenBL602.bin"
    binary.write_bytes(bytes(64))
    with ahead.reading(replace(inputs, firmware=binary), places) as meanwhile:
        assert meanwhile.begun is None
    with ahead.reading(inputs, ahead.Places(sources=project / "nothing")) as meanwhile:
        assert meanwhile.begun is None
    (project / "imgcheck.toml").unlink()
    (project / "src/obk_config.h").unlink()
    with ahead.reading(inputs, places) as meanwhile:
        assert meanwhile.begun is None
