"""A change raises its own limit, or gets code run, where the base's policy counts. None of it may work."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from imgcheck import cli
from imgcheck.data import shipped as shipped_folder
from imgcheck.errors import ImgcheckError
from imgcheck.policies import policy
from imgcheck.policies.revision import Revision

BUILD = Path(__file__).parent.parent / "firmware/build/base"
EXTENDS = 'extends = "openbeken-bl602"\n'
STRICT = EXTENDS + "[budgets]\nlibc = 16\n"
ELF = "build/base/OpenBL602.elf"

pytestmark = [
    pytest.mark.skipif(not shutil.which("git") or not BUILD.exists(), reason="needs git and the fixture"),
    pytest.mark.usefixtures("remembered"),
]


def git(*arguments: str | Path, cwd: Path | None = None) -> str:
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    command = ["git", *who, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, env=plain, cwd=cwd, text=True)
    return done.stdout.strip()


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose base allows libc 16 bytes, and whose working tree is about to be attacked."""
    for name in (
        "IMGCHECK_OUTPUT",
        "IMGCHECK_SUMMARY",
        "GITHUB_OUTPUT",
        "GITHUB_WORKSPACE",
        "CI_PROJECT_DIR",
    ):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "checkout"
    (home / "build/base").mkdir(parents=True)
    for name in ("OpenBL602.elf", "OpenBL602.map"):
        shutil.copy(BUILD / name, home / "build/base")
    enter(home, monkeypatch)
    git("init", "-q", "-b", "main")
    put(home / "imgcheck.toml", STRICT)
    put(home / "lax/imgcheck.toml", EXTENDS)
    put(home / "small.toml", _table("0xB0000"))
    put(home / ".gitignore", "build\n")
    git("add", "-A")
    git("commit", "-q", "-m", "base")
    return home


def enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PWD", str(folder))


def _table(size: str) -> str:
    shipped = shipped_folder("budgets") / "layouts/devcube-1.4.8-2m.toml"
    return shipped.read_text(encoding="utf-8").replace("0xC8000", size).replace("0xc8000", size)


def check(*arguments: str, elf: str = ELF, base: str = "main") -> int:
    return cli.run(["check", elf, "--policy-from", base, "-o", "json=/dev/null", *arguments])


def limits(path: Path) -> list[int]:
    return [slot["limit"] for one in json.loads(path.read_text())["layouts"] for slot in one["slots"]]


# --- names --------------------------------------------------------------------------------------------


def test_a_file_called_like_a_shipped_policy(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project / "openbeken-bl602", '[budgets]\nlibc = "1 MiB"\n[rules]\nselect = ["IMG301"]\n')
    put(project / "elsewhere/openbeken-bl602.toml", "")
    assert policy.choose("openbeken-bl602", ()).path == "shipped:openbeken-bl602"
    assert policy.choose("./openbeken-bl602", ()).budgets  # a file is meant by a path
    (project / "imgcheck.toml").unlink()
    git("commit", "-q", "-a", "-m", "no policy")
    for given in ((), ("--policy", "openbeken-bl602")):
        assert check(*given) == 0  # of IMG301 only, by the shipped policy: it has no budgets
        assert cli.run(["check", "--show-policy", "--policy-from", "main", *given]) == 0
        shown = capsys.readouterr().out
        assert "shipped with imgcheck" in shown
        assert "libc =" not in shown


def test_files_called_like_shipped_layouts(project: Path) -> None:
    put(project / "devcube-1.4.8-2m", _table("0x1F0000"))
    put(project / "imgcheck.toml", 'layouts = ["devcube-1.4.8-2m"]\n')
    git("commit", "-q", "-a", "-m", "layout")
    assert check("--layout", "devcube-1.4.8-2m", "-o", "json=r.json") == 0
    assert limits(project / "r.json")[0] == 0xC8000


# --- whose git configuration ----------------------------------------------------------------------------


def look_alike(folder: Path, script: str) -> None:
    """What a committed folder needs to be taken for a bare repository."""
    git("init", "-q", "--bare", folder)
    shutil.rmtree(folder / "hooks")
    config = (folder / "config").read_text().replace("bare = true", "bare = false")
    put(
        folder / "config", f'{config}\tworktree = ".."\n\tfsmonitor = "{script}"\n\tsshCommand = "{script}"\n'
    )


