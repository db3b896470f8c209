"""What a change of the sources takes out of an object: by lines, by names, by initialisers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import known, needs_fixture

from imgcheck.prediction import cutting
from imgcheck.prediction.coderows import Code, Inline, Row
from imgcheck.prediction.cutting import Loss, Shortened
from imgcheck.prediction.linkage import Edge, Element, Graph, Node, Pool
from imgcheck.prediction.mentions import Silent, Unused, owners, shared
from imgcheck.prediction.origins import Origin
from imgcheck.prediction.sources import arrivals, redeclared
from imgcheck.prediction.sources.arrivals import Arrivals
from imgcheck.prediction.sources.counting import Counts
from imgcheck.prediction.sources.instead import NOTHING, Instead
from imgcheck.prediction.sources.redeclared import Redeclared
from imgcheck.prediction.sources.storage import Shape

BASE = 0x23000000


@dataclass(frozen=True)
class Change:
    """A change of one source, only what matters said."""

    path: str = "a.c"
    removed_lines: frozenset[int] = frozenset()
    added_lines: frozenset[int] = frozenset()
    added_code: Mapping[int, int] = field(default_factory=dict)
    vanished: frozenset[str] = frozenset()
    vanished_definitions: frozenset[str] = frozenset()
    vanished_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    strings_in: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    elements: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    flagged: frozenset[str] = frozenset()
    constants: Mapping[str, int | None] = field(default_factory=dict)
    instead: Instead = NOTHING
    arrivals: Arrivals = arrivals.NOTHING
    members: frozenset[int] = frozenset()
    units: frozenset[str] = frozenset()
    uncalled: frozenset[int] = frozenset()
    silenced: frozenset[bytes] = frozenset()
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)
    narrowed: frozenset[str] = frozenset()
    redeclared: Redeclared = redeclared.NOTHING
    types: Mapping[str, tuple[Shape, Shape]] = field(default_factory=dict)
    counts: Mapping[str, Counts] = field(default_factory=dict)
    resized: Mapping[tuple[int, str], tuple[int, int]] = field(default_factory=dict)


def section(name: str, at: int, size: int, *edges: Edge, code: bool = True, **other: object) -> Node:
    kind = ".text." if code else ".data."
    plain = Node(
        0, 1, kind + name, ".text", BASE + at, at, size, 0, size, 4, code, True, False, False,
        ((name, 0, size),), edges,
    )  # fmt: skip
    return plain._replace(**other)  # type: ignore[arg-type]  # fields of any type


def graph(*nodes: Node, strings: tuple[bytes, ...] = ()) -> Graph:
    elements = tuple(Element(one + b"\0", 1, 0) for one in strings)
    pools = (Pool(".rodata", True, True, False, 0, 0, 1),)
    targets = tuple(tuple({e.target for e in one.edges if e.target >= 0}) for one in nodes)
    return Graph(
        nodes, ("a.o",), (tuple(range(len(nodes))),), targets, elements, pools, ({},), frozenset({0}),
        frozenset({0}), True, (), frozenset(),
    )  # fmt: skip


def rows(*spans: tuple[int, int, int]) -> tuple[Row, ...]:
    """Rows of (start, end, line), not relaxed."""
    return tuple(Row(start, end, BASE + start, BASE + end, "a.c", line) for start, end, line in spans)


def removal(of: Graph, change: Change, code: Code | None = None) -> cutting.Removal:
    return cutting.removal(of, {0: Origin("a.c", frozenset(), code)}, {change.path: change})


CALL, OTHER = Edge(4, 1, "helper", -1), Edge(12, 2, "other", -1)
MAIN = section("main", 0, 20, CALL, OTHER)
THREE = (MAIN, section("helper", 20, 10), section("other", 30, 10))
LINES = rows((0, 4, 1), (4, 10, 2), (10, 20, 3))


def test_a_function_that_is_not_defined_any_more_goes() -> None:
    found = removal(graph(*THREE), Change(vanished_definitions=frozenset({"helper"})))
    assert found.cut.nodes == {1}
    assert not found.losses


def test_lines_that_go_take_their_bytes_and_references() -> None:
    found = removal(graph(*THREE), Change(removed_lines=frozenset({2})), Code({0: LINES}))
    assert found.losses == {0: Loss(((BASE + 4, BASE + 10),))}
    assert found.cut.of(0) == {CALL}
    assert not found.cut.nodes


def test_a_function_all_of_whose_lines_go_goes() -> None:
    found = removal(graph(*THREE), Change(removed_lines=frozenset({1, 2, 3})), Code({0: LINES}))
    assert found.cut.nodes == {0}
    assert not found.losses


def test_an_inlined_body_goes_with_the_line_that_calls_it() -> None:
    # The bytes of the body are lines of a header that stays.
    whole = (*rows((0, 4, 1)), Row(4, 10, BASE + 4, BASE + 10, "b.h", 70), *rows((10, 20, 3)))
    code = Code({0: whole}, (Inline(BASE + 4, BASE + 10, "a.c", 2),))
    found = removal(graph(*THREE), Change(removed_lines=frozenset({2})), code)
    assert found.losses == {0: Loss(((BASE + 4, BASE + 10),))}
    assert found.cut.of(0) == {CALL}


def test_the_same_line_of_another_file_stays() -> None:
    other = tuple(row._replace(path="b.c") for row in LINES)
    found = removal(graph(*THREE), Change(removed_lines=frozenset({2})), Code({0: other}))
    assert not found.losses
    assert not found.cut.of(0)


def test_lines_that_only_move_cost_nothing() -> None:
    change = Change(removed_lines=frozenset({2}), added_lines=frozenset({2}))
    losses = removal(graph(*THREE), change, Code({0: LINES})).losses
    assert losses == {0: Loss((), 0, unsure=6)}


def test_lines_that_come_in_take_what_the_others_do() -> None:
    found = removal(
        graph(*THREE), Change(added_lines=frozenset({2})), Code({0: rows((0, 10, 1), (10, 20, 5))})
    )
    assert found.losses[0].spans == ()
    assert found.losses[0].added == 4  # 20 bytes in five lines


def test_lines_that_come_in_take_what_they_call_and_hand_over() -> None:
    change = Change(added_lines=frozenset({2, 3, 9}), added_code={3: 20, 9: 100})
    found = removal(graph(*THREE), change, Code({0: rows((0, 10, 1), (10, 20, 5))}))
    assert found.losses[0].added == 4 + 20  # line 9 is of no function


def test_code_of_no_line_in_particular_does_not_widen_its_function() -> None:
    change = Change(added_lines=frozenset({2}))
    code = Code({0: rows((0, 4, 0), (4, 10, 30), (10, 20, 34))})
    assert not removal(graph(*THREE), change, code).losses


def test_code_of_no_line_goes_with_what_lies_on_both_sides_of_it() -> None:
    # clang: a jump behind a case of a switch, a call that cases share.
    told = Code({0: rows((0, 4, 1), (4, 6, 2), (6, 8, 0), (8, 10, 0), (10, 12, 3), (12, 14, 0), (14, 20, 4))})
    between = removal(graph(*THREE), Change(removed_lines=frozenset({2, 3})), told)
    assert between.losses == {0: Loss(((BASE + 4, BASE + 12),))}
    assert between.cut.of(0) == {CALL}
    beside = removal(graph(*THREE), Change(removed_lines=frozenset({2})), told)
    assert beside.losses == {0: Loss(((BASE + 4, BASE + 6),))}
    shared = removal(graph(*THREE), Change(removed_lines=frozenset({2, 4})), told)
    assert shared.losses == {0: Loss(((BASE + 4, BASE + 6), (BASE + 14, BASE + 20)))}


def test_without_lines_a_reference_goes_with_its_name() -> None:
    change = Change(vanished_in={"main": frozenset({"helper"})}, vanished=frozenset({"helper"}))
    found = removal(graph(*THREE), change)
    assert found.cut.of(0) == {CALL}
    elsewhere = Change(vanished_in={"other": frozenset({"helper"})})
    assert not removal(graph(*THREE), elsewhere).cut.of(0)


def test_a_string_that_a_function_no_longer_mentions() -> None:
    kept, gone = Edge(0, 1, "", 0), Edge(8, 1, "", 1)
    pool = section("", 40, 0, code=False, merged=True, symbols=(), holds=((0, 1), (1, 1)))
    of = graph(section("main", 0, 20, kept, gone), pool, strings=(b"kept", b"gone"))
    found = removal(of, Change(strings_in={"main": (b"gone",)}))
    assert found.cut.of(0) == {gone}


def test_an_array_loses_the_elements_that_name_what_went() -> None:
    edges = tuple(Edge(8 * i, i + 1, f"f{i}", -1) for i in range(4))
    table = section("table", 0, 32, *edges, code=False)
    functions = [section(f"f{i}", 100 + 10 * i, 10) for i in range(4)]
    change = Change(elements={"table": (4, 3)}, vanished_in={"table": frozenset({"f1"})})
    found = removal(graph(table, *functions), change)
    shortened = Shortened(start=BASE, size=32, before=4, left=24, after=3)
    assert found.losses == {0: Loss(((BASE + 8, BASE + 16),), shortened=shortened)}
    assert found.cut.of(0) == {edges[1]}


def test_an_array_that_tells_nothing_loses_its_last_elements() -> None:
    table = section("numbers", 0, 40, code=False)
    found = removal(graph(table), Change(elements={"numbers": (10, 8)}))
    assert found.losses[0].spans == ((BASE + 32, BASE + 40),)


def test_an_array_of_fixed_length_keeps_its_bytes() -> None:
    table = section("numbers", 0, 42, code=False)  # no whole number of elements
    assert not removal(graph(table), Change(elements={"numbers": (10, 8)})).losses


def test_a_list_that_the_linker_keeps_goes_with_its_last_function() -> None:
    array = section("", 40, 4, Edge(0, 1, "", -1), code=False, retained=True, symbols=())
    of = graph(MAIN, section("helper", 20, 10), section("other", 30, 10), array)
    assert removal(of, Change(vanished_definitions=frozenset({"helper"}))).cut.nodes == {1, 3}
    assert removal(of, Change(vanished_definitions=frozenset({"other"}))).cut.nodes == {2}


def test_cplusplus_names() -> None:
    of = graph(section("_ZN4Base4sendEPKc", 0, 20), section("_ZN4Base3getEv", 20, 8))
    found = removal(of, Change(vanished_definitions=frozenset({"Base::send"})))
    assert found.cut.nodes == {0}


def test_sources_that_did_not_change() -> None:
    found = cutting.removal(graph(*THREE), {0: Origin("b.c", frozenset({"b.h"}))}, {"a.c": Change()})
    assert not found.cut.nodes
    assert not found.cut.edges
    assert not found.losses


@examples(100)
@given(st.data())
def test_more_removed_lines_never_keep_more(data: st.DataObject) -> None:
    lines = st.frozensets(st.integers(1, 5), max_size=5)
    few = data.draw(lines)
    more = few | data.draw(lines)
    cuts = sorted(data.draw(st.sets(st.integers(1, 19), min_size=4, max_size=4)))
    table = rows(*((a, b, i + 1) for i, (a, b) in enumerate(zip([0, *cuts], [*cuts, 20], strict=True))))
    one, other = (
        removal(graph(*THREE), Change(removed_lines=gone), Code({0: table})) for gone in (few, more)
    )
    assert one.cut.nodes <= other.cut.nodes
    if 0 not in other.cut.nodes:
        assert one.cut.of(0) <= other.cut.of(0)

        def lost(found: cutting.Removal) -> int:
            return sum(end - start for loss in found.losses.values() for start, end in loss.spans)

        assert lost(one) <= lost(other)


@needs_fixture
def test_no_feature_of_the_fixture_takes_more_than_there_is() -> None:
    study = known()
    for name in study.configuration.features:
        found = study.removal(frozenset((name,)))
        for index, loss in found.losses.items():
            node = study.base.graph.nodes[index]
            assert all(
                node.address <= a < b <= node.address + max(node.flash, node.ram) for a, b in loss.spans
            )
        for index, gone in (found.cut.edges or {}).items():
            assert gone <= set(study.base.graph.nodes[index].edges)


METHOD = "_ZN1n1C3twoEv"  # n::C::two()


def test_a_source_names_a_method_with_all_its_scopes_with_its_class_or_alone() -> None:
    assert owners(METHOD) == ("n::C::two", "C::two", "two")
    edge = Edge(4, 1, "_ZN1n6helperEv", -1)
    node = section(METHOD, 0, 20, edge)
    other = section("_ZN1n6helperEv", 20, 10)
    for name in owners(METHOD):
        found = removal(graph(node, other), Change(vanished_in={name: frozenset({"helper"})}))
        assert found.cut.of(0) == {edge}, name


def test_a_section_stays_while_it_defines_something_else_as_well() -> None:
    both = section("helper", 20, 10, symbols=(("helper", 0, 6), ("stays", 6, 4)))
    parts = graph(MAIN, both, THREE[2])
    assert not removal(parts, Change(vanished_definitions=frozenset({"helper"}))).cut.nodes
    assert removal(parts, Change(vanished_definitions=frozenset({"helper", "stays"}))).cut.nodes == {1}


def test_a_call_inlined_into_another_is_lost_once_and_does_not_end_it() -> None:
    """The outer body is 2..14, a call in it is 4..6, and its own line has 12..16."""
    whole = (*rows((0, 2, 1)), Row(2, 14, BASE + 2, BASE + 14, "b.h", 70), *rows((14, 20, 3)))
    inlined = (
        Inline(BASE + 2, BASE + 14, "a.c", 2),
        Inline(BASE + 4, BASE + 6, "a.c", 2),
        Inline(BASE + 12, BASE + 16, "a.c", 2),
    )
    found = removal(graph(*THREE), Change(removed_lines=frozenset({2})), Code({0: whole}, inlined))
    assert found.losses == {0: Loss(((BASE + 2, BASE + 16),))}


def test_a_kept_list_stays_while_one_of_its_functions_does() -> None:
    kept = section("", 40, 8, Edge(0, 1, "", -1), Edge(4, 2, "", -1), code=False, retained=True, symbols=())
    parts = graph(*THREE, kept)
    assert removal(parts, Change(vanished_definitions=frozenset({"helper"}))).cut.nodes == {1}
    gone = Change(vanished_definitions=frozenset({"helper", "other"}))
    assert removal(parts, gone).cut.nodes == {1, 2, 3}


def test_only_what_has_no_section_of_its_own_went_into_others() -> None:
    """Whose name a section has, that one's references are looked at by themselves."""
    node = section("caller", 0, 64)
    change = Change(
        vanished=frozenset({"callee", "other"}),
        vanished_in={"caller": frozenset({"callee"}), "table": frozenset({"other", "there"})},
    )
    assert Silent([change], [node]).folded.keys() == {"other"}
    assert Silent([change], []).folded.keys() == {"callee", "other"}


