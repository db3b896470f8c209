"""`imgcheck diff` on real files: builds of the fixture, and reports of them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from documents import validate

from imgcheck.cli import run
from imgcheck.emitters import EMITTERS

BUILDS = Path(__file__).parents[1] / "firmware/build"
BASE, OVER = BUILDS / "base/OpenBL602.elf", BUILDS / "over/OpenBL602.elf"
KINDS = ("component", "archive", "object", "symbol", "section", "pool")

pytestmark = pytest.mark.usefixtures("remembered")


def call(*arguments: Any) -> Any:
    return run([str(one) for one in arguments])


def written(tmp_path: Path, *arguments: Any, code: int = 0) -> Any:
    out = tmp_path / "out.json"
    assert call("diff", *arguments, "--output", f"json={out}") == code
    return json.loads(out.read_text())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("kept")
    paths = {}
    for name, elf in (("base", BASE), ("over", OVER)):
        paths[name] = folder / f"{name}.json"
        call(
            "report", elf, "--policy", BUILDS / "over/imgcheck.toml", "--packed", "-o", f"json={paths[name]}"
        )
    return paths


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return written(tmp_path_factory.mktemp("diff"), BASE, OVER)


def sums(document: Any) -> Any:
    found: Counter[Any] = Counter()
    for delta in document["deltas"]:
        found[delta["kind"], delta["resource"]] += delta["new"] - delta["old"]
    return found


def test_the_document_is_what_the_schema_says(found: Any) -> None:
    validate(found)


def test_the_totals_are_those_of_the_files_and_every_kind_adds_up(found: Any) -> None:
    bins = [path.with_suffix(".bin").stat().st_size for path in (BASE, OVER)]
    assert found["diff"]["flash"] == bins[1] - bins[0]
    for kind in KINDS:
        for resource in ("flash", "ram", "ota"):
            assert sums(found)[kind, resource] == found["diff"][resource], (kind, resource)


def test_a_build_and_itself(tmp_path: Path) -> None:
    document = written(tmp_path, BASE, BASE)
    assert document["deltas"] == []
    assert (document["diff"]["flash"], document["diff"]["ram"], document["diff"]["ota"]) == (0, 0, 0)
    assert document["diff"]["changed_by"] == []


def test_backwards_is_the_same_with_the_sign_turned(tmp_path: Path, found: Any) -> None:
    back = written(tmp_path, OVER, BASE, "--policy", BUILDS / "over/imgcheck.toml")
    there = {
        (d["was"] if "was" in d else d["key"], d["key"], d["resource"], d["old"], d["new"])
        for d in found["deltas"]
    }
    again = {
        (d["key"], d["was"] if "was" in d else d["key"], d["resource"], d["new"], d["old"])
        for d in back["deltas"]
    }
    assert there == again


def test_reports_that_were_kept_say_the_same_as_the_builds(tmp_path: Path, kept: Any, found: Any) -> None:
    for old, new in ((kept["base"], kept["over"]), (kept["base"], OVER), (BASE, kept["over"])):
        document = written(tmp_path, old, new, "--policy", BUILDS / "over/imgcheck.toml")
        assert document["deltas"] == found["deltas"]
        assert document["diff"]["flash"] == found["diff"]["flash"]
        assert document["diff"]["new"]["layouts"] == found["diff"]["new"]["layouts"]


def test_images_without_elves_have_totals(tmp_path: Path) -> None:
    document = written(tmp_path, BASE.with_suffix(".bin"), OVER.with_suffix(".bin"))
    assert document["diff"]["ram"] is None
    assert document["diff"]["flash"] == sums(document)["symbol", "flash"] == -32_692
    ota = BUILDS / "base/ota/dts40M/FW_OTA.bin.xz.ota"
    assert written(tmp_path, ota, BASE)["diff"]["ota"] == 0


def test_every_format_is_written(tmp_path: Path) -> None:
    outputs = [word for name in EMITTERS for word in ("--output", f"{name}={tmp_path / name}")]
    assert call("diff", BASE, OVER, *outputs) == 0
    for name in EMITTERS:
        text = (tmp_path / name).read_text()
        assert (
            name in ("gitlab", "sarif", "junit", "rdjson")
            or "32,692" in text
            or "32692" in text
            or name == "csv"
        )
    page = (tmp_path / "markdown").read_text()
    assert len(page) < 65_000
    assert page.index("Headroom") if "#### Headroom" in page else "Left before" in page
    assert "<details><summary>Symbols" in page
    assert str(BASE) in page  # the base is named
    assert page.count("| gone | `pow") >= 1


@pytest.mark.parametrize(("size", "code"), [("0", 1), ("32 KiB", 0), ("100", 1)])
def test_growth_over_what_is_allowed_fails(tmp_path: Path, size: str, code: int) -> None:
    document = written(tmp_path, OVER, BASE, "--fail-on-growth", size, code=code)
    assert document["passed"] is (code == 0)
    assert any(one["code"] == "growth-over" for one in document["diagnostics"]) == (code == 1)


def test_shrinking_never_fails(tmp_path: Path) -> None:
    assert written(tmp_path, BASE, OVER, "--fail-on-growth", "0")["passed"] is True


def refused(capsys: pytest.CaptureFixture[str], *arguments: Any) -> Any:
    assert call("diff", *arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("imgcheck: error: ")
    assert said.count("\n") == 1
    return said


def test_a_map_of_another_build_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "OpenBL602.map" in refused(capsys, BASE, OVER, "--new-map", BASE.with_suffix(".map"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: {**d, "schema_version": 2}, "schema version 2"),
        (lambda d: {**d, "tool": {"name": "size"}}, "not written by imgcheck"),
        (lambda d: {**d, "measures": []}, "no snapshot"),
        (lambda d: {**d, "image": None}, "no snapshot"),
        (lambda d: {**d, "measures": d["measures"][:-40]}, "add up"),
        (lambda d: {**d, "measures": [*d["measures"][:-1], {"kind": "symbol"}]}, "measures["),
        (lambda d: {**d, "measures": [{**d["measures"][0], "size": -1}]}, "measures[0]"),
        (lambda d: {**d, "measures": [{**d["measures"][0], "name": 7}]}, "measures[0]"),
        (lambda d: {**d, "target": "bl702"}, "bl702"),
        (lambda d: [d], "not an object"),
        (lambda d: {**d, "layouts": [{"name": "x"}]}, "layouts[0]"),
    ],
)
def test_a_report_that_is_no_snapshot_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: Any, change: Any, says: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(" " + json.dumps(change(json.loads(kept["base"].read_text()))).replace("[{", "[{", 1))
    if bad.read_text().startswith(" ["):
        bad.write_text('{"a": [1]}')
        says = "not written by imgcheck"
    said = refused(capsys, bad, kept["over"])
    assert says in said
    assert says == "bl702" or str(bad) in said


@pytest.mark.parametrize("text", ['{"a": ', "{" * 100_000, '{"a": NaN}', "{\udcff"])
def test_json_that_is_none_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert str(bad) in refused(capsys, bad, bad)


def test_what_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none.json" in refused(capsys, tmp_path / "none.json", BASE)


def test_a_report_has_no_use_for_a_map(capsys: pytest.CaptureFixture[str], kept: Any) -> None:
    assert "no use for a map" in refused(capsys, BASE, kept["base"], "--new-map", BASE.with_suffix(".map"))


@pytest.fixture(scope="module")
def featured(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Reports with what each feature costs, of two variants that have other features."""
    folder = tmp_path_factory.mktemp("featured")
    paths = []
    for elf, policy in ((BASE, BUILDS.parent / "imgcheck.toml"), (OVER, BUILDS / "over/imgcheck.toml")):
        path = folder / f"{elf.parent.name}.json"
        call(
            "report", elf, "--policy", policy, "--sources", BUILDS.parent, "--features", "--packed",
            "-q", "-o", f"json={path}",
        )  # fmt: skip
        document = json.loads(path.read_text())
        document["revision"] = elf.parent.name * 10
        path.write_text(json.dumps(document))
        paths.append(path)
    return paths


