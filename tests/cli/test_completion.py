"""Shells complete real values, by the scripts that docs/cli.md has them load."""

import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import click
import pytest
from reference import commands

from imgcheck import cli

ROOT = Path(__file__).parents[2]
ELF = "tests/firmware/build/base/OpenBL602.elf"
BIN = Path(sys.executable).parent


def completed(*words: str, here: Path = ROOT) -> list[str]:
    """What bash is told for the last word."""
    asked = {"_IMGCHECK_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("imgcheck", *words)),
             "COMP_CWORD": str(len(words))}  # fmt: skip
    out, err = TextIOWrapper(BytesIO(), "utf-8"), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(here)
        for name, value in asked.items():
            patch.setenv(name, value)
        with suppress(SystemExit):
            cli.run([])
    out.seek(0)
    assert not err.getvalue()
    return [line.partition(",")[2] for line in out.read().splitlines() if line.startswith("plain,")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("report", "x", "--layout", "devcube-1.4"), "devcube-1.4.8-2m"),
        (("layout", "show", "sdk-2"), "sdk-2m"),
        (("features", ELF, "--feature", "ENABLE_DRIVER_SS"), "ENABLE_DRIVER_SSDP"),
        (("features", ELF, "--without", "ENABLE_NTP,ENABLE_DRIVER_SS"), "ENABLE_NTP,ENABLE_DRIVER_SSDP"),
        (("rule", "IMG40"), "IMG402"),
        (("rule", "layout-ov"), "layout-overlap"),
        (("report", "x", "-o", "ma"), "markdown"),
        (("report", "x", "--by", "component,sy"), "component,symbol"),
        (("check", "x", "--policy", "openb"), "openbeken-bl602"),
    ],
)
def test_values_are_real(words: tuple[str, ...], found: str) -> None:
    assert found in completed(*words)


def test_builds_are_those_of_the_policy(tmp_path: Path) -> None:
    (tmp_path / "imgcheck.toml").write_text('[build.lamp]\nelf = "a.elf"\n[build.relay]\nelf = "b.elf"\n')
    assert completed("check", "--build", "", here=tmp_path) == ["lamp", "relay"]
    assert completed("check", "--build", "re", here=tmp_path) == ["relay"]
    (tmp_path / "imgcheck.toml").write_text("[")
    assert completed("check", "--build", "", here=tmp_path) == []


# Options that take a name of those that imgcheck knows: whoever adds one says which.
_NAMES = ("LAYOUT", "NAME|FILE", "FILE|NAME", "FORMAT[=PATH]", "FILE|NAME|-...")


def test_every_option_with_names_completes_them() -> None:
    silent = [
        f"{name} {one.opts[0]}"
        for name, command in commands()
        for one in command.params
        if one.make_metavar(click.Context(command)).strip("[]") in _NAMES
        and one._custom_shell_complete is None
    ]
    assert not silent


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_takes_its_script(shell: str, tmp_path: Path) -> None:
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    assert f"_IMGCHECK_COMPLETE={shell}_source imgcheck" in text
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    script = subprocess.run(
        ["imgcheck"], env={**environment, "_IMGCHECK_COMPLETE": f"{shell}_source"},
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert "imgcheck" in script
    (tmp_path / "script").write_text(script)
    done = subprocess.run(
        [shell, "-n", str(tmp_path / "script")], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def printed(*command: str, **variables: str) -> list[str]:
    """The lines that a shell prints which finds the command first."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


def test_bash_completes_with_it() -> None:
    code = (
        'eval "$(_IMGCHECK_COMPLETE=bash_source imgcheck)"; COMP_WORDS=(imgcheck rule IMG40); COMP_CWORD=2; '
        '_imgcheck_completion imgcheck; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert printed("bash", "-c", code) == ["IMG401", "IMG402"]


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish")
def test_fish_completes_with_it() -> None:
    code = '_IMGCHECK_COMPLETE=fish_source imgcheck | source; complete -C "imgcheck rule IMG40"'
    assert [line.split()[0] for line in printed("fish", "-c", code)] == ["IMG401", "IMG402"]


ZSH = r"""
zmodload zsh/zpty
zpty it "TERM=dumb PS1='> ' zsh -f -i"
zpty -w it 'autoload -U compinit; compinit -u -D'
zpty -w it 'eval "$(_IMGCHECK_COMPLETE=zsh_source imgcheck)"; echo REA""DY'
while zpty -r it line; do [[ $line == *READY* ]] && break; done
zpty -w -n it $'imgcheck rule IMG40\t'
while zpty -r it line; do print -r -- "$line"; [[ $line == *IMG402* ]] && break; done
zpty -d it
"""


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_zsh_completes_with_it(tmp_path: Path) -> None:
    """A key is pressed on a terminal of its own: zsh completes nowhere else."""
    lines = printed("zsh", "-f", "-c", ZSH, HOME=str(tmp_path))
    shown = [line.split()[0] for line in lines if line.startswith("IMG40")]
    assert shown == ["IMG401", "IMG402"]
