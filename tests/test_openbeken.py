"""The step of docs/openbeken.md, run in a folder of OpenBeken's shape."""

import re
import shutil
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")
from test_action import Runner  # noqa: E402

ROOT = Path(__file__).parent.parent
FIRMWARE = ROOT / "tests" / "firmware"
APP = "sdk/OpenBL602/customer_app/bl602_sharedApp"
MATRIX = {"matrix.platform": "OpenBL602", "matrix.variant": "berry"}


PAGE = (ROOT / "docs/openbeken.md").read_text(encoding="utf-8")


def step(number: int = 0) -> dict[str, str]:
    """The `with:` of a documented step, the matrix filled in: 0 before there is a policy, -1 with one."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    first = yaml.safe_load(blocks[number])[0]
    assert first["continue-on-error"] is True
    filled = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
    return {key: filled.sub(lambda one: MATRIX[one[1]], str(value)) for key, value in first["with"].items()}


def laid_out(root: Path, build: str, without: tuple[str, ...] = ()) -> None:
    shutil.copytree(FIRMWARE / "src", root / "src")
    out = root / APP / "build_out"
    shutil.copytree(FIRMWARE / "build" / build, out, ignore=shutil.ignore_patterns(*without))
    for suffix in ("elf", "map", "bin"):
        (out / f"OpenBL602.{suffix}").rename(out / f"bl602_sharedApp.{suffix}")
    shared = root / APP / "bl602_sharedApp" / "shared"
    shared.mkdir(parents=True)
    (shared / "src").symlink_to(root / "src")
    ota = out / "ota" / "dts40M_pt2M_boot2release_ef4015"
    ota.mkdir(parents=True)
    made = next(iter((FIRMWARE / "build" / "base" / "ota").rglob("*.xz.ota")))
    (ota / "FW_OTA.bin.xz.ota").write_bytes(made.read_bytes())


def run(
    tmp_path: Path, build: str, number: int = 0, without: tuple[str, ...] = ()
) -> tuple[Runner, int, str]:
    """The step's end and what it said; `without` are files that predict, which take most of a run's time."""
    inputs = {key.replace("-", "_"): value for key, value in step(number).items()}
    runner = Runner(tmp_path, **inputs)  # type: ignore[arg-type]  # none of them is `event` or `path`
    laid_out(runner.workspace, build, without)
    runner.values["inputs.second-reader"] = "false"  # other readers read a build in tests/test_action.py
    if build == "over":  # through the linked folder, as the compiler sees it
        policy = runner.workspace / APP / "build_out" / "imgcheck.toml"
        linked = policy.read_text(encoding="utf-8").replace("../../src", "../bl602_sharedApp/shared/src")
        policy.write_text(linked, encoding="utf-8")
    if number:
        found = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
        assert found
        (runner.workspace / "imgcheck.toml").write_text(found[1], encoding="utf-8")
        (runner.workspace / APP / "build_out/imgcheck.toml").unlink(missing_ok=True)
    runner.files["GITHUB_STEP_SUMMARY"].write_text("before\n")
    done = runner.step("check")
    return runner, done.returncode, done.stdout + done.stderr


def test_it_fits_with_a_title_of_its_own_and_no_summary_is_written_over(tmp_path: Path) -> None:
    runner, code, log = run(tmp_path, "base", without=("*.a", "*.o"))
    assert code == 0, log
    assert "title=imgcheck%3A OpenBL602 berry::" in log
    summary = runner.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert summary.startswith("before\n<!-- imgcheck:OpenBL602 berry -->")
    assert "json=" in runner.files["GITHUB_OUTPUT"].read_text(encoding="utf-8")


def test_annotations_name_the_repository_s_own_path(tmp_path: Path) -> None:
    _, code, log = run(tmp_path, "over")
    assert code == 1, log
    assert "file=src/obk_config.h,line=" in log
    assert str(tmp_path) not in "".join(line for line in log.splitlines() if line.startswith("::"))


def test_both_variants_are_in_one_policy_and_the_step_names_one(tmp_path: Path) -> None:
    """The two legs leave the same file: only the step knows which variant it is."""
    runner, code, log = run(tmp_path, "base", -1, without=("*.a", "*.o"))
    assert code == 0, log
    assert "title=imgcheck%3A OpenBL602 berry::" in log
    summary = runner.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert "<!-- imgcheck:OpenBL602 berry -->" in summary
    assert "FW_OTA" in summary  # the one that ef4015 is, by the policy
    runner.values["inputs.build"] = ""
    done = runner.step("check")
    assert done.returncode == 2
    assert "the file of builds default and berry; --build NAME" in done.stderr


def test_artifacts_are_named_so_that_a_release_leaves_them_alone() -> None:
    uploads = [
        one["with"]["name"]
        for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
        for one in yaml.safe_load(block)
        if isinstance(one, dict) and "upload-artifact" in one.get("uses", "")
    ]
    assert uploads
    assert all(name.startswith("imgcheck-") for name in uploads)
