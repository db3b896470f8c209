"""A history as Parquet files, which DuckDB, pandas and Spark read as they are: builds and measures."""

from __future__ import annotations

import tempfile
from pathlib import Path

from imgcheck.api import timeline
from imgcheck.errors import ImgcheckError
from imgcheck.history import store
from imgcheck.history.store import Wanted


def export(address: str, wanted: Wanted, folder: Path) -> list[Path]:
    """Writes builds.parquet and measures.parquet into `folder`, each whole or not at all; gives both."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise ImgcheckError("parquet: needs pyarrow; install firmware-imgcheck[parquet]") from None
    with store.connect(address) as opened:
        found = list(opened.builds(wanted, sizes=True))
        if not found:
            timeline.named(opened, address, wanted)
    words = ("revision", "branch", "target", "variant", "compiler", "policy")
    builds = arrow.table(
        {
            "build": arrow.array([one.id for one in found], arrow.int64()),
            "date": arrow.array([one.date for one in found], arrow.timestamp("s", tz="UTC")),
            **{word: arrow.array([getattr(one, word) for one in found], arrow.string()) for word in words},
        }
    )
    rows = [(one.id, *size) for one in found for size in one.sizes]
    names = ("build", "kind", "name", "resource", "size")
    types = (arrow.int64(), arrow.string(), arrow.string(), arrow.string(), arrow.int64())
    measures = arrow.table(
        {
            name: arrow.array([row[at] for row in rows], kind)
            for at, (name, kind) in enumerate(zip(names, types, strict=True))
        }
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".imgcheck-", dir=folder) as beside:
            for name, table in (("builds", builds), ("measures", measures)):
                parquet.write_table(table, Path(beside) / name)
            for name in ("builds", "measures"):
                (Path(beside) / name).replace(folder / f"{name}.parquet")
    except OSError as error:
        raise ImgcheckError(f"{folder}: cannot be written: {error.strerror or error}") from None
    return [folder / f"{name}.parquet" for name in ("builds", "measures")]
