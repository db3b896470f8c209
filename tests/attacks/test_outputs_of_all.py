"""Every command that writes a file refuses one that it reads: commands and options as click has them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from imgcheck import cli
from imgcheck.cli import written

BUILD = Path(__file__).parent.parent / "firmware/build/base"
# What options that take a word mean: neither a file that is read nor one that is written.
WORDS = {
    "build_name", "target", "title", "by", "pattern", "policy_from", "branch", "variant", "reason", "code",
    "fail_on_growth", "each", "without", "name", "need", "keep", "build_command", "flash_size", "lfs_size",
    "installed", "scheduler", "kind", "kinds", "since", "until", "revision", "date", "layout", "db",
    "policy", "baseline",
}  # fmt: skip
FOLDERS = {"objects", "sources", "old_sources", "new_sources", "artifacts", "logs"}

pytestmark = pytest.mark.skipif(not BUILD.exists(), reason="needs the fixture")


def commands(
    group: click.Group, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        elif command is not None:
            yield (*above, name), command


def root() -> click.Group:
    return next(value for value in vars(cli).values() if isinstance(value, click.Group))


ALL = dict(commands(root()))


def takes_text(parameter: click.Parameter) -> bool:
    return not getattr(parameter, "is_flag", False) and isinstance(
        parameter.type, click.Path | click.types.StringParamType
    )


def read_of(command: click.Command) -> list[click.Parameter]:
    names = {*WORDS, *FOLDERS, *written.OUTPUTS, "output", "address"}
    return [one for one in command.params if takes_text(one) and one.name not in names]


def writers(command: click.Command) -> list[str]:
    """The options with which a command writes FILE, as words of a command line."""
    found = []
    for parameter in command.params:
        if parameter.name == "output":
            found.append("-o json=fw.elf")
        elif parameter.name in written.OUTPUTS or parameter.name == "address":
            found.append(f"{parameter.opts[0]} fw.elf")
    return found


def cases() -> Iterator[tuple[str, str, str]]:
    for name, command in ALL.items():
        for read in read_of(command):
            for writer in writers(command):
                yield " ".join(name), read.name or "", writer


@pytest.mark.parametrize("link", ["soft", "hard"])
@pytest.mark.parametrize(("name", "read", "writer"), list(cases()))
def test_no_command_writes_over_what_it_reads(
    name: str, read: str, writer: str, link: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fw.elf").write_bytes(b"what is read")
    if link == "soft":
        (tmp_path / "other.elf").symlink_to("fw.elf")
    else:
        os.link(tmp_path / "fw.elf", tmp_path / "other.elf")
    command = ALL[tuple(name.split())]
    words = name.split()
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            words.append("other.elf" if parameter.name == read else "x")
            if parameter.name != read and isinstance(parameter.type, click.Path):
                (tmp_path / "x").write_bytes(b"x")
        elif parameter.name == read:
            words += [parameter.opts[0], "other.elf"]
        elif parameter.required and parameter.opts[0] not in writer:
            words += [parameter.opts[0], "x"]
    assert cli.run([*words, *writer.split()]) == 2
    assert "would be written over" in capsys.readouterr().err
    assert (tmp_path / "fw.elf").read_bytes() == b"what is read"


def test_every_command_that_makes_a_file_is_among_them() -> None:
    """An option whose help says that it writes has a name that the check knows."""
    for name, command in ALL.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.opts[0] in ("--to", "--svg", "--patch"):
                assert parameter.name in written.OUTPUTS, name


def test_a_history_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(BUILD / "OpenBL602.bin", tmp_path / "fw.bin")
    assert cli.run(["history", "record", "fw.bin", "--revision", "a" * 40, "--date", "2026-01-01"]) == 0
    before = (tmp_path / ".imgcheck/history.db").read_bytes()
    for words in (
        "list -o json=.imgcheck/history.db",
        "export --to .imgcheck/history.db",
        "plot --to .imgcheck/history.db",
    ):
        assert cli.run(["history", *words.split()]) == 2
    assert (tmp_path / ".imgcheck/history.db").read_bytes() == before


def test_a_file_of_a_folder_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    shutil.copy(BUILD / "OpenBL602.bin", tmp_path / "d/OpenBL602_1.18.1.bin")
    for command in ("identify", "release"):
        assert cli.run([command, "d", "-o", "json=d/OpenBL602_1.18.1.bin"]) == 2
    (tmp_path / "d/r.json").write_text("old")
    cli.run(["identify", "d", "-o", "json=d/r.json"])
    assert (tmp_path / "d/r.json").read_text() != "old"
    assert (tmp_path / "d/OpenBL602_1.18.1.bin").read_bytes() == (BUILD / "OpenBL602.bin").read_bytes()
