"""What ARCHITECTURE.md promises of the code itself; the lists below are left to do and may only shrink."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgcheck

PACKAGE = Path(imgcheck.__file__).parent
LONGEST_MODULE, LONGEST_FUNCTION, MOST_ARGUMENTS = 300, 60, 6
NO_NAMES = frozenset({"utils", "common", "helpers", "base", "core", "manager", "misc"})

LONG_MODULES = frozenset({"history/sql.py", "readers/linkmap.py"})
LONG_FUNCTIONS = frozenset(
    {
        "api/check.py:show",
        "prediction/sources/comparison.py:compare",
        "prediction/sources/walk.py:file",
        "prediction/study.py:study",
        "report/grouped.py:table",
        "report/summary.py:build",
        "targets/bl602/packing.py:prices",
    }
)
# Calls with seven positional arguments or more, by room: records that are made field by field.
MANY_ARGUMENTS = {
    "api": 7,
    "builds": 5,
    "cli": 2,
    "devices": 3,
    "history": 9,
    "policies": 1,
    "prediction": 18,
    "readers": 16,
    "report": 3,
    "rules": 6,
    "targets": 17,
}
# Numbers written with a separator outside of report/, by room: messages of findings and errors.
NUMBERS = {
    "": 3,
    "api": 12,
    "builds": 7,
    "devices": 26,
    "emitters": 4,
    "history": 2,
    "policies": 10,
    "prediction": 13,
    "readers": 38,
    "rules": 43,
    "targets": 68,
}


def modules() -> Iterator[tuple[str, ast.Module, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(text), text


def room(name: str) -> str:
    return name.partition("/")[0] if "/" in name else ""


def test_no_module_is_longer_than_a_reader_wants() -> None:
    long = {name for name, _, text in modules() if len(text.splitlines()) > LONGEST_MODULE}
    assert long <= LONG_MODULES


def test_no_function_is() -> None:
    long = {
        f"{name}:{node.name}"
        for name, tree, _ in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert long <= LONG_FUNCTIONS


def test_calls_name_what_they_give() -> None:
    many = Counter(
        room(name)
        for name, tree, _ in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > MOST_ARGUMENTS and not _packs(node)
    )
    assert {name: count for name, count in many.items() if count > MANY_ARGUMENTS.get(name, 0)} == {}


def _packs(call: ast.Call) -> bool:
    """struct's pack takes as many values as its form has; min and max as many as there are."""
    last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return last in {"pack", "min", "max"}


def test_numbers_for_people_are_written_in_the_report() -> None:
    written = Counter(
        room(name)
        for name, tree, _ in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue) and node.format_spec and "," in ast.unparse(node.format_spec)
    )
    del written["report"]
    assert {name: count for name, count in written.items() if count > NUMBERS.get(name, 0)} == {}


# Libraries that say what happened in words only; what they said is taken apart where they are called.
ONLY_WORDS = frozenset(
    {
        "readers/devicecompilers.py",  # dtlib: "file:line:column: what"
        "readers/tomltext.py",  # tomllib before Python 3.14: "what (at line 1, column 2)"
        "readers/unpacking.py",  # zlib: "Error -3 while decompressing data: what"
    }
)
_TAKES_APART = frozenset(
    {"count", "endswith", "find", "fullmatch", "index", "match", "partition", "removeprefix", "removesuffix"}
    | {"replace", "rpartition", "search", "split", "startswith"}
)


def _words(node: ast.expr) -> bool:
    """Whether an expression is text for people: str(error), or what a finding or an error says."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str":
        return bool(node.args) and isinstance(node.args[0], ast.Name) and node.args[0].id in _ERRORS
    return isinstance(node, ast.Attribute) and node.attr in {"message", "position"}


_ERRORS = frozenset({"error", "fault", "exc", "e"})


def decided_by_words(tree: ast.AST) -> Iterator[int]:
    """Lines on which a message or a prefix in a name is compared, searched or taken apart."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            constant = any(isinstance(side, ast.Constant) and side.value != "" for side in sides)
            if any(map(_words, sides)) and constant:
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if node.func.attr in _TAKES_APART and any(map(_words, [node.func.value, *node.args])):
                yield node.lineno
            if node.func.attr in {"startswith", "removeprefix"} and {"[", "(", "shipped:"} & set(given):
                yield node.lineno


def test_no_decision_is_taken_from_words() -> None:
    """A verdict, an owner's kind, where something is from: values; what people read may change any day."""
    found = {name: lines for name, tree, _ in modules() if (lines := list(decided_by_words(tree)))}
    assert {name: lines for name, lines in found.items() if name not in ONLY_WORDS} == {}


@pytest.mark.parametrize(
    "clause",
    [
        '"withheld" in str(error)',
        'str(error) == "no such thing"',
        'one.message.split(" (")[0]',
        'one.message.startswith("no")',
        "_SAID.fullmatch(str(error))",
        'error.position.removeprefix("line ")',
        'name.startswith("[")',
        'place.path.startswith("shipped:")',
    ],
)
def test_the_search_for_words_finds_what_it_is_for(clause: str) -> None:
    assert list(decided_by_words(ast.parse(clause))) == [1]


def test_nothing_prints_and_no_module_has_a_name_that_says_nothing() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree, _ in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    found += [name for name, _, _ in modules() if set(Path(name).with_suffix("").parts) & NO_NAMES]
    assert found == []


def test_every_module_says_in_one_line_what_it_is_for() -> None:
    silent = [
        name for name, tree, _ in modules() if not (ast.get_docstring(tree) or "").split("\n", 1)[0].strip()
    ]
    assert silent == []