def test_a_bare_repository_in_the_tree(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pwned = project.parent / "pwned"
    bait = project / "bait"
    look_alike(bait, f"touch {pwned};")
    git("--git-dir", bait, "--work-tree", project / "lax", "add", "imgcheck.toml")
    git("--git-dir", bait, "--work-tree", project / "lax", "commit", "-q", "-m", "lax")
    git("--git-dir", bait, "branch", "-f", "main")
    pwned.unlink(missing_ok=True)  # preparing it has run the script
    enter(bait, monkeypatch)
    assert check(elf="../" + ELF) == 1
    assert not pwned.exists()


def test_replaced_objects(project: Path) -> None:
    strict, lax = (git("rev-parse", f"HEAD:{name}") for name in ("imgcheck.toml", "lax/imgcheck.toml"))
    git("replace", strict, lax)
    assert check() == 1


def test_a_replaced_commit(project: Path) -> None:
    base = git("rev-parse", "HEAD")
    put(project / "imgcheck.toml", EXTENDS)
    git("commit", "-q", "-a", "-m", "lax")
    git("replace", base, "HEAD")
    git("checkout", "-q", base)
    assert check(base=base) == 1


def test_a_partial_clone_fetches_nothing(project: Path) -> None:
    """A missing object is missing: no remote of the tree's choice is asked for it."""
    pwned = project.parent / "pwned"
    blob = git("rev-parse", "HEAD:imgcheck.toml")
    (project / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for key, value in {
        "remote.origin.url": f"ext::sh -c touch% {pwned}",
        "remote.origin.promisor": "true",
        "extensions.partialClone": "origin",
        "protocol.ext.allow": "always",
        "core.repositoryFormatVersion": "1",
    }.items():
        git("config", key, value)
    assert check() == 2
    assert not pwned.exists()


def test_an_object_that_is_not_what_its_name_says(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The build ran code of the change, which wrote into .git: names are hashes, and they are checked."""
    strict, lax = (git("rev-parse", f"HEAD:{name}") for name in ("imgcheck.toml", "lax/imgcheck.toml"))
    objects = project / ".git/objects"
    target = objects / strict[:2] / strict[2:]
    target.chmod(0o644)
    shutil.copy(objects / lax[:2] / lax[2:], target)
    assert check() == 2
    assert strict in capsys.readouterr().err


@pytest.mark.parametrize(
    "key", ["core.fsmonitor", "core.hooksPath", "core.pager", "core.sshCommand", "alias.cat-file"]
)
def test_configuration_of_the_checkout_runs_nothing(project: Path, key: str) -> None:
    pwned = project.parent / "pwned"
    script = put(project / "evil.sh", f"#!/bin/sh\ntouch {pwned}\n")
    script.chmod(0o755)
    git("config", key, ("!" if key.startswith("alias") else "") + str(script))
    assert check() == 1
    assert not pwned.exists()


def test_git_of_the_checkout(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH with the current folder in it finds the system's git all the same."""
    put(project / "git", "#!/bin/sh\necho 0\n").chmod(0o755)
    for path in (".", ""):
        monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.environ['PATH']}")
        assert check() == 1


def test_the_environment_says_nothing_either(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q", "../other")
    monkeypatch.setenv("GIT_DIR", "../other/.git")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "../other/.git/objects")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "nonsense")
    assert check() == 1


def test_a_submodule_is_not_the_jobs_repository(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = project.parent / "theirs"
    git("init", "-q", "-b", "main", theirs)
    put(theirs / "imgcheck.toml", EXTENDS)
    git("add", "-A", cwd=theirs)
    git("commit", "-q", "-m", "lax", cwd=theirs)
    git("submodule", "--quiet", "add", theirs, "sub")
    enter(project / "sub", monkeypatch)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    assert check(elf="../" + ELF) == 1


# --- links ----------------------------------------------------------------------------------------------


def test_a_linked_build_folder(project: Path) -> None:
    """The change moves its build into a folder with a laxer policy and links the old name to it."""
    shutil.move(project / "build", project / "lax/build")
    (project / "build").symlink_to("lax/build")
    assert check() == 1


def test_a_linked_folder_that_the_job_stands_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(project / "job/README", "")
    git("add", "-A")
    git("commit", "-q", "-m", "job")
    shutil.rmtree(project / "job")
    (project / "job").symlink_to("lax")
    enter(project / "job", monkeypatch)  # as a shell's `cd job` does: PWD keeps the name
    assert check(elf=f"{project}/{ELF}") == 1


def test_links_of_the_base_count(project: Path) -> None:
    """A link that the base has is the base's own choice."""
    put(project / "policies/strict.toml", STRICT)
    put(project / "imgcheck.toml", "").unlink()
    (project / "imgcheck.toml").symlink_to("linked/strict.toml")
    (project / "linked").symlink_to("policies")
    git("add", "-A")
    git("commit", "-q", "-m", "links")
    (project / "linked").unlink()
    (project / "linked").symlink_to("lax")
    assert check("--policy", "linked/strict.toml") == 2  # the proposed one is not there any more
    put(project / "lax/strict.toml", EXTENDS)
    assert check() == 1
    assert check("--policy", "linked/strict.toml") == 1


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../outside.toml", "imgcheck.toml", "a/../../outside.toml"]
)
def test_a_link_of_the_base_that_leads_out_or_nowhere(project: Path, target: str) -> None:
    put(project.parent / "outside.toml", EXTENDS)
    put(project / "imgcheck.toml", "").unlink()
    (project / "imgcheck.toml").symlink_to(target)
    git("commit", "-q", "-a", "-m", "out")
    (project / "imgcheck.toml").unlink()
    put(project / "imgcheck.toml", EXTENDS)
    assert check() == 2


def test_a_checkout_behind_a_link_is_found(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = project.parent / "here"
    here.symlink_to("checkout")
    enter(here, monkeypatch)
    assert check() == 1
    enter(project, monkeypatch)
    assert check(elf=f"{here}/{ELF}") == 1
    assert check("--policy", f"{here}/imgcheck.toml") == 1


# --- partition tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small.toml", "./small.toml", "lax/../small.toml"])
def test_a_layout_on_the_command_line_is_the_bases(project: Path, name: str) -> None:
    put(project / "small.toml", _table("0xC8000"))
    check("--layout", name, "-o", "json=r.json")
    assert limits(project / "r.json")[0] == 0xB0000


def test_a_layout_that_the_base_lacks_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project / "new.toml", _table("0xC8000"))
    put(project.parent / "outside.toml", _table("0xC8000"))
    for name in ("new.toml", "../outside.toml"):
        assert check("--layout", name) == 2
        assert "not in the repository at main" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["board.bin", "board.img", "board"])
