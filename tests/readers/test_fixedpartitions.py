"""Partitions of device trees: what dtc makes of a source is read from it, or it is refused by name."""

import shutil
import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import devicesource, devicetree
from imgcheck.readers.devicenodes import Node
from imgcheck.readers.fixedpartitions import flashes

needs_dtc = pytest.mark.skipif(not shutil.which("dtc"), reason="needs dtc")

NAMES = ("partition@0", "partition@1000", "old")


def cells(number: int, count: int) -> str:
    return f"0 {number:#x}" if count == 2 else f"{number:#x}"


def reg(start: int, size: int, counts: tuple[int, int]) -> str:
    return f"reg = <{cells(start, counts[0])} {cells(size, counts[1])}>;"


@st.composite
def sources(draw: st.DrawFn) -> str:
    """A flash with partitions, and then blocks that add to it, say it again, or take it back."""
    counts = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    place = st.tuples(st.integers(0, 0xFFFFF), st.integers(0, 0xFFFFF))

    def body(with_cells: bool) -> str:
        out = 'compatible = "fixed-partitions";\n' if with_cells or draw(st.booleans()) else ""
        if with_cells:
            out += f"#address-cells = <{counts[0]}>;\n#size-cells = <{counts[1]}>;\n"
        for name in ("compatible", "#size-cells"):
            gone = not with_cells and draw(st.integers(0, 5)) == 0
            out = out + f"/delete-property/ {name};\n" if gone else out
        used = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
        for name in used:
            if draw(st.integers(0, 3)) == 0:
                out += f"/delete-node/ {name};\n"
                continue
            label = draw(st.sampled_from(("", "", "one: ", "two: ")))
            lost = draw(st.sampled_from(("", "", "", "", "reg", "label")))
            inside = f" /delete-property/ {lost};" if lost else ""
            if draw(st.booleans()) and lost != "label":
                inside += f'label = "{draw(st.sampled_from("ABC"))}"; '
            inside += reg(*draw(place), counts) if draw(st.integers(0, 7)) and lost != "reg" else ""
            out += f"{label}{name} {{ {inside} }};\n"
        return out

    text = (
        "/dts-v1/;\n/ {\n#address-cells = <1>;\n#size-cells = <1>;\nflash0: flash@0 {\nreg = <0 0x200000>;\n"
    )
    text += f"parts: partitions {{\n{body(True)}}};\n}};\n}};\n"
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.integers(0, 4))
        path = "/flash@0/partitions"
        if kind == 0:
            text += f"&parts {{\n{body(False)}}};\n"
        elif kind == 1:
            text += f"&{{{path}}} {{\n{body(False)}}};\n"
        elif kind == 2:
            text += f"/ {{\nflash@0 {{\npartitions {{\n{body(False)}}};\n}};\n}};\n"
        elif kind == 3:
            text += f"/delete-node/ &{draw(st.sampled_from(('one', 'two', 'parts')))};\n"
        else:
            text += f"&flash0 {{ partitions {{ {body(False)} }}; }};\n"
        if draw(st.integers(0, 3)) == 0:
            text += f"/delete-node/ &{{{path}/{draw(st.sampled_from(NAMES))}}};\n"
    return text


def told(root: Node) -> list[object] | str:
    try:
        return [
            (flash.size, sorted((one.label, one.offset, one.size) for one in flash.partitions))
            for flash in flashes(root)
        ]
    except FormatError:
        return "refused"  # by which partition, of several, follows from their order


@needs_dtc
@examples(150)
@given(sources())
def test_what_dtc_makes_of_a_tree_is_read_from_it(text: str) -> None:
    command = ["dtc", "-q", "-I", "dts", "-O", "dtb"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assume(done.returncode == 0)
    scan = devicesource.scan(text)
    assert not scan.elsewhere
    assume(not scan.unfollowed)  # a label of two nodes, and the like
    assert told(scan.root) == told(devicetree.parse(done.stdout)), text


TREE = """/dts-v1/;
/ {
    #address-cells = <1>;
    #size-cells = <1>;
    flash0: flash@0 {
        reg = <0x0 0x200000>;
        partitions {
            compatible = "fixed-partitions";
            fw: partition@10000 { label = "FW"; reg = <0x10000 0xc8000>; };
            partition@1e9000 { label = "PSM"; reg = <0x1e9000 0x8000>; };
        };
    };
};
"""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "&fw { reg = <0x10000 FW_SIZE>; };",
            r"reg of partition@10000 \(FW\) is not known: FW_SIZE .*line 14",
        ),
        ("&fw { label = FW_NAME; };", r"label of partition@10000 is not known: FW_NAME .*line 14"),
        ("&fw { reg = <0x10000 0 1>; };", r"reg of partition@10000 \(FW\) has 3 cells, not #address-cells 1"),
        ("&fw { /delete-property/ reg; };", r"partition@10000 \(FW\) has no reg"),
        ("&flash0 { partitions { compatible = KIND; }; };", r"compatible of partitions is not known: KIND"),
        ("&flash0 { partitions { #size-cells = <0>; }; };", "#size-cells 0 fix no partition"),
        ("&flash0 { partitions { #size-cells = <N>; }; };", r"#size-cells of partitions is not one number"),
    ],
)
def test_a_partition_whose_place_is_not_said_is_refused(more: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        flashes(devicesource.parse(TREE + more))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("/delete-node/ &gone;", "/delete-node/ &gone: no such node"),
        ("/delete-node/ &{/flash@1};", "/delete-node/ &{/flash@1}: no such node"),
        ("&other { /delete-node/ p; };", "/delete-node/ p: no such node"),
        ("&fw { x; /delete-property/ x; };", "/delete-property/ x in the block that says it"),
        ("/ { fw: x { }; };", "fw is the label of two nodes"),
        ("#ifdef BIG\n&fw { reg = <0 1>; };\n#endif", "#ifdef BIG is the preprocessor's"),
        ("/ { /omit-if-no-ref/ x { }; };", "/omit-if-no-ref/ x is not followed"),
    ],
)
def test_what_cannot_be_followed_is_named(more: str, message: str) -> None:
    (note, *_) = devicesource.scan(TREE + more).unfollowed
    assert note.line == 14
    assert message in note.message


def test_what_other_files_would_add_is_named() -> None:
    text = '/include/ "a.dtsi"\n#include <b.dtsi>\n' + TREE + "&{/none} { };\n"
    assert [(one.line, one.message.split(" is ")[0]) for one in devicesource.scan(text).elsewhere] == [
        (1, '/include/ "a.dtsi"'),
        (2, "#include <b.dtsi>"),
        (16, "&{/none}"),
    ]


def test_a_property_behind_a_node_is_noted_by_its_line() -> None:
    late = devicesource.scan("/dts-v1/;\n/ {\n a { x;\n b { };\n y = <1>;\n };\n};").late
    assert [(one.line, one.message) for one in late] == [(5, "y stands behind a node of its block")]
