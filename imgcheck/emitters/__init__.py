"""One module per output format; each writes a Report and computes nothing."""

from importlib import import_module
from typing import Literal, NamedTuple, Protocol, TypeAlias, cast

from imgcheck.model import Report

# name -> what it is for; the module of the same name holds `emit`.
EMITTERS: dict[str, str] = {
    "text": "for people at a terminal",
    "concise": "one line per finding",
    "markdown": "for comments and job summaries, under 65,000 characters",
    "json": "everything, for scripts (`imgcheck schema` describes it)",
    "csv": "every measure, for spreadsheets",
    "html": "one self-contained page with a map of the image",
    "github": "workflow commands: annotations on pull requests",
    "gitlab": "Code Quality report",
    "sarif": "SARIF 2.1.0, for code scanning and editors",
    "junit": "JUnit XML, one test case per check",
    "rdjson": "reviewdog, with suggested edits",
    "azure": "Azure Pipelines logging commands",
}


Detail: TypeAlias = Literal["quiet", "normal", "verbose"]


class Medium(NamedTuple):
    """Where the text will be shown.

    `colour`: a terminal that understands it. `unicode`: whether bars and dashes can be written.
    `width`: columns of it. `detail`: how much of a report for people is wanted.
    `limit`: the most bytes of UTF-8 that are taken, None for the format's own limit.
    """

    colour: bool = False
    unicode: bool = True
    width: int = 80
    detail: Detail = "normal"
    limit: int | None = None


PLAIN = Medium()


class Emitter(Protocol):
    """What a module of this folder is."""

    def emit(self, report: Report, medium: Medium = ...) -> str:
        """The whole document, ending in a newline."""
        ...


def load(name: str) -> Emitter:
    """The emitter of a format, imported now."""
    return cast(Emitter, import_module(f"imgcheck.emitters.{name}"))
