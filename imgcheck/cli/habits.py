"""What people type who come from other tools: near misses, and what they get instead of a puzzle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import click

from imgcheck.wording import near

# Words of other tools -> the command that answers.
_MEANT: Mapping[str, str] = MappingProxyType(
    {
        "compare": "diff",
        "size": "report",
        "sizes": "report",
        "show": "report",
        "analyze": "report",
        "analyse": "report",
        "gate": "check",
        "test": "check",
        "rules": "rule",
        "explain": "explain-log",
        "log": "explain-log",
        "tables": "layout list",
        "strip": "plan",
        "validate": "lint",
        "completion": "--help",
        "version": "--version",
    }
)
_FORMAT_WORDS = ("--format", "--output-format", "--fmt")


def command_hint(name: str, known: Iterable[str]) -> str:
    """A sentence for a word that is no command."""
    every = list(known)
    close = _MEANT.get(name.lower()) or next(iter(near(name[:80], every, 1, 0.6)), "")
    said = f"did you mean `imgcheck {close}`?" if close else "`imgcheck --help` lists the commands"
    return f"no command {name!r}; {said}"


def option_hint(option: str, formats: Iterable[str]) -> str:
    """What an option of other tools is called here; "" when nothing is known of it."""
    if option in _FORMAT_WORDS:
        return "formats are asked for with --output, as in --output json or --output json=report.json"
    if option.lstrip("-") in {*formats, "md", "xml"}:
        name = {"md": "markdown", "xml": "junit"}.get(option.lstrip("-"), option.lstrip("-"))
        return f"write --output {name}, or --output {name}=PATH"
    return ""


def is_file(word: str) -> bool:
    """Whether a word in the place of a command is a firmware file, or looks like one."""
    return "/" in word or Path(word).is_file() or word.lower().endswith((".elf", ".bin", ".ota", ".img"))


def once(options: Sequence[click.Parameter]) -> None:
    """Raises UsageError for an option that takes one value and was given twice: the last would win unseen."""
    for option in options:
        if not isinstance(option, click.Option) or option.multiple or option.count:
            continue
        if option.is_flag:
            # -v -v is -v, while the last of --packed --no-packed would win unseen.
            if option.secondary_opts and options.count(option) > 1:
                both = f"{option.opts[0]} and {option.secondary_opts[0]}"
                raise click.UsageError(
                    f"{both} were given {options.count(option)} times; give one of them once."
                )
            continue
        if options.count(option) > 1:
            raise click.UsageError(
                f"{option.opts[0]} was given {options.count(option)} times; it takes one value."
            )


def filled(options: Sequence[click.Parameter], values: Mapping[str, object]) -> None:
    """Raises UsageError for an option that was given an empty text.

    It is a variable that nobody set: taken for an option left out, another policy or base would judge unseen.
    """
    for option in options:
        given = values.get(option.name or "")
        if "" in (given if isinstance(given, list | tuple) else (given,)) and isinstance(
            option, click.Option
        ):
            raise click.UsageError(f"{option.opts[0]}: an empty text is no value; leave the option out.")
