from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.errors import FormatError
from imgcheck.model import Feature
from imgcheck.prediction import proofs
from imgcheck.prediction.proofs import Proof


def proof(number: int, off: int = 0, error: int = 10) -> Proof:
    return Proof((f"ENABLE_{number}",), "b", 1_000 + off, 1_000, error, 500 + off, 500, error, 0, 0)


def feature() -> Feature:
    return Feature("ENABLE_X", "c.h", 1, 1_000, 0, 500, 40, 100)


def test_proofs_read_back() -> None:
    rows = [proof(3), proof(1, 5), Proof(("A", "B"), "b", 1, None, 2, 3, None, 4, 5, None)]
    assert set(proofs.parse(proofs.text(rows).encode(), "f")) == set(rows)


def test_bars_hold_nine_of_ten_of_what_was_proved() -> None:
    rows = [proof(number, off) for number, off in enumerate([2, 4, 6, 8, 10, 12, 14, 16, 18, 30])]
    learnt = proofs.learn(rows)
    assert learnt is not None
    assert learnt.count == 10
    # The tenth of ten, since a part is kept for what was not seen yet.
    assert learnt.flash_factor == 3.0
    assert proofs.applied([feature()], learnt)[0].flash_error == 120


def test_bars_that_were_too_wide_become_narrower() -> None:
    learnt = proofs.learn([proof(number, 1, 40) for number in range(20)])
    assert learnt is not None
    assert proofs.applied([feature()], learnt)[0].flash_error == 20


def test_few_proofs_leave_the_bars_as_they_are() -> None:
    learnt = proofs.learn([proof(number, 200) for number in range(8)])
    assert learnt is not None
    assert proofs.applied([feature()], learnt) == (feature(),)
    assert proofs.learn([]) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_proofs_or_an_error(data: bytes) -> None:
    try:
        proofs.parse(data, "f")
    except FormatError as error:
        assert str(error).startswith("f: ")


@pytest.mark.parametrize("text", ['{"features": "A"}', "[]", "1", '{"features": ["A"], "build": 5}', "{"])
def test_what_is_no_proof(text: str) -> None:
    with pytest.raises(FormatError, match="line 2"):
        proofs.parse(f"\n{text}\n".encode(), "f")
