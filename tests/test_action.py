"""The composite action's steps, run in bash as GitHub runs them, and what lands in its files."""

import importlib.metadata
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parent.parent
ACTION = ROOT / ".github/actions/imgcheck/action.yml"
COMMENT = ROOT / ".github/actions/comment/action.yml"
FIXTURE = ROOT / "tests/firmware/build/base/OpenBL602.elf"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

pytestmark = pytest.mark.skipif(
    not shutil.which("bash") or not FIXTURE.exists(), reason="needs bash and the fixture"
)


def action(path: Path = ACTION) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


class Runner:
    """As much of GitHub's runner as the action uses."""

    def __init__(
        self, folder: Path, event: dict[str, str] | None = None, path: Path = ACTION, **inputs: str
    ) -> None:
        self.folder = folder
        self.path = path
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        for file in self.files.values():
            file.write_text("")
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        self.tools = folder / "tools"
        self.tools.mkdir()
        self.actions = folder / "actions"
        shutil.copytree(ROOT / ".github/actions", self.actions)
        # The system's programs come first: those of a test are this system's.
        clean = self.actions / "imgcheck/clean.sh"
        before = clean.read_text(encoding="utf-8")
        after = before.replace('PATH="/usr/bin:', f'PATH="{self.tools}:/usr/bin:')
        assert after != before
        clean.write_text(after, encoding="utf-8")
        self.values = {
            f"inputs.{name}": str(one.get("default", "")) for name, one in action(path)["inputs"].items()
        }
        self.values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        self.values |= {"github.action_path": str(self.actions / path.parent.name), "github.token": "t0ken"}
        self.values |= {"steps.python.outputs.python-path": sys.executable}
        self.values |= {"steps.install.outputs.program": str(Path(sys.executable).with_name("imgcheck"))}
        self.values |= event or {}
        self.left: dict[str, str] = {}  # what steps before left in the environment

    def plain(self, readers: str = "false") -> "Runner":
        """The same without what a step costs most time with: other readers, and a page's predictions.

        The ELF and its map alone are what it checks; the first test has other readers, and one of
        tests/test_openbeken.py predictions.
        """
        if self.values["inputs.elf"] == str(FIXTURE):
            alone = self.folder / "alone"
            alone.mkdir()
            for suffix in (".elf", ".map"):
                shutil.copy(FIXTURE.with_suffix(suffix), alone)
            self.values["inputs.elf"] = str(alone / FIXTURE.name)
        self.values["inputs.second-reader"] = readers
        return self

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        step = next(step for step in action(self.path)["runs"]["steps"] if step["id"] == name)
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
            **self.left,
            **{
                key: EXPRESSION.sub(lambda match: self.values.get(match[1], ""), str(value))
                for key, value in step.get("env", {}).items()
            },
        }
        done = subprocess.run(
            step["shell"].format(script).split(),
            cwd=self.workspace, env=environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        self.values |= {f"steps.{name}.outputs.{key}": value for key, value in self.outputs().items()}
        return done

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


@pytest.mark.parametrize("path", [ACTION, COMMENT])
def test_steps_are_pinned_and_no_input_is_part_of_a_script(path: Path) -> None:
    for step in action(path)["runs"]["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
            loaded = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "OPENSSL_CONF", "NODE_EXTRA_CA_CERTS")
            assert all(step["env"][name] == "" for name in (*loaded, "AGENT_TOOLSDIRECTORY"))
            continue
        # -p: no function and no BASH_ENV of the environment; what is loaded into bash runs before any script.
        assert step["shell"] == "/bin/bash --noprofile --norc -p -eo pipefail {0}"
        loaded = ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "GCONV_PATH", "LOCPATH")
        assert all(step["env"][name] == "" for name in loaded) and step["env"]["LC_ALL"] == "C"
        assert re.fullmatch(r'/bin/bash -p "\$ACTION/\S*clean\.sh" "\$ACTION/[a-z]+\.sh"', step["run"])


