"""The recipes of CONTRIBUTING.md, followed in a copy: a new file, a line of a registry, and no more."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ELF = ROOT / "tests/firmware/build/base/OpenBL602.elf"

FORMAT = '''"""How many findings count as what."""

from imgcheck.emitters import PLAIN, Medium
from imgcheck.model import Report
from imgcheck.report.findings import every


def emit(report: Report, medium: Medium = PLAIN) -> str:
    """A line for each level."""
    levels = [one.level for one in every(report)]
    return "".join(f"{level} {levels.count(level)}\\n" for level in ("error", "warning", "note"))
'''

RULE = '''"""A symbol has a longer name than one may.

What it does
    Compares each name with `most` in `[rules.long-name]`.

Why it matters
    Names are what people read.

What to do
    Give it a shorter one.

Example
    a_very_long_name has 16 characters, and 8 are the most
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Need, Severity
from imgcheck.policies import keys

CODE = "IMG298"
SEVERITY: Severity = "error"
NEEDS = (Need.ELF,)
MOST = keys.Key("rules.long-name.most", "count", "Length of a name.", "not checked", "more", "name length")
OPTIONS = (MOST,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per symbol."""
    most = keys.option(facts.policy, MOST)
    long = {item.name for item in facts.image.items if most is not None and len(item.name) > most}
    for name in sorted(long):
        message = f"{name} has {len(name)} characters, and {most} are the most"
        yield Diagnostic(CODE, SEVERITY, message, subject=name)
'''

# Its class is that of the toy whose commands are tried one by one beside the other targets' tests.
TARGET_HEAD = '''"""A toy: ARM, another flash base, a raw container."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import ClassVar

from imgcheck.errors import FormatError
from imgcheck.model import Layout, Partition, Region, Soc, Verdict
from imgcheck.targets.target import Asked, Found, Judged, Kind, Survey, TableRules, Target, Unwrapped, Wrapped

'''


KEYS = """    Key("stack.floor", "size", "The least stack.", "not checked", "less", "stack floor"),
    Key("stack.tasks", "count", "Tasks that have one.", "not checked", "more", "number of tasks"),
    Key("stack.painted", "flag", "Whether it is painted at start.", "false", "less", "painting of stacks"),
    Key("owner", "text", "Whose firmware it is.", "nobody's"),
    Key("stack.trusted", "texts", "Tasks that are not looked at.", "none", "more", "trusted tasks"),
    Key("stack.asked", "texts", "Tasks that are.", "all", "less", "tasks looked at"),
    Key("stack.shares", "weights", "How much of it each may use.", "all", "more", "share of the stack"),
    Key("stack.names", "defines", "What tasks are called.", "by number", "more", "name of a task"),
"""
FIELDS = """    stack_floor: int | None = None
    stack_tasks: int | None = None
    stack_painted: bool = False
    owner: str = ""
    stack_trusted: tuple[str, ...] = ()
    stack_asked: tuple[str, ...] = ()
    stack_shares: Mapping[str, float] = field(default_factory=dict)
    stack_names: Mapping[str, str] = field(default_factory=dict)
"""


def put(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has no one place for it any more: {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with a format, a rule, a target, a policy key and a layout more."""
    home = tmp_path_factory.mktemp("copy")
    for name in ("imgcheck", "budgets", "reports"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    package = home / "imgcheck"

    (package / "emitters/tally.py").write_text(FORMAT, encoding="utf-8")
    put(
        package / "emitters/__init__.py",
        '    "azure": ',
        '    "tally": "counts",\n    "azure": ',
    )

    (package / "rules/long_name.py").write_text(RULE, encoding="utf-8")
    put(package / "rules/__init__.py", "    limit_loosened,\n", "    limit_loosened,\n    long_name,\n")

    toy = (ROOT / "tests/targets/test_toy_target.py").read_text(encoding="utf-8")
    own = toy[toy.index("BASE, APP") : toy.index("def table(")]
    (package / "targets/toy.py").write_text(TARGET_HEAD + own, encoding="utf-8")
    put(package / "targets/__init__.py", "register(BL602)\n", "register(BL602)\nregister(Toy())\n")
    line = "from imgcheck.targets.target import HEAD, Target\n"
    put(package / "targets/__init__.py", line, f"{line}from imgcheck.targets.toy import Toy\n")

    put(package / "policies/keys.py", '    Key("components", ', KEYS + '    Key("components", ')
    field = "    heap_floor: int | None = None\n"
    put(package / "model/policy.py", field, field + FIELDS)

    layout = (home / "budgets/layouts/devcube-1.4.8-2m.toml").read_text(encoding="utf-8")
    (home / "budgets/layouts/mine-2m.toml").write_text(layout, encoding="utf-8")
    return home


def run(home: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "imgcheck", *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "internal error" not in done.stderr, done.stderr
    return done


def test_a_rule_with_an_option_and_a_format_are_a_file_and_a_line_each(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "imgcheck.toml").write_text("[rules.long-name]\nmost = 38\n", encoding="utf-8")
    said = run(copy, tmp_path, "rule", "long-name").stdout
    assert said.startswith("IMG298") and "Give it a shorter one." in said
    check = ("check", str(ELF), "--policy", "imgcheck.toml")
    assert "most = 38" in run(copy, tmp_path, *check, "--show-policy").stdout
    done = run(copy, tmp_path, *check, "-o", "tally", "-o", "json=found.json")
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["diagnostics"]
    long = [one for one in found if one["code"] == "IMG298"]
    assert long and {(one["severity"], len(one["subject"]) > 38) for one in long} == {("error", True)}
    assert done.returncode == 1 and done.stdout.startswith(f"error {len(long)}\n")
    schema = json.loads(run(copy, tmp_path, "init", "--schema").stdout)
    assert "most" in schema["properties"]["rules"]["properties"]["long-name"]["properties"]


def test_a_single_value_of_a_policy_is_a_row_and_a_field(copy: Path, tmp_path: Path) -> None:
    base = '[stack]\nfloor = "4 KiB"\ntasks = 3\npainted = true\n'
    (tmp_path / "base.toml").write_text(f'owner = "the house"\n{base}', encoding="utf-8")
    (tmp_path / "imgcheck.toml").write_text('extends = "base.toml"\n[stack]\ntasks = 4\n', encoding="utf-8")
    said = run(copy, tmp_path, "check", str(ELF), "--policy", "imgcheck.toml", "--show-policy").stdout
    lines = {" ".join(line.split()) for line in said.splitlines()}
    assert {
        'owner = "the house" # base.toml:1', "floor = 4096 # base.toml:3", "tasks = 4 # imgcheck.toml:3",
        "painted = true # base.toml:5",
    } <= lines  # fmt: skip
    (tmp_path / "imgcheck.toml").write_text("[stack]\nflor = 1\n", encoding="utf-8")
    assert "did you mean 'floor'?" in run(copy, tmp_path, "lint", "imgcheck.toml").stdout
    for wrong, said in (("painted = 1", "'painted': true or false"), ("tasks = true", "'tasks': a number")):
        (tmp_path / "imgcheck.toml").write_text(f"[stack]\n{wrong}\n", encoding="utf-8")
        shown = run(copy, tmp_path, "lint", "imgcheck.toml").stdout
        assert said in shown and "at imgcheck.toml:2" in shown
    schema = json.loads(run(copy, tmp_path, "init", "--schema").stdout)
    assert {"floor", "tasks", "painted"} <= set(schema["properties"]["stack"]["properties"])
    assert "owner" in schema["properties"]


def test_a_list_and_a_table_of_a_policy_are_a_row_and_a_field(copy: Path, tmp_path: Path) -> None:
    """Read with their places, merged (a list whole, a table by name), listed, compared, in the schema."""
    base = '[stack]\ntrusted = ["idle"]\nasked = ["main", "net"]\n[stack.shares]\nidle = 0.25\nnet = 2\n'
    (tmp_path / "base.toml").write_text(f"{base}[stack.names]\n1 = 'one'\n", encoding="utf-8")
    mine = "trusted = ['idle', 'net']\nasked = ['main']\nshares.net = 3\nnames.1 = 'uno'\nnames.2 = 2\n"
    (tmp_path / "imgcheck.toml").write_text(f'extends = "base.toml"\n[stack]\n{mine}', encoding="utf-8")
    said = run(copy, tmp_path, "check", str(ELF), "--policy", "imgcheck.toml", "--show-policy").stdout
    lines = [" ".join(line.split()) for line in said.splitlines()]
    table = lines[lines.index("[stack]") + 2 :][:6]  # after `painted`
    assert table == [
        'trusted = ["idle", "net"] # imgcheck.toml:3', 'asked = ["main"] # imgcheck.toml:4',
        'shares."idle" = 0.25 # base.toml:5', 'shares."net" = 3 # imgcheck.toml:5',
        'names."1" = "uno" # imgcheck.toml:6', 'names."2" = "2" # imgcheck.toml:7',
    ]  # fmt: skip
    code = (
        "from pathlib import Path\nfrom imgcheck.policies import loosening, policy\n"
        "a, b = (policy.read(Path(name)) for name in ('base.toml', 'imgcheck.toml'))\n"
        "for old, new in ((a, b), (b, a)):\n"
        "    for one in loosening.compare(old, new): print(one.message, one.location and one.location.line)\n"
        "    print('--')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "net is new in the trusted tasks 3", "net is gone from the tasks looked at 4",
        "the share of the stack of net goes from 2 to 3 5", "the name of a task of 1 goes from one to uno 6",
        "--", "the name of a task of 1 goes from uno to one 8", "the name of a task of 2 is gone 7", "--",
    ], done.stderr  # fmt: skip
    for wrong, says in (
        ("trusted = 'idle'", "'trusted' is a list of texts"), ("shares = 1", "'shares' is a table"),
        ("shares.a = true", "a weight is a number"), ("names.a = 1.5", "a define is"),
    ):  # fmt: skip
        (tmp_path / "imgcheck.toml").write_text(f"[stack]\n{wrong}\n", encoding="utf-8")
        shown = run(copy, tmp_path, "lint", "imgcheck.toml").stdout
        assert says in shown and "at imgcheck.toml:2" in shown
    stack = json.loads(run(copy, tmp_path, "init", "--schema").stdout)["properties"]["stack"]["properties"]
    assert {"trusted", "asked", "shares", "names"} <= set(stack)
    assert stack["shares"]["additionalProperties"]["type"] == "number"


def test_a_target_is_a_file_and_a_call(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "app.bin").write_bytes(bytes(range(1, 251)) * 4)
    done = run(copy, tmp_path, "report", "app.bin", "--target", "toy", "-o", "json")
    assert [one["name"] for one in json.loads(done.stdout)["layouts"]] == ["toy-64k"]


def test_a_layout_is_a_file(copy: Path, tmp_path: Path) -> None:
    assert "mine-2m" in run(copy, tmp_path, "layout", "list").stdout
    assert run(copy, tmp_path, "layout", "lint", "mine-2m").returncode == 0
