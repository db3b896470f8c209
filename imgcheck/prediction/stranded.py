"""Which code of a function leads only to returns that went: the epilogue in front of a removed tail call?

The epilogue belongs to the function's last line, the tail call behind it to the line that goes. From what is
left of a function one of its other exits must be reachable; what reached removed ones only goes with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imgcheck.prediction import flow
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Graph


def extended(graph: Graph, binary: bytes, removal: Removal) -> Removal:
    """The same removal, with the code that its losses leave without an exit."""
    losses: dict[int, Loss] = {}
    for index, loss in removal.losses.items():
        node = graph.nodes[index]
        if node.code and node.placed and node.offset >= 0 and loss.spans and not loss.added:
            code = binary[node.offset : node.offset + node.flash]
            spans = [(start - node.address, end - node.address) for start, end in loss.spans]
            more = [(node.address + start, node.address + end) for start, end in without_exit(code, spans)]
            losses[index] = loss._replace(spans=flow.joined((*loss.spans, *more))) if more else loss
        else:
            losses[index] = loss
    return replace(removal, losses=losses)


def without_exit(code: bytes, lost: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of a function's code that reach no exit but those in `lost`."""
    steps = flow.steps(code)
    gone = {at for at in steps if any(start <= at < end for start, end in lost)}
    exits = {at for at, step in steps.items() if step.exits}
    if exits.isdisjoint(gone) or exits <= gone:
        return []
    before: dict[int, list[int]] = {}
    for at, step in steps.items():
        if step.falls:
            before.setdefault(step.end, []).append(at)
        if step.target >= 0:
            before.setdefault(step.target, []).append(at)
    leaving = flow.following(exits, before)
    staying = flow.following(exits - gone, before)
    found = leaving - staying - gone
    # What other code that stays leads into goes on somewhere else in a rebuild, nobody can say where.
    todo = [at for at in found if any(one not in gone and one not in found for one in before.get(at, ()))]
    while todo:
        at = todo.pop()
        if at in found:
            found.remove(at)
            step = steps[at]
            todo.extend(one for one in (step.end if step.falls else -1, step.target) if one in found)
    return [(at, steps[at].end) for at in sorted(found)]