def test_growth_by_feature_adds_up_and_switches_are_named(tmp_path: Path, featured: Any) -> None:
    document = written(tmp_path, *featured)
    for resource in ("flash", "ram", "ota"):
        assert sums(document)["feature", resource] == document["diff"][resource] != 0
    before, after = (
        {one["name"]: one for one in json.loads(path.read_text())["features"]} for path in featured
    )
    deltas = {one["name"]: one for one in document["deltas"]
              if one["kind"] == "feature" and one["resource"] == "flash"}  # fmt: skip
    for name in before.keys() - after.keys():
        assert (deltas[name]["status"], deltas[name]["old"], deltas[name]["new"]) == (
            "gone", before[name]["flash"], 0,
        )  # fmt: skip
    for name in before.keys() & after.keys():
        assert before[name]["flash"] == after[name]["flash"] or (
            deltas[name]["old"], deltas[name]["new"]
        ) == (before[name]["flash"], after[name]["flash"])  # fmt: skip
    off = before.keys() - after.keys()
    said = [one for one in document["diff"]["changed_by"] if one.startswith("features: ")]
    assert [one.split()[-2:] for one in said] == [["off", "now"], ["on", "now"]]
    assert any(name in said[0] for name in off)
    assert any(name in said[1] for name in after.keys() - before.keys())
    back = written(tmp_path, *reversed(featured))
    turned = [one.replace("off now", "on now") for one in back["diff"]["changed_by"]]
    assert said[0].replace("off now", "on now") in turned


