"""What only the page shows, put together from a build and what was predicted of it."""

from __future__ import annotations

from imgcheck.api.build import Built
from imgcheck.devices import flashmap
from imgcheck.model import Flash, Layout, Page, Strip
from imgcheck.report import atlas as report_atlas

_ABSURD = 1 << 40  # what a broken table may say


def page(made: Built) -> Page:
    """Everything of the page that the build alone tells."""
    facts = made.facts
    boxes, _ = report_atlas.atlas(facts.image, made.owners, made.prices)
    soc = facts.image.soc
    return Page(
        boxes,
        reserve=facts.policy.reserve,
        header=soc.header_bytes,
        alignment=soc.image_alignment,
        flashes=tuple(
            _flash(layout, facts.artefact.unpacked, facts.artefact.body) for layout in facts.layouts
        ),
    )


def _flash(layout: Layout, unpacked: int, body: int) -> Flash:
    filled = {"application": unpacked, "second": body}
    strips = tuple(
        Strip(span.label, span.start, span.size, span.role or "other", filled.get(span.role, 0))
        for span in flashmap.spans(layout)
        if span.start < _ABSURD and span.size < _ABSURD
    )
    return Flash(layout.name, min(flashmap.extent(layout), _ABSURD), strips)