def test_a_policys_table_of_another_kind(project: Path, name: str) -> None:
    """Not only .toml files hold tables."""
    (project / "tables").mkdir()
    assert cli.run(["layout", "build", "small.toml", "-o", f"tables/{name}"]) == 0
    put(project / "sub/imgcheck.toml", f'{EXTENDS}layouts = ["../tables/{name}"]\n')
    git("add", "-A")
    git("commit", "-q", "-m", "tables")
    put(project / "small.toml", _table("0xC8000"))
    assert cli.run(["layout", "build", "small.toml", "-o", f"tables/{name}"]) == 0
    check("--policy", "sub/imgcheck.toml", "-o", "json=r.json")
    assert limits(project / "r.json")[0] == 0xB0000
    assert "IMG701" in (project / "r.json").read_text()


def test_what_a_policy_extends_is_the_bases_too(project: Path) -> None:
    put(project / "more/limits.toml", "extends = 'deeper.toml'\n")
    put(project / "more/deeper.toml", STRICT)
    put(project / "imgcheck.toml", 'extends = "more/limits.toml"\n')
    git("add", "-A")
    git("commit", "-q", "-m", "extends")
    put(project / "more/deeper.toml", EXTENDS)
    assert check() == 1
    put(project / "more/limits.toml", EXTENDS)
    assert check() == 1


