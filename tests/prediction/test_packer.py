"""A predicted image is packed as the packer of a build would do it."""

from __future__ import annotations

from studies import built, known, needs_fixture

from imgcheck.prediction import effects
from imgcheck.prediction.packer import Packer
from imgcheck.targets.bl602 import container, packing


@needs_fixture
def test_what_is_saved_is_what_packing_both_images_shows() -> None:
    study, made = known(), built()
    names = list(study.configuration.features)[:3]
    found = {name: effects.effect(study.base, study.removal(frozenset((name,)))) for name in names}
    with Packer(study.base, lambda: study.prices, made.facts.artefact, made.facts.image.soc) as packer:
        packed = packer.packed(found)
    page = made.facts.artefact.plain[:4096]

    def size(image: bytes) -> int:
        padded = container.padded(image)
        plain = page[:120] + len(padded).to_bytes(4, "little") + page[124:] + padded  # its length is at 120
        return len(packing.compress(plain))

    for name, effect in found.items():
        image = effects.rebuilt(study.base, effect)
        assert image is not None
        assert packed[name] == size(study.base.binary) - size(image)
    assert len(set(packed.values())) > 1
