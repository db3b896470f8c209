"""`imgcheck check`, `init`, `rule` and `lint` as users run them: exit codes, files, mistakes."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imgcheck import cli
from imgcheck.data import shipped as shipped_folder
from imgcheck.policies import policy

FIXTURE = Path(__file__).parent.parent / "firmware/build/base"
ELF = FIXTURE / "OpenBL602.elf"
EXTENDS = 'extends = "openbeken-bl602"\n'

pytestmark = [
    pytest.mark.skipif(not ELF.exists(), reason="needs the fixture"),
    pytest.mark.usefixtures("remembered"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("IMGCHECK_OUTPUT", "IMGCHECK_SUMMARY", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, text: str, name: str = "imgcheck.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def check(*arguments: str | Path) -> int:
    return cli.run(["check", str(ELF), *map(str, arguments)])


def codes(path: Path) -> list[str]:
    return [one["code"] for one in json.loads(path.read_text())["diagnostics"]]


def test_a_build_that_passes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--policy", "openbeken-bl602") == 0
    assert "Passed" in capsys.readouterr().out


def test_exit_codes(home: Path) -> None:
    put(home, EXTENDS + "[budgets]\nlibc = 16\n")
    arguments = ("--policy", "imgcheck.toml", "-o", "json=r.json")
    assert check(*arguments) == 1
    assert "IMG301" in codes(home / "r.json")
    assert check(*arguments, "--exit-zero") == 0
    put(home, EXTENDS + '[budgets]\nlibc = { flash = "1 MiB", warn_at = "0.1 %" }\n')
    assert check(*arguments) == 0
    assert "IMG302" in codes(home / "r.json")
    assert check(*arguments, "--fail-on", "warning") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[budgets]\nlibc = '1 KBi'", "imgcheck.toml: '1 KBi' is no size"),
        ("[rules]\nselect = ['IMG999']", "no rule 'IMG999'"),
        ("[rules]\nselect = ['IMG105']", "IMG105 (ota-of-another-build) is selected and cannot be evaluated"),
        ("[features]\nconfig='x.h'\n[rules]\nselect = ['guard-commented-out']", "header was not found"),
        ("[budgets]\nlibc = 1\nlibc = 2", "not TOML"),
        ("layouts = ['absent']", "no layout named 'absent'"),
    ],
)
def test_a_gate_that_could_not_measure(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    shutil.copy(ELF, home)
    put(home, text)
    assert cli.run(["check", "OpenBL602.elf", "-o", "json=r.json"]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    assert not (home / "r.json").exists()


def test_a_budget_that_needs_a_map(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ELF, home)
    put(home, EXTENDS + "[budgets]\n'archive:libc.a' = 16\n")
    assert cli.run(["check", "OpenBL602.elf"]) == 2
    assert "give the ELF and its map" in capsys.readouterr().err


def test_a_bin_alone(home: Path) -> None:
    shutil.copy(FIXTURE / "OpenBL602.bin", home)
    assert cli.run(["check", "OpenBL602.bin", "-o", "json=r.json"]) == 0
    put(home, EXTENDS + "[budgets]\nlibc = 16\n")
    assert cli.run(["check", "OpenBL602.bin"]) == 2


def test_an_ota_budget_prices_the_build(home: Path) -> None:
    put(home, EXTENDS + "[budgets]\nlibc = { ota = 16 }\n")
    assert check("--policy", "imgcheck.toml", "-o", "json=r.json") == 1
    found = [
        one for one in json.loads((home / "r.json").read_text())["diagnostics"] if one["code"] == "IMG301"
    ]
    assert found[0]["measure"]["resource"] == "ota"


def test_a_waiver_is_shown_and_ends(home: Path) -> None:
    text = EXTENDS + "[budgets]\nlibc = 16\n[[waivers]]\nrule='IMG301'\nsubject='component libc flash'\n"
    put(home, text + "reason='soon'\nexpires=2999-01-01\n")
    assert check("--policy", "imgcheck.toml", "-o", "json=r.json") == 0
    found = [
        one for one in json.loads((home / "r.json").read_text())["diagnostics"] if one["code"] == "IMG301"
    ]
    assert "soon" in found[0]["waived"]
    put(home, text + "reason='soon'\nexpires=2020-01-01\n")
    assert check("--policy", "imgcheck.toml", "-o", "json=r.json") == 1
    assert {"IMG301", "IMG704"} <= set(codes(home / "r.json"))


def test_an_ota_file_of_another_build(home: Path) -> None:
    shutil.copy(ELF, home)
    data = bytearray((FIXTURE / "OpenBL602.bin").read_bytes())
    data[100] ^= 1
    (home / "other.bin").write_bytes(data)
    assert cli.run(["pack", "other.bin", "-o", "ota/x/FW_OTA.bin.xz.ota"]) == 2  # there is no such folder
    (home / "ota/x").mkdir(parents=True)
    assert cli.run(["pack", "other.bin", "-o", "ota/x/FW_OTA.bin.xz.ota"]) == 0
    assert cli.run(["check", "OpenBL602.elf", "-o", "json=r.json"]) == 1
    assert codes(home / "r.json").count("IMG105") == 1


def over(home: Path, text: str, *arguments: str) -> list[dict[str, Any]]:
    """What a check of the fixture finds of rule IMG401, by a policy with `text` in it."""
    put(home, EXTENDS + text)
    sources = ("--sources", str(FIXTURE.parent.parent))
    assert check("--policy", "imgcheck.toml", "-o", "rdjson=r.json", *sources, *arguments) == 1
    found = json.loads((home / "r.json").read_text())["diagnostics"]
    return [one for one in found if one["code"]["value"] == "IMG401"]


def test_the_features_to_strip_are_named_on_their_line(home: Path) -> None:
    # A table whose first slot is just too small for what the fixture is today.
    size = 4096 + -(-(FIXTURE / "OpenBL602.bin").stat().st_size // 16) * 16
    first = (size - 1) // 4096 * 4096
    head = "[pt_table]\naddress0 = 0xE000\naddress1 = 0xF000\n[[pt_entry]]\ntype = 0\nname = 'FW'\n"
    head += "device = 0\n"
    slots = f"address0 = 0x10000\nsize0 = {first}\naddress1 = {0x10000 + first}\nsize1 = 0x40000\nlen = 0\n"
    put(home, head + slots, "near.toml")
    found = over(home, "", "--layout", "near.toml")
    assert found
    header = (FIXTURE.parent.parent / "src/obk_config.h").read_text(encoding="utf-8").split("\n")
    for one in found:
        line = one["location"]["range"]["start"]["line"]
        name = one["message"].split()[2]
        assert header[line - 1].split()[:2] == ["#define", name]
        assert f"//#define {name}" in one["suggestions"][0]["text"].replace("\t", " ")
        assert "over near" in one["message"]


def test_a_budget_that_is_over_names_features_too(home: Path) -> None:
    found = over(home, "[budgets]\ntime = 16\n")
    assert "ENABLE_NTP" in " ".join(one["message"] for one in found)
    assert all("off component time" in one["message"] for one in found)


def test_a_device_tree_is_checked_as_well(home: Path) -> None:
    put(home, '/dts-v1/;\n/ { wifi { mac { mode = "XYZ"; }; }; };\n', "factory.dts")
    assert check("--policy", "openbeken-bl602", "-o", "json=r.json", "--dts", "factory.dts") == 1
    found = json.loads((home / "r.json").read_text())["diagnostics"]
    assert any(one["location"] and one["location"]["path"] == "factory.dts" for one in found)
    assert check("--policy", "openbeken-bl602", "--dts", "absent.dts") == 2


# --- the policy that counts -----------------------------------------------------------------------


def test_what_is_in_force(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(home, EXTENDS + 'reserve = "4 KiB"\n[budgets]\nlwip = "9 %"\n')
    assert cli.run(["check", "--show-policy"]) == 0
    shown = capsys.readouterr().out
    assert "reserve = 4096" in shown
    assert "# imgcheck.toml:2" in shown
    assert "(shipped)" in shown
    put(home, shown, "again/imgcheck.toml")
    again, first = policy.read(home / "again/imgcheck.toml"), policy.read(home / "imgcheck.toml")
    assert (again.components, again.features, again.reserve) == (
        first.components,
        first.features,
        first.reserve,
    )
    assert [(b.name, b.share) for b in again.budgets] == [("lwip", 0.09)]
    assert cli.run(["check"]) == 2
    assert "FIRMWARE" in capsys.readouterr().err


def git(*arguments: str) -> None:
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True, env=plain)


@pytest.fixture
def project(home: Path) -> Path:
    if not shutil.which("git"):
        pytest.skip("needs git")
    git("init", "-q", "-b", "main")
    shutil.copytree(FIXTURE.parent, home / "build")
    put(home, 'extends = "openbeken-bl602"\nlayouts = ["tables/small.toml"]\n[budgets]\nlibc = 16\n')
    small = (shipped_folder("budgets") / "layouts/devcube-1.4.8-2m.toml").read_text(encoding="utf-8")
    put(home, small.replace("0xC8000", "0xB0000").replace("0xc8000", "0xb0000"), "tables/small.toml")
    git("add", "imgcheck.toml", "tables")
    git("commit", "-q", "-m", "base")
    return home


def in_project(*arguments: str) -> int:
    return cli.run(["check", "build/base/OpenBL602.elf", "-o", "json=r.json", *arguments])


def test_a_change_cannot_raise_its_own_limit(project: Path) -> None:
    put(
        project,
        EXTENDS + 'layouts = ["tables/small.toml"]\n[budgets]\nlibc = "1 MiB"\n[rules]\nignore=["IMG606"]\n',
    )
    assert in_project() == 0
    assert in_project("--policy-from", "HEAD") == 1
    assert {"IMG301", "IMG701", "IMG703"} <= set(codes(project / "r.json"))
    found = json.loads((project / "r.json").read_text())["diagnostics"]
    places = {one["code"]: one["location"] for one in found if one["code"] in ("IMG301", "IMG701")}
    assert {code: (place["path"], place["line"]) for code, place in places.items()} == {
        "IMG301": ("imgcheck.toml", 4),
        "IMG701": ("imgcheck.toml", 4),
    }


def test_nor_by_deleting_the_policy(project: Path) -> None:
    (project / "imgcheck.toml").unlink()
    assert in_project() == 0
    assert in_project("--policy-from", "main") == 1
    assert {"IMG301", "IMG701"} <= set(codes(project / "r.json"))


def test_nor_by_a_partition_table(project: Path) -> None:
    table = project / "tables/small.toml"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("0xB0000", "0xC8000").replace("0xb0000", "0xc8000"), encoding="utf-8")
    assert table.read_text(encoding="utf-8") != text
    in_project("--policy-from", "HEAD", "--exit-zero")
    report = json.loads((project / "r.json").read_text())
    assert "IMG701" in [one["code"] for one in report["diagnostics"]]
    assert report["layouts"][0]["slots"][0]["limit"] == 0xB0000


def test_nor_by_a_link(project: Path) -> None:
    put(project, EXTENDS, "loose/small.toml")
    shutil.rmtree(project / "tables")
    (project / "tables").symlink_to("loose")
    assert in_project("--policy-from", "HEAD") == 2  # the proposed table is none
    assert cli.run(["check", "--show-policy", "--policy-from", "HEAD"]) == 2


@pytest.mark.parametrize("revision", ["absent", "--upload-pack=x", "-x", "HEAD:imgcheck.toml", ""])
def test_revisions_that_are_none(project: Path, capsys: pytest.CaptureFixture[str], revision: str) -> None:
    assert in_project(f"--policy-from={revision}") == 2
    assert "--policy-from" in capsys.readouterr().err


def test_a_revision_without_a_policy_has_the_shipped_one(project: Path) -> None:
    git("rm", "-q", "--cached", "imgcheck.toml")
    git("commit", "-q", "-m", "none")
    assert in_project("--policy-from", "HEAD") == 0
    assert "IMG301" not in codes(project / "r.json")


def test_the_change_that_adds_the_first_policy_can_go_green(project: Path) -> None:
    """What `init --accept` waives counts at once, and nothing else of that policy does."""
    tiny = (project / "tables/small.toml").read_text(encoding="utf-8").replace("0xB0000", "0x19000")
    put(project, tiny.replace("0xb0000", "0x19000"), "tables/tiny.toml")
    git("rm", "-q", "--cached", "imgcheck.toml")
    git("add", "tables")
    git("commit", "-q", "-m", "none")
    waiver = '[[waivers]]\nrule = "{}"\nsubject = "{}"\nreason = "old"\nexpires = 2099-01-01\n'
    first = EXTENDS + waiver.format("IMG101", "tiny")
    put(project, first)
    asked = ("--layout", "tables/tiny.toml", "--policy-from")
    assert in_project(*asked, "HEAD") == 0
    found = json.loads((project / "r.json").read_text())["diagnostics"]
    (told,) = (one for one in found if one["code"] == "IMG702")
    assert told["severity"] == "warning" and "counts already" in told["help"]
    (over,) = (one for one in found if one["code"] == "IMG101")
    assert over["waived"]
    put(project, EXTENDS + waiver.format("IMG101", "other"))
    assert in_project(*asked, "HEAD") == 1
    # Where there is a policy, a change cannot waive anything for itself.
    put(project, first)
    git("add", "imgcheck.toml")
    put(project, EXTENDS)
    git("add", "imgcheck.toml")
    git("commit", "-q", "-m", "a policy")
    put(project, first)
    assert in_project(*asked, "HEAD") == 1


# --- the other commands ---------------------------------------------------------------------------


def test_a_starter_passes_and_is_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["init", str(ELF)]) == 0
    written = policy.read(home / "imgcheck.toml")
    assert written.layouts
    assert written.budgets
    assert written.heap_floor
    assert check("--policy", "imgcheck.toml") == 0
    assert cli.run(["init", str(ELF)]) == 2
    assert "--force" in capsys.readouterr().err
    assert cli.run(["init", "--force"]) == 0
    assert policy.read(home / "imgcheck.toml").budgets == ()
    assert cli.run(["init", "--to", "-"]) == 0
    assert capsys.readouterr().out == (home / "imgcheck.toml").read_text(encoding="utf-8")
    assert cli.run(["init", "absent.elf", "--force"]) == 2


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rule"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert all(line.startswith("IMG") for line in listed[: listed.index("")])  # then what is no rule's
    assert cli.run(["rule", "img402"]) == 0
    assert "What to do" in capsys.readouterr().out
    assert cli.run(["rule", "IMG4O2"]) == 2
    assert "did you mean 'IMG402'" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("imgcheck.toml", EXTENDS, 0, "no errors"),
        ("imgcheck.toml", "reserv = 1", 1, "imgcheck.toml:1:1: error: unknown key 'reserv'"),
        ("imgcheck.toml", "\nlayouts = ['devcube']", 1, "imgcheck.toml:2:1: error: no layout named"),
        ("imgcheck.toml", "[rules]\nignore = ['IMG9']", 1, "imgcheck.toml:2:1: error: no rule 'IMG9'"),
        ("imgcheck.toml", "[components]\na = 'x'\nb = 'x'", 0, "component b never gets a byte"),
        ("partition.toml", "[pt_table]\naddress0 = 1", 1, "partition.toml"),
        ("a.dts", "/dts-v1/;\n/ { a = <1 }; };", 1, "a.dts:2"),
        ("a.dtb", "xx", 1, "a.dtb: error"),
        ("absent.toml", None, 2, "absent.toml: No such file"),
    ],
)
def test_lint(capsys: pytest.CaptureFixture[str], name: str, text: str | None, code: int, words: str) -> None:
    home = Path.cwd()
    if text is not None:
        put(home, text, name)
    assert cli.run(["lint", name, "-o", "concise"]) == code
    said = capsys.readouterr()
    assert words in (said.err if code == 2 else said.out)


def test_lint_finds_the_policy(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["lint"]) == 2
    put(home, EXTENDS)
    assert cli.run(["lint"]) == 0
