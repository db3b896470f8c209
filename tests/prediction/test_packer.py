"""A predicted image is packed as the packer of a build would do it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest
import studies
from studies import built, known, needs_fixture

from imgcheck.model import Packed
from imgcheck.prediction import effects, strip
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.linkage import Cut
from imgcheck.prediction.packer import Packer, coming
from imgcheck.targets.bl602 import BL602, container, packing


@needs_fixture
def test_what_is_saved_is_what_packing_both_images_shows() -> None:
    study, made = known(), built()
    names = list(study.configuration.features)[:3]
    found = {name: effects.effect(study.base, study.removal(frozenset((name,)))) for name in names}
    with Packer(study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc) as packer:
        packed = studies.packed(packer, found)
    page = made.facts.artefact.plain[:4096]

    def size(image: bytes) -> int:
        padded = container.padded(image)
        plain = page[:120] + len(padded).to_bytes(4, "little") + page[124:] + padded  # its length is at 120
        return len(packing.compress(plain))

    for name, effect in found.items():
        image = effects.rebuilt(study.base, effect)
        assert image is not None
        assert packed[name] == size(study.base.binary) - size(image) - coming(effect)
    assert len(set(packed.values())) > 1


@needs_fixture
@pytest.mark.skipif(sys.platform != "linux", reason="a thread of its own share")
@pytest.mark.parametrize("behind", [False, True])
def test_only_a_packer_behind_others_leaves_them_the_cores(
    monkeypatch: pytest.MonkeyPatch, behind: bool
) -> None:
    study, made = known(), built()
    shares: list[int] = []

    def size(_self: object, plain: bytes) -> int:
        shares.append(os.nice(0))
        return len(plain)

    monkeypatch.setattr(type(BL602), "packed_size", size)
    own = os.nice(0)
    with Packer(
        study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc, behind=behind
    ) as packer:
        studies.packed(packer, {"nothing": effects.effect(study.base, Removal(Cut(), {}))})
    assert shares
    assert [share > own for share in shares] == [behind] * len(shares)
    assert os.nice(0) == own


@needs_fixture
def test_one_image_is_packed_once_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    study, made = known(), built()
    name = next(iter(study.configuration.features))
    effect = effects.effect(study.base, study.removal(frozenset((name,))))
    asked: list[bytes] = []

    def size(_self: object, plain: bytes) -> int:
        asked.append(plain)
        return len(asked) * 100

    monkeypatch.setattr(type(BL602), "packed_size", size)
    with Packer(study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc) as packer:
        first = studies.packed(packer, {"one": effect})
        again = studies.packed(
            packer, {"other": effect, "nothing": effects.effect(study.base, Removal(Cut(), {}))}
        )
    assert len(asked) == 2  # the one without the feature, and the build's own: whose packer was that?
    assert again == {"other": first["one"], "nothing": 0}
    asked.clear()
    ours = replace(made.facts.artefact, source=Packed())
    with Packer(study.base, lambda: study.prices, ours, made.facts.image.soc) as packer:
        first = studies.packed(packer, {"one": effect})
    assert len(asked) == 1  # ours was packed to judge the build
    assert first == {"one": ours.body - 100}


@needs_fixture
def test_other_packings_are_compared_with_what_was_packed_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where that is the same image and page: an OTA file's own page may say another length."""
    facts = built().facts
    asked: list[int | None] = []

    def tune(_self: object, _plain: bytes, _current: int, usual: int | None) -> tuple[()]:
        asked.append(usual)
        return ()

    monkeypatch.setattr(type(BL602), "tune", tune)
    page = facts.artefact.plain
    other = replace(facts.artefact, plain=page[:120] + bytes(4) + page[124:])
    strip.free(facts)
    strip.free(replace(facts, artefact=other))
    assert asked == [len(packing.compress(page)), None]
