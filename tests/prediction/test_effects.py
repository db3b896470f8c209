"""What goes when less is kept: laws on the fixture's features, and on parts of its graph."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import built, known, needs_fixture
from test_cutting import BASE, graph, section

from imgcheck.api import savings as predictions
from imgcheck.api.pricing import Priced
from imgcheck.prediction import effects as savings
from imgcheck.prediction import linkage, pieces, sharing
from imgcheck.prediction.cutting import Loss, Removal
from imgcheck.prediction.linkage import Cut, Output
from imgcheck.prediction.spans import disjoint

from studies import inputs  # isort: skip

pytestmark = needs_fixture

NOTHING = Removal(Cut(frozenset(), {}), {})
ROUNDING = 16  # alignment of what follows may cost what little went


@cache
def effect(*names: str) -> savings.Effect:
    study = known()
    return savings.effect(study.base, study.removal(frozenset(names)))


def names() -> list[str]:
    return sorted(known().configuration.features)


def test_removing_nothing_saves_nothing() -> None:
    for removal in (NOTHING, known().removal(frozenset())):
        found = savings.effect(known().base, removal)
        assert (found.flash, found.ram, found.spans, found.gone, found.elements, found.error) == (
            0, 0, (), (), {}, 0,
        )  # fmt: skip
        assert not found.losses
        assert savings.packed(known().prices, found.spans) == 0


def test_what_the_graph_does_not_explain_stays() -> None:
    """What was placed although nothing is seen to refer to it was kept by something: it is not seen to go."""
    whole = known().base
    roots = [i for i in sorted(whole.graph.roots) if whole.graph.nodes[i].placed]
    fewer = replace(whole.graph, roots=whole.graph.roots - set(roots[:3]))
    found = linkage.reach(fewer)
    unexplained = {i for i in whole.reach.nodes - found.nodes if whole.graph.nodes[i].placed}
    assert unexplained
    made = savings.effect(replace(whole, graph=fewer, reach=found), NOTHING)
    assert (made.flash, made.ram, made.gone) == (0, 0, ())


@examples(60)
@given(st.data())
def test_a_set_saves_at_least_what_its_largest_member_saves(data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(names()), min_size=2, max_size=4))
    whole = effect(*sorted(chosen))
    for name in chosen:
        one = effect(name)
        assert whole.flash >= one.flash - ROUNDING
        assert whole.ram >= one.ram - ROUNDING
        assert set(one.gone) <= set(whole.gone)
        assert set(one.elements) <= set(whole.elements)
        assert (
            savings.packed(known().prices, whole.spans)
            >= savings.packed(known().prices, one.spans) - ROUNDING
        )


@examples(40)
@given(st.data())
def test_cutting_more_saves_more(data: st.DataObject) -> None:
    base = known().base
    indices = st.sampled_from(sorted(base.reach.nodes))
    few = data.draw(st.frozensets(indices, max_size=15))
    more = few | data.draw(st.frozensets(indices, max_size=15))
    one, other = (savings.effect(base, Removal(Cut(cut, {}), {})) for cut in (few, more))
    assert 0 <= one.flash <= other.flash + ROUNDING <= len(base.binary) + ROUNDING
    assert one.ram <= other.ram + ROUNDING
    assert set(one.gone) <= set(other.gone)
    assert inside(one.spans, other.spans)


def inside(few: tuple[tuple[int, int], ...], more: tuple[tuple[int, int], ...]) -> bool:
    return all(any(low <= start and end <= high for low, high in more) for start, end in few)


@pytest.mark.parametrize(
    "name", ["ENABLE_DRIVER_SSDP", "ENABLE_I18N_HELP", "ENABLE_NTP", "ENABLE_BOOT_STAMP"]
)
def test_spans_are_bytes_of_the_image(name: str) -> None:
    found = effect(name)
    assert all(0 <= start < end <= len(known().base.binary) for start, end in found.spans)
    assert all(before < start for (_, before), (start, _) in pairwise(found.spans))
    # what goes is what the spans hold, but for alignment and for what takes its place
    lost = sum(end - start for start, end in found.spans)
    added = sum(loss.added for loss in found.losses.values())
    parts = len(found.gone) + len(found.elements) + len(found.losses)
    assert abs(lost - added - found.flash) <= 4 * parts
    assert found.error > 0


def test_the_largest_saving_is_smaller_than_the_image() -> None:
    whole = effect(*names())
    image = built().facts.image
    assert max(effect(name).flash for name in names()) < whole.flash < len(image.binary)
    packed = savings.packed(known().prices, whole.spans)
    assert 0 < packed < known().prices[-1]


@pytest.mark.parametrize("name", ["ENABLE_DRIVER_SSDP", "ENABLE_DRIVER_SM16703P", "ENABLE_LITTLEFS"])
def test_pieces_add_up(name: str) -> None:
    found = effect(name)
    rows = pieces.pieces(known().base, found, known().prices)
    going = [row for row in rows if row.effect != "stays"]
    padding = 4 * len(going)
    assert abs(sum(row.flash for row in going) - found.flash) <= padding
    assert abs(sum(row.ram for row in going) - found.ram) <= padding
    ota = savings.packed(known().prices, found.spans)
    assert abs(sum(row.ota for row in going) - ota) <= 0.02 * ota + 1
    sizes = [max(row.flash, row.ram) for row in going]
    assert sizes == sorted(sizes, reverse=True)
    staying = [row for row in rows if row.effect == "stays"]
    assert all(row.why for row in staying)
    # The rest of an object in which something goes is no business of the feature's.
    graph = known().base.graph
    used = {edge.target for index in found.gone for edge in graph.nodes[index].edges} - set(found.gone)
    theirs = {(pieces._title(graph, index), graph.objects[graph.nodes[index].object]) for index in used}
    assert {(row.name, row.object) for row in staying} <= theirs
    assert not {(row.name, row.object) for row in staying} & {
        (row.name, row.object) for row in going if row.effect == "gone"
    }


def test_features_that_keep_the_same_code() -> None:
    study = known()
    energy, other = "ENABLE_DRIVER_BL0942", "ENABLE_DRIVER_CSE7766"
    removals = {name: study.removal(frozenset((name,))) for name in names()}
    shared = sharing.sharing(study.base, removals, {name: effect(name) for name in names()})
    together = predictions.features(inputs(), Priced(built(), False))
    by_name = {one.name: one for one in together.features}
    assert other in by_name[energy].shared_with
    assert energy in by_name[other].shared_with
    for name, others in shared.items():
        assert name not in others
        assert all(name in shared[one] for one in others)
    # what a pair saves beyond its members is what they share
    pair = effect(energy, other)
    assert pair.flash > effect(energy).flash + effect(other).flash + 500
    assert together.calibration
    assert together.calibration.missing_bytes == 0


def test_libm_is_shared_by_what_computes() -> None:
    found = {one.name: one for one in predictions.features(inputs(), Priced(built(), False)).features}
    assert "ENABLE_TIME_SUNRISE_SUNSET" in found["ENABLE_EXPR_FUNCTIONS"].shared_with


def test_a_function_that_loses_lines() -> None:
    base = known().base
    index = next(
        i
        for i, one in enumerate(base.graph.nodes)
        if one.placed and one.output == ".text" and one.code and one.flash > 100 and one.align <= 4
    )
    node = base.graph.nodes[index]
    loss = Loss(((node.address + 8, node.address + 48),), 12)
    found = savings.effect(base, Removal(Cut(frozenset(), {}), {index: loss}))
    assert abs(found.flash - 28) <= 16
    assert found.spans == ((node.offset + 8, node.offset + 48),)
    assert found.error >= 16


def of_size(flash: int, trimmed: int = 0, reworked: int = 1) -> savings.Effect:
    return savings.Effect(
        flash=flash, ram=0, spans=(), gone=(), losses={}, elements={}, error=0, layout=None,
        trimmed=trimmed, reworked=reworked,
    )  # fmt: skip


def test_ota_error_holds_the_packers_noise() -> None:
    assert savings.ota_error(0, 0, of_size(0), priced=False, image=100_000) == 98
    assert savings.ota_error(10_000, 0, of_size(20_000), priced=False, image=100_000) == 400
    assert savings.ota_error(10_000, 100, of_size(20_000), priced=False, image=100_000) == 450
    assert savings.ota_error(-50, 10, of_size(0), priced=False, image=100_000) == 108
    assert savings.ota_error(10_000, 0, of_size(20_000), priced=True, image=100_000) > 400


@given(st.integers(-3_000, 3_000), st.integers(-500, 5_000), st.integers(0, 400), st.booleans())
def test_the_bar_of_an_ota_saving_is_the_packers_noise_and_what_is_unsure(
    ota: int, flash: int, unsure: int, priced: bool
) -> None:
    # A feature of 48 bytes whose going made the OTA file 152 larger had a bar of -55.
    alone = savings.ota_error(ota, 0, of_size(flash), priced, 900_000)
    both = savings.ota_error(ota, unsure, of_size(flash), priced, 900_000)
    assert 0 < alone <= both <= alone + unsure + 1


def test_an_image_that_is_the_rebuilt_one_is_packed_alike() -> None:
    bars = [
        savings.ota_error(1_000, 16, of_size(2_000, trimmed, reworked), priced, 900_000)
        for trimmed, reworked, priced in ((0, 0, False), (2, 0, False), (0, 1, False), (0, 0, True))
    ]
    assert bars == sorted(set(bars))
    assert bars[1] <= 120
    assert bars[2] >= 300
    large = savings.ota_error(30_000, 16, of_size(60_000, 0, 0), False, 900_000)  # many calls come near
    assert 300 < large <= 30_000 * 0.04 + 16


@pytest.mark.parametrize(
    ("lost", "size", "reworked"), [(40, 1000, 0), (200, 1000, 1), (20, 200, 1), (1000, 9100, 0)]
)
def test_what_loses_little_of_much_is_compiled_as_it_was(lost: int, size: int, reworked: int) -> None:
    node = section("f", 0, size)
    of = graph(node)
    base = savings.build(replace(of, outputs=(Output(".text", BASE, size, 4, 0),)), bytes(size), None)
    loss = Loss(((BASE + 10, BASE + 10 + lost),))
    found = savings.effect(base, Removal(Cut(frozenset(), {}), {0: loss}))
    assert (found.trimmed, found.reworked) == (1 - reworked, reworked)
    unsure = savings.effect(base, Removal(Cut(frozenset(), {}), {0: loss._replace(unsure=4)}))
    assert (unsure.trimmed, unsure.reworked) == (0, 1)
    # Of a section of several functions nobody says how much of which one goes.
    several = replace(base, graph=graph(node._replace(symbols=(("f", 0, 60), ("g", 60, size - 60)))))
    among = savings.effect(several, Removal(Cut(frozenset(), {}), {0: loss}))
    assert (among.trimmed, among.reworked) == (0, 1)


def test_a_large_image_is_packed_with_more_noise() -> None:
    sizes = [
        savings.ota_error(0, 0, of_size(0), priced=False, image=size)
        for size in (0, 100_000, 900_000, 4_000_000)
    ]
    assert sizes == sorted(sizes)
    assert (
        sizes[2] >= 444
    )  # two images that differ by a few bytes in front of such a table were that far apart
    assert sizes[3] <= 460


def test_prices_of_spans() -> None:
    prices = [0.0, 1.0, 3.0, 6.0]
    assert savings.packed(prices, [(0, 3)]) == 6.0
    assert savings.packed(prices, [(1, 2), (2, 99)]) == 5.0
    assert savings.packed(prices, []) == 0


def test_what_no_section_explains_never_goes() -> None:
    # Placed sections that the graph does not reach stay, whatever is cut.
    base = known().base
    unreached = {i for i, one in enumerate(base.graph.nodes) if one.placed} - base.reach.nodes
    everything = Removal(Cut(frozenset(base.reach.nodes), {}), {})
    assert not set(savings.effect(base, everything).gone) & unreached
    assert linkage.trusted(known().calibration)


def test_what_comes_in_place_of_lost_bytes_takes_the_last_of_them() -> None:
    loss = Loss(((100, 110), (120, 130)), added=14)
    assert savings._replaced(loss) == [(100, 106)]
    assert savings._grown(loss) == 0
    assert savings._grown(loss._replace(added=26)) == 6
    assert savings._grown(Loss((), 5)) == 5


def test_spans_are_joined_and_none_is_empty() -> None:
    assert disjoint([(8, 12), (0, 4), (2, 6), (6, 6), (20, 20), (10, 11)]) == ((0, 6), (8, 12))


def test_a_span_that_goes_beyond_the_image_costs_what_is_in_it() -> None:
    assert savings.packed([0.0, 1.0, 3.0, 6.0], [(1, 3), (2, 9), (7, 9)]) == 5.0 + 3.0


def test_without_objects_a_saving_is_less_sure() -> None:
    base = known().base
    name = max(names(), key=lambda one: effect(one).flash)
    coarse = replace(base, graph=replace(base.graph, coarse=frozenset({0})))
    removal = known().removal(frozenset({name}))
    assert savings.effect(coarse, removal).error > savings.effect(base, removal).error


def test_a_section_that_goes_whole_loses_no_parts() -> None:
    """What a feature takes out of a function counts once, also where the function goes."""
    base = known().base
    nodes = base.graph.nodes
    index = next(i for i in sorted(base.reach.nodes) if nodes[i].code and nodes[i].flash > 8)
    node = base.graph.nodes[index]
    whole = Removal(Cut(frozenset({index}), {}), {})
    both = Removal(whole.cut, {index: Loss(((node.address, node.address + 4),))})
    assert savings.effect(base, both) == savings.effect(base, whole)


def test_a_function_that_loses_lines_is_less_sure_where_it_is_compiled_for_speed() -> None:
    # Of 152 bytes of inlined calls 76 came back: the compiler had room to inline another one.
    code, data = section("f", 0, 2156), section("t", 2156, 2156)._replace(code=False)
    loss = Loss(((BASE + 8, BASE + 160),))
    found = savings.Effect(
        flash=152, ram=0, spans=(), gone=(), losses={0: loss, 1: loss}, elements={}, error=55, layout=None
    )  # fmt: skip
    fast = savings.for_speed(graph(code, data), found, {code.object})
    assert (fast.flash, fast.reworked) == (152, 0)
    assert 80 < fast.error < 55 + 80
    # A libc is, too, and says nothing of the functions of others: bars were nearly twice as wide for it.
    assert savings.for_speed(graph(code, data), found, {code.object + 1}) == found
