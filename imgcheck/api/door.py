"""The Python API: what the commands do, on values, without printing or exiting.

Everything raises `imgcheck.errors.ImgcheckError` for what cannot be read; its text is the line
that the command would print. What a function gives is a `Report` of the model, with sizes as whole bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Literal, TypeAlias

from imgcheck.api import build as builds
from imgcheck.api import check as gate
from imgcheck.api import diff as comparing
from imgcheck.api import files, savings
from imgcheck.api.asked import Asked
from imgcheck.api.divisions import Division
from imgcheck.model import Report
from imgcheck.prediction.places import Places
from imgcheck.prediction.strip import Wish
from imgcheck.report import moving

File: TypeAlias = str | PathLike[str]


def report(
    path: File,
    *,
    map: File | None = None,
    bin: File | None = None,
    ota: File | None = None,
    layouts: Sequence[str] = (),
    policy: str | None = None,
    target: str = "",
    packed: bool = False,
    by: Sequence[str] = (),
    top: int | None = None,
) -> Report:
    """Does a build fit the devices in the field, and who takes its bytes?

    `path` is an ELF, a .bin or an OTA file; its companions are found beside it unless they are given.
    `packed` adds what every byte costs in the OTA file, `by` divides the image ("component", "symbol").
    """
    inputs = _inputs(path, layouts, policy, target, map=map, bin=bin, ota=ota)
    division = Division(tuple(by), top=top) if by else None
    return _seen(builds.show(inputs, packed=packed, features=False, tree=False, division=division))


def features(
    path: File,
    *,
    map: File | None = None,
    layouts: Sequence[str] = (),
    policy: str | None = None,
    target: str = "",
    objects: File | None = None,
    sources: File | None = None,
) -> Report:
    """What does switching each feature off save? The answer is `savings.features` of the report."""
    inputs = _inputs(path, layouts, policy, target, map=map)
    return _seen(savings.show_features(inputs, _places(objects, sources), (), _silent))


def plan(
    path: File,
    *,
    need: int | None = None,
    keep: Sequence[str] = (),
    map: File | None = None,
    layouts: Sequence[str] = (),
    policy: str | None = None,
    target: str = "",
    objects: File | None = None,
    sources: File | None = None,
) -> Report:
    """What is the least to strip so that the build fits, or gains `need` bytes? See `savings.plans`."""
    inputs = _inputs(path, layouts, policy, target, map=map)
    return _seen(savings.show_plan(inputs, Wish(need, tuple(keep)), _places(objects, sources), _silent)[0])


def diff(
    old: File,
    new: File,
    *,
    layouts: Sequence[str] = (),
    policy: str | None = None,
    target: str = "",
    packed: bool = True,
) -> Report:
    """What changed from one build to another? The answer is `difference` of the report."""
    judges = files.Judges(tuple(layouts), policy, 0, target)
    return _seen(comparing.show(comparing.Request(Path(old), Path(new), judges=judges, packed=packed)))


def check(
    path: File,
    *,
    map: File | None = None,
    layouts: Sequence[str] = (),
    policy: str | None = None,
    target: str = "",
    baseline: str = "",
    fail_on: Literal["error", "warning"] = "error",
    today: date | None = None,
    objects: File | None = None,
    sources: File | None = None,
) -> Report:
    """The gate: `passed` is its verdict, `diagnostics` are its findings."""
    request = gate.Request(
        today=today or date.today(),
        fail_on=fail_on,
        objects=Path(objects) if objects else None,
        sources=Path(sources) if sources else None,
        baseline=Asked(baseline, None),
    )
    return _seen(gate.show(_inputs(path, layouts, policy, target, map=map), request, _silent))


def identify(*paths: File, target: str = "") -> Report:
    """What are these files, and which method takes each?"""
    return _seen(files.identify([Path(path) for path in paths], target))


def _seen(report: Report) -> Report:
    """Paths as the command line shows them."""
    return moving.seen_from(report, str(Path.cwd()))


def _inputs(
    path: File,
    layouts: Sequence[str],
    policy: str | None,
    target: str,
    *,
    map: File | None = None,
    bin: File | None = None,
    ota: File | None = None,
) -> builds.Inputs:
    return builds.Inputs(
        firmware=Path(path),
        map=Path(map) if map else None,
        bin=Path(bin) if bin else None,
        ota=Path(ota) if ota else None,
        layouts=tuple(layouts),
        policy=policy,
        target=target,
    )


def _places(objects: File | None, sources: File | None) -> Places:
    return Places(Path(objects) if objects else None, Path(sources) if sources else None)


def _silent(_what: str, _share: float) -> None:
    return None
