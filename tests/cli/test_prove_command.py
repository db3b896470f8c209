"""`imgcheck prove` on a small firmware with a build of its own: predicted, rebuilt, and what is kept."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from documents import validate

from imgcheck import cli

GCC = shutil.which("riscv64-unknown-elf-gcc")
pytestmark = pytest.mark.skipif(GCC is None, reason="needs the cross compiler")

_MAIN = """
#include "config.h"
int ticks;
__attribute__((section(".init"), used, naked)) void start(void) { __asm__("la sp,_top\\n j main"); }
#if ENABLE_TABLE
int table(int n);
#endif
#if ENABLE_POOL
int pool(int n);
#endif
__attribute__((used)) int main(void) {
  for (;;) {
    ticks++;
#if ENABLE_TABLE
    ticks += table(ticks);
#endif
#if ENABLE_POOL
    ticks += pool(ticks);
#endif
  }
}
#ifdef FILL
__attribute__((used, section(".init"))) const char fill[400] = {1};
#endif
#if NEEDS_POOL && !ENABLE_POOL
#error the pool is needed
#endif
"""
_TABLE = (
    "static const unsigned short box[300] = {1, 2, 3, 5, 7, 11};\nint table(int n) { return box[n % 300]; }\n"
)
_POOL = "static int room[64];\nint pool(int n) { return room[n & 63]++; }\n"
_LD = """
OUTPUT_ARCH(riscv)
ENTRY(start)
MEMORY { flash (rx) : ORIGIN = 0x23000000, LENGTH = 4M
  ram_tcm (wx) : ORIGIN = 0x4200C000, LENGTH = 216K }
SECTIONS {
  .init : { KEEP(*(.init)) } > flash
  .text : { . = ALIGN(4); *(.text .text.*) } > flash
  .rodata : { . = ALIGN(4); *(.rodata .rodata.*) *(.srodata .srodata.*) . = ALIGN(4); } > flash
  .data : { . = ALIGN(4); *(.data .data.*) *(.sdata .sdata.*) . = ALIGN(4); } > ram_tcm AT > flash
  .bss (NOLOAD) : { . = ALIGN(4); *(.sbss .sbss.*) *(.bss .bss.*) *(COMMON) . = ALIGN(4); } > ram_tcm
  .stack (NOLOAD) : ALIGN(16) { . = . + 2K; _top = .; } > ram_tcm
  _heap_start = ALIGN(16);
  _heap_size = ORIGIN(ram_tcm) + LENGTH(ram_tcm) - _heap_start;
}
"""
_BUILD = """set -eu
mkdir -p out
echo building >> out/calls
for one in main table pool; do
  {gcc} -march=rv32imac -mabi=ilp32 -Os -g -ffreestanding -ffunction-sections -fdata-sections $FLAGS \\
    -c src/$one.c -o out/$one.o
done
{gcc} -march=rv32imac -mabi=ilp32 -nostdlib -Wl,--gc-sections,-T,fw.ld,-Map=out/fw.map,--cref \\
  out/main.o out/table.o out/pool.o -lgcc -o out/fw.elf
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "fw"
    (top / "src").mkdir(parents=True)
    texts = {
        "src/main.c": _MAIN, "src/table.c": _TABLE, "src/pool.c": _POOL, "fw.ld": _LD,
        "build.sh": _BUILD.format(gcc=GCC),
        "src/config.h": "#define ENABLE_TABLE 1\n#define ENABLE_POOL 1\n",
        ".gitignore": "out/\n",
        "imgcheck.toml": 'extends = "openbeken-bl602"\nlayouts = ["devcube-1.4.8-2m"]\n'
        '[features]\nconfig = "src/config.h"\n',
    }  # fmt: skip
    for name, text in texts.items():
        (top / name).write_text(text)
    monkeypatch.chdir(top)
    monkeypatch.setenv("FLAGS", "")
    monkeypatch.delenv("IMGCHECK_OUTPUT", raising=False)
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], check=True)
    subprocess.run(["sh", "build.sh"], check=True)
    return top


