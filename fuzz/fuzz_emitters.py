"""Any text in a report is text in every output: real parsers of JSON, XML, CSV and HTML read it back."""

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
        self.found.append(tag)


def report(text: str) -> Report:
    """A report of which every word that a file can choose is `text`."""
    named = Identity(text, "unknown", text, "none", None, 3, (text,), (("field", text),), ())
    made = files.identify([named])
    finding = Diagnostic("file", "error", text, Location(text, 3), help=text, subject=text)
    return dataclasses.replace(made, diagnostics=(finding, *made.diagnostics))


def tags(name: str, text: str) -> list[str]:
    """The tags of a page of this text."""
    page = _Page()
    page.feed(emitters.load(name).emit(report(text)))
    return page.found


PLAIN = tags("html", "x")


def one(data: bytes) -> None:
    """Each format, read back."""
    text = "x" + data.decode("utf-8", "surrogateescape")[:300]  # what is empty is left out of a page
    made = report(text)
    for name in emitters.EMITTERS:
        out = emitters.load(name).emit(made)
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
                re.match(r"::(error|warning|notice)|##vso\[task\.(logissue|complete)", one)
                for one in commands
            )
        elif name in ("text", "concise"):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|^\s*(::|##)", out, re.MULTILINE)
    assert tags("html", text) == PLAIN


running.run(one)
