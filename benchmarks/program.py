"""What does a firmware of OpenBL602's size look like as C source? Random, seeded, varied; never run.

The text only has to compile and to link like the real one: many objects that call each other, strings
in functions, tables, features that guard files, table entries and lines. Nothing in it is meant to
terminate or to be correct.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from words import (
    ADJECTIVES,
    ARCHIVES,
    BARE_OBJECTS,
    COLOURS,
    FEATURES,
    NOUNS,
    PHRASES,
    UNITS,
    VERBS,
)

FORMS = ("state", "number", "text", "page", "ratio", "plain")
OWNED = {"openbeken", "berry", "irremote", "littlefs", "aws_iot"}  # archives whose units features guard


@dataclass
class Function:
    """A function to be written: its form is one of FORMS, `live` ones are reached from main."""

    name: str
    form: str
    unit: Unit
    live: bool
    static: bool = False
    calls: list[Function] = field(default_factory=list)


@dataclass
class Unit:
    """One source file; `feature` owns it whole, `guard` tells how the source shows that."""

    name: str
    archive: str
    flavour: str
    feature: str = ""
    guard: str = ""  # "file": #if around everything, "table": only drv_main's table says so
    functions: list[Function] = field(default_factory=list)
    structs: list[str] = field(default_factory=list)
    layer: int = 0  # calls go to deeper layers only: a real call graph is no tangle either

    @property
    def suffix(self) -> str:
        return "cpp" if self.flavour == "cxx" else "c"


class Program:
    """The whole source tree; `write(folder)` puts it on disk and returns the units."""

    def __init__(self, seed: int = 602) -> None:
        self.rng = random.Random(seed)
        self.units: list[Unit] = []
        self.fields: dict[str, list[tuple[str, str]]] = {}
        self.used: set[str] = set()
        self._units()
        self._functions()
        self._calls()

    # --- what there is ------------------------------------------------------------------------

    def _fresh(self, *parts: str) -> str:
        name = "_".join(parts)
        while name in self.used:
            name = "_".join((*parts, self.rng.choice(NOUNS)))
            parts = (*parts[:1], self.rng.choice(VERBS), self.rng.choice(NOUNS))
        self.used.add(name)
        return name

    def _units(self) -> None:
        rng = self.rng
        for archive, count, flavour in ARCHIVES:
            structs = [self._fresh(archive, rng.choice(NOUNS), "t") for _ in range(4 + count // 3)]
            for struct in structs:
                self._struct(struct, structs)
            for _ in range(count):
                unit = Unit(self._fresh(archive[:4].rstrip("_"), rng.choice(NOUNS)), archive, flavour)
                unit.structs = rng.sample(structs, 3)
                unit.layer = rng.randint(0, 11)
                self.units.append(unit)
        for _ in range(BARE_OBJECTS):
            unit = Unit(self._fresh("bsp", rng.choice(NOUNS)), "", "app")
            unit.structs = rng.sample([name for name in self.fields if name.startswith("openbeken")], 3)
            self.units.append(unit)
        owned = [u for u in self.units if u.archive in OWNED]
        rng.shuffle(owned)
        for index, unit in enumerate(owned[:104]):
            unit.feature = FEATURES[index % len(FEATURES)]
            unit.guard = "table" if unit.feature.startswith("DRIVER") and index % 3 else "file"

    def _struct(self, name: str, others: list[str]) -> None:
        rng = self.rng
        kinds = ("int32_t", "uint32_t", "uint16_t", "uint8_t", "int16_t", "float", "uint64_t")
        weights = (6, 6, 4, 4, 2, 2, 1)
        names = rng.sample(sorted(set(NOUNS)), rng.randint(5, 14))
        self.fields[name] = [(rng.choices(kinds, weights)[0], n) for n in names]
        self.fields[name].append((f"struct {rng.choice(others)} *", f"{rng.choice(ADJECTIVES)}_link"))
        self.fields[name].append((f"char [{rng.choice((8, 16, 24, 32))}]", "label"))

    def _functions(self) -> None:
        rng = self.rng
        for unit in self.units:
            for index in range(rng.randint(9, 18)):
                form = rng.choices(FORMS, (30, 22, 18, 16, 5, 9))[0]
                if index == 0:
                    form = "plain"  # what the driver table and main call
                name = self._fresh(unit.name, rng.choice(VERBS), rng.choice(NOUNS))
                live = index == 0 or rng.random() < 0.66
                static = index > 0 and rng.random() < 0.22
                unit.functions.append(Function(name, form, unit, live, static))

    def _calls(self) -> None:
        """Give every live function a live caller, then more calls at random; features keep to themselves."""
        rng = self.rng
        free = [u for u in self.units if not u.feature]
        for unit in self.units:
            live = [f for f in unit.functions if f.live]
            for index, function in enumerate(live[1:], 1):
                callers = [f for f in live[:index] if not f.static or not function.static] or live[:1]
                rng.choice(callers[-6:]).calls.append(function)
            own = [u for u in self.units if unit.feature and u.feature == unit.feature]
            reach = [u for u in free + own if u.layer > unit.layer]
            near = [u for u in reach if u.archive == unit.archive] or reach
            for function in unit.functions:
                for _ in range(rng.choice((2, 2, 3, 4, 5)) if reach else 0):
                    other = rng.choice(near if rng.random() < 0.45 else reach)
                    visible = [
                        f for f in other.functions if f.live and not f.static and self._callable(function, f)
                    ]
                    if visible:
                        function.calls.append(rng.choice(visible))

    @staticmethod
    def _callable(caller: Function, callee: Function) -> bool:
        """C++ names are mangled: from outside its archive only a unit's first function can be called."""
        if callee.unit.flavour != "cxx" or caller.unit.flavour == "cxx":
            return True
        return callee is callee.unit.functions[0]

    # --- how it is written --------------------------------------------------------------------

    def write(self, folder: Path) -> list[tuple[Unit, Path]]:
        import headers
        from source import Writer

        writer = Writer(self)
        out: list[tuple[Unit, Path]] = []
        (folder / "include").mkdir(parents=True, exist_ok=True)
        (folder / "include" / "sdk_types.h").write_text(writer.types())
        (folder / "include" / "obk_config.h").write_text(writer.config())
        headers.write(folder / "include")
        for unit in self.units:
            path = folder / (unit.archive or "bsp") / f"{unit.name}.{unit.suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(writer.unit(unit))
            out.append((unit, path))
        main = Unit("drv_main", "openbeken", "app")
        path = folder / "openbeken" / "drv_main.c"
        path.write_text(writer.main())
        out.append((main, path))
        return out

    # --- strings ------------------------------------------------------------------------------

    def string(self) -> str:
        """A log line, a piece of a web page, a JSON key or a command's name, with its conversions."""
        rng = self.rng

        def noun() -> str:
            return str(rng.choice(NOUNS)).replace("_", " ")

        kind = rng.random()
        if kind < 0.34:
            return f"{noun()} {rng.choice(NOUNS)}: {rng.choice(ADJECTIVES)} {noun()} %d {rng.choice(PHRASES)}"
        if kind < 0.50:
            return f"{rng.choice(VERBS)} {noun()} failed with %d at {rng.choice(ADJECTIVES)} {noun()}"
        if kind < 0.66:
            tag = rng.choice(("td", "div", "span", "p", "li", "label", "h2", "button"))
            how = (
                f"style='color:{rng.choice(COLOURS)}'" if rng.random() < 0.3 else f"id='{rng.choice(NOUNS)}'"
            )
            what = f"{noun().capitalize()} {rng.choice(ADJECTIVES)} %d {rng.choice(UNITS)}"
            return f"<{tag} {how}>{what}</{tag}>"
        if kind < 0.80:
            return f'\\"{rng.choice(NOUNS)}_{rng.choice(NOUNS)}\\":%d,'
        if kind < 0.90:
            return f"{rng.choice(NOUNS)}/{rng.choice(VERBS)}/{rng.choice(NOUNS)}"
        order = f"{rng.choice(VERBS).capitalize()} the {rng.choice(ADJECTIVES)} {noun()}"
        return f"{order}: {noun()} {rng.choice(PHRASES)}."
