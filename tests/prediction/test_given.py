"""What a build says it was given with -D goes before what the policy takes it for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from compiled import compile_, link, needs_toolchain
from studies import known, needs_fixture

from imgcheck.model import Location, Policy
from imgcheck.prediction import given
from imgcheck.readers import elf

SOURCE = "int main(void) { return VARIANT; }\n"


@needs_toolchain
def test_the_builds_own_word_counts_and_disagreement_is_said(tmp_path: Path) -> None:
    linked = elf.read(link(tmp_path, compile_(tmp_path, "one.c", SOURCE, "-DVARIANT=1", "-DOWN=2", "-g3")))
    place = Location("imgcheck.toml", 3)
    policy = Policy("p", "imgcheck.toml", "", origins={"features.defines.VARIANT": place})
    found, said = given.defines(given.macros_of(linked), {"VARIANT": "0", "OTHER": "5"}, policy)
    assert found == {"VARIANT": "1", "OWN": "2", "OTHER": "5"}
    assert [(one.code, one.location) for one in said] == [("defines-disagree", place)]
    assert "VARIANT=1, not 0" in said[0].message
    assert given.defines(given.macros_of(linked), {"VARIANT": "1"}, policy)[1] == ()


@needs_toolchain
def test_what_ships_with_imgcheck_disagrees_with_nobody(tmp_path: Path) -> None:
    """A second variant of a project without a policy of its own is no contradiction."""
    linked = elf.read(link(tmp_path, compile_(tmp_path, "one.c", SOURCE, "-DVARIANT=1", "-g3")))
    origins = {"features.defines.VARIANT": Location("openbeken-bl602.toml", 3, shipped="openbeken-bl602")}
    policy = Policy("openbeken-bl602", "", "", origins=origins, shipped="openbeken-bl602")
    assert given.defines(given.macros_of(linked), {"VARIANT": "0"}, policy) == ({"VARIANT": "1"}, ())


@needs_toolchain
def test_a_build_that_says_nothing_leaves_the_policys_word(tmp_path: Path) -> None:
    linked = elf.read(link(tmp_path, compile_(tmp_path, "one.c", SOURCE, "-DVARIANT=1", "-g")))
    assert given.defines(given.macros_of(linked), {"VARIANT": "0"}, Policy("p", "", "")) == (
        {"VARIANT": "0"},
        (),
    )


@needs_toolchain
def test_options_that_were_recorded_count_where_there_are_no_macros(tmp_path: Path) -> None:
    source = (
        '__asm__(".section .GCC.command.line,\\"MS\\",@progbits,1\\n.asciz \\"-D VARIANT=1\\"");\n' + SOURCE
    )
    linked = elf.read(link(tmp_path, compile_(tmp_path, "one.c", source, "-DVARIANT=1", "-g")))
    recorded = given.macros_of(linked)
    assert given.defines(recorded, {"VARIANT": "0"}, Policy("p", "", ""))[0] == {"VARIANT": "1"}


@needs_toolchain
def test_the_command_lines_of_producers_are_read(tmp_path: Path) -> None:
    linked = elf.read(link(tmp_path, compile_(tmp_path, "one.c", SOURCE, "-DVARIANT=1", "-g")))
    producers = [("clang version 14 /usr/bin/clang -D VARIANT=1 -c a.c", 3), ("GNU C17 12 -Os", 1)]
    found, said = given.defines(given.macros_of(linked, producers), {"VARIANT": "0"}, Policy("p", "", ""))
    assert found == {"VARIANT": "1"} and [one.code for one in said] == ["defines-disagree"]


@pytest.mark.parametrize(
    ("producer", "fast"),
    [
        ("GNU C99 12.2.0 -march=rv32imfc -Os -std=gnu99", False),
        ("GNU C17 10.2.0 -g -Os -O2 -Os -fbuilding-libgcc", False),
        ("GNU C17 12.2.0 -g -O1", True),
        ("GNU C99 12.2.0 -Oz", False),
        ("GNU C17 12.2.0 -O", True),
        ("clang version 14.0.6", False),
        ("", False),
    ],
)
def test_what_is_compiled_for_speed_says_so(producer: str, fast: bool) -> None:
    assert given.for_speed(producer) is fast


@needs_fixture
def test_a_shorter_array_changes_more_where_loops_are_compiled_for_speed() -> None:
    study, off = known(), frozenset(("ENABLE_DRIVER_SSDP",))
    small = study.effect(off)
    assert any(loss.shortened for loss in small.losses.values())
    assert not study.fast  # of the compiler's own library some units are, and no source is here
    everything = frozenset(range(len(study.base.graph.objects)))
    fast = replace(study, fast=everything).effect(off)
    assert fast.reworked > small.reworked
    assert fast.flash == small.flash
