"""A comment for a pull request from a report file that nobody here has written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from stat import S_ISREG

from imgcheck.api import schema
from imgcheck.emitters import markdown
from imgcheck.errors import FormatError
from imgcheck.readers import reportfile
from imgcheck.report import comment


def write(path: Path) -> str:
    """The comment, marker first; raises FormatError for what is no report of imgcheck, or is a link.

    A report that a pull request's own job left as an artifact is such a file: a link in it could lead to
    what that job must not read.
    """
    data = _read(path)
    try:
        written = reportfile.parse(data, json.loads(schema.text()))
    except FormatError as error:
        raise error.within(str(path)) from None
    return markdown.emit(comment.build(written))


def _read(path: Path) -> bytes:
    # Without O_NONBLOCK a pipe would be waited for before it can be refused.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if path.is_symlink():
            raise FormatError("is a link: a report that is posted has to be a file of its own", str(path))
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FormatError("not a regular file", str(path))
            return file.read(reportfile.LARGEST + 1)
    except OSError as error:
        raise FormatError(error.strerror or "cannot be read", str(path)) from None
