"""What --gc-sections keeps: laws on random graphs and on the fixture, shared strings as ld shares them."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from compiled import compile_, link, needs_toolchain
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import known, needs_fixture

from imgcheck.model import Calibration
from imgcheck.prediction import linkage, linkgraph, losing, suffixes, supports
from imgcheck.prediction.linkage import Cut, Edge, Element, Graph, Node, Pool
from imgcheck.readers import elf

EVERYTHING = Cut()
T = TypeVar("T")


def node(number: int, name: str, *targets: int, **other: object) -> Node:
    """A placed section of an object that refers to others."""
    edges = tuple(Edge(8 * i, target, f"s{target}", -1) for i, target in enumerate(targets))
    plain = Node(
        number, 1, name, ".text", 0x1000, 0, 16, 0, 16, 4, True, True, False, False, ((name, 0, 16),), edges
    )
    return plain._replace(**other)  # type: ignore[arg-type]  # fields of any type


def graph(
    nodes: list[Node],
    roots: set[int],
    needs: list[dict[str, int]] | None = None,
    given_objects: set[int] | None = None,
    elements: tuple[Element, ...] = (),
    pools: tuple[Pool, ...] = (),
) -> Graph:
    count = max((one.object for one in nodes), default=-1) + 1
    everyone = frozenset(range(count))
    return Graph(
        tuple(nodes),
        tuple(f"{i}.o" for i in range(count)),
        tuple(tuple(i for i, one in enumerate(nodes) if one.object == o) for o in range(count)),
        tuple(tuple({e.target for e in one.edges if e.target >= 0}) for one in nodes),
        elements,
        pools,
        tuple(needs or [{} for _ in range(count)]),
        everyone if given_objects is None else frozenset(given_objects),
        frozenset(roots),
        True,
        (),
        frozenset(),
    )


# One number for each example: drawing every edge by itself took ten times as long as the laws.
SEEDS = st.integers(0, (1 << 64) - 1)


def graphs(dice: random.Random) -> Graph:
    count, objects = dice.randint(1, 12), dice.randint(1, 5)
    owners = [dice.randrange(objects) for _ in range(count)]
    targets = [dice.choices(range(count), k=dice.randint(0, 4)) for _ in range(count)]
    groups = [tuple(dice.choices(range(count), k=dice.choice((0, 0, 1, 2)))) for _ in range(count)]
    nodes = [node(owners[i], f".text.f{i}", *targets[i], group=groups[i]) for i in range(count)]
    needs = [
        {f"s{t}": owners[t] for i in range(count) if owners[i] == o for t in targets[i]}
        for o in range(objects)
    ]
    roots = some(dice, range(count), 3)
    made = graph(nodes, roots, needs, {owners[r] for r in roots})
    # what nobody asks for is not linked, so nothing of it is a root
    linked = made.given
    return replace(
        made, sections=tuple(tuple(i for i in range(count) if owners[i] == o) for o in range(objects)),
        objects=tuple(map(str, range(objects))), given=linked,
    )  # fmt: skip


def some(dice: random.Random, of: Sequence[T], most: int) -> set[T]:
    return set(dice.choices(of, k=dice.randint(0, most)))


def cuts(dice: random.Random, of: Graph) -> Cut:
    indices = range(len(of.nodes))
    edges = {}
    for index in some(dice, indices, 6):
        if of.nodes[index].edges:
            edges[index] = frozenset(some(dice, of.nodes[index].edges, len(of.nodes[index].edges)))
    return Cut(frozenset(some(dice, indices, 3)), edges)


def pooled(dice: random.Random) -> Graph:
    """A graph whose references name elements of what they refer to; an element may be in several sections."""
    of, most = graphs(dice), 5
    mentions: dict[tuple[int, int], int] = {}
    nodes = []
    for one in of.nodes:
        edges = tuple(edge._replace(element=dice.randint(-1, most)) for edge in one.edges)
        nodes.append(one._replace(edges=edges))
        for edge in edges:
            mentions[edge.target, edge.element] = mentions.get((edge.target, edge.element), 0) + 1
    unnamed = {(n, dice.randint(0, most)): 0 for n in range(len(nodes)) if dice.random() < 0.5}
    held = {key: count for key, count in (unnamed | mentions).items() if key[1] >= 0}
    for n, one in enumerate(nodes):
        holds = tuple((element, count) for (at, element), count in held.items() if at == n)
        nodes[n] = one._replace(holds=holds)
    return replace(of, nodes=tuple(nodes))


def both(one: Cut, other: Cut) -> Cut:
    edges = dict(one.edges or {})
    for index, gone in (other.edges or {}).items():
        edges[index] = edges.get(index, frozenset()) | gone
    return Cut(one.nodes | other.nodes, edges)


@examples(200)
@given(SEEDS)
def test_cutting_nothing_changes_nothing(seed: int) -> None:
    of = graphs(random.Random(seed))
    assert linkage.reach(of, Cut()) == linkage.reach(of) == linkage.reach(of, Cut(frozenset(), {}))


@examples(300)
@given(SEEDS)
def test_cutting_more_never_keeps_more(seed: int) -> None:
    dice = random.Random(seed)
    of = graphs(dice)
    one, other = cuts(dice, of), cuts(dice, of)
    few, more = linkage.reach(of, one), linkage.reach(of, both(one, other))
    assert more.nodes <= few.nodes
    assert more.elements <= few.elements
    assert not more.nodes & (one.nodes | other.nodes)


@examples(500)
@given(SEEDS)
def test_what_is_lost_is_the_difference_of_what_is_reached(seed: int) -> None:
    dice = random.Random(seed)
    of = pooled(dice)
    if seed % 2:  # most links are of C, and have no groups of sections
        of = replace(of, nodes=tuple(one._replace(group=()) for one in of.nodes))
    cut = cuts(dice, of)
    base, after = linkage.reach(of), linkage.reach(of, cut)
    lost = losing.lost(of, base, cut, losing.holders(of, base.nodes), supports.Supports(of, base.nodes))
    assert lost.nodes == base.nodes - after.nodes
    told = supports.Supports(of, base.nodes).gone(cut, linkage.out(of, cut))
    assert (told is None and not seed % 2) or told == set(lost.nodes)
    assert lost.elements == base.elements - after.elements


@examples(400)
@given(SEEDS)
def test_reached_as_a_naive_walk_reaches(seed: int) -> None:
    dice = random.Random(seed)
    of = graphs(dice)
    cut = cuts(dice, of)
    assert linkage.reach(of, cut).nodes == naive(of, cut)


def naive(of: Graph, cut: Cut) -> set[int]:
    """The same by repeating whole passes until nothing is new."""

    def edges(index: int) -> list[Edge]:
        return [edge for edge in of.nodes[index].edges if edge not in cut.of(index)]

    touched = {of.nodes[i].object for i in {*cut.nodes, *(cut.edges or {})}}
    linked = set(of.given) if touched else set(range(len(of.objects)))
    grew = True
    while grew:
        asked = set()
        for number in linked:
            names = {e.symbol for i in of.sections[number] if i not in cut.nodes for e in edges(i)}
            asked |= {
                target for name, target in of.needs[number].items() if number not in touched or name in names
            }
        grew = not asked <= linked
        linked |= asked
    seen = {i for i in of.roots if of.nodes[i].object in linked and i not in cut.nodes}
    grew = True
    while grew:
        new = {e.target for i in seen for e in edges(i) if of.nodes[e.target].object in linked}
        new |= {member for i in seen for member in of.nodes[i].group}
        new -= cut.nodes
        grew = not new <= seen
        seen |= new
    return seen


@examples(300)
@given(SEEDS)
def test_groups_that_are_equal_need_not_be_the_same(seed: int) -> None:
    """A group is looked at once, by its identity: where members do not share one, that saves no time."""
    dice = random.Random(seed)
    of, shared = graphs(dice), dict[tuple[int, ...], tuple[int, ...]]()
    one = replace(of, nodes=tuple(n._replace(group=shared.setdefault(n.group, n.group)) for n in of.nodes))
    each = replace(of, nodes=tuple(n._replace(group=(*n.group,)) for n in of.nodes))
    cut = cuts(dice, of)
    assert linkage.reach(one, cut) == linkage.reach(each, cut)


def test_what_brings_a_group_in_brings_all_of_it_also_from_its_second_member() -> None:
    """Equal groups of two members are one: who is reached later finds the others there already."""
    pair = (1, 2)
    nodes = [node(0, ".text.a", 1), node(0, ".text.b", group=pair), node(0, ".text.c", group=pair)]
    assert linkage.reach(graph(nodes, roots={0})).nodes == {0, 1, 2}


def test_a_section_that_is_cut_asks_for_nothing() -> None:
    """Else the member that only it asked for would be linked still, with all that is kept of it."""
    nodes = [node(0, ".text.a"), node(0, ".text.b", 2), node(1, ".text.m")]
    one = graph(nodes, roots={0, 1, 2}, needs=[{"s2": 1}, {}], given_objects={0})
    assert linkage.reach(one).nodes == {0, 1, 2}
    assert linkage.reach(one, Cut(frozenset({1}))).nodes == {0}


def test_what_stays_with_a_section_stays_also_where_its_object_is_linked_for_nothing_else() -> None:
    """A group is one thing to the linker, whichever member was asked for."""
    nodes = [node(0, ".text.a", group=(0, 2)), node(0, ".text.b", 3), node(1, ".text.g"), node(1, ".text.m")]
    one = graph(nodes, roots={0}, needs=[{"s3": 1}, {}], given_objects={0})
    assert linkage.reach(one, Cut(frozenset({1}))).nodes == {0, 2}


def test_members_that_nobody_asks_for_go_with_what_is_kept_of_them() -> None:
    # 0: main refers to a driver (1) whose archive member also has a section kept by the linker script (2).
    nodes = [node(0, ".text.main", 1), node(1, ".text.driver"), node(1, ".static_commands")]
    of = graph(nodes, {0, 2}, [{"s1": 1}, {}], {0})
    assert linkage.reach(of).nodes == {0, 1, 2}
    cut = Cut(frozenset(), {0: frozenset(nodes[0].edges)})
    assert linkage.reach(of, cut).nodes == {0}
    # an object that was linked by itself keeps it
    assert linkage.reach(replace(of, given=frozenset({0, 1})), cut).nodes == {0, 2}


def test_a_member_that_is_asked_for_anew_stays() -> None:
    """Without the driver (1) main asks for what only that one had asked for (2), in another member."""
    nodes = [node(0, ".text.main", 1), node(1, ".text.driver", 2), node(2, ".text.helper")]
    of = graph(nodes, {0}, [{"s1": 1}, {"s2": 2}, {}], {0})
    cut = Cut(frozenset(), {0: frozenset(nodes[0].edges)})
    assert linkage.reach(of, cut).nodes == {0}
    assert linkage.reach(of, replace(cut, gained={0: frozenset({2})})).nodes == {0, 2}
    assert linkage.reach(of, Cut(frozenset({0}), {}, {0: frozenset({2})})).nodes == frozenset()


def test_a_member_stays_when_a_dropped_section_asks_for_it() -> None:
    nodes = [node(0, ".text.main"), node(0, ".text.unused", 2), node(1, ".init_array", retained=True)]
    of = graph(nodes, {0, 2}, [{"s2": 1}, {}], {0})
    cut = Cut(frozenset(), {0: frozenset({Edge(0, 2, "s2", -1)})})
    assert linkage.reach(of, cut).nodes == {0, 2}


def test_without_collection_everything_stays() -> None:
    of = replace(graph([node(0, ".text.main"), node(0, ".text.unused")], {0}), collected=False)
    assert linkage.reach(of).nodes == {0, 1}
    assert linkage.reach(of, Cut(frozenset({1}))).nodes == {0}


def test_what_the_script_keeps_is_what_the_compiler_does_not_name() -> None:
    nodes = [
        node(0, ".text.main"),
        node(0, ".static_commands"),
        node(0, ".rodata.table"),
        node(0, ".init", placed=False),
    ]
    assert linkgraph.kept(graph(nodes, {0})) == {1}


def test_what_was_merged_away_is_not_kept_by_the_script() -> None:
    """Its bytes are in a pool: that nothing refers to the section itself says nothing of KEEP."""
    strings = node(0, ".init_strings", merged=True)
    table = node(0, ".init_table")
    assert linkgraph.kept(graph([node(0, ".text.main"), strings, table], {0})) == {2}


@needs_fixture
def test_calibration_of_the_fixture() -> None:
    of = known().base.graph
    found = linkage.calibrate(of)
    assert found.missing_bytes == 0
    assert found.extra_bytes <= 4  # a pool of constants is rounded up
    assert found.placed_bytes > 100_000
    assert linkage.trusted(found)


@needs_fixture
def test_a_graph_that_lost_references_is_not_trusted() -> None:
    of = known().base.graph
    nodes = tuple(one._replace(edges=()) if i % 3 == 0 else one for i, one in enumerate(of.nodes))
    damaged = replace(of, nodes=nodes, targets=tuple(tuple(e.target for e in one.edges) for one in nodes))
    found = linkage.calibrate(damaged)
    assert found.missing_bytes > 1000
    assert not linkage.trusted(found)


@pytest.mark.parametrize(
    ("calibration", "trusted"),
    [
        (Calibration(100_000, 0, 0), True),
        (Calibration(100_000, 100, 100), True),
        (Calibration(100_000, 101, 0), False),
        (Calibration(100_000, 0, 101), False),
        (Calibration(0, 0, 0), False),
    ],
)
def test_trust_ends_at_a_thousandth(calibration: Calibration, trusted: bool) -> None:
    assert linkage.trusted(calibration) is trusted


@needs_fixture
@examples(30)
@given(st.data())
def test_cutting_more_of_the_fixture_never_keeps_more(data: st.DataObject) -> None:
    of = known().base.graph
    indices = st.sampled_from(sorted(known().base.reach.nodes))
    first = data.draw(st.frozensets(indices, max_size=20))
    second = first | data.draw(st.frozensets(indices, max_size=20))
    few, more = linkage.reach(of, Cut(first)), linkage.reach(of, Cut(second))
    assert more.nodes <= few.nodes <= known().base.reach.nodes
    assert more.elements <= few.elements <= known().base.reach.elements
    for less, most in zip(
        linkage.pool_bytes(of, more.elements), linkage.pool_bytes(of, few.elements), strict=True
    ):
        assert less <= most


# Short alphabets make shared ends likely.
TEXTS = st.lists(st.text("ab", max_size=5), min_size=1, max_size=25, unique=True)


@examples(200)
@given(TEXTS, st.sampled_from([1, 4]))
def test_hosts_as_a_naive_search_finds_them(texts: list[str], align: int) -> None:
    contents = [text.encode() + b"\0" for text in texts]

    def inside(one: bytes, other: bytes) -> bool:
        return one != other and other.endswith(one) and (len(other) - len(one)) % align == 0

    expected = {one for one in contents if not any(inside(one, other) for other in contents)}
    assert set(suffixes.hosts_of(contents, align)) == expected


@examples(100)
@given(TEXTS, st.sets(st.integers(0, 24)), st.sampled_from([1, 4]))
def test_fewer_strings_never_take_more(texts: list[str], keep: set[int], align: int) -> None:
    pool = Pool(".rodata", True, True, False, 0, 0, align)
    elements = tuple(Element(text.encode() + b"\0", align, 0) for text in texts)
    of = graph([node(0, ".text.main")], {0}, elements=elements, pools=(pool,))
    whole = linkage.pool_bytes(of, range(len(elements)))
    part = linkage.pool_bytes(of, keep & set(range(len(elements))))
    assert part <= whole
    assert linkage.pool_bytes(of, ()) == [0]


@needs_toolchain
@examples(6)
@given(texts=st.lists(st.text("abc", min_size=1, max_size=7), min_size=4, max_size=25, unique=True),
       align=st.sampled_from([1, 4]))  # fmt: skip
def test_strings_take_what_ld_gives_them(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], align: int
) -> None:
    folder = tmp_path_factory.mktemp("strings")
    lines = [".globl main", ".text", "main: nop", '.section .rodata.str,"aMS",@progbits,1']
    for text in texts:
        lines += [f".balign {align}", f'.asciz "{text}"']
    made = link(folder, compile_(folder, "s.S", "\n".join(lines) + "\n"), flags=("-Wl,--no-gc-sections",))
    parsed = elf.read(made)
    size = next(s.size for s in parsed.sections if s.name == ".rodata")
    elements = tuple(Element(text.encode() + b"\0", align, 0) for text in texts)
    pool = Pool(".rodata", True, True, False, 0, 0, align)
    of = graph([node(0, ".text.main")], {0}, elements=elements, pools=(pool,))
    assert size <= linkage.pool_bytes(of, range(len(texts)))[0] < size + align


def test_constants_are_shared_when_equal() -> None:
    values = [struct.pack("<d", value) for value in (1.0, 2.0)]
    pool = Pool(".rodata", False, True, False, 0, 0, 8)
    elements = tuple(Element(value, 8, 0) for value in values)
    of = graph([node(0, ".text.main")], {0}, elements=elements, pools=(pool,))
    assert linkage.pool_bytes(of, [0, 1]) == [16]
    assert linkage.pool_bytes(of, [1]) == [8]
