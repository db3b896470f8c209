"""Which files can compiling a source read, whatever the conditions, those named by macros included?"""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from math import prod

from imgcheck.errors import FormatError
from imgcheck.prediction.sources.deriving import NAME
from imgcheck.prediction.sources.features import Configuration
from imgcheck.prediction.sources.macros import Exploded, Macro, expand
from imgcheck.source import Directive

INCLUDING = frozenset({"include", "import", "include_next"})
OPENED = ('"', "<")  # how the name of a header begins; anything else is a macro
_MOST_WAYS = 64  # that a name can be put together from its macros' definitions


class Headers:
    """Answers for one configuration; what it reads of the sources it remembers."""

    def __init__(self, configuration: Configuration) -> None:
        self._tree = configuration.tree
        self._defines = configuration.defines
        self._configured = configuration.evaluator.configured
        self._plain: dict[str, tuple[list[str], list[Directive]] | None] = {}
        self._macros: dict[str, dict[str, list[Macro]]] = {}

    def reached(self, path: str) -> frozenset[str] | None:
        """`path` and all that it may read but the configuration; None where that cannot be told."""
        seen = {path, *self._configured}
        due = [path]
        asked: list[tuple[str, Directive]] = []
        while due:
            while due:
                here = due.pop()
                named = self._named(here)
                if named is None:
                    return None
                due.extend({one for one in named[0] if one not in seen})
                seen.update(named[0])
                asked += [(here, directive) for directive in named[1]]
            for here, directive in asked:
                meant = self._found(here, directive, seen)
                if meant is None:
                    return None
                due.extend(meant - seen)
                seen |= meant
        return frozenset(seen - self._configured | {path})

    def _named(self, path: str) -> tuple[list[str], list[Directive]] | None:
        """The headers that a file names, and its directives that leave it to a macro."""
        if path not in self._plain:
            try:
                all_ = [one for one in self._tree.source(path).directives if one.kind in INCLUDING]
            except FormatError:  # whoever walks it says so
                self._plain[path] = None
                return None
            found = [
                self._tree.resolve(one.text, path, beyond=one.kind == "include_next")
                for one in all_
                if one.text[:1] in OPENED
            ]
            others = [one for one in all_ if one.text[:1] not in OPENED]
            self._plain[path] = ([one for one in found if one is not None], others)
        return self._plain[path]

    def _found(self, path: str, directive: Directive, files: Collection[str]) -> set[str] | None:
        """What a macro's replacement may name, whichever of its definitions in `files` count."""
        options: dict[str, list[Macro | None]] = {}
        due = NAME.findall(directive.text)
        while due:
            name = due.pop()
            if name in options:
                continue
            macros = self._defined(name, files)
            options[name] = [None, *macros]
            if prod(map(len, options.values())) > _MOST_WAYS or any("##" in one.tokens for one in macros):
                return None
            due.extend(word for one in macros for word in one.tokens if NAME.fullmatch(word))
        tokens = self._tree.source(path).lex(directive.text)
        found: set[str] = set()
        for ways in product(*options.values()):
            try:
                text = "".join(expand(tokens, {one.name: one for one in ways if one}))
            except Exploded:  # a walk takes it for none
                continue
            target = self._tree.resolve(text, path, beyond=directive.kind == "include_next")
            if target is not None:
                found.add(target)
        return found

    def _defined(self, name: str, files: Collection[str]) -> list[Macro]:
        given = self._defines.get(name)
        found = [given] if isinstance(given, Macro) else []
        for path in files:
            if name in self._tree.words(path):
                found += self._of(path).get(name, ())
        return found

    def _of(self, path: str) -> dict[str, list[Macro]]:
        if path not in self._macros:
            macros: dict[str, list[Macro]] = {}
            source = self._tree.source(path)
            for one in source.directives:
                if one.kind == "define" and one.name:
                    macro = Macro(one.name, one.parameters, tuple(source.lex(one.text)))
                    macros.setdefault(one.name, []).append(macro)
            self._macros[path] = macros
        return self._macros[path]
