"""Which features does the configuration header switch on, and with which line each?"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from fnmatch import translate
from typing import NamedTuple

from imgcheck.errors import FormatError, UndecidedError
from imgcheck.model import FeatureSettings
from imgcheck.prediction.sources import pasting, readers
from imgcheck.prediction.sources.deriving import CONDITIONAL, NAME, deciding, derived_from
from imgcheck.prediction.sources.evaluation import Evaluator
from imgcheck.prediction.sources.expressions import Malformed, evaluate
from imgcheck.prediction.sources.macros import UNDEFINED, Macro, State
from imgcheck.prediction.sources.records import Off, Record
from imgcheck.prediction.sources.tree import DEFINED, Tree, cplusplus
from imgcheck.prediction.sources.walk import walk
from imgcheck.readers.macros import LONG_DOUBLE

MOST_FEATURES = 500  # a switch for each of them is tried, and what follows from it
PLATFORM = "PLATFORM_"
NOWHERE: Off = frozenset()


class FeatureDefine(NamedTuple):
    """A feature that is on, and the #define that is to be taken out to switch it off.

    `line` and the columns locate `text`, the directive itself; `value` is its replacement ("" if empty).
    `derived_from` names the features that decide whether that line counts, so that it is not switched by
    hand. `places` has (path, index of the directive) of every active #define of the name; the last is the one
    shown.
    """

    name: str
    path: str
    line: int
    column: int
    end_column: int
    text: str
    value: str
    derived_from: tuple[str, ...]
    places: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration header evaluated for the build's -D definitions.

    `features` are those that are on, by name in order of their lines; `macros` all that it defines, with
    their replacement; `path` is the header.
    """

    tree: Tree
    path: str
    features: Mapping[str, FeatureDefine]
    macros: Mapping[str, str]
    evaluator: Evaluator
    defines: Mapping[str, State | None]
    matches: Callable[[str], object]  # whether a name is a feature's, by the pattern
    values: frozenset[str] = frozenset()  # features that code reads: off, they are 0 and not undefined

    @property
    def long_double(self) -> int:
        """The bytes of a `long double`, as predefined by the compiler; 8 where it says nothing."""
        state = self.defines.get(LONG_DOUBLE)
        value = state.tokens[0] if isinstance(state, Macro) and state.tokens else ""
        return int(value) if value.isdecimal() and len(value) < 3 else 8

    def off(self, names: frozenset[str]) -> Off:
        """The #define lines of the features `names`. Raises UndecidedError for one that is not on."""
        for name in sorted(names - self.features.keys()):
            raise UndecidedError(f"{name} is not switched on in {self.path}")
        return frozenset(place for name in names for place in self.features[name].places)

    def start(self, path: str) -> dict[str, State | None]:
        """The macros at the beginning of `path`."""
        macros = dict(self.defines)
        if "__cplusplus" not in macros:
            macros["__cplusplus"] = CPLUSPLUS if cplusplus(path) else UNDEFINED
        return macros


CPLUSPLUS = Macro("__cplusplus", None, ("201103L",))


def features(tree: Tree, settings: FeatureSettings, path: str) -> Configuration:
    """Evaluate the header `path` for `settings.defines` and find the features that are on.

    A feature is a macro that matches `settings.pattern` and whose active #define is not 0; an empty one is
    on. Raises FormatError, UndecidedError when the header is not in the tree.
    """
    found = tree.find(path)
    if found is None:
        raise UndecidedError(f"{path}: no such header among the sources")
    defines: dict[str, State | None] = {}
    for name, text in settings.defines.items():
        tokens = tuple(tree.source(found).lex(str(text)))
        defines[name] = Macro(name, None, tokens)
    matches = re.compile(translate(settings.pattern)).match
    configured = frozenset(_closure(tree, found))
    evaluator = Evaluator(tree, _owned(tree, matches, configured, defines), configured)
    configuration = Configuration(tree, found, {}, {}, evaluator, defines, matches=matches)
    macros = configuration.start(found)
    record = walk(evaluator, found, macros, NOWHERE)
    places: dict[str, list[tuple[str, int]]] = {}
    for place in _active(tree, record):
        name = tree.source(place[0]).directives[place[1]].name
        if matches(name):
            places.setdefault(name, []).append(place)
    if len(places) > MOST_FEATURES:
        message = f"{len(places):d} macros are features by the pattern; {MOST_FEATURES:d} is the most"
        raise FormatError(message, found)
    switched: list[FeatureDefine] = []
    decided = {path: deciding(tree.source(path), matches) for path in configured}
    for name, where in places.items():
        state = macros.get(name)
        if state is None or state is UNDEFINED or (isinstance(state, Macro) and zero(state, macros)):
            continue
        every = [*_fallbacks(configuration, name, where, decided), *where]
        derived = derived_from(tree, name, every, matches, decided)
        switched.append(_feature(tree, name, every, derived))
    order = {path: index for index, path in enumerate(sorted(configured, key=lambda one: one != found))}
    evaluator.pasting = pasting.find(tree, (one.name for one in switched))
    switched.sort(key=lambda feature: (order.get(feature.path, 0), feature.path, feature.line))
    texts = {
        name: " ".join(state.tokens)
        for name, state in sorted(macros.items())
        if isinstance(state, Macro) and state is not CPLUSPLUS
    }
    return Configuration(
        tree, found, {one.name: one for one in switched}, texts, evaluator, defines, matches=matches
    )