# --- outputs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["report.html", "out", "deep/link/r.html", "out/.."])
def test_an_output_is_written_through_no_link_of_the_change(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """A recipe writes into the checkout, where its CI system collects it: a link may lie there already."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "r.html").write_text("mine")
    link = project / {"deep/link/r.html": "deep/link", "out/..": "out"}.get(place, place)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(kept if place != "report.html" else kept / "r.html")
    path = f"{place}/r.html" if place.startswith("out") else place
    assert check("-o", f"html={path}") == 2
    assert "is a link of the checkout" in capsys.readouterr().err
    assert check("-o", f"html={project / path}") == 2
    assert (kept / "r.html").read_text() == "mine"


def test_a_checkout_that_is_reached_by_a_link_takes_outputs(project: Path, tmp_path: Path) -> None:
    (tmp_path / "door").symlink_to(project)
    assert check("-o", f"csv={tmp_path / 'door/r.csv'}") in (0, 1)
    (tmp_path / "own.csv").symlink_to(tmp_path / "real.csv")  # outside of the checkout: the job's own
    assert check("-o", f"csv={tmp_path / 'own.csv'}") in (0, 1)
    assert (project / "r.csv").exists() and (tmp_path / "real.csv").exists()


# --- revisions --------------------------------------------------------------------------------------------


def test_an_empty_revision_is_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A variable that the CI system did not set must not switch the comparison off."""
    assert check(base="") == 2
    assert "--policy-from" in capsys.readouterr().err
    assert cli.run(["check", "--show-policy", "--policy-from", ""]) == 2


@pytest.mark.parametrize("rival", ["tags/main", "remotes/main", "main"])
def test_a_name_that_two_things_have_is_none(
    project: Path, capsys: pytest.CaptureFixture[str], rival: str
) -> None:
    """Who may not push to main may push a tag of that name, which git takes first."""
    base = git("rev-parse", "main")
    put(project / "imgcheck.toml", EXTENDS)
    git("checkout", "-q", "-b", "change")
    git("commit", "-q", "-a", "-m", "lax")
    git("update-ref", f"refs/{rival}", "HEAD")
    for name in ("main", "main~0", "main^{commit}"):
        assert check(base=name) == 2
        assert f"refs/{rival}" in capsys.readouterr().err
    assert check(base="refs/heads/main") == check(base=base) == check(base=base[:12]) == 1
    git("update-ref", f"refs/{rival}", base)  # then it does not matter which
    assert check() == 1


def test_a_ref_that_is_called_like_a_hash(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = git("rev-parse", "main")
    put(project / "imgcheck.toml", EXTENDS)
    git("commit", "-q", "-a", "-m", "lax")
    for name in (base, base[:12]):
        git("update-ref", f"refs/tags/{name}", "HEAD")
    assert check(base=base) == 1
    assert check(base=base[:12]) == 2
    assert f"the hash {base[:12]}" in capsys.readouterr().err


def test_a_tag_and_a_commit_are_followed_to_the_tree(project: Path) -> None:
    git("tag", "-a", "v1", "-m", "one")
    put(project / "imgcheck.toml", EXTENDS)
    for name in ("v1", git("rev-parse", "v1"), git("rev-parse", "HEAD"), git("rev-parse", "--short", "HEAD")):
        assert check(base=name) == 1
    with pytest.raises(ImgcheckError, match="no such commit"):
        Revision([project], git("rev-parse", "HEAD:imgcheck.toml"))


def test_packed_objects_and_other_hashes(tmp_path: Path) -> None:
    git("init", "-q", "-b", "main", "--object-format=sha256", tmp_path)
    put(tmp_path / "a b/ö\n.toml", "x")
    git("add", "-A", cwd=tmp_path)
    git("commit", "-q", "-m", "one", cwd=tmp_path)
    git("gc", "-q", cwd=tmp_path)
    assert Revision([tmp_path], "main").read(str(tmp_path / "a b/ö\n.toml")) == b"x"


def test_a_worktree(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("worktree", "add", "-q", "-b", "other", "../linked")
    shutil.copytree(project / "build", project.parent / "linked/build")
    enter(project.parent / "linked", monkeypatch)
    put(Path("imgcheck.toml"), EXTENDS)
    assert check() == 1


def test_the_job_stands_above_its_checkout(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(project.parent, monkeypatch)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    put(project / "imgcheck.toml", EXTENDS)
    assert check(elf=f"checkout/{ELF}") == 1
    assert check(elf=str(project / ELF)) == 1


BUILDS = """[rules]
select = ["IMG1", "IMG3", "IMG7"]
[budgets]
libc = 16
[build.lamp]
elf = "build/base/OpenBL602.elf"
"""


def test_the_base_says_which_files_are_builds(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = committed(project, EXTENDS + BUILDS)
    put(project / "imgcheck.toml", EXTENDS + BUILDS.replace("base/", "base/none"))
    assert cli.run(["check", "--policy-from", base, "-o", "json=r.json"]) == 1
    said = [one["message"] for one in json.loads(Path("r.json").read_text())["diagnostics"]]
    assert any("the elf of build lamp goes from" in one for one in said)
    put(project / "imgcheck.toml", EXTENDS)  # nor does taking the build out help
    assert cli.run(["check", "--policy-from", base]) == 1
    assert "build lamp is no longer checked" in capsys.readouterr().out
    (project / "imgcheck.toml").unlink()
    assert cli.run(["check", "--policy-from", base]) == 1


def test_a_new_build_is_judged_by_what_the_base_asks_of_all(project: Path) -> None:
    base = committed(project, EXTENDS + BUILDS)
    lax = BUILDS + '[build.lax]\nelf = "build/lax.elf"\nbudgets = { libc = "1 MiB" }\n'
    for suffix in ("elf", "map"):
        shutil.copy(project / f"build/base/OpenBL602.{suffix}", project / f"build/lax.{suffix}")
    put(project / "imgcheck.toml", EXTENDS + lax)
    assert cli.run(["check", "--policy-from", base, "--build", "lax", "-o", "json=r.json"]) == 1
    assert "IMG301" in {one["code"] for one in json.loads(Path("r.json").read_text())["diagnostics"]}


def test_a_build_leads_out_of_the_checkout(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = committed(project, EXTENDS + BUILDS)
    outside = project.parent / "outside"
    shutil.move(project / "build/base", outside)
    (project / "build/base").symlink_to(outside)
    assert cli.run(["check", "--policy-from", base]) == 2
    assert "leads out of the checkout" in capsys.readouterr().err
    assert cli.run(["check"]) == 1  # where nobody has to be distrusted


def committed(project: Path, text: str) -> str:
    put(project / "imgcheck.toml", text)
    git("add", "-A")
    git("commit", "-q", "-m", "builds")
    return git("rev-parse", "HEAD")


def test_a_change_that_takes_a_source_out_can_pass(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The base's policy names what the change removes: one glob may be idle, a whole component may not."""
    gone = EXTENDS + '[components]\nmine = ["object:gone.o", "object:drv_main.o"]\n'
    put(project / "imgcheck.toml", gone)
    git("commit", "-q", "-a", "-m", "with a source that the change removes")
    assert check() == 0
    assert cli.run(["check", ELF]) == 2
    put(project / "imgcheck.toml", gone.replace(', "object:drv_main.o"', ""))
    git("commit", "-q", "-a", "-m", "a component of nothing")
    assert check() == 2
    assert "component 'mine' matches nothing" in capsys.readouterr().err


def test_a_change_that_takes_a_feature_out_of_the_header_can_pass(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The base's policy keeps what the change removes for good; the header is the change's anyway."""
    kept = EXTENDS + '[features]\nconfig = "cfg.h"\nkeep = ["ENABLE_GONE"]\n'
    put(project / "imgcheck.toml", kept)
    put(project / "cfg.h", "#define ENABLE_GONE 1\n")
    git("add", "-A")
    git("commit", "-q", "-m", "with a feature that the change removes")
    put(project / "cfg.h", "#define ENABLE_OTHER 1\n")
    assert check() == 0
    assert cli.run(["check", ELF]) == 2
    assert "keep names 'ENABLE_GONE'" in capsys.readouterr().err


# --- what it is compared with ---------------------------------------------------------------------


def excusing(project: Path) -> str:
    """A report of the very build that is over: whoever believes it excuses everything."""
    assert check() == 1
    assert (
        cli.run(["check", ELF, "--policy", "imgcheck.toml", "-o", f"json={project.parent / 'r.json'}"]) == 1
    )
    return (project.parent / "r.json").read_text(encoding="utf-8")


def test_a_report_that_the_change_commits_is_no_base(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = excusing(project)
    (project.parent / "old.json").write_text(text, encoding="utf-8")
    put(project / "untracked/base.json", text)
    base = git("rev-parse", "main")
    git("checkout", "-q", "-b", "change")
    for name in ("base.json", base, "deep/base.json"):  # a file can be called like the base commit
        put(project / name, text)
    (project / "link.json").symlink_to("untracked/base.json")
    (project / "folder").symlink_to("untracked")
    git("add", "base.json", base, "deep", "link.json", "folder")
    git("commit", "-q", "-m", "change")
    capsys.readouterr()
    for name in ("base.json", base, "deep/base.json", "deep/../base.json", "link.json", "folder/base.json"):
        assert check("--baseline", name, base=base) == 2, name
        assert "the change may have written it" in capsys.readouterr().err
    # What the job itself has fetched is the runner's word.
    assert check("--baseline", str(project.parent / "old.json"), base=base) == 0
    assert check("--baseline", "untracked/base.json", base=base) == 0
    # The build of the base as well: a committed one is the change's.
    shutil.copytree(project / "build/base", project / "other")
    assert check("--base-elf", "other/OpenBL602.elf", base=base) == 0
    git("add", "-f", "other")
    git("commit", "-q", "-m", "change")
    assert check("--base-elf", "other/OpenBL602.elf", base=base) == 2
