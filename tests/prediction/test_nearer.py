"""Which calls are short: the rule against every call that ld relaxed, and calls around what goes."""

from __future__ import annotations

from dataclasses import replace

from studies import known, needs_fixture

from imgcheck.prediction import layout, nearer
from imgcheck.prediction.cutting import Loss
from imgcheck.prediction.linkage import Edge, Graph, Node, Output
from imgcheck.prediction.relink import Sites

BASE = 0x23000000
FAR = 3000


@needs_fixture
def test_every_call_of_the_fixture_is_as_long_as_the_rule_says() -> None:
    calls = known().base.calls
    assert calls is not None
    seen = short = 0
    for output, places in calls._places.items():
        for index in places:
            for one in calls._found(index):
                if one.target in places:
                    assert one.short == nearer._reaches(calls._distance(output, one, False))
                    seen += 1
                    short += one.short
    assert not calls._settled
    assert seen > 500
    assert 20 < short < seen


def section(number: int, at: int, size: int, *edges: Edge) -> Node:
    return Node(
        number, 1, f".text.f{number}", ".text", BASE + at, at, size, 0, size, 2, True, True, False, False,
        ((f"f{number}", 0, size),), edges,
    )  # fmt: skip


def jal(far: int, register: int = 1) -> bytes:
    word = 0x6F | register << 7
    word |= (
        (far >> 20 & 1) << 31 | (far >> 1 & 0x3FF) << 21 | (far >> 11 & 1) << 20 | (far >> 12 & 0xFF) << 12
    )
    return word.to_bytes(4, "little")


def program(register: int = 1, align: int = 2, near: int = 100) -> tuple[Graph, bytes, Sites]:
    """f0 calls f2 over f1, which is far longer than a short call reaches; f3 is called by a short one."""
    calls = (Edge(10, 2, "f2", -1), Edge(14, 3, "f3", -1))
    end = 50 + FAR
    nodes = (
        section(0, 0, 50, *calls),
        section(3, 50, near),
        section(1, 50 + near, FAR),
        section(2, end + near, 40),
    )
    nodes = (nodes[0], nodes[2], nodes[3], nodes[1])
    code = bytearray(b"\x01\x00" * ((end + near + 40) // 2))
    code[10:14] = jal(end + near - 10, register)
    code[14:16] = (0x2001).to_bytes(2, "little")
    every = tuple((n,) for n in range(4))
    output = Output(".text", BASE, len(code), align, 0)
    graph = Graph(
        nodes, ("a", "b", "c", "d"), every, ((2, 3), (), (), ()), (), (), ({},) * 4, frozenset(range(4)),
        frozenset({0}), True, (output,), frozenset(),
    )  # fmt: skip
    sites = Sites(jumps=((10, BASE + end + near), (14, BASE + 50)))
    return graph, bytes(code), sites


def found(
    graph: Graph, code: bytes, sites: Sites, losses: dict[int, Loss] | None = None
) -> tuple[nearer.Call, ...]:
    gone = [] if losses else [1]
    spans = [span for loss in (losses or {}).values() for span in loss.spans]
    node = graph.nodes[1]
    spans = spans or [(node.address, node.address + node.flash)]
    laid_out = layout.lay_out(layout.areas(graph), spans)
    return nearer.Calls(graph, code, sites).nearer(gone, losses or {}, laid_out)


def test_a_call_over_what_goes_is_shorter() -> None:
    (call,) = found(*program())
    assert (call.at, call.node, call.target, call.register) == (10, 0, 2, 1)
    assert nearer.spans(program()[0], (call,)) == {0: ((BASE + 12, BASE + 14),)}
    (tail,) = found(*program(register=0))
    assert tail.register == 0


def test_a_call_that_links_elsewhere_has_no_short_form() -> None:
    assert found(*program(register=5)) == ()


def test_the_output_section_s_alignment_is_added_to_the_way() -> None:
    # 50 - 10 and the near function: 40 + 1950 bytes, which are 2,046 with the alignment, and 2,118.
    assert found(*program(near=1950, align=32)) != ()
    assert found(*program(near=1950, align=128)) == ()


def test_what_a_function_in_between_loses_counts_as_it_was_in_the_object() -> None:
    graph, code, sites = program()
    start = graph.nodes[1].address
    most = FAR - (2046 - 2 - 140)  # bytes: then it is 2,046 with the alignment
    assert found(graph, code, sites, {1: Loss(((start, start + most),))}) != ()
    assert found(graph, code, sites, {1: Loss(((start, start + most - 2),))}) == ()


def test_without_short_calls_in_the_build_there_are_none() -> None:
    graph, code, sites = program()
    assert found(graph, code, Sites(jumps=sites.jumps[:1])) == ()


def settled(align: int, near: int) -> tuple[Graph, bytes, Sites]:
    """As `program`, but f3 was far longer before it was relaxed, and calls back: at first sight too far."""
    graph, code, sites = program(align=align, near=near)
    back = 30  # bytes into f3, far more of them before it was relaxed
    node = graph.nodes[3]._replace(raw=4 * FAR, edges=(Edge(2 * FAR, 0, "f0", -1),))
    changed = bytearray(code)
    changed[50 + back : 52 + back] = (0x2001).to_bytes(2, "little")
    nodes = (*graph.nodes[:3], node)
    jumps = tuple(sorted((*sites.jumps, (50 + back, BASE))))
    return replace(graph, nodes=nodes, targets=((2, 3), (), (), (0,))), bytes(changed), Sites(jumps=jumps)


def test_a_linker_that_looks_again_is_told_by_its_calls() -> None:
    graph, code, sites = settled(32, 100)
    calls = nearer.Calls(graph, code, sites)
    assert (calls._settled, calls.turns) == (True, nearer._MOST_TURNS)
    plain = nearer.Calls(*program(align=32))
    assert (plain._settled, plain.turns) == (False, 1)


def test_where_a_linker_looks_again_both_ends_lie_where_they_lie_in_the_end() -> None:
    # What f3 took before it was relaxed would keep f2 out of reach.
    (call,) = found(*settled(32, 1950))
    assert (call.at, call.node, call.target) == (10, 0, 2)
    assert found(*settled(128, 1950)) == ()
