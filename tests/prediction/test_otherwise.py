"""A build that recorded no macros is taken for the variant that its code is of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import ABI, CROSS, POLICY, SCRIPT, needs_toolchain, run

from imgcheck import cli

pytestmark = needs_toolchain
KINDS = {"plain": 0, "lamps": 1, "meters": 2, "both": 3}
CONFIG = """#define ENABLE_ALWAYS 1
#if KIND == 1 || KIND == 3
#define ENABLE_LAMPS 1
#endif
#if KIND == 2 || KIND == 3
#define ENABLE_METERS 1
#endif
"""
WORK = "".join(f"    out += n * {n} + (out >> {n % 7});\n" for n in range(1, 20))
MAIN = (
    '#include "config.h"\nvolatile int out;\n'
    + "".join(
        f"#if ENABLE_{name}\nstatic __attribute__((noinline)) void {name.lower()}(int n) {{\n"
        f"{WORK}    out ^= {number};\n}}\n#endif\n"
        for number, name in enumerate(("ALWAYS", "LAMPS", "METERS"))
    )
    + "int main(void) {\n    for (;;) {\n"
    + "".join(
        f"#if ENABLE_{name}\n        {name.lower()}(out);\n#endif\n" for name in ("ALWAYS", "LAMPS", "METERS")
    )
    + "    }\n}\n"
)


def made(folder: Path, kind: int, own: str = "", debug: str = "-g") -> Path:
    variants = "".join(f'{name} = "KIND={value}"\n' for name, value in KINDS.items())
    policy = POLICY + own + f"[variants]\n{variants}"
    files = {"config.h": CONFIG, "main.c": MAIN, "fw.ld": SCRIPT, "imgcheck.toml": policy}
    for name, text in files.items():
        (folder / name).write_text(text)
    gcc = (f"{CROSS}gcc", *ABI)
    run(
        *gcc,
        "-Os",
        debug,
        "-ffreestanding",
        "-ffunction-sections",
        f"-DKIND={kind}",
        "-c",
        "main.c",
        cwd=folder,
    )
    run(
        *gcc,
        "-nostdlib",
        "-static",
        "-Wl,--gc-sections,-Map=fw.map",
        "-T",
        "fw.ld",
        "-o",
        "fw.elf",
        "main.o",
        cwd=folder,
    )
    run(f"{CROSS}objcopy", "-O", "binary", "fw.elf", "fw.bin", cwd=folder)
    return folder / "fw.elf"


@pytest.mark.parametrize(("name", "kind"), [*KINDS.items()][1:])
def test_the_variant_is_the_one_that_the_code_is_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: int
) -> None:
    """The one with everything fits what is there as well, and says of it what is not there."""
    firmware = made(tmp_path, kind)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    wanted = {
        "ENABLE_ALWAYS",
        *(["ENABLE_LAMPS"] if kind & 1 else ()),
        *(["ENABLE_METERS"] if kind & 2 else ()),
    }
    assert {one["name"] for one in found["features"]} == wanted
    assert all(one["flash"] > 100 for one in found["features"])
    (said,) = [one["message"] for one in found["diagnostics"] if one["code"] == "defines-disagree"]
    assert f"only KIND={kind} compiles (variant {name})" in said


def test_a_build_that_is_what_the_policy_says_is_not_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["features", str(made(tmp_path, 0)), "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "defines-disagree" not in {one["code"] for one in found["diagnostics"]}


def test_where_the_project_says_otherwise_it_is_asked_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = made(tmp_path, 2, "[features.defines]\nKIND = 1\n")
    assert cli.run(["features", str(firmware)]) == 2
    assert "with KIND=2 (variant meters) they are active" in " ".join(capsys.readouterr().err.split())


def test_where_no_variant_fits_the_sources_are_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = made(tmp_path, 2)
    text = (tmp_path / "main.c").read_text().replace("ENABLE_METERS", "ENABLE_OTHERS")
    (tmp_path / "main.c").write_text(text)
    assert cli.run(["features", str(firmware)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "build first" in said and "they are active" not in said


def test_what_the_build_recorded_is_not_doubted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The conditions were changed after it: as another variant it would agree with them."""
    firmware = made(tmp_path, 2, debug="-g3")
    text = (tmp_path / "main.c").read_text()
    swapped = text.replace("LAMPS", "X").replace("ENABLE_METERS", "ENABLE_LAMPS").replace("X", "METERS")
    (tmp_path / "main.c").write_text(swapped)
    assert cli.run(["features", str(firmware)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "build first" in said and "they are active" not in said
