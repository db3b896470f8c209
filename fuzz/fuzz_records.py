"""Baselines, reports, histories and release lists of somebody else are read, or refused with a place."""

from datetime import UTC, datetime
from functools import lru_cache

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    import json

    from imgcheck.api import schema
    from imgcheck.emitters import markdown
    from imgcheck.errors import FormatError, ImgcheckError
    from imgcheck.history import baseline, builds, reports, snapshots
    from imgcheck.readers import releasejson, reportfile, reportjson
    from imgcheck.readers.schema import Shape
    from imgcheck.report import comment

import mutated
import running

SHAPE = Shape(json.loads(schema.text()))
# It is a function of the bytes, and two readers begin with it.
reportjson.load = lru_cache(1)(reportjson.load)
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def one(data: bytes) -> None:
    """As each of them; what was read is written again and is the same."""
    try:
        base = baseline.parse(data)
        assert baseline.parse(baseline.write(base).encode()) == base
    except ImgcheckError as error:
        assert str(error)
    try:
        snapshots.of_document(reportjson.parse(data), "a")
    except ImgcheckError as error:
        assert str(error)
    try:
        said = markdown.emit(comment.build(reportfile.parse(data, SHAPE)))
        assert len(said) < 65_536
    except FormatError as error:
        assert str(error)
    for work in (lambda: releasejson.parse(data), lambda: reports.build(reports.parse(data, "a"), WHEN, "a")):
        try:
            work()
        except ImgcheckError as error:
            assert str(error)
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines()[:20], 1):
        try:
            made = builds.parse(line, "a", number)
            assert builds.parse(builds.line(made)) == made
        except ImgcheckError as error:
            assert str(error)


running.run(one, mutated.lines)
