"""What becomes of what, on pairs of builds whose generator knows; laws that hold for any two builds."""

from collections import Counter
from dataclasses import replace
from typing import Any

import generated
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.history import deltas, pairing
from imgcheck.model import RESOURCES

PAIRS = 1_000


def bytes_paired(made: Any) -> Any:
    """Bytes of both builds, and how many of them are with what the generator knows them to be."""
    pairs = pairing.pair(made.old, made.new)
    kept = set(made.old_origins.values()) & set(made.new_origins.values())
    every = right = 0
    for kind in ("symbol", "pool"):
        for pair in pairs.get(kind, ()):
            befores = {made.old_origins.get(one.key) for one in pair.old}
            afters = {made.new_origins.get(one.key) for one in pair.new}
            for things, origins, others in (
                (pair.old, made.old_origins, afters),
                (pair.new, made.new_origins, befores),
            ):
                for thing in things:
                    if thing.key not in origins:
                        continue  # a pool's bytes, which are a symbol of the measures too
                    origin = origins[thing.key]
                    size = thing.flash + thing.ram
                    every += size
                    right += size * (others == {origin} if origin in kept else not others)
    return every, right


def test_of_a_thousand_pairs_nearly_all_bytes_are_paired_as_the_generator_knows() -> None:
    every = right = 0
    for seed in range(PAIRS):
        one, other = bytes_paired(generated.made(seed, objects=6))
        every += one
        right += other
    assert right / every >= 0.995, f"{right / every:.4%} of {every:,} bytes"


@pytest.mark.parametrize("change", [one.__name__ for one in dict.fromkeys(generated.CHANGES)])
def test_each_kind_of_change_alone(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated, "CHANGES", (getattr(generated, change),))
    every = right = 0
    for seed in range(40):
        one, other = bytes_paired(generated.made(seed, objects=8, changes=1))
        every += one
        right += other
    assert right / every >= 0.99, f"{right / every:.4%}"


def sums(difference: Any) -> Any:
    found: Counter[Any] = Counter()
    for delta in difference.deltas:
        found[delta.kind, delta.resource] += delta.difference
    return found


def turned(delta: Any) -> Any:
    status = {"new": "gone", "gone": "new", "grown": "shrunk", "shrunk": "grown"}.get(
        delta.status, delta.status
    )
    return (delta.kind, delta.was or delta.key, delta.key, delta.resource, delta.new, delta.old, status)


@examples(100)
@given(st.integers(0, 1 << 32), st.sampled_from(("both", "one", "none")))
def test_laws(seed: int, priced: str) -> None:
    made = generated.made(seed, objects=10)
    old = made.old if priced == "both" else generated.without_prices(made.old)
    new = made.new if priced != "none" else generated.without_prices(made.new)
    there, back = deltas.compare(old, new), deltas.compare(new, old)
    totals = {one: getattr(new, one) - getattr(old, one) for one in RESOURCES}
    found = sums(there)
    for kind in new.things:
        for resource in RESOURCES:
            assert found[kind, resource] == totals[resource], (kind, resource)
    forward = {(d.kind, d.key, d.was or d.key, d.resource, d.old, d.new, d.status) for d in there.deltas}
    assert forward == set(map(turned, back.deltas))
    assert deltas.compare(old, old).deltas == ()
    assert deltas.compare(old, old).changed_by == ()
    keys = [(d.kind, d.key, d.resource) for d in there.deltas]
    assert len(set(keys)) == len(keys)


def test_every_thing_is_in_one_pair() -> None:
    made = generated.made(7)
    for kind, pairs in pairing.pair(made.old, made.new).items():
        assert sorted(t.key for p in pairs for t in p.old) == sorted(t.key for t in made.old.things[kind])
        assert sorted(t.key for p in pairs for t in p.new) == sorted(t.key for t in made.new.things[kind])


def symbol(
    origin: Any, name: Any, size: Any, object_: str = "a.o", archive: str = "liba.a", **more: Any
) -> Any:
    return generated.Symbol(origin, archive, object_, name, more.pop("section", ".text"), size, **more)


