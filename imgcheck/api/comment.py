"""A comment for a pull request from a report file that nobody here has written."""

from __future__ import annotations

import json
from pathlib import Path

from imgcheck.api import schema
from imgcheck.emitters import markdown
from imgcheck.errors import FormatError
from imgcheck.readers import files, reportfile
from imgcheck.readers.schema import Shape
from imgcheck.report import comment


def write(path: Path) -> str:
    """The comment, marker first; raises FormatError for what is no report of imgcheck, or is a link.

    A report that a pull request's own job left as an artifact is such a file: a link in it could lead to
    what that job must not read.
    """
    data = _read(path)
    try:
        written = reportfile.parse(data, Shape(json.loads(schema.text())))
    except FormatError as error:
        raise error.within(str(path)) from None
    return markdown.emit(comment.build(written))


def _read(path: Path) -> bytes:
    if path.is_symlink():
        raise FormatError("is a link: a report that is posted has to be a file of its own", str(path))
    return files.read(path, reportfile.LARGEST, "larger than any report", links=False)
