"""The composite action's steps, run in bash as GitHub runs them, and what lands in its files."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parent.parent
ACTION = ROOT / ".github/actions/imgcheck/action.yml"
FIXTURE = ROOT / "tests/firmware/build/base/OpenBL602.elf"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

pytestmark = pytest.mark.skipif(
    not shutil.which("bash") or not FIXTURE.exists(), reason="needs bash and the fixture"
)


def action() -> Any:
    return yaml.safe_load(ACTION.read_text(encoding="utf-8"))


class Runner:
    """As much of GitHub's runner as the action uses."""

    def __init__(self, folder: Path, event: dict[str, str] | None = None, **inputs: str) -> None:
        self.folder = folder
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        for file in self.files.values():
            file.write_text("")
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        self.tools = folder / "tools"
        self.tools.mkdir()
        self.values = {
            f"inputs.{name}": str(one.get("default", "")) for name, one in action()["inputs"].items()
        }
        self.values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        self.values |= {"github.action_path": str(ACTION.parent), "github.token": "t0ken", **(event or {})}

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        step = next(step for step in action()["runs"]["steps"] if step["id"] == name)
        script = self.folder / f"{name}.sh"
        script.write_text(step["run"], encoding="utf-8")
        environment = {
            "PATH": f"{self.tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": "owner/project",
            **{key: str(path) for key, path in self.files.items()},
            **{
                key: EXPRESSION.sub(lambda match: self.values.get(match[1], ""), str(value))
                for key, value in step.get("env", {}).items()
            },
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace, env=environment, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def outputs(self) -> dict[str, str]:
        lines = self.files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def tool(self, name: str, script: str) -> None:
        path = self.tools / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_the_action_is_well_formed() -> None:
    read = action()
    assert {"elf", "map", "policy", "layouts", "fail-on", "comment"} <= set(read["inputs"])
    assert {"verdict", "headroom", "ota-bytes"} <= set(read["outputs"])
    assert read["runs"]["using"] == "composite"
    for step in read["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]  # inputs only ever arrive as environment


def test_a_build_that_fits(tmp_path: Path) -> None:
    runner = Runner(
        tmp_path, elf=str(FIXTURE), layouts="devcube-1.4.8-2m\nguiflasher-2m\n", policy="openbeken-bl602"
    )
    done = runner.step("check")
    assert done.returncode == 0, done.stderr
    outputs = runner.outputs()
    assert outputs["verdict"] == "pass"
    assert int(outputs["headroom"]) > 0
    assert int(outputs["ota_bytes"]) > 512
    report = json.loads((runner.workspace / outputs["json"]).read_text())
    assert [one["name"] for one in report["layouts"]] == ["devcube-1.4.8-2m", "guiflasher-2m"]
    for name in ("markdown", "sarif", "junit", "html"):
        assert (runner.workspace / outputs[name]).stat().st_size > 200
    summary = runner.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert "devcube-1.4.8-2m" in summary


def test_a_build_that_is_over_its_budget(tmp_path: Path) -> None:
    policy = tmp_path / "strict.toml"
    policy.write_text('extends = "openbeken-bl602"\n[budgets]\nlibc = 16\n', encoding="utf-8")
    runner = Runner(tmp_path, elf=str(FIXTURE), policy=str(policy))
    done = runner.step("check")
    assert done.returncode == 1
    assert runner.outputs()["verdict"] == "fail"
    assert re.search(r"^::error .*IMG301", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "elf", ["absent.elf", "--help", '"; touch pwned; "', "$(touch pwned)", "a\nverdict=pass"]
)
def test_hostile_and_missing_inputs(tmp_path: Path, elf: str) -> None:
    runner = Runner(tmp_path, elf=elf, layouts=elf)
    done = runner.step("check")
    assert done.returncode == 2
    assert runner.outputs()["verdict"] == "unknown"
    assert not (runner.workspace / "pwned").exists()


def test_the_base_of_a_pull_request_is_asked(tmp_path: Path) -> None:
    runner = Runner(
        tmp_path,
        {"github.event.pull_request.base.sha": "0123456789abcdef0123456789abcdef01234567"},
        elf=str(FIXTURE),
    )
    done = runner.step("check")  # the workspace is no repository
    assert done.returncode == 2
    assert "--policy-from 0123456789abcdef" in done.stderr


def test_the_installation_can_be_left_out(tmp_path: Path) -> None:
    runner = Runner(tmp_path, install="false")
    assert runner.step("install").returncode == 0
    assert runner.files["GITHUB_PATH"].read_text() == ""


@pytest.mark.parametrize(
    ("old", "method"), [("", "POST"), ("41\t<!-- imgcheck:other -->\n42\t<!-- imgcheck:it -->", "PATCH")]
)
def test_one_comment_is_kept(tmp_path: Path, old: str, method: str) -> None:
    event = {"github.event.pull_request.number": "7"}
    runner = Runner(tmp_path, event, comment="true")
    folder = runner.workspace / "imgcheck-report"
    folder.mkdir()
    (folder / "comment.md").write_text("<!-- imgcheck:it -->\n\nFits.\n")
    calls = tmp_path / "calls"
    runner.tool("gh", f'if [[ "$*" == *--paginate* ]]; then printf "{old}"; else echo "$*" >> {calls}; fi')
    done = runner.step("comment")
    assert done.returncode == 0, done.stderr
    call = calls.read_text()
    assert f"--method {method}" in call
    where = "issues/comments/42" if method == "PATCH" else "issues/7/comments"
    assert f"repos/owner/project/{where}" in call
    assert "body=@imgcheck-report/comment.md" in call


def test_a_comment_that_may_not_be_written_is_a_warning(tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"github.event.pull_request.number": "7"})
    (runner.workspace / "imgcheck-report").mkdir()
    (runner.workspace / "imgcheck-report/comment.md").write_text("<!-- imgcheck:it -->\n")
    runner.tool("gh", "exit 1")
    done = runner.step("comment")
    assert done.returncode == 0
    assert done.stdout.startswith("::warning")


def test_the_hook_names_a_command_and_files() -> None:
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    assert {"id", "name", "entry", "language"} <= set(hook)
    for name in ("imgcheck.toml", "app/imgcheck.toml", "partition_cfg_2M.toml", "x/board.dts", "f.dtb"):
        assert re.search(hook["files"], name)
    for name in ("pyproject.toml", "notimgcheck.toml", "x.dtsi.txt"):
        assert not re.search(hook["files"], name)


def test_the_recipes_are_yaml_and_bash() -> None:
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    recipes = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    assert len(recipes) >= 5
    scripts = []
    for recipe in recipes:
        for job in recipe.get("jobs", {}).values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", "")
                scripts.append(step.get("run", ""))
        scripts += recipe.get("imgcheck", {}).get("script", [])
    for script in scripts:
        subprocess.run(["bash", "-n", "-c", script], check=True)
