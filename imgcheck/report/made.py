"""A command that makes a file: what it wrote, and how large that is."""

from collections.abc import Sequence

from imgcheck.model import Column, Report, Table
from imgcheck.report.assembly import assemble
from imgcheck.report.columns import size_column


def build(command: str, files: Sequence[tuple[str, int]], said: str = "") -> Report:
    """The report on files that were written, as (path, bytes); `said` ends its verdict."""
    columns = (Column("File"), size_column("Bytes"))
    names = ", ".join(path for path, _size in files)
    return assemble(
        command,
        names,
        f"Wrote {names}." + (f" {said}" if said else ""),
        tables=(Table("Files written", columns, tuple(files), "made", brief=0),),
        path=files[0][0] if files else "",
        records={"made": records(files)},
    )


def records(files: Sequence[tuple[str, int]]) -> tuple[dict[str, object], ...]:
    """The same as the `made` of a JSON report."""
    return tuple({"file": path, "bytes": size} for path, size in files)