@pytest.mark.parametrize("path", [ACTION, COMMENT])
def test_a_script_reads_no_variable_that_a_step_before_could_have_set(path: Path) -> None:
    """The runner's own and those that the step gives it; a name that clean.sh does not hand on is empty."""
    clean = (ACTION.parent / "clean.sh").read_text(encoding="utf-8")
    listed = re.sub(r"\$?#.*", "", clean).partition("names=(")[2].partition(")")[0]
    handed = set(re.findall(r"\w+", listed))
    runners = {name for name in handed if name.startswith(("GITHUB_", "RUNNER_"))} | {"PATH", "JOB_PATH"}
    for step in action(path)["runs"]["steps"]:
        if "run" in step:
            given = set(step["env"]) - {name for name in step["env"] if name.startswith(("LD_", "LC_"))}
            given -= {"GCONV_PATH", "LOCPATH"}
            assert "INSTALL" in given  # what PATH and HOME are is decided by it
            assert given <= handed
            folder = path.parent if "../imgcheck" not in step["env"]["ACTION"] else ACTION.parent
            script = (folder / step["run"].split("/")[-1].strip('"')).read_text(encoding="utf-8")
            script = re.sub(r"^ *#.*", "", script, flags=re.MULTILINE)
            read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", script)) | set(
                re.findall(r'ENVIRON\["(\w+)"\]', script)
            )
            made = set(re.findall(r"\b([A-Z_]+)=", script)) | {"BASH_SOURCE"}
            assert read - made <= given | runners


def test_every_action_that_is_named_anywhere_is_pinned() -> None:
    for file in (ROOT / "docs/ci.md", ROOT / ".github/workflows/ci.yml", ACTION, COMMENT):
        for used in re.findall(r"uses: *(\S+)", file.read_text(encoding="utf-8")):
            if not used.startswith("./"):
                assert re.search(r"@([0-9a-f]{40}|COMMIT)$", used), f"{file}: {used}"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A build whose check passed, which other readers read too."""
    layouts = "devcube-1.4.8-2m\nguiflasher-2m\n"
    folder = tmp_path_factory.mktemp("checked")
    runner = Runner(folder, elf=str(FIXTURE), layouts=layouts, policy="openbeken-bl602").plain("true")
    done = runner.step("check")
    assert done.returncode == 0, done.stderr
    return runner


def test_a_build_that_fits(checked: Runner) -> None:
    runner = checked
    outputs = runner.outputs()
    assert outputs["verdict"] == "pass"
    assert int(outputs["headroom"]) > 0
    assert int(outputs["ota_bytes"]) > 512
    report = json.loads(Path(outputs["json"]).read_text())
    assert [one["name"] for one in report["layouts"]] == ["devcube-1.4.8-2m", "guiflasher-2m"]
    for name in ("markdown", "sarif", "junit", "html"):
        assert Path(outputs[name]).stat().st_size > 200
        assert Path(outputs[name]).parent == Path(outputs["folder"])
    summary = runner.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert "devcube-1.4.8-2m" in summary


def test_a_build_that_is_over_its_budget(tmp_path: Path) -> None:
    policy = tmp_path / "strict.toml"
    policy.write_text('extends = "openbeken-bl602"\n[budgets]\nlibc = 16\n', encoding="utf-8")
    runner = Runner(tmp_path, elf=str(FIXTURE), policy=str(policy)).plain()
    done = runner.step("check")
    assert done.returncode == 1
    assert runner.outputs()["verdict"] == "fail"
    assert re.search(r"^::error .*IMG301", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "elf", ["absent.elf", "--help", '"; touch pwned; "', "$(touch pwned)", "a\nverdict=pass"]
)
def test_hostile_and_missing_inputs(tmp_path: Path, elf: str) -> None:
    runner = Runner(tmp_path, elf=elf, layouts=elf).plain()
    done = runner.step("check")
    assert done.returncode == 2
    assert runner.outputs()["verdict"] == "unknown"
    assert not (runner.workspace / "pwned").exists()


def test_the_base_of_a_pull_request_is_asked(tmp_path: Path) -> None:
    runner = Runner(
        tmp_path,
        {"github.event.pull_request.base.sha": "0123456789abcdef0123456789abcdef01234567"},
        elf=str(FIXTURE),
    ).plain()
    done = runner.step("check")  # the workspace is no repository
    assert done.returncode == 2
    assert "--policy-from 0123456789abcdef" in done.stderr


def test_an_empty_revision_is_refused(tmp_path: Path) -> None:
    for given, code in (("", 2), ("none", 0)):
        (tmp_path / f"r{code}{given}").mkdir()
        runner = Runner(tmp_path / f"r{code}{given}", elf=str(FIXTURE), policy_from=given).plain()
        assert runner.step("check").returncode == code


def test_the_installation_can_be_left_out(tmp_path: Path) -> None:
    runner = Runner(tmp_path, install="false")
    assert runner.step("install").returncode == 0
    assert runner.outputs()["program"].endswith("/imgcheck")


def test_nothing_of_the_checkout_is_python(tmp_path: Path) -> None:
    """`python3 -m venv` runs a venv.py of the current folder, and pip whatever PYTHONPATH says."""
    runner = Runner(tmp_path)
    for folder in (runner.workspace, tmp_path / "path"):
        folder.mkdir(exist_ok=True)
        for name in ("venv.py", "pip.py", "ensurepip.py", "sitecustomize.py"):
            (folder / name).write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')\nraise SystemExit(3)\n")
    log = tmp_path / "python.log"
    # The real venv, but a pip that only says what it was asked: there may be no network here.
    fake = tmp_path / "python"
    fake.write_text(
        f"""#!/bin/bash
