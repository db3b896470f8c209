"""Prices that are found out beside everything else are those of a build that was priced at once."""

from __future__ import annotations

import pytest
from studies import inputs, needs_fixture

from imgcheck.api import pricing
from imgcheck.api.build import build, show
from imgcheck.builds import artefact, companions
from imgcheck.errors import FormatError


@pytest.fixture
def without_ota(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that nobody packed yet."""
    monkeypatch.setattr(companions, "ota", lambda _firmware: None)


@needs_fixture
@pytest.mark.usefixtures("without_ota")
def test_what_is_priced_later_is_the_same() -> None:
    once = build(inputs(), packed=True)
    later = build(inputs())
    assert later.prices is None
    with pricing.Priced(later, True) as priced:
        assert priced.plain == later
        found = priced.built()
        assert priced.built() is found
    assert found.prices is not None and once.prices is not None
    assert list(found.prices) == list(once.prices)
    assert found.facts.measures == once.facts.measures
    with pricing.Priced(later, True, measured=False) as bare:
        assert list(bare.built().prices or ()) == list(once.prices)
        assert bare.built().facts.measures == later.facts.measures
    with pricing.Priced(later, False) as plain:
        assert plain.built() is later


@needs_fixture
def test_a_stream_that_cannot_be_priced_ends_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not be taken for features that cannot be predicted, which a page only notes."""

    def broken(*_: object) -> None:
        raise FormatError("the XZ stream does not unpack")

    monkeypatch.setattr(artefact, "image_prices", broken)
    with pytest.raises(FormatError, match="unpack"):
        show(inputs())
