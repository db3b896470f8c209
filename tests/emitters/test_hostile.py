"""No name from a firmware, a path or a policy harms any output."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import samples
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck import emitters
from imgcheck.emitters import Medium
from imgcheck.model import (
    Define,
    Diagnostic,
    Feature,
    Fit,
    Flash,
    Held,
    Item,
    Known,
    Location,
    Measure,
    Page,
    Part,
    Plan,
    RegionUse,
    Report,
    Savings,
    Strip,
    Why,
)
from imgcheck.printable import clip, printable, without_commands
from imgcheck.report import atlas
from imgcheck.report import summary as report

NASTY = (
    "::error::x",
    "::set-output name=a::b",
    "##[error]x",
    "##vso[task.complete result=Succeeded;]",
    "##teamcity[buildProblem]",
    "%0A::error::x",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a|b",
    "line\nbreak",
    "\r\n::error::x",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202eevil",
    "\udc80",
    "x" * 10_000,
    "\u2028",
    "--><b>",
    "]]>",
    "`code` *b* [a](javascript:alert(1)) @someone #1",
    "\x00\x01",
    "",
    " ",
    "=cmd|' /C calc'!A0",
    "\U0001f600" * 300,
    "漢字" * 3000,
)
names = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=40), st.lists(st.sampled_from(NASTY), max_size=3).map(" ".join)
)


def hostile(name: str, other: str) -> Report:
    at = samples.image().soc.image_origin
    items = (
        Item(at, at, 900, 3, name, name, other, name, other, f"{other}/{name}", 3),
        Item(at + 900, at + 900, 9, 0, other, "", name, "", "", name),
    )
    boxes, _ = atlas.atlas(replace(samples.image(), items=items), (name, other))
    held = Held(
        (name,), (((0,),),), (Part(0, 0, 9, 1, 2.5, False),), (Known((0,), 1, 1, 1, 1, 1, 1.5),), 1.0, (2.0,),
        (Define(name, other, 3, name, other),),
    )  # fmt: skip
    many = (0,) * len(boxes.leaves.name)
    why = Why("map", (name,), many, many, many, ((0,),) * len(many), many, many)
    page = Page(
        boxes, 7, 4096, 16, (Flash(name, 9, (Strip(other, 0, 9, "other", 3),)),), held, why, (name,), many
    )
    fit = samples.fit("x", (900, 1000), (90, 1000))
    facts = replace(
        samples.facts(),
        image=replace(samples.image(), name=name, path=other, regions=(RegionUse(other, 1, 2),)),
        fits=(Fit(name, True, fit.binding, fit.slots),),
        measures=tuple(Measure(kind, name, "flash", 900) for kind in ("component", "symbol", "object")),
        savings=Savings(
            (Feature(name, other, 3, 1, 1, 1, 1, 1, (other,)),),
            None,
            (Plan((name, other), 1, 1, 1, 1, 1, True, 1.0, 1, 1, 1, 1),),
            need=other,
        ),
    )
    findings = [
        Diagnostic(other, "error", name, Location(name, 3, 1, 5), help=other, subject=name, replacement=name),
        Diagnostic("X", "warning", f"text {name}", None, waived=other, subject=other),
        Diagnostic("Y", "note", f"{name} text", Location(other), measure=Measure("symbol", name, "ram", 1)),
    ]
    return report.build(
        facts, page, command="check", findings=findings, passed=False, checks=[(other, name, False)],
        rules=[(other, name)], inputs=[(name, other, name)],
    )  # fmt: skip


def data_name(name: str) -> str:
    """A title as the page's data has it: harmless, then clipped."""
    return clip(printable(name), 160)


def lines_of(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


@examples(60)
@given(names, names)
def test_no_output_is_harmed(name: str, other: str) -> None:
    made = hostile(name, other)
    for format in emitters.EMITTERS:
        text = emitters.load(format).emit(made)
        text.encode("utf-8")
        commands = [line for line in lines_of(text) if line.strip().startswith("::")]
        if format == "github":
            assert all(re.match(r"::(error|warning|notice) ", line) for line in commands)
            assert len(commands) == 2  # the note has no line to stand at
        else:
            assert commands == [], format
        marks = [line for line in lines_of(text) if re.search(r"##\w*\[", line)]
        if format == "azure":
            assert all(re.match(r"##vso\[task.logissue type=", line) for line in marks)
            assert all(len(re.findall(r"##\w*\[", line)) == 1 for line in marks)
        else:
            assert marks == [], format
        assert "\x1b" not in text
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", text), format
        if format in ("json", "gitlab", "sarif", "rdjson"):
            json.loads(text)
        if format == "junit":
            ET.fromstring(text.encode())
        if format == "html":
            assert text.count("<script") == 2 and text.count("</script") == 2
            data = re.search(r'<script type="application/json" id="data">(.*)</script>', text)
            assert data and json.loads(data[1])["title"] == data_name(name)
            assert "<img" not in text and "<b>red" not in text
        # Names are never cut: a line of text may be as long as the names in it (tests/cli/test_terminal.py).
        if format == "markdown":
            assert "<img" not in text and "<script" not in text
            assert text.count("<!--") == text.count("-->") == 1
            tables = [line for line in lines_of(text) if line.startswith("| ")]
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in tables}
            assert widths <= {4, 5, 6, 7, 8, 9, 13}


@examples(100)
@given(names)
def test_printable_is_printable_and_says_it_once(text: str) -> None:
    once = printable(text)
    assert once.isprintable()
    assert printable(once) == once
    assert not re.search(r"(?:^|\s)::|##\w*\[", once)


@given(st.text(), st.integers(0, 50))
def test_clip_is_never_too_long(text: str, width: int) -> None:
    short = clip(text, width)
    assert len(short) <= width
    assert short == text or len(text) > width


@given(st.recursive(st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_json_without_commands_means_the_same(value: object) -> None:
    assert json.loads(without_commands(json.dumps(value))) == value


def test_text_at_a_terminal_holds_only_our_escapes() -> None:
    text = emitters.load("text").emit(hostile("\x1b[2J", "\x9b31m"), Medium(colour=True))
    assert set(re.findall(r"\x1b[^m]*m", text)) <= {
        f"\x1b[{code}m" for code in ("0", "1", "2", "33", "36", "1;31", "1;32")
    }
    assert text.count("\x1b") == len(re.findall(r"\x1b\[[0-9;]+m", text))