echo "$PWD: $*" >> {log}
if [ "$2 $3" = "-m venv" ]; then
  {sys.executable} "$1" -m venv --without-pip "${{@:4}}"
  ln -sf "$0" "${{@: -1}}/bin/python"
fi
"""
    )
    fake.chmod(0o755)
    runner.values["steps.python.outputs.python-path"] = str(fake)
    done = runner.step("install")
    assert done.returncode == 0, done.stderr
    asked = log.read_text().splitlines()
    assert len(asked) == 3
    for line in asked:
        where, _, arguments = line.partition(": ")
        assert where == str(tmp_path)
        assert arguments.startswith("-I -m ")
    assert "--require-hashes" in asked[1]
    assert "--no-index --no-deps --no-build-isolation" in asked[2]
    assert not (tmp_path / "pwned").exists()


FUNCTIONS = (
    "bash", "sh", "set", "unset", "compgen", "declare", "eval", "exec", "export", "read", "mktemp",
    "git", "gh", "head", "python3", "cd", "command", "env", "builtin", "cat", "echo", "printf",
    "true", "test", "[", "tr", "awk", "exit",
)  # fmt: skip
HANDED_ON = {
    "ACTION", "AUTHOR", "BODY", "GH_TOKEN", "INSTALL", "NUMBER", "PYTHON", "HOME", "LANG", "PATH",
    "PWD", "TMPDIR", "GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_REPOSITORY", "GITHUB_STEP_SUMMARY",
    "GITHUB_WORKSPACE", "RUNNER_TEMP", "PIP_CONFIG_FILE", "SHLVL", "_", "OLDPWD",
}  # fmt: skip


def test_what_steps_before_left_chooses_no_code(tmp_path: Path) -> None:
    """$GITHUB_ENV and $GITHUB_PATH are written by whatever the build ran; tools look for files, too."""
    runner = Runner(tmp_path, {"github.event.pull_request.base.sha": "0" * 40}, elf=str(FIXTURE)).plain()
    pwned, own = tmp_path / "pwned", runner.workspace / "bin"
    own.mkdir()
    hostile = f"open({str(pwned)!r}, 'a').write(__file__)\n"
    for folder in (runner.workspace, own, runner.workspace / "imgcheck"):
        folder.mkdir(exist_ok=True)
        for name in (
            "sitecustomize.py",
            "usercustomize.py",
            "json.py",
            "click.py",
            "__init__.py",
            "__main__.py",
        ):
            (folder / name).write_text(hostile)
    for name in ("git", "gh", "mktemp", "dirname", "readlink", "awk", "head"):
        for folder in (runner.workspace, own):
            (folder / name).write_text(f"#!/bin/sh\necho $0 >> {pwned}\n")
            (folder / name).chmod(0o755)
    (runner.workspace / "pip.conf").write_text("[global]\ntarget = pwned\npython = ./git\n")
    elsewhere = tmp_path / "elsewhere"  # a folder that is not the checkout's: it cannot be told by its place
    for folder in (elsewhere, elsewhere / ".config/gh"):
        folder.mkdir(parents=True)
    for name in ("bash", "sh", "git", "mktemp", "dirname", "readlink", "awk", "head", "env", "cat"):
        (elsewhere / name).write_text(f"#!/bin/sh\necho $0 >> {pwned}\n")
        (elsewhere / name).chmod(0o755)
    (elsewhere / ".gitconfig").write_text(f"[core]\n\tsshCommand = touch {pwned};\n")
    git = ("git", "-C", str(runner.workspace))
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "remote", "add", "origin", "ssh://nowhere.invalid/x"], check=True)
    runner.left = {
        "PYTHONPATH": f"{runner.workspace}:{own}:.",
        "PYTHONSTARTUP": str(own / "json.py"),
        "PYTHONUSERBASE": str(own),
        "PIP_CONFIG_FILE": str(runner.workspace / "pip.conf"),
        "GIT_SSH_COMMAND": f"touch {pwned};",
        "GIT_EXEC_PATH": str(own),
        "BASH_ENV": str(own / "env.sh"),
        "OPENSSL_CONF": str(own / "openssl.cnf"),
        "GH_CONFIG_DIR": str(own),
        "LD_PRELOAD": str(own / "evil.so"),
        "HOME": str(elsewhere),
        "SSL_CERT_FILE": str(own / "openssl.cnf"),
        "IMGCHECK_OUTPUT": f"json={pwned}",
        "IMGCHECK_DB": str(own / "history.db"),
        "CI_PROJECT_DIR": "/",
        "GLOBIGNORE": "*",
        "INSTALL": "false",
        "SHELLOPTS": "xtrace",
        "PS4": f"$(touch {pwned})",
        **{f"BASH_FUNC_{name}%%": f"() {{ echo {name} >> {pwned}; }}" for name in FUNCTIONS},
        "PATH": f":.:{own}:{elsewhere}:{runner.tools}:{os.environ['PATH']}",
    }
    (own / "env.sh").write_text(f"echo $BASH_SOURCE >> {pwned}\n")
    # A program of ours starts a `sh`, which is bash on many systems; it obeys functions, `env` among them.
    (runner.tools / "sh").symlink_to("/bin/bash")
    (runner.tools / "under").write_text(
        f"#!{runner.tools}/sh\n/usr/bin/env >> $RUNNER_TEMP/seen\n"
        "git --version\npython3 -I -c 1\ncd .\ncommand -v true\nunset x\nenv\necho | cat\n"
    )
    (runner.tools / "under").chmod(0o755)
    runner.tool("python", "under > /dev/null; [ $3 != venv ] || install -D $0 $4/bin/python")
    program = runner.values["steps.install.outputs.program"]
    runner.values["steps.python.outputs.python-path"] = str(runner.tools / "python")
    assert runner.step("install").returncode == 0
    seen = (tmp_path / "seen").read_text()
    assert "PIP_CONFIG_FILE=/dev/null" in seen
    assert "PYTHONPATH" not in seen and "GIT_" not in seen and f"{own}" not in seen
    allowed = re.compile(r"(\w+)=|.*")
    names = {found[1] for line in seen.splitlines() if (found := allowed.match(line))}
    assert names <= HANDED_ON, names - HANDED_ON
    runner.files["GITHUB_OUTPUT"].write_text("")
    runner.values["steps.install.outputs.program"] = program
    done = runner.step("check")
    assert done.returncode == 2 and "0" * 40 in done.stderr  # the base is nowhere: refused, not passed
    runner.values |= {"github.event.pull_request.base.sha": ""}
    assert runner.step("check").returncode == 0
    runner.tool("gh", "under > /dev/null; echo real >> $RUNNER_TEMP/asked")
    runner.values |= {"github.event.pull_request.number": "7"}
    assert runner.step("comment").returncode == 0
    assert (tmp_path / "asked").exists()
    assert "GH_TOKEN=" in (tmp_path / "seen").read_text()
    assert not pwned.exists(), pwned.read_text()


def test_the_first_run_has_no_base_and_the_next_one_has(tmp_path: Path) -> None:
    """The recipe of docs/ci.md: limits of growth are a warning at first, then held against its report."""
    policy = tmp_path / "p.toml"
    policy.write_text('extends = "openbeken-bl602"\n[growth]\nflash = 0\n')
    for name in ("first", "next"):
        (tmp_path / name).mkdir()
    first = Runner(tmp_path / "first", elf=str(FIXTURE), policy=str(policy)).plain()
    done = first.step("check")
    assert done.returncode == 0 and "IMG306" in done.stdout
    then = Runner(tmp_path / "next", elf=str(FIXTURE), policy=str(policy), baseline=first.outputs()["json"])
    done = then.plain().step("check")
    assert done.returncode == 0 and "IMG306" not in done.stdout
    assert re.search(r"::\+0 bytes since imgcheck-report-\w+/imgcheck\.json; OTA 66,152", done.stdout)


HOSTILE = [
    "-x",
    "--exit-zero",
    "a\nb",
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "../../x",
    "a b",
    "*",
    "%0A",
    "'\"",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_an_input_is_one_argument(text: str, tmp_path: Path) -> None:
    names = ("elf", "build", "map", "ota", "policy", "title", "baseline", "objects", "sources", "fail-on")
    runner = Runner(tmp_path, {f"inputs.{name}": text for name in names})
    runner.values |= {"inputs.policy-from": text, "inputs.layouts": "", "inputs.second-reader": text}
    runner.tool("imgcheck", "printf '%s\\0' \"$@\" > $RUNNER_TEMP/words")
    runner.values["steps.install.outputs.program"] = str(runner.tools / "imgcheck")
    assert runner.step("check").returncode == 0
    words = (tmp_path / "words").read_text().split("\0")[:-1]
    options = ("build", "map", "ota", "policy", "title", "baseline", "objects", "sources", "fail-on")
    for option in (*options, "policy-from"):
        assert words[words.index(f"--{option}") + 1] == text
    assert words[-2:] == ["--", text]
    assert words.count(text) == len(options) + 2  # never on its own
    assert not [*tmp_path.rglob("pwned")]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_value_of_an_option_ends_with_one_line(text: str, tmp_path: Path) -> None:
    runner = Runner(tmp_path, elf=str(FIXTURE), policy_from=text, title=text, layouts=text).plain()
    done = runner.step("check")
    assert done.returncode == 2
    said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    assert any(line.startswith("imgcheck: error: ") for line in said)
    assert "Traceback" not in done.stderr
    assert runner.outputs() == {"verdict": "unknown"}
    assert not [*tmp_path.rglob("pwned")]


REQUIREMENTS = ACTION.parent / "requirements.txt"


@pytest.mark.parametrize(
    ("asked", "there", "passed"),
    [("auto", True, True), ("auto", False, False), ("true", False, True), ("false", True, False)],
)
def test_other_readers_read_the_elf_where_they_are_installed(
    asked: str, there: bool, passed: bool, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (
        ("imgcheck", f'echo "$@" > {tmp_path}/words'),
        ("python", f"exit {0 if there else 1}"),
    ):
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    names = ("ELF", "MAP", "OTA", "POLICY", "OBJECTS", "SOURCES", "LAYOUTS")
    environment = {
        **{f"IN_{name}": "" for name in names},
        "PATH": os.environ["PATH"],
        "PROGRAM": str(tools / "imgcheck"),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "out"),
        "IN_FAIL_ON": "error",
        "IN_POLICY_FROM": "none",
        "IN_SECOND_READER": asked,
    }
    script = ROOT / ".github/actions/imgcheck/check.sh"
    subprocess.run(["bash", str(script)], env=environment, check=True, capture_output=True)
    assert ("--second-reader" in (tmp_path / "words").read_text().split()) is passed


def test_what_is_installed_is_pinned_by_hash_and_whole() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    text = re.sub(r"\\\n", " ", REQUIREMENTS.read_text(encoding="utf-8"))
    pinned: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            assert re.fullmatch(r"[\w.-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line
            name, version = line.split()[0].split("==")
            pinned[canonicalize_name(name)] = version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = [
        *project["project"]["dependencies"],
        *extras["second-reader"],
        *project["build-system"]["requires"],
    ]
    waiting = [Requirement(text) for text in asked]
    seen: set[str] = set()
    while waiting:  # and what those need, as far as it is installed here
        one = waiting.pop()
        name = canonicalize_name(one.name)
        assert name in pinned, f"{name} is needed and not pinned"
        assert one.specifier.contains(pinned[name]), f"{one} is pinned to {pinned[name]}"
        if name not in seen:
            seen.add(name)
            needs = map(Requirement, importlib.metadata.requires(name) or ())
            waiting += [need for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    assert seen == set(pinned), "pinned, and needed by nothing"


# --- comments ---------------------------------------------------------------------------------------------


def commenting(folder: Path, old: str = "", body: str | None = "<!-- imgcheck:it -->\n\nFits.\n") -> Runner:
    """A run on pull request 7 whose check has left `body`; `old` are the comments that are there."""
    runner = Runner(folder, {"github.event.pull_request.number": "7"}, comment="true")
    if body is not None:
        (folder / "written.md").write_text(body)
        runner.values["steps.check.outputs.markdown"] = str(folder / "written.md")
    calls = folder / "calls"
    listing = f"printf '{old}'"
    runner.tool("gh", f'if [[ "$*" == *--paginate* ]]; then {listing}; else echo "$*" >> {calls}; fi')
    return runner


MINE = "github-actions[bot]"


@pytest.mark.parametrize(
    ("old", "method"),
    [
        ("", "POST"),
        (f"41\\t{MINE}\\t<!-- imgcheck:other -->\\n42\\t{MINE}\\t<!-- imgcheck:it -->\\n", "PATCH"),
        # Somebody has written our marker: not ours, so not replaced.
        ("42\\tmallory\\t<!-- imgcheck:it -->\\n", "POST"),
    ],
)
def test_one_comment_is_kept(tmp_path: Path, old: str, method: str) -> None:
    runner = commenting(tmp_path, old)
    done = runner.step("comment")
    assert done.returncode == 0, done.stderr
    call = (tmp_path / "calls").read_text()
    assert f"--method {method}" in call
    where = "issues/comments/42" if method == "PATCH" else "issues/7/comments"
    assert f"repos/owner/project/{where}" in call
    (body,) = re.findall(r"body=@(\S+)", call)
    assert Path(body).read_text() == (tmp_path / "written.md").read_text()


def test_each_build_has_a_comment_of_its_own(tmp_path: Path) -> None:
    first, second = "<!-- imgcheck:it -->\n\nFits.\n", "<!-- imgcheck:it berry -->\n\n| a |\n"
    runner = commenting(tmp_path, f"42\\t{MINE}\\t<!-- imgcheck:it -->\\n", first + second)
    done = runner.step("comment")
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert ["PATCH" in one for one in calls] == [True, False]
    bodies = [Path(re.findall(r"body=@(\S+)", one)[0]).read_text() for one in calls]
    assert bodies == [first, second]


def test_without_a_file_the_policy_names_the_build(tmp_path: Path) -> None:
    runner = Runner(tmp_path).plain()
    shutil.copytree(FIXTURE.parent, runner.workspace / "out", ignore=shutil.ignore_patterns("*.a", "*.d"))
    policy = runner.workspace / "imgcheck.toml"
    policy.write_text('[rules]\nselect = ["IMG1"]\n[build.lamp]\nelf = "out/OpenBL602.elf"\n')
    assert runner.step("check").returncode == 0
    assert "<!-- imgcheck:OpenBL602 lamp -->" in runner.files["GITHUB_STEP_SUMMARY"].read_text()
    runner.values["inputs.build"] = "lmap"
    assert runner.step("check").returncode == 2


def test_only_what_this_run_wrote_is_posted(tmp_path: Path) -> None:
    """Files that the change committed, or links to what the token's job can read, are not reports."""
    runner = commenting(tmp_path, body=None)
    folder = runner.workspace / "imgcheck-report"
    folder.mkdir()
    (runner.workspace / ".git").mkdir()
    secret = "<!-- imgcheck:it -->\nextraheader = AUTHORIZATION: basic c2Vj\n"
    (runner.workspace / ".git/config").write_text(secret)
    for name in ("comment.md", "imgcheck.json"):
        (folder / name).symlink_to("../.git/config")
    assert runner.step("comment").returncode == 0
    assert not (tmp_path / "calls").exists()
    runner.values["steps.check.outputs.markdown"] = str(folder / "comment.md")
    assert runner.step("comment").returncode == 0
    assert not (tmp_path / "calls").exists()


