"""Any text in a report is text in every output: real parsers of JSON, XML, CSV and HTML read it back.

The first byte chooses the format: coverage leads through each, twelve times as often as through all.
"""

import csv
import html.parser
import io
import json
import re
import xml.etree.ElementTree

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck import emitters
    from imgcheck.model import Diagnostic, Identity, Location, Report
    from imgcheck.report import files

import dataclasses

import running

TAGS = frozenset(("script", "style"))


class _Page(html.parser.HTMLParser):
    """Tags that a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "code":  # of words in backticks, which text of a file may have as well
            self.found.append(tag)


def report(text: str) -> Report:
    """A report of which every word that a file can choose is `text`."""
    named = Identity(text, "unknown", text, "none", None, 3, (text,), (("field", text),), ())
    made = files.identify([named])
    finding = Diagnostic("file", "error", text, Location(text, 3), help=text, subject=text)
    return dataclasses.replace(made, diagnostics=(finding, *made.diagnostics))


def tags(page: str) -> list[str]:
    """The tags of a page, whose style and program are those of every page."""
    found = _Page()
    found.feed(page)
    return found.found


def own(name: str, text: str) -> str:
    """The page of this text without `SAME`."""
    page = emitters.load(name).emit(report(text))
    for part in SAME:
        page = page.replace(part, "", 1)
    return page


SAME: list[str] = []
SAME += sorted(
    re.findall(r"(?s)<(?:style|script)[^>]*>(.{2000,}?)</(?:style|script)>", own("html", "x")),
    key=len,
    reverse=True,
)
PLAIN = tags(own("html", "x"))


def one(data: bytes) -> None:
    """One format, read back."""
    names = [*emitters.EMITTERS]
    name = names[data[0] % len(names)] if data else "html"
    text = "x" + data[1:].decode("utf-8", "surrogateescape")[:300]  # what is empty is left out of a page
    if name == "html":
        assert tags(own(name, text)) == PLAIN
        return
    out = emitters.load(name).emit(report(text))
    out.encode("utf-8")
    if name in ("json", "gitlab", "sarif") or name == "rdjson":
        json.loads(out)
    elif name == "junit":
        xml.etree.ElementTree.fromstring(out)
    elif name == "csv":
        assert list(csv.reader(io.StringIO(out), strict=True))
    elif name in ("github", "azure"):
        commands = [line for line in out.splitlines() if re.match(r"\s*(::|##)", line)]
        assert all(
            re.match(r"::(error|warning|notice)|##vso\[task\.(logissue|complete)", one) for one in commands
        )
    elif name in ("text", "concise"):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|^\s*::|##\w*\[", out, re.MULTILINE)


running.run(one)
