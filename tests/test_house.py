"""What ARCHITECTURE.md promises of the code itself."""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import imgcheck
from imgcheck.rules import RULES

PACKAGE = Path(imgcheck.__file__).parent
LONGEST_MODULE, LONGEST_FUNCTION, MOST_ARGUMENTS = 300, 60, 6
NO_NAMES = frozenset({"utils", "common", "helpers", "base", "core", "manager", "misc"})


@cache
def modules() -> tuple[tuple[str, ast.Module, str], ...]:
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    names = {path: path.relative_to(PACKAGE).as_posix() for path in texts}
    return tuple((names[path], ast.parse(text), text) for path, text in texts.items())


_nodes: dict[int, tuple[ast.AST, tuple[ast.AST, ...]]] = {}  # by identity: the tree is held, so that it stays


def walk(tree: ast.AST) -> tuple[ast.AST, ...]:
    """As ast.walk, once for each tree: twenty tests look at all modules."""
    if id(tree) not in _nodes:
        _nodes[id(tree)] = tree, tuple(ast.walk(tree))
    return _nodes[id(tree)][1]


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """A hundred MB of trees would be copied with this process, by each test after these that makes copies."""
    yield
    modules.cache_clear()
    _nodes.clear()
    gc.collect()  # what Python keeps of tuples for later stands in the way of giving memory back


def room(name: str) -> str:
    return name.partition("/")[0] if "/" in name else ""


def test_no_module_is_longer_than_a_reader_wants() -> None:
    long = {name for name, _, text in modules() if len(text.splitlines()) > LONGEST_MODULE}
    assert long == set()


def test_no_two_test_modules_have_one_name() -> None:
    """Folders of tests are no packages: pytest takes the second one for the first, or for nothing."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_no_function_is() -> None:
    long = {
        f"{name}:{node.name}"
        for name, tree, _ in modules()
        for node in walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert long == set()


def test_calls_name_what_they_give() -> None:
    many = [
        f"{name}:{node.lineno}"
        for name, tree, _ in modules()
        for node in walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > MOST_ARGUMENTS and not _packs(node)
    ]
    assert many == []


def _packs(call: ast.Call) -> bool:
    """struct's pack takes as many values as its form has; min and max as many as there are."""
    last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return last in {"pack", "min", "max"}


def test_numbers_for_people_are_written_by_the_report_and_in_sentences_by_one_function() -> None:
    """imgcheck.wording.commas: every room makes sentences, none makes its own form of a number."""
    written = [
        f"{name}:{node.lineno}"
        for name, tree, _ in modules()
        if room(name) != "report" and name != "wording.py"
        for node in walk(tree)
        if isinstance(node, ast.FormattedValue) and node.format_spec and "," in ast.unparse(node.format_spec)
    ]
    assert written == []


def test_a_report_is_put_together_in_one_place() -> None:
    """report/assembly: seven commands built one by hand, and each forgot something else."""
    made = {
        name
        for name, tree, _ in modules()
        for node in walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Report"
    }
    assert made == {"report/assembly.py"}


def test_emitters_write_findings_and_settle_nothing_about_them() -> None:
    """report/findings: who reads a Diagnostic decides anew what its place, level, help or waiver is."""
    found = set()
    for name, tree, _ in (one for one in modules() if room(one[0]) == "emitters"):
        for node in walk(tree):
            if isinstance(node, ast.Name) and node.id == "Diagnostic":
                found.add(f"{name}:{node.lineno}")
        loops = [one for one in walk(tree) if isinstance(one, ast.For | ast.comprehension)]
        over = [one.iter for one in loops if ast.unparse(one.iter).endswith(".diagnostics")]
        found |= {f"{name}:{one.lineno}" for one in over}
    assert found == set()


# Where "unpacked" and "body" are other words than the names of the two slots.
OTHER_WORDS = frozenset(
    {
        "cli/timeline.py",  # what may be written on the command line, where no model is imported
        "devices/otalog.py",  # the code of a message
        "prediction/sources/structure.py",  # of a function
        "readers/reportjson.py",  # the words of a file; readers do not know the model
    }
)


