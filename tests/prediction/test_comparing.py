"""What sets of features change is answered by a copy of the process, the same as here, and the copy ends."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from imgcheck import beside
from imgcheck.model import FeatureSettings
from imgcheck.prediction import sources
from imgcheck.prediction.comparing import Comparing
from imgcheck.readers import preprocessor

FILES = {
    "src/config.h": "#define ENABLE_ALPHA 1\n#define ENABLE_BETA 1\n#define ENABLE_GAMMA 1\n",
    "src/one.h": "#if ENABLE_ALPHA || ENABLE_BETA\n#define LEVEL 1\nint shared(void);\n#endif\n",
    "src/a.c": '#include "config.h"\n#include "one.h"\n#ifdef LEVEL\nint a = LEVEL;\n#endif\n',
    "src/b.c": '#include "config.h"\n#if ENABLE_GAMMA\nint b(void) { return g("text"); }\n#endif\n',
    "src/c.c": "int c;\n",
}
COMPILED = frozenset(("src/a.c", "src/b.c", "src/c.c"))
SETS = (
    ("ENABLE_ALPHA", "ENABLE_BETA"),
    ("ENABLE_BETA", "ENABLE_GAMMA"),
    ("ENABLE_ALPHA", "ENABLE_BETA", "ENABLE_GAMMA"),
)
forks = pytest.mark.skipif(beside._cores() < 2 or not hasattr(os, "fork"), reason="one core, or no fork")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may have left threads in this process."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def configured() -> sources.Configuration:
    tree = sources.Tree(FILES, preprocessor.parse, ())
    return sources.features(tree, FeatureSettings(pattern="ENABLE_*"), "src/config.h")


def begun() -> Comparing:
    comparing = Comparing(configured())
    comparing.told(COMPILED, frozenset())
    return comparing


@forks
def test_the_copy_answers_for_sets_what_is_found_here(monkeypatch: pytest.MonkeyPatch) -> None:
    with begun() as comparing:
        known, active = comparing.result()
        found = [comparing.changes(names) for names in SETS]
        one = comparing.changes(SETS[0], ("src/b.c",))
        assert comparing._sources.differences is not None
        assert not comparing._sources.differences.pieces  # nothing was compared here
    monkeypatch.setattr(beside, "_cores", lambda: 1)
    with begun() as here:
        assert here.result() == (known, active)
        assert [here.changes(names) for names in SETS] == found
        assert here.changes(SETS[0], ("src/b.c",)) == one == {}
    assert found[0]["src/a.c"].removed_lines == {4}
    plain = sources.Differences(configured())
    assert [plain.changes(names, COMPILED) for names in SETS] == found


@forks
def test_sources_that_are_read_before_the_build_are_compared_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {**FILES, "src/broken.c": '#include "config.h"\n#endif\n', "src/loop.h": '#include "loop.h"\n'}
    given = {"ENABLE_DELTA": "1"}
    settings = FeatureSettings(pattern="ENABLE_*")

    def read() -> tuple[sources.Tree, Callable[[Mapping[str, str]], sources.Configuration]]:
        assert os.getpid() != here
        tree = sources.Tree(files, preprocessor.parse, ())
        return tree, lambda defines: sources.features(
            tree, replace(settings, defines=defines), "src/config.h"
        )

    def told(comparing: Comparing) -> Comparing:
        comparing.told(COMPILED, frozenset())
        return comparing

    here = os.getpid()
    tree = sources.Tree(files, preprocessor.parse, ())
    configuration = sources.features(tree, replace(settings, defines=given), "src/config.h")
    with told(Comparing(configuration)) as plain:
        expected = plain.result(), [plain.changes(names) for names in SETS]
    for cores in (2, 1):
        monkeypatch.setattr(beside, "_cores", lambda count=cores: count)
        with Comparing.begun(read) as comparing:
            comparing.given(configuration, given)
            assert (told(comparing).result(), [comparing.changes(names) for names in SETS]) == expected


@forks
def test_changes_that_are_equal_are_one_object_however_often_they_come_from_the_copy() -> None:
    with begun() as comparing:
        known, _ = comparing.result()
        alone = known[frozenset(("ENABLE_GAMMA",))]["src/b.c"]
        assert comparing.changes(("ENABLE_GAMMA", "ENABLE_ALPHA"))["src/b.c"] is alone


@forks
def test_what_can_matter_to_a_source_is_known_here() -> None:
    names = frozenset(("ENABLE_ALPHA", "ENABLE_GAMMA"))
    with begun() as comparing:
        comparing.result()
        assert [comparing.among(names, path) for path in sorted(COMPILED)] == [
            {"ENABLE_ALPHA"},
            {"ENABLE_GAMMA"},
            set(),
        ]


@forks
def test_the_copy_ends_when_nobody_has_what_asks_it() -> None:
    gc.collect()
    gc.disable()  # as the program does: nothing may wait for a cycle to be found
    try:
        comparing = begun()
        comparing.result()
        ending = comparing._work._end.peek()
        assert ending is not None
        copy = ending[2][0]
        del ending  # it has what asks
        assert os.waitpid(copy, os.WNOHANG) == (0, 0)
        del comparing
        with pytest.raises(ChildProcessError):
            os.waitpid(copy, os.WNOHANG)
    finally:
        gc.enable()


@forks
def test_what_is_asked_after_the_copy_ended_is_answered_here() -> None:
    with begun() as comparing:
        comparing.result()
        there = [comparing.changes(names) for names in SETS[:1]]
        comparing.close()
        assert [comparing.changes(names) for names in SETS] == [
            *there,
            *(sources.Differences(configured()).changes(names, COMPILED) for names in SETS[1:]),
        ]
        assert comparing.among(frozenset(SETS[0]), "src/a.c") == set(SETS[0])
