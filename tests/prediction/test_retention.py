"""Who holds what: chains are chains of references, and retained bytes are those that really go."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
import studies
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.api import why
from imgcheck.errors import UndecidedError
from imgcheck.prediction import retention
from imgcheck.prediction.linkage import Cut, reach
from imgcheck.readers import elf

pytestmark = studies.needs_fixture


@cache
def held() -> retention.Retention:
    known = studies.known()
    graph = known.base.graph
    return retention.retention(graph, elf.read(studies.ELF).entry, why.costs(graph, known.prices))


def test_all_that_is_retained_adds_up_to_the_whole() -> None:
    nodes = held().graph.nodes
    whole = held().retained[-1]
    assert whole[0] == sum(nodes[node].flash for node in held().distance)
    assert whole[1] == sum(nodes[node].ram for node in held().distance)
    assert whole[2] == pytest.approx(sum(held().costs[node] for node in held().distance))
    # What belongs to no section (holes, padding, the script's own) is the rest of the image.
    image = len(studies.built().facts.image.binary)
    assert 0.9 * image < whole[0] <= image


def test_what_a_section_retains_is_what_goes_without_it() -> None:
    for node in sorted(held().distance)[::13]:
        flash, ram, ota = held().held_by(frozenset((node,)))
        retained = held().retained[node]
        assert (flash, ram) == retained[:2]
        assert ota == pytest.approx(retained[2])


def test_what_several_hold_is_found_in_one_pass() -> None:
    """The bits of all of them say what taking each away alone says, sections of several of them included."""
    one = held()
    by_object: dict[int, list[int]] = {}
    for node in one.distance:
        by_object.setdefault(one.graph.nodes[node].object, []).append(node)
    several = [*by_object.values(), [node for some in list(by_object.values())[::3] for node in some], []]
    assert len(several) > 50
    assert one.held_by_each(several) == [one.held_by(frozenset(some)) for some in several]


def test_the_linker_drops_what_is_retained() -> None:
    graph = held().graph
    for node in sorted(held().distance)[::29]:
        if node in held().roots or graph.nodes[node].group:
            continue
        gone = reach(graph).nodes - reach(graph, Cut(frozenset((node,)), {})).nodes
        assert sum(graph.nodes[one].flash for one in gone) >= held().retained[node][0]


def test_chains_are_references_from_a_root_and_none_is_shorter() -> None:
    graph = held().graph
    for node in held().distance:
        chain = held().chain(node)
        assert chain[0] in held().roots and chain[-1] == node
        assert len(chain) == held().distance[node] + 1
        for one, other in itertools.pairwise(chain):
            assert other in graph.targets[one] or other in graph.nodes[one].group


def test_all_chains_differ_and_are_as_long() -> None:
    for node in sorted(held().distance)[::17]:
        chains = list(held().chains(node, 50))
        assert len(set(chains)) == len(chains) >= 1
        assert {len(chain) for chain in chains} == {held().distance[node] + 1}


@examples(60)
@given(
    st.integers(2, 9),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30),
    st.integers(1, 3),
)
def test_any_graph_retains_what_cannot_be_reached_without(
    count: int, edges: list[tuple[int, int]], roots: int
) -> None:
    base = held().graph
    spare = base.nodes[next(iter(held().distance))]._replace(group=(), flash=1, ram=0)
    targets: list[list[int]] = [[] for _ in range(count)]
    for one, other in edges:
        if one < count and other < count and one != other and other not in targets[one]:
            targets[one].append(other)
    graph = type(base)(
        tuple(spare._replace(object=0) for _ in range(count)), ("x.o",), (tuple(range(count)),),
        tuple(map(tuple, targets)), (), (), ({},), frozenset((0,)), frozenset(range(min(roots, count))),
        True, (), frozenset(),
    )  # fmt: skip
    found = retention.retention(graph, 0, [1.0] * count)
    assert found.retained[-1][0] == len(found.distance)
    for node in found.distance:
        assert found.retained[node][0] == found.held_by(frozenset((node,)))[0]


def test_why_names_a_symbol_an_object_and_an_archive() -> None:
    def entry(name: str) -> dict[str, object]:
        ((key, rows),) = why.show(studies.inputs(), name).records
        assert key == "why"
        return dict(rows[0])

    symbol = entry("vfscanf")
    assert symbol["archive"] == "libc.a" and symbol["root_kind"] == "entry" and symbol["source"] == "graph"
    chain = symbol["chains"][0]  # type: ignore[index]
    assert chain[0] == symbol["root"] and chain[-1] == "vfscanf"
    whole, part = entry("libm.a"), entry("drv_ntp.o")
    assert part["object"] == "drv_ntp.o" and whole["object"] == ""
    assert int(str(part["retained_flash"])) > 0 and int(str(whole["retained_ota"])) > 0


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(
        UndecidedError, match="vfscan: nothing of that name is in the image; did you mean vfscanf"
    ):
        why.show(studies.inputs(), "vfscan")


def test_without_objects_the_map_tells(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import shutil

    from imgcheck.api.build import Inputs

    for name in ("OpenBL602.elf", "OpenBL602.map"):
        shutil.copy(studies.BASE / name, tmp_path)
    ((_, rows),) = why.show(Inputs(tmp_path / "OpenBL602.elf"), "vfscanf").records
    assert rows[0]["source"] == "map"
    assert rows[0]["chains"]
