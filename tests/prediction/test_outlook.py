"""What sets of features would save is packed where that decides, and nowhere else."""

from __future__ import annotations

from itertools import combinations

import pytest
from studies import built, known, needs_fixture

from imgcheck.prediction import effects
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.linkage import Cut
from imgcheck.prediction.outlook import Outlook
from imgcheck.prediction.packer import Packer
from imgcheck.targets.bl602 import BL602

_WHOLE = ("flash", "ram", "flash_error")


@needs_fixture
def test_a_bound_is_the_set_as_a_whole_and_is_packed_only_where_that_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study, made = known(), built()
    sets = [frozenset(pair) for pair in combinations(list(study.configuration.features)[:4], 2)]
    alone = [frozenset((name,)) for name in study.configuration.features]
    asked: list[bytes] = []
    real = type(BL602).packed_size

    def size(self: object, plain: bytes) -> int:
        asked.append(plain)
        assert isinstance(self, type(BL602))
        return real(self, plain)

    monkeypatch.setattr(type(BL602), "packed_size", size)
    with Packer(study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc) as packer:
        own = packer.begin(effects.effect(study.base, Removal(Cut(), {})))
        assert own and own.result()  # packed beside since the packer was made
        packed, unpacked = Outlook(study, packer, (), True), Outlook(study, packer, (), False)
        asked.clear()
        without = [unpacked.bound(names) for names in sets]
        assert without == [unpacked.predicted(names) for names in sets]
        assert not asked
        whole = [packed.bound(names) for names in sets]
        assert len(asked) >= len(sets) - 1
        unpacked.ahead(sets)
        later = Outlook(study, packer, (), True)
        later.ahead(sets)
        packed.ahead(sets)
        done = len(asked)
        assert [later.bound(names) for names in sets] == whole
        assert len(asked) == done  # one image is packed once, whoever asks
        assert not unpacked._begun and not packed._begun and not later._begun
        assert whole == [packed.unhindered(names) for names in sets]
        asked.clear()
        decided = [unpacked.deciding(names) for names in (*sets, *alone)]
        assert not asked
        assert [one[:2] + one[3:4] for one in decided] == [
            one[:2] + one[3:4] for one in map(unpacked.real, (*sets, *alone))
        ]
        assert [packed.deciding(names) for names in sets] == [packed.real(names) for names in sets]
        assert any(one == (0, 0, 0, 0, 0) for one in decided)  # the build does not compile without it
    assert [[getattr(one, part) for part in _WHOLE] for one in without] == [
        [getattr(one, part) for part in _WHOLE] for one in whole
    ]
    assert any(one.ota for one in whole)
