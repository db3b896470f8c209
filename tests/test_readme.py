"""The README names commands, options and files that exist."""

import re
from pathlib import Path

import click
import pytest
import readme_figures
from readme_commands import commands

from imgcheck.cli import imgcheck as main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def invocations() -> list[list[str]]:
    """Every `imgcheck …` of the README's code blocks and inline code, as words."""
    blocks = re.findall(r"^```(?:sh|console|yaml)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`(imgcheck [^`]+)`", README)
    found = []
    for line in lines:
        match = re.match(r"(?:\s*(?:\$|-?\s*run:))?\s*(imgcheck\s.*)", line.partition(" # ")[0])
        if match:
            found.append(match[1].split())
    return found


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, groups followed, and the words that are left."""
    command: click.Command = main
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        context = click.Context(command)
        inner = command.get_command(context, rest[0])
        assert inner is not None, f"{' '.join(words)}: there is no command {rest[0]!r}"
        command, rest = inner, rest[1:]
    return command, rest


@pytest.mark.parametrize("words", invocations(), ids=" ".join)
def test_commands_and_options_exist(words: list[str]) -> None:
    command, rest = resolve(words)
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
    for word in rest:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, f"{' '.join(words)}: no option {word}"


def test_readme_has_commands_to_run() -> None:
    assert any(command.startswith("make demo") for command, _ in commands(README))
    assert any(command == "make test" for command, _ in commands(README))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z]+)`", README))))
def test_make_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_linked_files_exist(link: str) -> None:
    assert (ROOT / link).exists()


def test_expected_status_is_read_from_the_comment() -> None:
    block = "imgcheck report x \\\n  --output json # exit 1: too large\nmake demo\n"
    text = f"```sh\n{block}```\n```console\n$ no\n```\n"
    assert commands(text) == [("imgcheck report x    --output json", 1), ("make demo", 0)]


# What takes the time of predictions is compared where they are made: tests/test_truth.py.
@pytest.mark.parametrize("name", sorted({*readme_figures.BLOCKS} - {"savings"}))
def test_figures_are_what_the_program_prints(name: str) -> None:
    assert readme_figures.written(README, frozenset((name,))) == README, "`make readme` writes them anew"


def test_every_figure_has_its_place() -> None:
    places = re.findall(r"<!-- figures: (\w+) -->", README)
    assert sorted(places) == sorted(readme_figures.BLOCKS)
    assert README.count("<!-- end -->") == len(places)


def test_a_figure_that_is_not_todays_is_noticed() -> None:
    old = README.replace("49.0 % has no owner", "15.0 % has no owner")
    assert old != README == readme_figures.written(old, frozenset(("unowned",)))


def test_the_first_screen_has_a_picture_two_commands_and_the_gate_in_five_lines() -> None:
    screen = README.split("<!-- figures: screen -->")[0]
    assert len(screen.splitlines()) <= 40
    assert screen.count("![") == 1
    console, gate = re.findall(r"^```(?:console|yaml)\n(.*?)^```", screen, re.MULTILINE | re.DOTALL)
    assert console.count("$ ") == 2 and len(gate.splitlines()) == 5