def test_the_two_slots_are_named_in_one_place() -> None:
    """model/devices: UNPACKED and BODY, how people call them and what they limit."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree, _ in modules()
        if name not in OTHER_WORDS | {"model/devices.py"}
        for node in walk(tree)
        if isinstance(node, ast.Compare | ast.Subscript)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and part.value in ("unpacked", "body")
    ]
    assert found == []


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
    for node in walk(tree):
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


# Who opens files by another door than readers/files.py, imgcheck/data.py and imgcheck/output.py, and why.
OTHER_DOORS = frozenset(
    {
        "beside.py",  # a pipe between two processes of our own
        "api/prove.py",  # sources of the scratch tree that is built, and the build's log
        "builds/rebuild.py",  # starts the build
        "cli/standard.py",  # standard input, kept in a temporary file for what wants one
        "policies/baseline.py",  # a revision's layouts, into a temporary folder
        "policies/gitobjects.py",  # starts git
        "readers/otherreaders.py",  # a process of its own that imports nothing of imgcheck
    }
)
_OPENS = frozenset({"read_bytes", "read_text", "write_bytes", "write_text", "mkstemp", "fdopen", "mmap"})


def opened_files(tree: ast.AST) -> Iterator[int]:
    """Lines that open a file."""
    for node in walk(tree):
        if not isinstance(node, ast.Call):
            continue
        first = node.args[0] if node.args else None
        if isinstance(node.func, ast.Name) and node.func.id == "open":
            yield node.lineno
        elif isinstance(node.func, ast.Attribute):
            mode = first is None or (isinstance(first, ast.Constant) and isinstance(first.value, str))
            of_os = isinstance(node.func.value, ast.Name) and node.func.value.id == "os"
            if node.func.attr in _OPENS or (node.func.attr == "open" and (mode or of_os)):
                yield node.lineno


def test_files_are_opened_by_one_door() -> None:
    doors = {"readers/files.py", "data.py", "output.py"} | OTHER_DOORS
    found = {name: lines for name, tree, _ in modules() if (lines := list(opened_files(tree)))}
    assert {name: lines for name, lines in found.items() if name not in doors} == {}


@pytest.mark.parametrize(
    "clause", ["open(path)", "path.open('rb')", "path.open()", "os.open(path, 0)", "Path(name).read_bytes()"]
)
def test_the_search_for_doors_finds_what_it_is_for(clause: str) -> None:
    assert list(opened_files(ast.parse(clause))) == [1]


def test_nothing_prints_and_no_module_has_a_name_that_says_nothing() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree, _ in modules()
        for node in walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    found += [name for name, _, _ in modules() if set(Path(name).with_suffix("").parts) & NO_NAMES]
    assert found == []


def test_what_is_known_by_identity_says_why_that_holds() -> None:
    """What is collected gives its identity to the next: words say what keeps it, or why it need not."""
    silent = []
    for name, tree, text in modules():
        for outer in tree.body:
            calls = [node for node in ast.walk(outer) if isinstance(node, ast.Call)]
            if any(isinstance(node.func, ast.Name) and node.func.id == "id" for node in calls):
                own = ast.get_source_segment(text, outer) or ""
                silent += (
                    [] if re.search(r"identity|by id\b|kept records", own) else [f"{name}:{outer.lineno}"]
                )
    assert silent == []


def test_clauses_that_are_broken_on_demand_are_still_in_the_code() -> None:
    """tests/mutants: a clause that was rewritten meanwhile would be broken nowhere."""
    folder = Path(__file__).parent / "mutants"
    pages = [
        ast.parse((folder / name).read_text(encoding="utf-8")) for name in ("clauses.py", "predicting.py")
    ]
    names = {
        ast.unparse(one.targets[0]): ast.literal_eval(one.value)
        for page in pages
        for one in page.body
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant)
    }
    texts = {name: text for name, _, text in modules()}
    every = (one for page in pages for one in ast.walk(page))
    calls = [one for one in every if isinstance(one, ast.Call) and ast.unparse(one.func) == "Clause"]
    assert len(calls) > 100
    gone = []
    for one in calls:
        where, old = one.args[:2]
        file = names[where.id] if isinstance(where, ast.Name) else ast.literal_eval(where)
        if texts[file].count(ast.literal_eval(old)) != 1:
            gone.append(f"{file}: {ast.literal_eval(old)}")
    assert gone == []


def test_every_module_says_in_one_line_what_it_is_for() -> None:
    silent = [
        name for name, tree, _ in modules() if not (ast.get_docstring(tree) or "").split("\n", 1)[0].strip()
    ]
    assert silent == []


# Where a number of a rule is an example in a text for people.
EXAMPLES = frozenset({"cli/rule.py", "history/baseline.py"})


def test_a_rule_is_known_by_its_module_not_by_its_number() -> None:
    """Also where a policy or a page is written: a number that changes must change everywhere."""
    numbers = {
        f"{name}:{node.lineno}"
        for name, tree, _ in modules()
        if name not in EXAMPLES
        for node in walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"IMG\d{3}", node.value)
        and not _names_itself(tree, node)
        and not (room(name) == "rules" and node is _docstring(tree))  # its page may show another rule's
    }
    assert numbers == set()


def test_a_number_in_any_text_is_a_rules() -> None:
    said = {code for _, _, text in modules() for code in re.findall(r"IMG\d{3}", text)}
    assert said == set(RULES)


def _docstring(tree: ast.Module) -> ast.expr | None:
    return tree.body[0].value if tree.body and isinstance(tree.body[0], ast.Expr) else None


def _names_itself(tree: ast.Module, node: ast.Constant) -> bool:
    return any(
        isinstance(one, ast.Assign) and one.value is node and ast.unparse(one.targets[0]) == "CODE"
        for one in tree.body
    )


def test_possessive_groups_are_where_they_are_known_to_be_read_alike() -> None:
    """Python before 3.11.5 goes on in the wrong place behind one that fails (gh-106052)."""
    group = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+|\(\?>")
    found = {name for name, _, text in modules() if group.search(text)}
    assert found <= {"readers/preprocessor.py", "readers/tomltext.py"}, found


FOLDERS = frozenset(  # where a folder is what the function is about, and not where the user stands
    {
        "builds/rebuild.py",
        "data.py",
        "policies/policy.py",
        "policies/variants.py",
        "prediction/sources/tree.py",
        "readers/linemap.py",
    }
)
STAND = re.compile(r"\bcwd\(\)|\bgetcwd\b")


def test_where_the_user_stands_is_handed_to_nobody() -> None:
    """It is what the system says it is; at the end `report/moving` shows paths from there."""
    handed = {
        name
        for name, tree, _ in modules()
        for node in walk(tree)
        if isinstance(node, ast.FunctionDef)
        for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if one.arg == "folder" and one.annotation and ast.unparse(one.annotation) == "str"
    }
    assert handed <= FOLDERS
    asked = {name for name, _, text in modules() if STAND.search(text)}
    assert {name for name in asked if room(name) not in ("api", "cli")} == {
        "policies/revision.py",
        "prediction/configheader.py",
        "prediction/study.py",
    }
    shown = {name for name, _, text in modules() if "moving.seen_from(" in text}
    assert shown == {"api/door.py", "cli/options.py"}
