"""Which features can make a difference to a source file at all?

Too many are found rather than too few: those of which a name, or the name of a macro that could follow from
it, stands anywhere in the file or in a header that it may include, whatever the conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from imgcheck.prediction.sources.deriving import CONDITIONAL, NAME, OPENING
from imgcheck.prediction.sources.features import Configuration
from imgcheck.prediction.sources.headers import INCLUDING, OPENED, Headers
from imgcheck.prediction.sources.reading import Blocks
from imgcheck.source import Source


class Relevance:
    """Answers `among` for one configuration; what it reads of the sources it remembers."""

    def __init__(self, configuration: Configuration, blocks: Blocks) -> None:
        self._configuration = configuration
        self._blocks = blocks
        self._tree = configuration.tree
        self._order = {name: bit for bit, name in enumerate(configuration.features)}
        self._everything = not self._plain()
        self._followers = {} if self._everything else self._found()
        self._named: dict[str, int] = {}  # of each file: the features of which something stands in it
        self._bits: dict[str, int] = {}  # of each source: those that can matter to it
        self._headers = Headers(configuration)
        self._by_word: dict[str, int] = {}
        for bit, feature in enumerate(configuration.features):
            halves = configuration.evaluator.pasting.halves
            for name in self._led_to(feature).union(halves.get(feature, ())):
                self._by_word[name] = self._by_word.get(name, 0) | 1 << bit

    def among(self, names: Iterable[str], path: str) -> frozenset[str]:
        """Those of the features `names` that can matter to the source file `path`."""
        if self._everything:
            return frozenset(names)
        if path not in self._bits:
            self._bits[path] = self._mattering(path)
        bits = self._bits[path]
        return frozenset(name for name in names if bits >> self._order[name] & 1)

    def _plain(self) -> bool:
        """Whether the configuration is macros only, and its headers can be told from their #include."""
        for path in self._configuration.evaluator.configured:
            if any(self._blocks.words(path)):
                return False
            for directive in self._tree.source(path).directives:
                if directive.kind in INCLUDING and (
                    directive.kind != "include" or directive.text[:1] not in OPENED
                ):
                    return False
        return True

    def _led_to(self, feature: str) -> set[str]:
        """Macros of the configuration that could be others without the feature, itself among them."""
        found = {feature}
        due = [feature]
        while due:
            for name in self._followers.get(due.pop(), ()):
                if name not in found:
                    found.add(name)
                    due.append(name)
        return found

    def _found(self) -> dict[str, set[str]]:
        """Of each name the macros of the configuration that could follow from it.

        By their replacement, and by the conditions around their #define: those around the #include of their
        header too.
        """
        around: dict[str, set[str]] = {self._configuration.path: set()}
        due = [self._configuration.path]
        seen = set(due)
        while due:  # a header is due again when it is met under more conditions than before
            path = due.pop()
            source = self._tree.source(path)
            for index, conditions in _conditions(source):
                directive = source.directives[index]
                target = self._tree.resolve(directive.text, path) if directive.kind == "include" else None
                if target is not None:
                    known = around.setdefault(target, set())
                    if target not in seen or not known >= (around[path] | conditions):
                        seen.add(target)
                        known |= around[path] | conditions
                        due.append(target)
        followers: dict[str, set[str]] = {}
        for path, outside in around.items():
            source = self._tree.source(path)
            for index, conditions in _conditions(source):
                directive = source.directives[index]
                words = NAME.findall(directive.text) if directive.kind == "define" else ()
                for name in {*outside, *conditions, *words} if directive.name else ():
                    followers.setdefault(name, set()).add(directive.name)
        return followers

    def _mattering(self, path: str) -> int:
        files = self._headers.reached(path)
        if files is None:
            return (1 << len(self._order)) - 1
        bits = 0
        for here in files:
            if here not in self._named:
                self._named[here] = self._standing(here)
            bits |= self._named[here]
        return bits

    def _standing(self, path: str) -> int:
        bits = 0
        for name in self._by_word.keys() & self._tree.words(path):
            bits |= self._by_word[name]
        return bits


def _conditions(source: Source) -> Iterator[tuple[int, frozenset[str]]]:
    """Each directive that defines, undefines or includes, with all names in the conditions around it.

    The conditions of the branches before its own decide too.
    """
    chains: list[frozenset[str]] = [frozenset()]
    for index, directive in enumerate(source.directives):
        kind = directive.kind
        if kind in CONDITIONAL:
            named = frozenset((directive.name, *NAME.findall(directive.text)))
            if kind in OPENING:
                chains.append(chains[-1] | named)
            else:
                chains[-1] |= named
        elif kind == "endif":
            chains.pop()
        elif kind in {"define", "undef"} or kind in INCLUDING:
            yield index, chains[-1]
