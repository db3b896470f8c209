"""Is this the build: does its graph keep what the linker placed, and is it the same image laid out anew?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imgcheck.errors import Need, UndecidedError
from imgcheck.model import Calibration, Diagnostic
from imgcheck.prediction import effects, lacking, linkage
from imgcheck.prediction.effects import Build
from imgcheck.prediction.linkage import Graph
from imgcheck.prediction.relink import Sites


def calibrated(graph: Graph, missing: Sequence[str]) -> Calibration:
    """How well the graph describes the link; raises UndecidedError where that is not well enough."""
    calibration = linkage.calibrate(graph)
    if not linkage.trusted(calibration):
        raise UndecidedError(lacking.distrust(calibration, missing), Need.CALIBRATION)
    return calibration


def laid_out(graph: Graph, binary: bytes, sites: Sites | None) -> tuple[Build, tuple[Diagnostic, ...]]:
    """The build, laid out; its addresses are not moved when that does not even give the same image."""
    base = effects.build(graph, binary, sites)
    if sites is None or base.relinker is None:
        return base, ()
    why = sites.check.distrust()
    if not why and base.relinker.image(base.layout) != binary:
        why = "laid out anew without a change it is not the same image"
    if not why:
        return base, ()
    doubt = Diagnostic(
        "ota-withheld",
        "warning",
        f"what the OTA file would lose is withheld: {why}; in its place stands what the bytes "
        "cost where they are",
        subject="ota",
    )
    return replace(base, sites=None, relinker=None), (doubt,)
