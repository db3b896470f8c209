"""Which features would bring a component, archive, object or symbol back under its budget?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from imgcheck.builds import components
from imgcheck.model import Budget, Facts, Feature, Piece, Relief
from imgcheck.prediction import effects as savings
from imgcheck.prediction import pieces
from imgcheck.prediction.study import Study
from imgcheck.readers import linkmap


def find(
    known: Study, facts: Facts, over: Sequence[tuple[Budget, int]], features: Sequence[Feature]
) -> tuple[Relief, ...]:
    """For each budget of `over`, with its excess: the cheapest features whose removal takes that off it.

    `features` are those that the build has; what the policy keeps is not taken. When all together are
    not enough, all that help are named.
    """
    if not over:
        return ()
    settings = facts.policy.features
    keep = frozenset(settings.keep if settings else ())
    weights: Mapping[str, float] = settings.weights if settings else {}
    owners = _owners(facts)
    parts = {
        one.name: pieces.pieces(known.base, _effect(known, one.name), known.prices)
        for one in features
        if one.name not in keep and (one.flash or one.ram)
    }
    return tuple(_relief(budget, excess, parts, owners, weights) for budget, excess in over)


def _effect(known: Study, name: str) -> savings.Effect:
    return known.effect(frozenset((name,)))


def _owners(facts: Facts) -> dict[tuple[str, str], str]:
    """The component of each symbol of each object, and of each object (symbol "") where it has one only."""
    found: dict[tuple[str, str], str] = {}
    items = facts.image.items
    for item, name in zip(items, components.names(items, facts.policy.components), strict=True):
        whole = components.object_of(item)
        found[whole, item.name] = name
        found.setdefault((whole, ""), name)
    return found


def _relief(
    budget: Budget,
    over: int,
    pieces_of: Mapping[str, Iterable[Piece]],
    owners: Mapping[tuple[str, str], str],
    weights: Mapping[str, float],
) -> Relief:
    helps = []
    for name, parts in pieces_of.items():
        size = sum(_size(piece, budget) for piece in parts if _is_part(piece, budget, owners))
        if size > 0:
            helps.append((weights.get(name, 1.0), -size, name))
    chosen: list[tuple[str, int]] = []
    for _, size, name in sorted(helps):
        if sum(taken for _, taken in chosen) >= over:
            break
        chosen.append((name, -size))
    return Relief(budget, over, tuple(chosen))


def _size(piece: Piece, budget: Budget) -> int:
    return round({"flash": piece.flash, "ram": piece.ram, "ota": piece.ota}[budget.resource])


def _is_part(piece: Piece, budget: Budget, owners: Mapping[tuple[str, str], str]) -> bool:
    if piece.effect == "stays":
        return False
    whole = piece.object.replace("\\", "/").rsplit("/", 1)[-1]  # "/build/libx.a(y.o)" -> "libx.a(y.o)"
    if budget.kind == "component":
        return (owners.get((whole, piece.name)) or owners.get((whole, ""))) == budget.name
    if budget.kind == "archive":
        return whole.startswith(f"{budget.name}(")
    if budget.kind == "object":
        return budget.name in (whole, linkmap.parts(whole)[1])
    return budget.kind == "symbol" and piece.name == budget.name
