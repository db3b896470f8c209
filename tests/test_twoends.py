"""Files of tests are run from two ends of one row, and every folder has its place in it."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import laws
import pytest
import twoends

TESTS = Path(__file__).parent


def test_every_folder_of_tests_has_its_place() -> None:
    folders = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py") if path.parent != TESTS}
    assert folders == set(twoends.ROW) - {"."}
    places = [twoends.place(TESTS / name, TESTS) for name in ("page/a.py", "readers/b/c.py", "d.py")]
    assert places == sorted(places) and len(set(places)) == 3


class Node:
    """A process, and the numbers of the tests that it was given."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.given += numbers


def test_processes_meet_in_the_middle() -> None:
    names = [f"tests/{name}.py::test" for name in "abcde"]
    made = twoends.TwoEnds.__new__(twoends.TwoEnds)
    nodes = [Node(), Node()]
    made.workqueue = OrderedDict((name.partition("::")[0], {name: False}) for name in names)
    made.assigned_work = {node: {} for node in nodes}
    made.registered_collections = dict.fromkeys(nodes, names)
    for at in (0, 1, 1, 0, 1):
        made._assign_work_unit(nodes[at])
    assert [node.given for node in nodes] == [[0, 1], [4, 3, 2]]
    assert not made.workqueue


def test_a_law_is_tried_less_often_than_it_says_unless_it_is_asked_deeply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(laws, "DEEP", False)
    assert [laws.count(most) for most in (5, 25, 40, 100, 500)] == [5, 25, 25, 40, 200]
    assert laws.examples(100).max_examples == 40
    monkeypatch.setattr(laws, "DEEP", True)
    assert laws.count(100) == 500
