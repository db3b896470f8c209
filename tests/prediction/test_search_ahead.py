"""The search for what to strip waits for no packed size where flash decides."""

from __future__ import annotations

import threading

import pytest
from studies import built, inputs, known, needs_fixture

from imgcheck.api import savings
from imgcheck.prediction import singles
from imgcheck.prediction.strip import Plans, Question, Wish
from imgcheck.targets.bl602 import BL602

NEED = 2_000  # bytes


@needs_fixture
def test_sets_are_found_before_anything_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    study, made = known("over"), built("over")
    assert singles.currency(made.facts) == "unpacked"
    go = threading.Event()
    real = type(BL602).packed_size

    def size(self: object, plain: bytes) -> int:
        assert go.wait(60)
        assert isinstance(self, type(BL602))
        return real(self, plain)

    expected, _ = savings.strip(inputs("over"), made, Wish(NEED))
    monkeypatch.setattr(type(BL602), "packed_size", size)
    with savings.packer(study, made) as packer:
        begun = singles.begin(study, packer, lambda _what, _share: None)
        may = savings.allowed(study, made, singles.rows(study, made.facts, begun, {}))
        plans = Plans(study, made.facts, Question(Wish(NEED), 0, may), packer)
        found = plans.sets
        assert not any(job and job.done() for job in begun.jobs.values())
        go.set()
        rows = singles.rows(study, made.facts, begun, packer.savings(begun.effects, begun.jobs))
        answer = plans.savings(rows)
    assert [frozenset(plan.features) for plan in answer.plans] == found
    assert len(found) > 1
    assert answer.plans == expected.plans
    assert all(plan.ota > 0 for plan in answer.plans)
