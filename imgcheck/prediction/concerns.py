"""What has to be said of a feature before anybody relies on its number?

That its code does not compile without it: a definition goes while a use of it stays. And that code reads it
as a value in a way that is not followed (an enumeration, an initialiser, an argument).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from imgcheck.model import Diagnostic, Location
from imgcheck.prediction import definers, joined, overflow, stopping, twofold
from imgcheck.prediction.assembled import SUFFIXES
from imgcheck.prediction.sources import keptout
from imgcheck.prediction.sources.changes import SourceChange
from imgcheck.prediction.study import Study
from imgcheck.readers import linkmap
from imgcheck.readers.symbolnames import source_name
from imgcheck.wording import listed

_OF_ALL = {  # what is said of all features of a code at once
    "feature-needed": "the build does not compile without these, so no plan takes them",
    "feature-checked": "whether the build compiles without these is not known, so no plan takes them",
    "feature-brings-in": "without these other code comes in, so no plan takes them",
    "feature-calls-unknown": "without these other code calls what nobody at hand has, so no plan takes them",
    "feature-links-more": "without these more is linked of libraries",
    "feature-read-as-value": "code reads these as values, so what they save is an estimate",
}


def every(known: Study) -> tuple[Diagnostic, ...]:
    """The findings of all features, by name."""
    found: list[Diagnostic] = []
    for name in sorted(known.configuration.features):
        found.extend(_reads(known, name))
        found.extend(
            _refused(known, name)
            or _needed(known, name)
            or _doubled(known, name)
            or overflow.said(known, name)
        )
        found.extend(_unsure(known, name))
        found.extend(_brings(known, name))
        found.extend(joined.said(known, name))
    return tuple(found)


def reads(known: Study, off: frozenset[str]) -> tuple[tuple[str, int, str], ...]:
    """(path, line, macro) of each place that reads one of the features `off` and is not followed."""
    changes = known.changes(off)
    return (
        *((path, line, macro) for path in sorted(changes) for line, macro in changes[path].reads),
        *redeclared(known, off),
        *_scripts(known, off),
    )


def _scripts(known: Study, off: frozenset[str]) -> Iterator[tuple[str, int, str]]:
    """Places of linker scripts that a preprocessor has read: what they make of a feature is not followed."""
    tree = known.configuration.tree
    for path, text in sorted(tree.files.items()):
        if path.endswith(SUFFIXES) and "SECTIONS" in text:
            for name in sorted(off):
                if named := re.search(rf"\b{re.escape(name)}\b", text):
                    yield path, 1 + text.count("\n", 0, named.start()), name


def redeclared(known: Study, off: frozenset[str]) -> tuple[tuple[str, int, str], ...]:
    """(path, line, function) of each that stays and is declared otherwise without the features `off`."""
    changes = known.changes(off)
    return tuple(
        (path, line, name)
        for path in sorted(changes)
        for name, line in sorted(_otherwise(changes[path]).items())
    )


def _otherwise(change: SourceChange) -> dict[str, int]:
    """What a file declares otherwise, with the line that it begins in; what is aligned otherwise."""
    types = {name: 1 for name, (was, now) in change.types.items() if was.align != now.align}
    types |= dict.fromkeys(change.redeclared.aligned, 1)
    return {**types, **{name: min(lines, default=1) for name, lines in change.redeclared.functions.items()}}


def broken(known: Study, off: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """(symbol, object) of uses that stay while the definition goes, when features are switched off."""
    graph, cut = known.base.graph, known.removal(off).cut
    changes = known.changes(off)
    undefined = frozenset().union(*(change.vanished_definitions for change in changes.values()))
    undefined -= definers.moved(changes) | definers.deputised(graph, changes, cut, known.definers)
    untyped = _untyped(known, changes)
    if not undefined:
        return untyped
    live, gone = known.base.reach.nodes, known.without(off).nodes
    unsaid = {path: change.vanished for path, change in changes.items()}
    found = {
        (edge.symbol, graph.objects[graph.nodes[node].object])
        for target in cut.nodes
        for node in known.base.supports.referrers.get(target, ())
        if node in live and node not in gone
        for edge in graph.nodes[node].edges
        if edge.target == target
        and edge.symbol
        and edge not in cut.of(node)
        and source_name(edge.symbol) in undefined
        and not _unsaid(known, node, edge.symbol, unsaid)
        and (graph.nodes[node].object, edge.symbol) not in graph.optional
    }
    return (*untyped, *sorted(found))


def impossible(known: Study, off: frozenset[str]) -> bool:
    """Whether the build does not compile when these features are switched off."""
    return bool(
        stopping.errors(known.changes(off))
        or stopping.checks(known.changes(off)).failing
        or broken(known, off)
    )


def _untyped(known: Study, changes: Mapping[str, SourceChange]) -> tuple[tuple[str, str], ...]:
    """(name, object) of what uses a type, a macro or the like that goes: nothing that a linker could tell.

    What is linked under such a name may be meant then, as C takes a function that nobody declared.
    """
    objects, linked = known.base.graph.objects, known.names
    return tuple(
        (name, objects[number])
        for number, origin in sorted(known.origins.items())
        for path in sorted(origin.sources & changes.keys())
        for name in sorted(
            changes[path].untyped | {one for one in changes[path].unknown if one not in linked}
        )
    )


def _unsaid(known: Study, node: int, symbol: str, unsaid: Mapping[str, Set[str]]) -> bool:
    """Whether only the compiler refers to a symbol there, and the source has no use of it afterwards.

    What sets up C++ variables names all of a file, a function that was put into another one its statics.
    """
    origin = known.origins.get(known.base.graph.nodes[node].object)
    name = source_name(symbol).rsplit("::", 1)[-1]
    return origin is not None and any(name in unsaid.get(path, ()) for path in origin.sources)


def brought(known: Study, off: frozenset[str]) -> tuple[str, ...]:
    """What other sources define once features are off, and whoever used theirs then uses."""
    return tuple(sorted(definers.moved(known.changes(off))))


def unplanned(known: Study, name: str) -> bool:
    """Whether no plan takes a feature: nobody can say that the build is right, or how large, without it."""
    off = frozenset((name,))
    unsure = brought(known, off) or known.removal(off).missing or stopping.checks(known.changes(off)).unsure
    return bool(impossible(known, off) or unsure or twofold.definitions(known, off))


def _reads(known: Study, name: str) -> Iterator[Diagnostic]:
    places = reads(known, frozenset((name,)))
    if not places:
        return
    path, line, macro = places[0]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    if places == redeclared(known, frozenset((name,))):
        yield _declared(known, name, places)
        return
    as_ = f", as {macro}" if macro != name else ""
    yield Diagnostic(
        "feature-read-as-value",
        "warning",
        f"{known.shown(path)}:{line}{more} read{'' if more else 's'} {name}{as_} as a value; what it saves "
        "is an estimate",
        Location(known.shown(path), line),
        subject=name,
    )


def _declared(known: Study, name: str, places: Sequence[tuple[str, int, str]]) -> Diagnostic:
    path, line, _ = places[0]
    functions = listed([function for _, _, function in places], "")
    return Diagnostic(
        "feature-read-as-value",
        "warning",
        f"{known.shown(path)}:{line} declares {functions} otherwise with {name}; what it saves is "
        "an estimate",
        Location(known.shown(path), line),
        subject=name,
    )


def _doubled(known: Study, name: str) -> list[Diagnostic]:
    found = twofold.definitions(known, frozenset((name,)))
    if not found:
        return []
    symbols, new, old = (list(dict.fromkeys(column)) for column in zip(*found, strict=True))
    why = (
        f"the build does not link without {name}: {_objects(new)} would define {listed(symbols, '')}, and "
        f"{_objects(old)} still {'does' if len(old) == 1 else 'do'}"
    )
    return [_unbuilt(known, name, why)]


def _unbuilt(known: Study, name: str, why: str) -> Diagnostic:
    define = known.configuration.features[name]
    place = Location(known.shown(define.path), define.line)
    return Diagnostic("feature-needed", "warning", why, place, help="No plan takes it.", subject=name)


def _objects(paths: list[str]) -> str:
    return listed(list(dict.fromkeys(linkmap.parts(path)[1].rsplit("/", 1)[-1] for path in paths)), "")


def _refused(known: Study, name: str) -> list[Diagnostic]:
    changes = known.changes(frozenset((name,)))
    places, what, does = stopping.errors(changes), "#error", "stops it"
    if not places:
        places = tuple(sorted(stopping.checks(changes).failing))
        what, does = "check", "does not hold"
    if not places:
        return []
    why = f"the build does not compile without {name}: the {what} at {_place(known, places)} {does}"
    return [_unbuilt(known, name, why)]


def _place(known: Study, places: Sequence[tuple[str, int]]) -> str:
    """The first of some places, in full (one that is cut is none), and how many more there are."""
    path, line = places[0]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"{known.shown(path)}:{line}{more}"


def _unsure(known: Study, name: str) -> Iterator[Diagnostic]:
    places = sorted(stopping.checks(known.changes(frozenset((name,)))).unsure)
    if places and not impossible(known, frozenset((name,))):
        yield Diagnostic(
            "feature-checked",
            "warning",
            f"whether the build compiles without {name} is not known: the check at {_place(known, places)} "
            "asks for what is another number then",
            Location(known.shown(places[0][0]), places[0][1]),
            help="No plan takes it. Build once without it.",
            subject=name,
        )


def _needed(known: Study, name: str) -> list[Diagnostic]:
    uses = broken(known, frozenset((name,)))
    if not uses:
        return []
    symbols = list(dict.fromkeys(symbol for symbol, _ in uses))
    objects = list(dict.fromkeys(path for _, path in uses))
    why = (
        f"the build does not compile without {name}: {listed(symbols, '')} would go, and "
        f"{_objects(objects)} still {'uses' if len(objects) == 1 else 'use'} "
        f"{'it' if len(symbols) == 1 else 'them'}"
    )
    return [_unbuilt(known, name, why)]


def _brings(known: Study, name: str) -> Iterator[Diagnostic]:
    off = frozenset((name,))
    symbols = list(brought(known, off))
    if not symbols or impossible(known, off):
        return
    coming = keptout.coming(known.configuration, off)
    define = known.configuration.features[name]
    what = (
        f"{listed(list(coming), '')} {'comes' if len(coming) == 1 else 'come'}"
        if coming
        else "other code comes"
    )
    also = f" Switch {listed(list(coming), '')} off as well, or build once without {name}." if coming else ""
    yield Diagnostic(
        "feature-brings-in",
        "warning",
        f"without {name}, {what} in and {'defines' if len(coming) < 2 else 'define'} {listed(symbols, '')}; "
        "no object tells how large that is, so what is saved is an estimate",
        Location(known.shown(define.path), define.line),
        help=f"No plan takes it.{also}",
        subject=name,
    )


def folded(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same for a gate, where nobody asked about a feature: what concerns several is one note."""
    notes = []
    for code, what in _OF_ALL.items():
        same = [one for one in found if one.code == code]
        if same:
            names = ", ".join(one.subject for one in same)
            notes.append(Diagnostic(same[0].code, "note", f"{what}: {names}", subject="features"))
    return (*(one for one in found if one.code not in _OF_ALL), *notes)
