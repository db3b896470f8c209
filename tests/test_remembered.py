"""What tests remember of a build is what would be worked out anew, the second time too."""

import json
import lzma
import shutil
from pathlib import Path

import pytest
import remembered
from studies import ELF, OVER, needs_fixture

from imgcheck.cli import run
from imgcheck.readers import xzdata

SMALL = OVER / "OpenBL602.elf"


@needs_fixture
@pytest.mark.parametrize(
    ("command", "format"),
    [
        (("check", SMALL), "html"),
        (("plan", SMALL, "--need", "1KiB", "--keep", "ENABLE_NTP"), "json"),
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


@needs_fixture
def test_copies_are_read_as_what_they_are_copies_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for where they lie; one that was changed is no copy, and its map is another's then."""

    def asked(name: str) -> str:
        run(["check", name, "-o", "json=r.json"])
        return (tmp_path / "r.json").read_text()

    for name in ("a", "b"):
        for suffix in (".elf", ".map"):
            shutil.copy(ELF.with_suffix(suffix), tmp_path / f"{name}{suffix}")
    monkeypatch.chdir(tmp_path)
    anew = {name: asked(f"{name}.elf") for name in ("a", "b")}
    with remembered.once():
        assert [asked("a.elf"), asked("b.elf"), asked("a.elf")] == [anew["a"], anew["b"], anew["a"]]
        (tmp_path / "b.elf").write_bytes((OVER / "OpenBL602.elf").read_bytes())
        assert run(["check", "b.elf"]) == 2
        (tmp_path / "b.map").unlink()
        assert asked("b.elf") != anew["b"]


def test_a_stream_that_ends_early_is_told_of_each_time() -> None:
    """By an error of its own: who is told says in it where that was."""
    whole = lzma.compress(bytes(range(256)) * 100)
    for data in (whole, whole[:-40]):
        plain, fault = xzdata.begin(data, 1 << 20)
        with remembered.once():
            found = [xzdata.begin(data, 1 << 20) for _ in range(3)]
        assert all((one, str(error)) == (plain, str(fault)) for one, error in found)
        assert fault is None or len({id(error) for _, error in found}) == 3
        assert (fault is None) == (data == whole)
