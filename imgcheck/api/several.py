"""The gate over all the builds that a policy names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imgcheck.api import check, variants
from imgcheck.api.build import Inputs
from imgcheck.api.check import Progress, Request
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Report
from imgcheck.report import merged


def show(every: Sequence[Inputs], request: Request, progress: Progress) -> Report:
    """The report of `imgcheck check`: of one build, or of several with a table before them.

    Raises as `check.show`; the message says of which build.
    """
    if len(every) == 1:
        return check.show(every[0], request, progress)
    if request.baseline.elf:
        raise ImgcheckError(f"--base-elf {request.baseline.elf}: is one build's; --build NAME picks it")
    parts = []
    for number, one in enumerate(variants.apart(tuple(every))):

        def shown(what: str, share: float, done: int = number, name: str = one.build) -> None:
            progress(f"{name}: {what}", (done + share) / len(every))

        parts.append(_one(one, request, shown))
    home = Path(every[0].start).resolve()
    return merged.build(parts, home.name or "builds")


def _one(inputs: Inputs, request: Request, progress: Progress) -> Report:
    try:
        return check.show(inputs, request, progress)
    except FormatError:
        raise  # says the file
    except ImgcheckError as error:
        raise ImgcheckError(f"build {inputs.build}: {error}") from None