def _fallbacks(
    configuration: Configuration,
    name: str,
    places: list[tuple[str, int]],
    decided: Mapping[str, Mapping[int, tuple[str, ...]]],
) -> list[tuple[str, int]]:
    """The #define lines that switch a feature on again once those at `places` are gone: after `#ifndef X`."""
    tree, evaluator = configuration.tree, configuration.evaluator
    others = {
        (path, index)
        for path, around in decided.items()
        for index, names in around.items()
        if name in names and tree.source(path).directives[index].name == name
    }.difference(places)
    if not others:
        return []
    macros = configuration.start(configuration.path)
    record = walk(evaluator, configuration.path, macros, frozenset(places))
    state = macros.get(name)
    if not isinstance(state, Macro) or zero(state, macros):
        return []
    return [place for place in _active(tree, record) if place in others]


def _owned(
    tree: Tree, matches: Callable[[str], object], configured: frozenset[str], defines: Collection[str]
) -> Callable[[str], bool]:
    """Whether a macro without definition is known to have none: the configuration's, or one of the tree's."""
    named = _mentioned(tree, configured) | set(defines)
    platform = any(name.startswith(PLATFORM) for name in defines)
    decided: dict[str, bool] = {}

    def owned(name: str) -> bool:
        known = decided.get(name)
        if known is None:
            known = decided[name] = bool(
                matches(name)
                or name in named
                or (platform and name.startswith(PLATFORM))
                or (name in tree.defined and not _reserved(name))
                or name in tree.guards
            )
        return known

    return owned


def reading(configuration: Configuration, compiled: Collection[str]) -> readers.Reads:
    """Which features the sources `compiled`, or any header, read as values."""
    pasted = configuration.evaluator.pasting
    return readers.find(configuration.tree, configuration.features, compiled, pasted)


def knowing(configuration: Configuration, reads: readers.Reads) -> Configuration:
    """The same, knowing what is read as a value."""
    evaluator = configuration.evaluator
    evaluator.switches = reads.switches
    evaluator.zeroed = frozenset(
        place for name in reads.values for place in configuration.features[name].places
    )
    return replace(configuration, values=reads.values)


def zero(macro: Macro, macros: Mapping[str, State | None]) -> bool:
    """Whether a macro is 0, and what it switches is off."""
    try:
        return evaluate([macro.name], macros, lambda name: True, set()) == 0
    except Malformed:
        return False  # `#define ENABLE_NAME "x"`: no number, but on for an #ifdef


def _reserved(name: str) -> bool:
    """Whether `name` is the compiler's to define (C17 7.1.3)."""
    return name[:2] == "__" or (name[:1] == "_" and name[1:2].isupper())


def _closure(tree: Tree, path: str) -> set[str]:
    """`path` and every header that it may include, whatever the conditions."""
    found: set[str] = set()
    due = [path]
    while due:
        here = due.pop()
        if here in found:
            continue
        found.add(here)
        for directive in tree.source(here).directives:
            if directive.kind == "include":
                target = tree.resolve(directive.text, here)
                if target is not None:
                    due.append(target)
    return found


def _mentioned(tree: Tree, configured: frozenset[str]) -> set[str]:
    """What the configuration decides about: all that it tests or defines, were it only in a comment."""
    names: set[str] = set()
    for path in configured:
        source = tree.source(path)
        names.update(DEFINED.findall(source.text))
        for directive in source.directives:
            if directive.kind in CONDITIONAL:
                names.update(NAME.findall(directive.text), (directive.name,))
    return {name for name in names if name and not _reserved(name)}


def _active(tree: Tree, record: Record) -> list[tuple[str, int]]:
    """The active #define directives in the order in which the preprocessor meets each for the last time.

    Read from the end, a record that was met is passed over: headers that include the next one twice each are
    few records, and more walks than anybody can wait for.
    """
    found: dict[tuple[str, int], None] = {}
    stack = [(record, len(record.active) - 1)]
    seen: set[int] = set()  # ids: all records are held by `record`
    while stack:
        here, stop = stack.pop()
        directives = tree.source(here.path).directives
        for index in range(stop - 1, -1, -1):
            if not here.active[index]:
                continue
            child = here.children.get(index)
            if directives[index].kind == "define":
                found.setdefault((here.path, index))
            # By identity: all of them hang below the first, which is held here.
            elif child is not None and id(child) not in seen:
                seen.add(id(child))
                stack += [(here, index), (child, len(child.active) - 1)]
                break
    return [*reversed(found)]


def _feature(tree: Tree, name: str, places: list[tuple[str, int]], derived: tuple[str, ...]) -> FeatureDefine:
    path, index = places[-1]
    source = tree.source(path)
    directive = source.directives[index]
    newline = source.text.rfind("\n", 0, directive.start)
    text = source.text[directive.start : directive.end].rstrip()
    first = text.split("\n", 1)[0].rstrip()
    column = directive.start - newline
    return FeatureDefine(
        name=name,
        path=path,
        line=directive.line,
        column=column,
        end_column=column + len(first),
        text=text,
        value=directive.text,
        derived_from=derived,
        places=tuple(places),
    )
