"""Link-time optimisation is seen in the map, whatever the partition, and savings are not guessed from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import compile_, link, needs_toolchain

from imgcheck.builds import lto
from imgcheck.cli import run
from imgcheck.readers import linkmap

ONE = "int other(int); int main(void) { return other(3); }\n"
TWO = "#if ENABLE_X\nint other(int n) { return n * 7; }\n#else\nint other(int n) { return n; }\n#endif\n"
WAYS = {
    "full": (("-flto",), ("-flto",)),
    "one partition": (("-flto",), ("-flto-partition=none",)),
    "fat": (("-flto", "-ffat-lto-objects"), ("-flto", "-ffat-lto-objects")),
    "partial": (("-flto",), ()),
}


def built(folder: Path, one: tuple[str, ...], two: tuple[str, ...]) -> Path:
    (folder / "config.h").write_text("#define ENABLE_X 1\n")
    (folder / "imgcheck.toml").write_text(
        'extends = "openbeken-bl602"\n[features]\nconfig = "config.h"\nsource_roots = ["."]\n'
    )
    first = compile_(folder, "one.c", '#include "config.h"\n' + ONE, *one)
    second = compile_(folder, "two.c", '#include "config.h"\n' + TWO, *two)
    return link(folder, first, second, flags=(*one, *(flag for flag in two if flag not in one)))


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_savings_of_an_optimised_link_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    one, two = WAYS[way]
    firmware = built(tmp_path, one, two)
    assert lto.made(linkmap.read(firmware.with_suffix(".map")))
    for command in (["features"], ["plan", "--need", "1"]):
        assert run([*command, str(firmware)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "link-time optimisation" in err
    assert run(["report", str(firmware)]) == 0
    assert capsys.readouterr().out.count("lto-owners-hidden") == 1


@needs_toolchain
def test_objects_that_could_be_optimised_and_were_not_are_like_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = built(tmp_path, ("-flto", "-ffat-lto-objects", "-fno-use-linker-plugin"), ())
    fat = ("-flto", "-ffat-lto-objects")
    objects = [compile_(tmp_path, name, (tmp_path / name).read_text(), *fat) for name in ("one.c", "two.c")]
    firmware = link(tmp_path, *objects, flags=("-fno-lto",))
    assert not lto.made(linkmap.read(firmware.with_suffix(".map")))
    assert run(["features", str(firmware)]) == 0
    assert "ENABLE_X" in capsys.readouterr().out
