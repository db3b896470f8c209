"""What exists is documented: docs/reference.md is what the program says of itself today."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import click
import reference

from imgcheck import cli
from imgcheck.emitters import EMITTERS
from imgcheck.policies import keys
from imgcheck.rules import OPTIONS, RULES

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference.md"


def test_the_reference_is_what_the_program_says() -> None:
    made = reference.markdown()
    if os.environ.get("IMGCHECK_GOLDEN") == "write":
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


def test_everything_that_exists_stands_in_it() -> None:
    """By another way than the page is made: from the tables themselves."""
    page = PAGE.read_text(encoding="utf-8")
    for name, command in reference.commands():
        assert f"### imgcheck {name}\n" in page
        for one in command.params:
            for word in one.opts if isinstance(one, click.Option) and not one.hidden else ():
                assert word in page, f"imgcheck {name} {word}"
    for name in [
        *EMITTERS,
        *RULES,
        *(re.sub(r"^(waivers|build)\.", "", key.name) for key in (*keys.KEYS, *OPTIONS)),
    ]:
        assert f"`{name}`" in page or f" {name}`" in page, name


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{name} {one.opts[0]}"
        for name, command in reference.commands()
        for one in command.params
        if isinstance(one, click.Option) and not one.hidden and not one.help
    ]
    assert not silent


def test_exit_codes_are_all_that_the_command_line_returns() -> None:
    said = {
        node.value.value
        for path in Path(cli.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Return)
        and isinstance(node.value, ast.Constant)
        and type(node.value.value) is int
    }
    assert said <= set(reference.EXITS)
    assert {0, 2, 130} <= said
