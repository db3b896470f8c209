"""The image's recipe, followed without a container: its context, its steps, and who runs what."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytest.importorskip("hatchling")


def steps() -> list[tuple[str, str]]:
    """Each instruction with its arguments; a line that is continued is one."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", kept)
    return [
        (word, rest.strip()) for word, _, rest in (one.partition(" ") for one in joined.splitlines() if one)
    ]


def test_it_is_slim_rootless_and_runs_the_command() -> None:
    found = steps()
    stages = [rest for word, rest in found if word == "FROM"]
    assert [one.partition(" AS ")[0] for one in stages] == ["python:3.12-slim"] * 2
    last = found[max(at for at, (word, _) in enumerate(found) if word == "FROM") :]
    words = [word for word, _ in last]
    said = dict(last)
    assert said["USER"] == "imgcheck" and "useradd --no-create-home --uid 1000 imgcheck" in said["RUN"] + str(
        last
    )
    # Nothing is done with other rights behind that, and nothing of the sources is in the last stage.
    assert set(words[words.index("USER") :]) == {"USER", "WORKDIR", "ENTRYPOINT"}
    assert [rest for word, rest in last if word == "COPY"] == ["--from=build /dist/*.whl /tmp/"]
    assert json.loads(said["ENTRYPOINT"]) == ["imgcheck"]
    scripts = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[project.scripts]")[2]
    assert re.search(r'^imgcheck = "', scripts, re.MULTILINE)
    for word, rest in found:
        if word == "RUN" and "apt-get install" in rest:
            assert "--no-install-recommends" in rest and "rm -rf /var/lib/apt/lists/*" in rest
        if word == "RUN" and "pip install" in rest:
            assert "--no-cache-dir" in rest


def test_its_context_is_enough_for_its_wheel(tmp_path: Path) -> None:
    """Of all files only those that .dockerignore lets through are there when the wheel is built."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert lines[0] == "*"
    allowed = [line.removeprefix("!") for line in lines[1:] if line.startswith("!")]
    context = tmp_path / "imgcheck"
    context.mkdir()
    for one in ROOT.iterdir():
        if any(fnmatch.fnmatch(one.name, name) for name in allowed):
            copy = shutil.copytree if one.is_dir() else shutil.copy
            copy(one, context / one.name)
    build = next(rest for word, rest in steps() if word == "RUN").partition("&& cd /imgcheck && python ")[2]
    assert build == "-m hatchling build -t wheel -d /dist"
    command = [sys.executable, *build.replace("/dist", str(tmp_path / "dist")).split()]
    subprocess.run(command, cwd=context, check=True, capture_output=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"imgcheck/__main__.py", "imgcheck/py.typed", "imgcheck/budgets/openbeken-bl602.toml"} <= names
