"""How far may a predicted saving of flash be off, by what is compiled otherwise?"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot

from imgcheck.prediction.cutting import Loss
from imgcheck.prediction.linkage import Graph, Node

# How far a prediction was off on builds that were really rebuilt: functions that lose lines also lose
# registers to save and branches to take (a quarter of what they lose), and what an `#else` adds is a guess.
_LOSS_ERROR = 0.25
_FRAME_ERROR = 4  # bytes more of each function that is compiled otherwise
_ADDED_ERROR = 0.5
_COMPILED_ERROR = 0.03  # of what comes in of objects that are there, before they are relaxed and aligned
_UNSURE_ERROR = 0.5  # of lines that change in a way that is not followed
# How much of that adds up; for the rest one section is too large where another one is too small. Of 987
# features of generated programs that were really rebuilt 95.1 % lie inside of such bars, of 184 of real
# builds 98.9 %; with all of it added up it would be 97.3 and 98.9 %, in bars that are a quarter wider.
_ALIKE = 0.25
# More of what functions lose where it is compiled for speed: a call less, and the compiler has room to inline
# another one (76 bytes of 152 came back in a real -O2 build).
_SPEED_ERROR = 0.25
_SHARE_ERROR = 0.005  # of any saving: what the compiler and linker make differently of what stays
_UNREAD_ERROR = 0.1  # of a saving that was told from the map alone: what 43 of them were off by at most
_ROUNDING = 16  # alignment of what follows
_TRIMMED = 1 / 9  # of a function: with less of it gone it keeps its registers and its frame
_FUNCTION = 250  # bytes that such a function has left; in a small one a call less changes everything


def of(graph: Graph, flash: int, losses: Mapping[int, Loss]) -> int:
    """How many bytes a saving of that many may be off, of which sections lose these."""
    whole = abs(flash) * (_UNREAD_ERROR if graph.coarse else _SHARE_ERROR)
    here = {i: loss for i, loss in losses.items() if graph.nodes[i].flash}
    return round(_together(graph, here, _LOSS_ERROR) + whole) + _ROUNDING


def for_speed(graph: Graph, losses: Mapping[int, Loss]) -> int:
    """How many bytes more it is where these are of objects that were compiled for speed."""
    code = {i: loss for i, loss in losses.items() if graph.nodes[i].code}
    return round(_together(graph, code, _LOSS_ERROR + _SPEED_ERROR) - _together(graph, code, _LOSS_ERROR))


def below(graph: Graph, losses: Mapping[int, Loss], output: str, address: int) -> int:
    """How far the end of what lies below an address in an output section is off in a usual case."""
    here = {
        i: loss
        for i, loss in losses.items()
        if graph.nodes[i].output == output and graph.nodes[i].address < address
    }
    return (of(graph, 0, here) - _ROUNDING) // 2  # half of what nine of ten stay within


def trimmed(node: Node, loss: Loss) -> bool:
    """Whether what is left of a function is most likely compiled as it was."""
    size = max(node.flash, node.ram)
    lost = sum(end - start for start, end in loss.spans)
    alone = sum(1 for _, _, length in node.symbols if length) <= 1  # in a section of many, one may lose all
    return (
        alone and not loss.added and not loss.unsure and lost <= size * _TRIMMED and size - lost >= _FUNCTION
    )


def _together(graph: Graph, losses: Mapping[int, Loss], share: float) -> float:
    """How far sections with these losses may be off together, `share` of what each loses."""
    parts = [_off(graph.nodes[i], loss, share) for i, loss in losses.items()]
    return _ALIKE * sum(parts) + (1 - _ALIKE) * hypot(*parts)


def _off(node: Node, loss: Loss, share: float) -> float:
    shrunk = sum(end - start for start, end in loss.spans)
    frame = _FRAME_ERROR if node.code and not trimmed(node, loss) else 0
    new = (loss.added - loss.compiled) * _ADDED_ERROR + loss.compiled * _COMPILED_ERROR
    return shrunk * share + new + loss.unsure * _UNSURE_ERROR + frame
