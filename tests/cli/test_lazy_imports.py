"""What a gate that passes never uses it does not import: every job pays for each module, and CI runs many."""

import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
POLICY = 'extends = "openbeken-bl602"\nlayouts = ["guiflasher-2m"]\n'
RUN = """
import sys
from imgcheck.cli import run
code = run(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""
# Comparing with a base, revisions of git, predictions, pages, other chips, first policies; Python's own.
UNUSED = (
    "imgcheck.history.deltas",
    "imgcheck.history.snapshots",
    "imgcheck.policies.baseline",
    "imgcheck.policies.revision",
    "imgcheck.prediction.study",
    "imgcheck.prediction.linkgraph",
    "imgcheck.model.changes",
    "imgcheck.model.chart",
    "imgcheck.model.page",
    "imgcheck.model.savings",
    "imgcheck.readers.objects",
    "imgcheck.readers.reportjson",
    "imgcheck.rules.starter",
    "imgcheck.targets.beken",
    "imgcheck.targets.esp",
    "imgcheck.targets.ln882",
    "imgcheck.targets.winner",
    "decimal",
    "difflib",
    "email",
    "fractions",
    "importlib.resources",
    "jinja2",
    "lief",
    "pickle",
    "random",
    "sqlite3",
    "subprocess",
    "tempfile",
    "traceback",
)


def test_a_green_check_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    policy = tmp_path / "imgcheck.toml"
    policy.write_text(POLICY)
    command = [sys.executable, "-c", RUN, "check", str(BUILD), "--policy", str(policy)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    code, *modules = done.stderr.split()
    assert code == "0", done.stdout
    assert not [name for name in UNUSED if name in modules]


def test_what_a_build_was_given_is_told_without_what_reads_sources() -> None:
    program = "import sys, imgcheck.prediction.given; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not [name for name in done.stdout.split() if name.startswith("imgcheck.prediction.sources")]
