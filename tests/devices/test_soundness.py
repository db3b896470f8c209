from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck import targets
from imgcheck.devices import flashmap, layouts, soundness
from imgcheck.model import Layout, Partition
from imgcheck.targets.bl602 import BL602

PAGE = 0x1000
_address = st.integers(0x10, 0x40).map(lambda n: n * PAGE)
_size = st.integers(0, 6).map(lambda n: n * PAGE)
_partition = st.builds(
    Partition,
    name=st.sampled_from(["FW", "mfg", "media", "PSM", "x"]),
    type=st.integers(0, 9),
    address0=_address,
    size0=_size,
    address1=_address,
    size1=_size,
)
_layout = st.lists(_partition, max_size=8).map(
    lambda entries: Layout("t", 0x100000, tuple(entries), tables=BL602.table.copies)
)


@examples(200)
@given(_layout)
def test_an_overlap_is_found_exactly_where_two_copies_share_a_byte(layout: Layout) -> None:
    taken: set[int] = set()
    shared = False
    # mfg in the second slot is deliberate, so it is renamed here to be like any other.
    layout = replace(
        layout, partitions=tuple(replace(p, name="y") if p.name == "mfg" else p for p in layout.partitions)
    )
    for partition in layout.partitions:
        for _, start, size in partition.copies:
            pages = set(range(start, start + size, PAGE))
            shared |= bool(pages & taken)
            taken |= pages
    assert any(one.code == "layout-overlap" for one in soundness.faults(layout)) is shared


@examples(200)
@given(_layout)
def test_the_map_has_every_byte_of_the_flash(layout: Layout) -> None:
    spans = flashmap.spans(layout)
    end = 0
    for span in spans:
        assert span.start <= end  # nothing between two spans is left out
        if span.role == flashmap.FREE:
            assert span.start == end  # and what is free belongs to nobody
        end = max(end, span.start + span.size)
    assert end == flashmap.extent(layout)
    for span in spans:
        lane = flashmap.lane(span, end, 32)
        assert len(lane) == 32
        assert 1 <= len(lane.strip(".")) <= -(-span.size * 32 // end) + 1


def test_shipped_maps_have_each_byte_once() -> None:
    for layout in layouts.shipped(targets.DEFAULT):
        spans = flashmap.spans(layout)
        assert [span.start for span in spans[1:]] == [span.start + span.size for span in spans[:-1]]
        assert sum(span.size for span in spans) == flashmap.extent(layout)


def test_an_overlap_with_an_earlier_partition_that_is_longer_than_the_one_between() -> None:
    """The neighbour ends before the second one starts; the first one does not."""
    long = Partition(name="FW", type=0, address0=0x10000, size0=0x40000, address1=0, size1=0)
    inner = Partition(name="a", type=1, address0=0x12000, size0=PAGE, address1=0, size1=0)
    second = Partition(name="b", type=2, address0=0x20000, size0=PAGE, address1=0, size1=0)
    layout = Layout("t", 0x100000, (long, inner, second), tables=BL602.table.copies)
    found = [one.subject for one in soundness.faults(layout) if one.code == "layout-overlap"]
    assert found == ["a", "b"]
