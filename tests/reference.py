"""docs/reference.md, from click's own tables and the registries: what exists, not what was remembered."""

from __future__ import annotations

from collections.abc import Iterator

import click

from imgcheck.cli import COMMANDS
from imgcheck.cli import imgcheck as main
from imgcheck.emitters import EMITTERS
from imgcheck.policies import keys
from imgcheck.report import catalogue
from imgcheck.rules import OPTIONS, RULES

EXITS = {
    0: "It was measured, and nothing counts against it.",
    1: "It was measured, and something does: a finding of a gate, a build that does not fit, a growth over its limit.",
    2: "It could not be measured, or not be asked so: a wrong option, a file that cannot be read, a need that is not met.",
    130: "It was interrupted.",
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it, subcommands after their group."""
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", command.commands[sub]) for sub in sorted(command.commands))


def names(option: click.Parameter) -> str:
    """As one types it."""
    if isinstance(option, click.Argument):
        return option.make_metavar(click.Context(main))
    return ", ".join([*option.opts, *option.secondary_opts])


def markdown() -> str:
    """The page."""
    return "\n".join([*_commands(), *_formats(), *_rules(), *_codes(), *_keys(), *_exits()])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _commands() -> Iterator[str]:
    yield "# Reference\n\nWritten from the program itself: `IMGCHECK_GOLDEN=write pytest tests/test_reference.py`.\n"
    yield "## Commands\n"
    for name, command in commands():
        yield f"### imgcheck {name}\n\n{_cell(command.get_short_help_str(400))}\n"
        if isinstance(command, click.Group):
            continue
        yield "| argument or option | what it says |\n|---|---|"
        for one in command.params:
            words = one.help if isinstance(one, click.Option) else "argument"
            if not getattr(one, "hidden", False):
                yield f"| `{_cell(names(one))}` | {_cell(words or '')} |"
        yield ""


def _formats() -> Iterator[str]:
    yield "## Output formats\n\n| `--format` | for |\n|---|---|"
    yield from (f"| `{name}` | {words} |" for name, words in EMITTERS.items())


def _rules() -> Iterator[str]:
    yield "\n## Rules\n\n| code | name | severity | what is wrong |\n|---|---|---|---|"
    for one in RULES.values():
        yield f"| `{one.code}` | `{one.name}` | {one.severity} | {_cell(one.title)} |"


def _codes() -> Iterator[str]:
    yield "\n## Other findings\n\n`imgcheck rule CODE` says when, and what to do.\n\n| code | what is wrong |\n|---|---|"
    yield from (f"| `{code}` | {_cell(page.wrong)} |" for code, page in catalogue.every().items())


def _keys() -> Iterator[str]:
    yield f"\n## Policy keys\n\n{keys.markdown((*keys.KEYS, *OPTIONS))}"


def _exits() -> Iterator[str]:
    yield "## Exit codes\n\n| code | what it means |\n|---|---|"
    yield from (f"| `{code}` | {words} |" for code, words in EXITS.items())
    yield ""
