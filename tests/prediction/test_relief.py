"""What a feature takes off an object is all that the map gives to that object, strings too."""

from __future__ import annotations

from collections import Counter

from studies import built, known, needs_fixture

from imgcheck.builds import components
from imgcheck.prediction import effects, pieces

pytestmark = needs_fixture


def test_an_object_that_goes_loses_all_its_bytes() -> None:
    base = known().base
    sizes: Counter[str] = Counter()
    for item in built().facts.image.items:
        sizes[components.object_of(item)] += item.flash
    seen = 0
    for name in known().configuration.features:
        effect = effects.effect(base, known().removal(frozenset((name,))))
        parts = pieces.pieces(base, effect, known().prices)
        taken: Counter[str] = Counter()
        left: Counter[str] = Counter()  # strings that others need too
        for piece in parts:
            taken[piece.object.rsplit("/", 1)[-1]] += piece.flash
        for index, (start, end, holder) in base.pools.places.items():
            where = base.graph.objects[base.graph.nodes[holder].object].rsplit("/", 1)[-1]
            low, high = effect.elements.get(index, (0, 0))
            left[where] += end - start - (high - low)
        smaller = {one.object.rsplit("/", 1)[-1] for one in parts if one.effect != "gone"}
        gone = set(effect.gone)
        for index, node in enumerate(base.graph.nodes):
            if node.placed and not node.merged and index not in gone:
                smaller.add(base.graph.objects[node.object].rsplit("/", 1)[-1])
        for where in taken.keys() - smaller:
            seen += 1
            # What aligns the next string or table is the object's in the map.
            rest = sizes[where] - left[where] - taken[where]
            assert abs(rest) <= max(16, sizes[where] // 10), (
                name,
                where,
                sizes[where],
                left[where],
                taken[where],
            )
    assert seen > 20
