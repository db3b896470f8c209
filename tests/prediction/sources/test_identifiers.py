"""The identifiers of a text, cut and not searched for."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from imgcheck.prediction.sources.tree import WORD, Tree


@given(st.text(st.sampled_from("aZ_$09x .\n\t\x0b#\"'/\\-é\udc80\x00"), max_size=30))
@example("0x1F 10UL $a 1$b a-b _c9 99 \x1fé1")
@example("1é é1 x\udc80y")
def test_they_are_what_a_search_finds(text: str) -> None:
    assert Tree({"a.c": text}, lambda *_: None).words("a.c") == frozenset(WORD.findall(text))  # type: ignore[arg-type]
