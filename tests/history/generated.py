"""Pairs of builds of which the generator knows what became of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from imgcheck.model import Fit, Home, Key, Provenance, Slot, Snapshot, Thing

MADE = Provenance("bl602", ("GNU C11 12.2.0",), ("-Os",), "project", "00", "", False, "map")
FIT = Fit("a-2m", True, "unpacked", (Slot("unpacked", 10, 20, 10), Slot("body", 5, 20, 15)))
WORDS = (
    "tcp",
    "http",
    "mqtt",
    "relay",
    "flash",
    "clock",
    "pwm",
    "json",
    "ssdp",
    "hass",
    "wifi",
    "uart",
    "log",
)
VERBS = ("init", "send", "parse", "close", "tick", "handle", "print", "set", "get", "poll", "reset", "scan")
SUFFIXES = (".constprop.0", ".isra.0", ".constprop.1", ".isra.3", ".llvm.81723", ".lto_priv.0", ".part.0")


class Symbol(NamedTuple):
    """`origin` says which thing of the source it is, in both builds."""

    origin: int
    archive: str
    object: str
    name: str
    section: str
    size: int
    aliases: tuple[str, ...] = ()
    content: str = ""  # of a pool
    pool: bool = False


@dataclass(frozen=True)
class Made:
    """Two builds, and for each origin its keys in either."""

    old: Snapshot
    new: Snapshot
    old_origins: dict[Key, int]
    new_origins: dict[Key, int]


def made(seed: int, objects: int = 24, changes: int = 8) -> Made:
    """One pair; everything about it follows from the seed."""
    random = Random(seed)
    before = _firmware(random, objects)
    after = list(before)
    for _ in range(random.randint(1, changes)):
        after = random.choice(CHANGES)(random, after)
    random.shuffle(after)
    return Made(snapshot(before), snapshot(after), _origins(before), _origins(after))


def snapshot(symbols: list[Symbol], name: str = "build.elf", priced: bool = True) -> Snapshot:
    """What measuring such a build would give."""
    found: dict[tuple[str, str, str], list[int]] = {}
    pools: dict[tuple[str, str, str], list[int]] = {}
    sections: dict[tuple[str, str, str], list[int]] = {}
    homes: dict[Key, Home] = {}
    for one in symbols:
        ram = one.size if one.section in (".bss", ".data") else 0
        flash = one.size if one.section != ".bss" else 0
        sizes = flash, ram, flash * 5 // 9 if priced else 0
        place = one.archive, one.object, one.name
        if place not in found:
            at = Key("symbol", *place)
            homes[at] = Home(one.section, 0x23000000, f"src/{one.object[:-2]}.c", 0, one.aliases)
        _add(found, place, sizes)
        _add(sections, ("", "", one.section), sizes)
        if one.pool:
            _add(pools, place, sizes)
            homes[Key("pool", *place)] = Home(one.section, 0x23000000, "", 0, (), one.content)
    objects: dict[tuple[str, str, str], list[int]] = {}
    archives: dict[tuple[str, str, str], list[int]] = {}
    for (archive, object_, _), of_symbol in found.items():
        _add(objects, (archive, object_, object_), of_symbol)
        _add(archives, ("", "", archive), of_symbol)
    components = {("", "", at[2].removeprefix("lib").removesuffix(".a")): archives[at] for at in archives}
    kinds = {
        "component": components, "archive": archives, "object": objects, "section": sections,
        "symbol": found, "pool": pools,
    }  # fmt: skip
    things = {
        kind: tuple(
            Thing(key := Key(kind, *at), at[2], sizes[0], sizes[1], sizes[2], homes.get(key))
            for at, sizes in of.items()
        )
        for kind, of in kinds.items()
        if of
    }
    totals = [sum(sizes[at] for sizes in found.values()) for at in range(3)]
    return Snapshot(
        name, "build", MADE, (FIT,), "Fits.", totals[0], totals[1], totals[2], None, priced, things
    )


def _add(sums: dict[tuple[str, str, str], list[int]], at: tuple[str, str, str], sizes: Sequence[int]) -> None:
    entry = sums.setdefault(at, [0, 0, 0])
    entry[0] += sizes[0]
    entry[1] += sizes[1]
    entry[2] += sizes[2]


def _origins(symbols: list[Symbol]) -> dict[Key, int]:
    return {
        Key("pool" if one.pool else "symbol", one.archive, one.object, one.name): one.origin
        for one in symbols
    }


def _firmware(random: Random, objects: int) -> list[Symbol]:
    made: list[Symbol] = []
    archives = [f"lib{word}.a" for word in random.sample(WORDS, 5)]
    for number in range(objects):
        archive, object_ = random.choice(archives), f"{random.choice(WORDS)}_{number}.o"
        prefix = f"{object_[:-2].upper()}_" if random.random() < 0.5 else f"{random.choice(WORDS)}{number}_"
        names: set[str] = set()
        for _ in range(random.randint(2, 16)):
            name = f"{prefix}{random.choice(VERBS)}_{random.choice(WORDS)}"
            if random.random() < 0.15:
                name = random.choice(("buffer", "state", "init", "table", "count")) + random.choice(
                    ("", ".0")
                )
            if name in names:
                continue
            names.add(name)
            section = random.choices((".text", ".rodata", ".bss", ".data"), (10, 3, 2, 1))[0]
            size = max(4, int(random.lognormvariate(4.6, 1.2)) // 2 * 2)
            aliases = (f"{name}_alias", f"z_{name}") if random.random() < 0.05 else ()
            made.append(Symbol(len(made), archive, object_, name, section, size, aliases))
            if section == ".text" and random.random() < 0.3:
                pool = f"{name}_text"  # its owner's name is the function's in real builds, of another kind
                text = f"{random.getrandbits(32):08x}"
                size = random.randint(8, 300)
                made.append(Symbol(len(made), archive, object_, pool, ".rodata", size, (), text, pool=True))
    return made


# --- what happens to a firmware ---------------------------------------------------------------------


def _pick(random: Random, symbols: list[Symbol], count: int, pool: bool = False) -> set[int]:
    of = [one.origin for one in symbols if one.pool == pool]
    return set(random.sample(of, min(count, len(of))))


def _sizes(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    picked = _pick(random, symbols, 6)
    return [
        one._replace(size=max(2, one.size + random.choice((-4, 2, 8, 60)))) if one.origin in picked else one
        for one in symbols
    ]


def _renamed_file(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    archive, object_ = random.choice(symbols)[1:3]
    return [
        one._replace(object=f"new_{object_}") if (one.archive, one.object) == (archive, object_) else one
        for one in symbols
    ]


def _renamed_archive(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    archive = random.choice(symbols).archive
    return [
        one._replace(archive=f"libnew{archive[3:]}") if one.archive == archive else one for one in symbols
    ]


def _moved_file(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    archive, object_ = random.choice(symbols)[1:3]
    other = random.choice(symbols).archive
    if any((one.archive, one.object) == (other, object_) for one in symbols):
        return symbols
    return [
        one._replace(archive=other) if (one.archive, one.object) == (archive, object_) else one
        for one in symbols
    ]


def _moved_symbols(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    picked, target = _pick(random, symbols, 3), random.choice(symbols)
    taken = {one.name for one in symbols if one[1:3] == target[1:3]}
    return [
        one._replace(archive=target.archive, object=target.object)
        if one.origin in picked and one.name not in taken
        else one
        for one in symbols
    ]


def _suffixes(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    picked = _pick(random, symbols, 8)
    taken = {(one.archive, one.object, one.name) for one in symbols}
    result = []
    for one in symbols:
        bare = one.name.split(".")[0]
        suffix = random.choice(SUFFIXES) if not one.name.endswith(".0") else f".{random.randint(1, 9)}"
        name = bare + suffix
        if one.origin in picked and (one.archive, one.object, name) not in taken:
            taken.add((one.archive, one.object, name))
            result.append(one._replace(name=name))
        else:
            result.append(one)
    return result


def _splits(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    picked = _pick(random, symbols, 3)
    result = []
    for one in symbols:
        part = random.choice((".part.0", ".cold"))
        if one.origin in picked and one.section == ".text" and one.size >= 40 and "." not in one.name:
            rest = one.size // 3
            result += [one._replace(size=one.size - rest), one._replace(name=one.name + part, size=rest + 2)]
        else:
            result.append(one)
    return result


def _aliases(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    return [
        one._replace(name=one.aliases[0], aliases=(one.name, *one.aliases[1:]))
        if one.aliases and random.random() < 0.5
        else one
        for one in symbols
    ]


def _texts(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    picked = _pick(random, symbols, 4, pool=True)
    return [
        one._replace(
            content=f"{random.getrandbits(32):08x}", size=max(1, one.size + random.choice((0, 3, -2)))
        )
        if one.origin in picked
        else one
        for one in symbols
    ]


def _pools_of_others(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    """The function that a pool is named after is called otherwise, the text is the same."""
    picked = _pick(random, symbols, 2, pool=True)
    return [
        one._replace(name=f"w{one.origin}_{random.choice(VERBS)}_text") if one.origin in picked else one
        for one in symbols
    ]


def _added(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    like = random.choice(symbols)
    fresh = []
    for word in random.sample(("alpha", "omega", "quartz", "jigsaw", "nymph"), 2):
        name, size = f"{word}_{random.getrandbits(24):x}", random.randint(20, 900)
        origin = 1_000_000 + random.getrandbits(40)
        fresh.append(Symbol(origin, like.archive, like.object, name, ".text", size))
    return symbols + fresh


def _removed(random: Random, symbols: list[Symbol]) -> list[Symbol]:
    picked = _pick(random, symbols, 3)
    return [one for one in symbols if one.origin not in picked]


CHANGES = (
    _sizes, _sizes, _renamed_file, _renamed_archive, _moved_file, _moved_symbols, _suffixes, _splits,
    _aliases, _texts, _pools_of_others, _added, _removed,
)  # fmt: skip


def without_prices(one: Snapshot) -> Snapshot:
    """As a report without --packed has it."""
    things = {kind: tuple(thing._replace(ota=0) for thing in of) for kind, of in one.things.items()}
    return replace(one, things=things, priced=False)