def test_committed_files_stay_what_they_are(tmp_path: Path) -> None:
    runner = Runner(tmp_path, elf=str(FIXTURE)).plain()
    folder = runner.workspace / "imgcheck-report"
    folder.mkdir()
    (tmp_path / "precious").write_text("mine")
    for name in ("comment.md", "imgcheck.json", "imgcheck.sarif"):
        (folder / name).symlink_to(tmp_path / "precious")
    assert runner.step("check").returncode == 0
    assert (tmp_path / "precious").read_text() == "mine"
    assert Path(runner.outputs()["folder"]).is_relative_to(tmp_path)
    assert not Path(runner.outputs()["folder"]).is_relative_to(runner.workspace)


def test_a_check_that_could_not_be_made_posts_nothing(tmp_path: Path) -> None:
    runner = commenting(tmp_path, body=None).plain()
    runner.values["inputs.elf"] = "absent.elf"
    assert runner.step("check").returncode == 2
    assert set(runner.outputs()) == {"verdict"}
    assert runner.step("comment").returncode == 0
    assert not (tmp_path / "calls").exists()


def test_a_comment_that_may_not_be_written_is_a_warning(tmp_path: Path) -> None:
    runner = commenting(tmp_path)
    runner.tool("gh", "exit 1")
    done = runner.step("comment")
    assert done.returncode == 0
    assert done.stdout.startswith("::warning")