def test_features_of_builds_are_those_of_their_reports(
    tmp_path: Path, featured: Any, kept: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = BUILDS / "over/imgcheck.toml"
    sources = ("--new-sources", BUILDS.parent)
    said = written(tmp_path, featured[0], OVER, "--policy", policy, "--features", *sources)
    told = written(tmp_path, *featured)
    ours, theirs = (
        [one for one in document["deltas"] if one["kind"] == "feature"] for document in (said, told)
    )
    assert ours == theirs
    switched = [
        [one for one in document["diff"]["changed_by"] if one.startswith("features: ")]
        for document in (said, told)
    ]
    assert switched[0] == switched[1] != []
    capsys.readouterr()
    assert "without features" in refused(
        capsys, kept["base"], OVER, "--policy", policy, "--features", *sources
    )
    assert "no use for sources" in refused(capsys, OVER, featured[0], "--features", *sources)
    assert "for --features" in refused(capsys, BASE, OVER, *sources)


def test_features_of_one_side_only_make_no_table(tmp_path: Path, featured: Any, kept: Any) -> None:
    document = written(tmp_path, kept["base"], featured[1])
    assert not [one for one in document["deltas"] if one["kind"] == "feature"]
    assert not any(one.startswith("features") for one in document["diff"]["changed_by"])


def test_a_pull_request_sees_ten_changes_the_base_and_all_else_folded(tmp_path: Path, featured: Any) -> None:
    assert call("diff", *featured, "--output", f"markdown={tmp_path / 'comment.md'}") == 0
    page = (tmp_path / "comment.md").read_text()
    assert len(page) < 65_000
    assert f"{featured[0]} (basebaseba)" in page.splitlines()[2 if page.startswith("**") else 3], page[:600]
    whole, _, folded = page.partition("<details>")
    largest = whole.partition("#### Largest changes")[2].partition("####")[0]
    assert sum(line.startswith("| ") for line in largest.splitlines()) == 11  # the heading and ten
    for kind in ("Symbols", "Objects", "Features"):
        assert f"<summary>{kind}</summary>" in folded and f"#### {kind}" not in whole