def prove(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.run(["prove", "out/fw.elf", *arguments, "-o", "json"]) == code
    found = json.loads(capsys.readouterr().out)
    validate(found)
    assert isinstance(found, dict)
    return found


def test_the_rebuild_is_measured_and_the_users_tree_untouched(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = (project / "src/config.h").read_bytes()
    image = (project / "out/fw.elf").read_bytes()
    found = prove(capsys, "--build", "sh build.sh", "--each", "2", "--without", "ENABLE_POOL,ENABLE_TABLE")
    rows = {tuple(one["features"]): one for one in found["proofs"]}
    assert set(rows) == {("ENABLE_POOL", "ENABLE_TABLE"), ("ENABLE_TABLE",), ("ENABLE_POOL",)}
    # The truth, by hand: a second build with the line commented out.
    second = project.parent / "second"
    shutil.copytree(project, second)
    config = second / "src/config.h"
    config.write_text(config.read_text().replace("#define ENABLE_TABLE", "//#define ENABLE_TABLE"))
    subprocess.run(["sh", "build.sh"], check=True, cwd=second)
    sizes = [json_of(capsys, path / "out/fw.elf")["image"]["bin_bytes"] for path in (project, second)]
    assert rows[("ENABLE_TABLE",)]["flash_real"] == sizes[0] - sizes[1] >= 600
    assert rows[("ENABLE_POOL",)]["ram_real"] == 256
    assert (project / "src/config.h").read_bytes() == header
    assert (project / "out/fw.elf").read_bytes() == image
    assert (
        subprocess.run(["git", "worktree", "list"], capture_output=True, check=True).stdout.count(b"\n") == 1
    )
    assert (project / ".imgcheck/prove/base.log").exists()
    new = subprocess.run(["git", "status", "--porcelain"], capture_output=True, check=True, text=True).stdout
    assert ".imgcheck" not in new


def json_of(capsys: pytest.CaptureFixture[str], elf: Path) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.run(["report", str(elf), "--layout", "devcube-1.4.8-2m", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_what_was_proved_is_not_built_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prove(capsys, "--build", "sh build.sh", "--each", "1")
    log = project / "again"
    command = f"echo >> {log}; sh build.sh"
    prove(capsys, "--build", command, "--each", "2")
    assert log.read_text().count("\n") == 2, "the base, and the one that is new"
    assert len((project / "imgcheck.proofs.jsonl").read_text().splitlines()) == 2
    capsys.readouterr()
    assert cli.run(["features", "out/fw.elf"]) == 0
    assert "Proved on 2 features of this project" in capsys.readouterr().out


def test_a_set_that_does_not_build(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGS", "-DNEEDS_POOL=1")
    found = prove(capsys, "--build", "sh build.sh", "--without", "ENABLE_POOL", code=1)
    (row,) = found["proofs"]
    assert row["flash_real"] is None
    assert [one["code"] for one in found["diagnostics"]].count("prove-no-build") == 1
    assert b"the pool is needed" in (project / ".imgcheck/prove/POOL.log").read_bytes()


def test_a_prediction_outside_its_bar_fails(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A build that adds something else whenever the table is off.
    script = (project / "build.sh").read_text()
    more = "grep -q '^//.*TABLE' src/config.h && FLAGS=-DFILL\nmkdir"
    (project / "build.sh").write_text(script.replace("set -eu", "set -u").replace("mkdir", more, 1))
    found = prove(capsys, "--build", "sh build.sh", "--without", "ENABLE_TABLE", code=1)
    assert found["proofs"][0]["holds"] is False
    assert [one["code"] for one in found["diagnostics"]].count("prove-outside") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--build", "false", "--each", "1"], "does not build as it is"),
        (["--build", "sleep 60", "--each", "1", "--timeout", "1"], "does not build as it is"),
        (["--build", "true", "--each", "1"], "does not build as it is"),
        (["--build", "true"], "say what to prove"),
        (["--build", "true", "--without", "ENABLE_TABEL"], "did you mean ENABLE_TABLE?"),
    ],
)
def test_what_cannot_be_proved(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert cli.run(["prove", "out/fw.elf", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert not (project / "imgcheck.proofs.jsonl").exists()


def test_a_broken_file_of_proofs_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "imgcheck.proofs.jsonl").write_text('{"features": 1}\n')
    assert cli.run(["features", "out/fw.elf"]) == 2
    assert "imgcheck.proofs.jsonl" in capsys.readouterr().err