def test_a_forks_report_is_posted_as_text(checked: Runner, tmp_path: Path) -> None:
    """The whole of the second workflow, from the JSON on; the number is the looked-up one."""
    made = checked
    (tmp_path / "second").mkdir()
    inputs = {"json": made.outputs()["json"], "head_sha": "abc", "head_label": "fork:topic"}
    runner = Runner(tmp_path / "second", path=COMMENT, **inputs)  # type: ignore[arg-type]  # none of them is `event`
    calls = tmp_path / "second/calls"
    pulls = "printf '6\\tother\\n9\\tabc\\n'"
    runner.tool("gh", f'echo "$*" >> {calls}\nif [[ "$*" == *state=open* ]]; then {pulls}; fi')
    for step in ("find", "write", "comment"):
        done = runner.step(step)
        assert done.returncode == 0, done.stderr
    last = calls.read_text().splitlines()[-1]
    assert "--method POST repos/owner/project/issues/9/comments" in last
    posted = Path(last.rpartition("@")[2]).read_text(encoding="utf-8")
    assert posted.startswith("<!-- imgcheck:OpenBL602 -->")
    assert len(posted) <= 65_536
    runner.values["inputs.json"] = str(tmp_path / "link.json")
    (tmp_path / "link.json").symlink_to(made.outputs()["json"])
    assert runner.step("write").returncode == 2


@pytest.mark.parametrize("number", ["", "7; touch pwned", "../7"])
def test_a_number_is_a_number(tmp_path: Path, number: str) -> None:
    runner = commenting(tmp_path)
    runner.values["github.event.pull_request.number"] = number
    assert runner.step("comment").returncode == 0
    assert not (tmp_path / "calls").exists()


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
        for job in (recipe, *recipe.get("jobs", {}).values()):
            for step in job.get("steps", ()):
                assert "${{" not in step.get("run", "")
                scripts.append(step.get("run", ""))
        scripts += recipe.get("imgcheck", {}).get("script", [])
    for script in scripts:
        subprocess.run(["bash", "-n", "-c", script], check=True)