def test_of_calls_that_the_compiler_made_one_the_last_stays() -> None:
    first, second = Edge(4, 1, "callee", -1), Edge(8, 1, "callee", -1)
    node = section("caller", 0, 64, first, second)
    unused = Unused(frozenset(), frozenset(), frozenset({"callee"}))
    parts = graph(node, section("callee", 64, 8))
    assert shared(parts, node, {first, second}, unused) == {first, second}
    assert shared(parts, node, {first}, unused) == frozenset()
    assert shared(parts, node, {first, second}, unused._replace(still=frozenset())) == frozenset()


def test_a_name_in_a_scope_that_goes_is_not_the_one_that_stays() -> None:
    call = Edge(4, 1, "_ZN3one4stepEi", -1)
    node = section("caller", 0, 64, call)
    parts = graph(node, section("_ZN3one4stepEi", 64, 8))
    unused = Unused(frozenset({"one"}), frozenset(), frozenset({"step"}))
    assert shared(parts, node, {call}, unused) == frozenset()
    assert shared(parts, node, {call}, unused._replace(names=frozenset({"two"}))) == {call}


def test_an_anchor_among_variables_is_any_of_them() -> None:
    anchor = Edge(4, 1, "", -1)
    node = section("caller", 0, 64, anchor)
    parts = graph(node, section("", 64, 8, code=False, symbols=(("mine", 0, 4), ("theirs", 4, 4))))
    unused = Unused(frozenset(), frozenset(), frozenset({"theirs"}))
    assert shared(parts, node, {anchor}, unused) == {anchor}
    assert shared(parts, node, {anchor}, unused._replace(still=frozenset({"others"}))) == frozenset()