def statuses(before: Any, after: Any, kind: str = "symbol", resource: str = "flash") -> Any:
    found = deltas.compare(generated.snapshot(before), generated.snapshot(after))
    return {
        d.name: (d.status, d.old, d.new) for d in found.deltas if (d.kind, d.resource) == (kind, resource)
    }


def test_statuses() -> None:
    before = [symbol(0, "same", 10), symbol(1, "grows", 10), symbol(2, "goes", 10), symbol(3, "f.isra.0", 40)]
    after = [
        symbol(0, "same", 10),
        symbol(1, "grows", 14),
        symbol(4, "qqqqqqq", 100),
        symbol(3, "f.constprop.0", 38),
    ]
    assert statuses(before, after) == {
        "grows": ("grown", 10, 14),
        "goes": ("gone", 10, 0),
        "qqqqqqq": ("new", 0, 100),
        "f.constprop.0": ("renamed", 40, 38),
    }


def test_a_renamed_file_is_said_once() -> None:
    names = ["alpha", "beta", "gamma"]
    before = [symbol(n, name, 40) for n, name in enumerate(names)]
    after = [one._replace(object="b.o") for one in before]
    assert statuses(before, after) == {}
    assert statuses(before, after, "object") == {"b.o": ("renamed", 120, 120)}
    elsewhere = [one._replace(archive="libb.a") for one in before]
    assert statuses(before, elsewhere, "object") == {"a.o": ("moved", 120, 120)}
    assert statuses(before, elsewhere, "archive") == {"libb.a": ("renamed", 120, 120)}


def test_a_symbol_that_moved() -> None:
    rest = [symbol(9, "stays", 500), symbol(8, "stays_too", 500, "b.o")]
    assert statuses([symbol(0, "f", 40), *rest], [symbol(0, "f", 44, "b.o"), *rest]) == {
        "f": ("moved", 40, 44)
    }


def test_what_a_compiler_puts_aside_stays_with_its_function() -> None:
    before = [symbol(0, "f", 100)]
    after = [symbol(0, "f", 60), symbol(0, "f.part.0", 30), symbol(0, "f.cold", 10)]
    assert statuses(before, after) == {}
    assert statuses(before, [*after, symbol(1, "g.part.0", 8)]) == {"g.part.0": ("new", 0, 8)}


def test_a_string_pool_goes_by_owner_then_by_content() -> None:
    pool = symbol(0, "f", 50, section=".rodata", content="0123abcd", pool=True)
    edited = pool._replace(content="ffffffff", size=58)
    assert statuses([pool], [edited], "pool") == {"f": ("grown", 50, 58)}
    other = pool._replace(name="entirely", object="b.o")
    assert statuses([pool], [other], "pool") == {"entirely": ("moved", 50, 50)}


def test_what_no_pool_has_is_shown_as_such() -> None:
    pool = symbol(0, "f", 50, section=".rodata", content="0123abcd", pool=True)
    assert statuses([pool, symbol(1, "g", 10)], [pool, symbol(1, "g", 30)], "pool") == {
        "[no string pool]": ("grown", 10, 30)
    }


def test_prices_that_only_the_neighbours_changed_are_one_row() -> None:
    before = generated.snapshot([symbol(0, "f", 100), symbol(1, "g", 100), symbol(2, "h", 100)])
    things = {kind: list(of) for kind, of in before.things.items()}
    things["symbol"] = [
        one._replace(ota=one.ota + add) for one, add in zip(things["symbol"], (5, 3, 40), strict=True)
    ]
    for kind in ("component", "archive", "object", "section"):
        things[kind][0] = things[kind][0]._replace(ota=things[kind][0].ota + 48)
    assert before.ota is not None
    after = replace(before, ota=before.ota + 48, things={kind: tuple(of) for kind, of in things.items()})
    found = {d.name: d.difference for d in deltas.compare(before, after).deltas if d.kind == "symbol"}
    assert found == {"h": 40, deltas.DRIFT: 8}
    assert deltas.compare(before, after).noise == (("ota", 100),)
