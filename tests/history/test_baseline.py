"""The text of a baseline, and what an update does to it."""

from typing import Any

import pytest
from generated import made
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.errors import FormatError
from imgcheck.history import baseline
from imgcheck.history.baseline import Baseline, Reason
from imgcheck.model import Provenance, Resource

names = st.text(st.characters(categories=("L", "N"), include_characters="._-()"), min_size=1, max_size=8)
words = st.lists(names, min_size=1, max_size=3).map(" ".join)
sizes = st.dictionaries(
    st.tuples(st.just("component"), words, st.sampled_from(("flash", "ram", "ota"))), st.integers(1, 9999)
)
findings = st.dictionaries(st.tuples(names, words), st.none() | st.integers(0, 9999))
reasons = st.lists(st.builds(Reason, st.dates().map(str), words), max_size=3).map(tuple)
baselines = st.builds(Baseline, names, words, names, words, names, sizes, findings, reasons)


def small(**components: Any) -> Baseline:
    found: dict[tuple[str, str, Resource], int] = {
        ("component", name, "flash"): size for name, size in components.items()
    }
    found["total", "", "flash"] = sum(components.values())
    return Baseline("bl602", "GNU C11 12.2.0", "00", "p", "", found, {})


@given(baselines)
def test_what_is_written_is_what_is_read(base: Any) -> None:
    assert baseline.parse(baseline.write(base).encode()) == base


@given(baselines, st.randoms())
def test_the_order_of_a_build_makes_no_difference_to_the_text(base: Any, random: Any) -> None:
    rows = list(base.sizes.items())
    random.shuffle(rows)
    assert baseline.write(base._replace(sizes=dict(rows))) == baseline.write(base)


def test_a_size_that_changes_changes_one_line() -> None:
    before = baseline.write(small(a=5, b=100, c=7)).splitlines()
    after = baseline.write(small(a=5, b=99, c=8)).splitlines()
    assert len([1 for one, other in zip(before, after, strict=True) if one != other]) == 2


def test_it_goes_down_by_itself_and_up_with_a_reason_only() -> None:
    old, new = small(a=50, b=100), small(a=60, b=90)
    kept, stayed = baseline.updated(old, new, None)
    assert kept.sizes == {
        ("component", "a", "flash"): 50, ("component", "b", "flash"): 90, ("total", "", "flash"): 150
    }  # fmt: skip
    assert stayed == (("component", "a", "flash"),)
    why = Reason("2026-11-27", "TLS")
    raised, stayed = baseline.updated(old, new, why)
    assert (raised.sizes, stayed, raised.reasons) == (new.sizes, (), (why,))
    assert baseline.updated(old, small(a=50, b=90), why)[0].reasons == ()  # nothing was raised


def test_a_new_component_wants_a_reason_too() -> None:
    kept, stayed = baseline.updated(small(a=50), small(a=40, b=10), None)
    assert ("component", "b", "flash") not in kept.sizes
    assert ("component", "b", "flash") in stayed


def test_findings_do_not_come_back_without_a_reason() -> None:
    old, new = small(a=1)._replace(findings={("X", "s"): 5}), small(a=1)
    assert baseline.updated(old, new, None)[0].findings == {}
    assert baseline.updated(new, old, None)[0].findings == {}
    assert baseline.updated(new, old._replace(sizes={("total", "", "flash"): 9}), Reason("d", "r"))[
        0
    ].findings


def test_a_finding_that_a_reason_lets_in_keeps_the_reason() -> None:
    """Every finding in the file excuses one of a build: who let it in stands beside it."""
    why = Reason("2026-11-27", "a new board")
    clean = small(a=1)
    for old, new in (
        (clean, clean._replace(findings={("X", "s"): None})),
        (clean._replace(findings={("X", "s"): 5}), clean._replace(findings={("X", "s"): 6})),
    ):
        assert baseline.updated(old, new, why)[0].reasons == (why,)
        assert baseline.updated(old, new, why)[0].findings == new.findings
        assert baseline.updated(new, old, why)[0].reasons == ()


def test_a_reason_that_nothing_wanted_raises_nothing() -> None:
    """Noise of the packer neither: a reason each week would let an OTA file creep."""
    old = small(a=1)._replace(sizes={("total", "", "ota"): 1_000})
    new = old._replace(sizes={("total", "", "ota"): 1_050})
    kept, stayed = baseline.updated(old, new, Reason("2026-11-27", "weekly"))
    assert (kept.sizes, stayed, kept.reasons) == (old.sizes, (), ())


def test_what_it_is_of_a_build() -> None:
    snapshot = made(3).old
    base = baseline.of(snapshot, {})
    total = sum(
        size for (kind, _, resource), size in base.sizes.items() if (kind, resource) == ("component", "flash")
    )
    assert total == base.sizes["total", "", "flash"] == snapshot.flash


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"target": "bl702"}, "another target"),
        ({"compilers": ("GNU C17 13.2.0",)}, "another compiler"),
        ({"components": "ff"}, "another policy"),
        ({"compilers": ()}, ""),
        ({}, ""),
    ],
)
def test_a_baseline_of_another_build_is_refused(change: Any, says: str) -> None:
    made = Provenance("bl602", ("GNU C11 12.2.0",), (), "p", "00", "", False, "map")._replace(**change)
    found = baseline.refusal(small(a=1), made)
    assert says in found
    assert bool(found) == bool(says)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("target bl602", 1),
        ("# imgcheck baseline x", 1),
        ("# imgcheck baseline 2", 1),
        ("# imgcheck baseline " + "1" * 5_000, 1),
        ("# imgcheck baseline \u0661", 1),
        ("# imgcheck baseline 1\ntarget a\ntarget b", 3),
        ("# imgcheck baseline 1\ntarget a\ncomponent flash x name", 3),
        ("# imgcheck baseline 1\ntarget a\ncomponent flash -1 name", 3),
        ("# imgcheck baseline 1\ntarget a\ncomponent rom 1 name", 3),
        ("# imgcheck baseline 1\ntarget a\ncomponent flash 1", 3),
        ("# imgcheck baseline 1\ntarget a\ntotal flash 1 name", 3),
        ("# imgcheck baseline 1\ntarget a\ntotal flash 1\ntotal flash 2", 4),
        ("# imgcheck baseline 1\ntarget a\nreason 2026", 3),
        ("# imgcheck baseline 1\ntarget a\nsomething else", 3),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(FormatError) as error:
        baseline.parse(text.encode())
    assert error.value.line == line
