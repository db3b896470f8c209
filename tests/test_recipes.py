"""The recipes of docs/ci.md: their commands are run, their files are read by what reads them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
BUILD = ROOT / "tests/firmware/build/base"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "build").mkdir()
    for name in ("OpenBL602.elf", "OpenBL602.map", "OpenBL602.bin"):
        shutil.copy(BUILD / name, tmp_path / "build" / name)
    return tmp_path


def shell(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def commands() -> list[str]:
    """Each whole `imgcheck check ...` line of the recipes for Jenkins, Azure and Gitea."""
    found = re.findall(r"(?:sh '|script: |run: )(imgcheck check build/[^'\n]*)", TEXT)
    assert len(found) == 3
    return found


@pytest.mark.parametrize("command", commands())
def test_commands_write_what_the_recipe_collects(command: str, project: Path) -> None:
    done = shell(["sh", "-c", command], project)
    assert done.returncode == 0, done.stderr
    for path in re.findall(r"=(\S+)", command):
        assert (project / path).stat().st_size > 0


@pytest.mark.parametrize("merging", [False, True])
def test_the_gitlab_script_judges_by_the_target_branch(merging: bool, project: Path) -> None:
    """Its variable is empty on a branch; on a merge request it is a commit, whose policy counts."""
    yaml = pytest.importorskip("yaml")
    (job,) = (
        one for one in map(yaml.safe_load, blocks("yaml")) if isinstance(one, dict) and "imgcheck" in one
    )
    (script,) = job["imgcheck"]["script"]
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(project)]
    (project / "imgcheck.toml").write_text('extends = "openbeken-bl602"\n[budgets]\nlibgcc = 100\n')
    for words in (["init", "-q"], ["add", "imgcheck.toml"], ["commit", "-q", "-m", "base"]):
        subprocess.run([*git, *words], check=True)
    base = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    (project / "imgcheck.toml").write_text('extends = "openbeken-bl602"\n[budgets]\nlibgcc = 99999\n')
    variables = [f"CI_MERGE_REQUEST_DIFF_BASE_SHA={base}", f"CI_PROJECT_DIR={project}"][not merging :]
    done = shell(["env", *variables, "sh", "-ec", script], project)
    assert done.returncode == int(merging), done.stderr  # its own limit is raised by the change
    collected = [*job["imgcheck"]["artifacts"]["reports"].values(), *job["imgcheck"]["artifacts"]["paths"]]
    assert len(collected) == 3
    for path in collected:
        assert (project / path).stat().st_size > 0


def test_make_target(project: Path) -> None:
    (project / "Makefile").write_text(blocks("make")[0])
    done = shell(["make", "size"], project)
    assert done.returncode == 0 and "Passed" in done.stdout, done.stderr


def test_cmake_target(project: Path) -> None:
    if not shutil.which("cmake"):
        pytest.skip("no cmake")
    head = "cmake_minimum_required(VERSION 3.10)\nproject(x C)\nadd_executable(firmware x.c)\n"
    (project / "CMakeLists.txt").write_text(head + blocks("cmake")[0])
    (project / "x.c").write_text("int main(void) { return 0; }\n")
    assert shell(["cmake", "-S", ".", "-B", "out"], project).returncode == 0


def test_platformio_script_adds_the_target(project: Path) -> None:
    asked: list[tuple[tuple[str, ...], dict[str, str]]] = []

    class Env:
        def AddCustomTarget(self, *given: str, **named: str) -> None:
            asked.append((given, named))

    env = Env()
    exec(blocks("python")[0], {"Import": lambda name: None, "env": env})
    (name, built, command), _ = asked[0]
    assert name == "imgcheck" and command == f"imgcheck check {built}"
    line = command.replace("$BUILD_DIR/${PROGNAME}", "build/OpenBL602")
    assert shell(["sh", "-c", line], project).returncode == 0
