"""What exists is documented: docs/reference.md is what the program says of itself today."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import reference

from imgcheck import cli
from imgcheck.emitters import EMITTERS
from imgcheck.policies import keys
from imgcheck.report import catalogue
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


def returned(path: Path) -> Iterator[int]:
    """What its functions return as numbers, also one way or the other."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant | ast.IfExp | ast.Subscript):
            inside = node.value if not isinstance(node.value, ast.Subscript) else node.value.value
            values = inside.values if isinstance(inside, ast.Dict) else [inside]
            branches = [part for one in values for part in _branches(one)]
            yield from (one.value for one in branches if type(one.value) is int)


def _branches(node: ast.expr) -> list[ast.Constant]:
    if isinstance(node, ast.IfExp):
        return [*_branches(node.body), *_branches(node.orelse)]
    return [node] if isinstance(node, ast.Constant) else []


def test_exit_codes_are_all_that_the_command_line_returns() -> None:
    said = {code for path in Path(cli.__file__).parent.glob("*.py") for code in returned(path)}
    assert said <= set(reference.EXITS)
    assert {0, 1, 2, 130} <= said


def test_an_exit_code_that_is_not_documented_is_found(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text("def f(x):\n    return {True: 0, False: 7}[x]\ndef g(x):\n    return 0 if x else 3\n")
    assert set(returned(path)) == {0, 3, 7}


@click.command("fake")
@click.option("--fake-option", help="Nothing.")
def fake(fake_option: str) -> int:
    """Does nothing."""
    return 0


def _command(patch: pytest.MonkeyPatch) -> None:
    found = [*reference.commands(), ("fake", fake)]
    patch.setattr(reference, "commands", lambda: iter(found))


def _option(patch: pytest.MonkeyPatch) -> None:
    found = list(reference.commands())
    one = next(command for _, command in found if not isinstance(command, click.Group))
    patch.setattr(one, "params", [*one.params, *fake.params])
    patch.setattr(reference, "commands", lambda: iter(found))


def _format(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(EMITTERS, "fake-option", "nothing")


def _rule(patch: pytest.MonkeyPatch) -> None:
    one = next(iter(RULES.values()))._replace(code="fake-option")
    patch.setattr(reference, "RULES", {**RULES, one.code: one})


def _finding(patch: pytest.MonkeyPatch) -> None:
    pages = catalogue.every()
    patch.setattr(catalogue, "every", lambda: {**pages, "fake-option": next(iter(pages.values()))})


def _key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keys, "KEYS", (*keys.KEYS, keys.Key("fake-option", "text", "Nothing.", "nothing")))


def _exit(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(reference.EXITS, 9, "--fake-option")


@pytest.mark.parametrize("add", [_command, _option, _format, _rule, _finding, _key, _exit])
def test_what_is_added_without_a_word_is_missed(
    add: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more of each kind that there is, and the page is not what the program says any more."""
    add(monkeypatch)
    more = reference.markdown()
    assert "fake-option" in more and "fake-option" not in PAGE.read_text(encoding="utf-8")
