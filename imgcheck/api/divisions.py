"""The image of a report divided as somebody asks, in the place of its components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from imgcheck.model import Facts, Image, Report

FEATURES = ("feature",)  # a division that is predicted, not counted


class Division(NamedTuple):
    """How the image is divided: by what, which names, in which order, how many rows (None: all)."""

    kinds: tuple[str, ...]
    filter: str = ""
    sort: str = "flash"
    top: int | None = 30


def apply(
    written: Report,
    image: Image,
    owners: Sequence[str],
    prices: Sequence[float] | None,
    division: Division | None,
) -> Report:
    """The report with the table that `division` asks for, and the slots; as it is without one."""
    if division is None:
        return written
    from imgcheck.builds import grouping
    from imgcheck.report import grouped

    others = [one for one in written.tables if one.name == "slots"]
    if division.kinds == FEATURES:
        every = written.savings.features if written.savings else ()
        table = grouped.features(every, division.filter, division.sort, division.top)
        found = grouped.feature_records(table)
        return replace(written, tables=(table, *others), records=(*written.records, ("by", found)))
    groups = grouping.group(image, owners, division.kinds, prices)
    chosen = grouped.chosen(groups, division.filter, division.sort)
    priced = prices is not None
    table = grouped.table(
        chosen,
        division.kinds,
        top=division.top,
        total=len(image.binary),
        priced=priced,
        sort=division.sort,
    )
    found = grouped.records(chosen, division.kinds, priced)
    return replace(written, tables=(table, *others), records=(*written.records, ("by", found)))


def without_extras(facts: Facts, features: bool, priced: bool) -> Facts:
    """`facts` for the outputs beside a page: what only a page shows, and nobody asked for, is left out."""
    plain = facts if features else replace(facts, savings=None)
    if priced:
        plain = replace(plain, measures=tuple(one for one in plain.measures if one.resource != "ota"))
    return plain
