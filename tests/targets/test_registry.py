"""Targets by name and by what a file begins with; a run about the first one is spared the others."""

from pathlib import Path

import pytest

from imgcheck import model, targets
from imgcheck.data import content
from imgcheck.devices import layouts
from imgcheck.readers import files
from imgcheck.targets.target import HEAD

BUILD = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"


def test_a_program_is_known_by_its_beginning_although_its_segments_lie_behind_it() -> None:
    head = files.begin(BUILD, HEAD)
    assert BUILD.stat().st_size > len(head)
    assert targets.DEFAULT.recognises(head, str(BUILD))
    assert [one.name for one in targets.known() if one.recognises(head, str(BUILD))] == [targets.DEFAULT.name]


def test_shipped_layouts_are_files_that_no_target_takes_for_its_own() -> None:
    found = layouts._files()
    assert found
    for file in found:
        assert not [one.name for one in targets.known() if one.recognises(content(file)[:HEAD], str(file))]


def test_a_target_s_own_layouts_are_those_of_all_that_are_its_own() -> None:
    every = layouts.shipped()
    for target in targets.known():
        assert layouts.shipped(target) == tuple(one for one in every if one.target == target.name)


@pytest.mark.parametrize("name", model.__all__)
def test_the_vocabulary_has_every_word_that_it_promises(name: str) -> None:
    assert getattr(model, name) is not None


def test_a_word_that_the_vocabulary_lacks_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Pagee'"):
        model.Pagee  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError):
        model.dataclass  # type: ignore[attr-defined]  # noqa: B018
