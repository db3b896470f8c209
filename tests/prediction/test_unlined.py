"""Functions without a line table lose the code around the references that go, and are said to be unsure."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from studies import known, needs_fixture

from imgcheck.prediction import unlined
from imgcheck.prediction.coderows import Code, Row
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut, Edge, Graph, Node
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.study import Study

BASE = 0x23000000


def function(size: int, raw: int, *offsets: int) -> Node:
    """A function of `raw` bytes in its object and `size` linked ones, with references at these offsets."""
    edges = tuple(Edge(offset, 1, f"callee_{offset}", -1) for offset in offsets)
    return Node(
        0, 1, ".text.f", ".text", BASE, 0, size, 0, raw, 2, True, True, False, False, (("f", 0, raw),), edges
    )


def graph(*nodes: Node) -> Graph:
    every = tuple(range(len(nodes)))
    return Graph(
        nodes, ("lib.a(a.o)",), (every,), ((),) * len(nodes), (), (), ({},), frozenset({0}),
        frozenset({0}), True, (), frozenset(),
    )  # fmt: skip


def lost(node: Node, *offsets: int, code: Code | None = None) -> Loss | None:
    """What a function loses without its references at these offsets."""
    cut = frozenset(edge for edge in node.edges if edge.offset in offsets)
    origins = {0: Origin("a.c", frozenset(), Code() if code is None else code)}
    return unlined.extended(graph(node), origins, {}, Removal(Cut(frozenset(), {0: cut}), {})).losses.get(0)


def test_what_is_between_two_references_that_go_goes_with_its_surroundings() -> None:
    # Five references in 100 bytes are 20 for each: two that go are 40, 16 of them between the two.
    found = lost(function(100, 100, 8, 30, 42, 70, 90), 30, 42)
    assert found == Loss(((BASE + 18, BASE + 58),), unsure=40)


def test_what_stays_keeps_its_own_instruction_and_a_function_its_return() -> None:
    assert lost(function(100, 100, 26, 30, 34), 30) == Loss(((BASE + 30, BASE + 34),), unsure=4)
    assert lost(function(40, 40, 20), 20) == Loss(((BASE, BASE + 38),), unsure=38)


def test_bytes_are_as_many_as_the_linker_left() -> None:
    assert lost(function(50, 100, 20, 40, 60, 80), 40) == Loss(((BASE + 14, BASE + 26),), unsure=12)


def test_with_lines_nothing_is_guessed() -> None:
    rows = (Row(0, 40, BASE, BASE + 40, "a.c", 3),)
    assert lost(function(40, 40, 4, 20), 20, code=Code({0: rows})) is None


@given(st.data())
def test_what_stays_keeps_its_references(data: st.DataObject) -> None:
    raw = data.draw(st.integers(8, 400))
    offsets = data.draw(st.lists(st.integers(0, raw // 4 - 1), min_size=1, max_size=20, unique=True))
    node = function(raw, raw, *(4 * one for one in offsets))
    gone = {4 * one for one in data.draw(st.lists(st.sampled_from(offsets), max_size=20))}
    found = lost(node, *gone)
    spans = found.spans if found else ()
    assert all(0 <= start - BASE < end - BASE < raw for start, end in spans)
    for edge in node.edges:
        inside = any(start < BASE + edge.offset + 4 and BASE + edge.offset < end for start, end in spans)
        assert inside <= (edge.offset in gone)


def stripped(study: Study) -> Study:
    """The same build as if nothing had been compiled with -g."""
    origins = {
        number: replace(one, code=Code()) if one.code is not None else one
        for number, one in study.origins.items()
    }
    return replace(study, origins=origins, removals={}, unreached={})


@needs_fixture
def test_without_line_tables_bars_hold_what_the_lines_say() -> None:
    study = known()
    bare = stripped(study)
    inside = total = 0
    for name in study.configuration.features:
        whole, guessed = study.effect(frozenset((name,))), bare.effect(frozenset((name,)))
        total += 1
        inside += abs(whole.flash - guessed.flash) <= guessed.error
    assert inside >= 0.9 * total
    # Nothing of the code that goes is referred to from elsewhere: only its lines say that there is any.
    stamp = frozenset(("ENABLE_BOOT_STAMP",))
    assert bare.effect(stamp).flash < study.effect(stamp).flash
    assert bare.effect(stamp).error > 90


@needs_fixture
def test_objects_without_line_tables_are_named() -> None:
    study = known()
    assert unlined.said(study.base.graph, study.origins) == ()
    (found,) = unlined.said(study.base.graph, stripped(study).origins)
    assert found.code == "lines-missing"
    assert "cmd_expr.o, cmd_main.o, cmd_tokenizer.o and " in found.message  # those that a change concerns
    assert "have no line table" in found.message
