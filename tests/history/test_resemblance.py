"""How much alike: what it costs to ask, however builds and names were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import pytest

from imgcheck.history import resemblance
from imgcheck.model import Home, Key, Thing


def things(names: Sequence[str], aliases: tuple[str, ...] = ()) -> list[Thing]:
    home = Home(".text", 0, "", 0, aliases, "")
    return [Thing(Key("symbol", "a", "a.o", name), name, 100, 0, 50, home) for name in names]


def place(one: Thing) -> tuple[str, str]:
    return one.key.archive, one.key.object


def test_aliases_say_which_is_which_unless_everything_has_them() -> None:
    few = list(resemblance.of_aliases(things(["a"], ("x",)), things(["b"], ("x",)), place, place))
    assert [(old.key.name, new.key.name) for _, old, new in few] == [("a", "b")]
    old = [f"a{number}" for number in range(3_000)]
    new = [f"b{number}" for number in range(3_000)]
    assert not list(resemblance.of_aliases(things(old, ("x",)), things(new, ("x",)), place, place))
    # Their own names are still told: only the one that all of them have is not.
    both = [*new[:-1], "a7"]
    found = list(resemblance.of_aliases(things(old, ("x",)), things(both, ("x",)), place, place))
    assert [(old.key.name, new.key.name) for _, old, new in found] == [("a7", "a7")]


def test_a_name_without_end_is_compared_by_its_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0

    class Matcher(SequenceMatcher[str]):
        def __init__(self, isjunk: Any, a: str, b: str, autojunk: bool) -> None:
            nonlocal longest
            longest = max(longest, len(a), len(b))
            super().__init__(isjunk, a, b, autojunk=autojunk)

    monkeypatch.setattr(resemblance, "SequenceMatcher", Matcher)

    def alike(old: str, new: str) -> Iterator[tuple[float, Thing, Thing]]:
        return resemblance.of_names([(things([old]), things([new]))])

    assert list(alike("Z" + "x" * 99_999, "Y" + "x" * 99_999))
    assert not list(alike("x" * 100_000, "y" * 100_000))
    assert longest <= 256
