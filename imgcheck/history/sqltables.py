"""The tables of a history in a database, as the file has them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

from imgcheck.history.builds import Track

META = MetaData()
OLD = Table("imgcheck_version", META, Column("version", Integer, nullable=False))
BUILD = Table(
    "imgcheck_build",
    META,
    Column("id", BigInteger, primary_key=True),
    Column("date", BigInteger, nullable=False, index=True),
    *(
        Column(name, Text, nullable=False)
        for name in ("revision", "branch", "target", "variant", "compiler", "policy", "digest")
    ),
    Index("imgcheck_build_name", "revision", "target", "variant", "branch"),
)
TRACK = Table(
    "imgcheck_track",
    META,
    Column("id", BigInteger, primary_key=True),
    *(Column(name, Text, nullable=False) for name in Track._fields),
    UniqueConstraint(*Track._fields),
)
POINT = Table(
    "imgcheck_point",
    META,
    Column("track", ForeignKey(TRACK.c.id), primary_key=True),
    Column("build", ForeignKey(BUILD.c.id), primary_key=True, index=True),
    Column("size", BigInteger, nullable=False),
)
ROLLUP = Table(
    "imgcheck_rollup",
    META,
    *(Column(name, Text, primary_key=True) for name in ("target", "variant", "branch")),
    Column("track", ForeignKey(TRACK.c.id), primary_key=True),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("builds", "first", "last", "least", "most",
                     "first_date", "first_build", "last_date", "last_build")
    ),
)  # fmt: skip
FIELDS = (BUILD.c.id, BUILD.c.date, BUILD.c.revision, BUILD.c.branch, BUILD.c.target,
           BUILD.c.variant, BUILD.c.compiler, BUILD.c.policy)  # fmt: skip
