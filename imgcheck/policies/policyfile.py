"""One policy file, before what it extends: its keys checked, its values read, the place of each kept."""

import contextlib
import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

from imgcheck import targets
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import Budget, Component, Growth, Location, Pattern, Resource, Waiver
from imgcheck.policies import budgets, growth, keys, sizes, variants
from imgcheck.policies.budgets import BudgetKey
from imgcheck.readers import tomltext
from imgcheck.readers.tomlplaces import Path, places

LARGEST = 256 << 10  # bytes; 2,000 waivers have 150 KB, what ships with imgcheck 7
FIELDS = ("archive", "object", "source", "section", "symbol")
_WAIVER_TEXTS = ("rule", "subject", "reason")


@dataclass(slots=True)
class Draft:
    """What one file says; None and empty where it says nothing. Filled while the file is read."""

    extends: list[str] = field(default_factory=list)
    target: str | None = None
    layouts: tuple[str, ...] | None = None
    plain: dict[str, keys.Value] = field(default_factory=dict)  # keys.PLAIN, by dotted name
    components: dict[str, Component] = field(default_factory=dict)
    features: dict[str, keys.Value] = field(default_factory=dict)
    budgets: dict[BudgetKey, Budget] = field(default_factory=dict)
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    options: dict[str, object] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    growth: dict[tuple[str, Resource], Growth] = field(default_factory=dict)
    history: dict[str, str] = field(default_factory=dict)
    builds: dict[str, variants.Said] = field(default_factory=dict)  # by name; "": of the whole policy
    origins: dict[str, Location] = field(default_factory=dict)


def parse(data: bytes | str, name: str = "", shipped: str = "") -> Draft:
    """Reads the TOML text of one policy file; `name` is how its places are called, `shipped` as in Location.

    Raises FormatError with line and column for anything that is not TOML, an unknown key (with the
    nearest known one), a value of the wrong kind, a size that is none.
    """
    if len(data) > LARGEST:
        raise FormatError(f"a policy of more than {LARGEST >> 10:d} KiB is none", name)
    try:
        text = (data if isinstance(data, str) else data.decode("utf-8-sig")).replace("\r\n", "\n")
        document = tomltext.load(text)
    except UnicodeDecodeError as error:
        raise FormatError("not UTF-8 text", name, offset=error.start) from None
    except FormatError as error:
        raise error.within(name) from None
    return _Reader(name, places(text), shipped).read(document)


class _Reader:
    """The document being read, and where its keys stand."""

    def __init__(self, name: str, found: Mapping[Path, object], shipped: str) -> None:
        self.name = name
        self.shipped = shipped
        self.found = found
        self.draft = Draft()

    def read(self, document: Mapping[str, object]) -> Draft:
        draft = self.draft
        self.known(document, keys.names(), ())
        if (value := document.get("extends")) is not None:
            draft.extends = [value] if isinstance(value, str) else list(self.texts(value, ("extends",)))
        if "target" in document:
            draft.target = self.target(document["target"], ("target",))
        if "layouts" in document:
            draft.layouts = self.texts(document["layouts"], ("layouts",))
        for key in keys.PLAIN:
            table, _, name = key.name.rpartition(".")
            inside = self.table(document, table, keys.names(table)) if table else document
            if name in inside:
                draft.plain[key.name] = self.value(key, inside[name])
        for name, value in self.table(document, "components").items():
            draft.components[name] = self.component(name, value)
        features = self.table(document, "features", keys.names("features"))
        for name, key in keys.of_table("features"):
            if name in features:
                draft.features[name] = self.value(key, features[name])
        draft.budgets = budgets.read(self, self.table(document, "budgets"), ("budgets",))
        self.rules(self.table(document, "rules"))
        draft.waivers = self.waivers(document.get("waivers", []))
        draft.growth = growth.read(self, self.table(document, "growth"))
        for name, value in self.table(document, "history", keys.names("history")).items():
            draft.history[name] = self.text(value, ("history", name))
        draft.builds = variants.read(self, document)
        return draft

    # --- sections -----------------------------------------------------------------------------

    def target(self, value: object, path: Path) -> str:
        name = self.text(value, path)
        try:
            return targets.find(name).name
        except ImgcheckError as error:
            raise self.error(str(error), path) from None

    def rules(self, table: Mapping[str, object]) -> None:
        self.draft.select = self.texts(table["select"], ("rules", "select")) if "select" in table else None
        self.draft.ignore = self.texts(table["ignore"], ("rules", "ignore")) if "ignore" in table else None
        for rule, options in table.items():
            if not isinstance(options, dict):
                self.known({rule: options}, keys.names("rules"), ("rules",))
                continue
            for name, value in options.items():  # what they mean, rules know
                self.origin(("rules", rule, name))
                self.draft.options[f"rules.{rule}.{name}"] = value

    def component(self, name: str, value: object) -> Component:
        path = ("components", name)
        patterns: list[Pattern] = []
        for index, text in enumerate(self.texts([value] if isinstance(value, str) else value, path)):
            prefix, colon, glob = text.partition(":")
            if not colon:
                # Without a prefix a glob means the file that the bytes came from, whatever is known of it.
                patterns += (Pattern(kind, text) for kind in ("archive", "object", "source"))
            elif prefix not in FIELDS:
                raise self.error(f"unknown prefix {keys.hint(prefix, FIELDS)}", (*path, index))
            elif not glob:
                raise self.error("a glob is missing after the colon", (*path, index))
            else:
                patterns.append(Pattern(prefix, glob))  # type: ignore[arg-type]
        self.origin(path)
        return Component(name, tuple(patterns))

    def defines(self, table: Mapping[str, object], path: Path) -> dict[str, str]:
        result = {}
        for name, value in table.items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise self.error("a define is a whole number or a text, as after -D", (*path, name))
            self.origin((*path, name))
            result[name] = str(value)
        return result

    def weights(self, table: Mapping[str, object], above: Path) -> dict[str, float]:
        result = {}
        for name, value in table.items():
            path = (*above, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
                raise self.error("a weight is a number from 0 (strip first) upwards", path)
            self.origin(path)
            result[name] = float(value)
        return result

    def waivers(self, value: object) -> tuple[Waiver, ...]:
        if not isinstance(value, list):
            raise self.error("waivers are written as [[waivers]]", ("waivers",))
        result = []
        for index, entry in enumerate(value):
            path: Path = ("waivers", index)
            table = self.mapping(entry, path)
            self.known(table, keys.names("waivers"), path)
            for key in keys.required("waivers"):
                if key not in table:
                    raise self.error(f"the waiver lacks {key!r}", path)
            expires = table["expires"]
            if isinstance(expires, str):
                with contextlib.suppress(ValueError):
                    expires = datetime.date.fromisoformat(expires)
            if isinstance(expires, datetime.datetime) or not isinstance(expires, datetime.date):
                raise self.error("a waiver expires on a date like 2027-01-31", (*path, "expires"))
            rule, subject, reason = (self.text(table[key], (*path, key)) for key in _WAIVER_TEXTS)
            build = self.text(table["build"], (*path, "build")) if "build" in table else ""
            if not reason.strip():
                raise self.error("a waiver says why: its reason is empty", (*path, "reason"))
            result.append(Waiver(rule, subject, reason, expires.isoformat(), self.where(path), build))
        return tuple(result)

    # --- values -------------------------------------------------------------------------------

    def table(
        self, document: Mapping[str, object], name: str, known: Collection[str] | None = None
    ) -> Mapping[str, object]:
        table = self.mapping(document.get(name, {}), (name,))
        if known is not None:
            self.known(table, known, (name,))
        return table

    def mapping(self, value: object, path: Path) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self.error(f"{path[-1]!r} is a table", path)
        return value

    def text(self, value: object, path: Path) -> str:
        if not isinstance(value, str) or not value:
            raise self.error(f"{path[-1]!r} is a text that is not empty", path)
        self.origin(path)
        return value

    def texts(self, value: object, path: Path) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.error(f"{path[-1]!r} is a list of texts", path)
        for index, element in enumerate(value):
            if not isinstance(element, str) or not element:
                raise self.error(f"{path[-1]!r} holds texts that are not empty", (*path, index))
        self.origin(path)
        return tuple(value)

    def value(self, key: keys.Key, value: object) -> keys.Value:
        """What a key of the table of keys has, by its kind."""
        path = tuple(key.name.split("."))
        self.origin(path)
        match key.kind:
            case "text":
                return self.text(value, path)
            case "texts":
                return self.texts(value, path)
            case "defines":
                return self.defines(self.mapping(value, path), path)
            case "weights":
                return self.weights(self.mapping(value, path), path)
            case _:
                return self.single(key, value, path)

    def single(self, key: keys.Key, value: object, path: Path) -> int | str:
        try:
            found = keys.single(key, value)
        except ValueError as error:
            raise self.error(f"{path[-1]!r}: {error}", path) from None
        return found

    def size(self, value: object, path: Path) -> int:
        try:
            if not isinstance(value, int | str):
                raise ValueError("a size is a number of bytes or a text like '8 KiB'")
            size = sizes.parse(value)
        except ValueError as error:
            raise self.error(str(error), path) from None
        self.origin(path)
        return size

    def share(self, value: object, path: Path) -> float:
        share = sizes.parse_share(value) if isinstance(value, str) else value
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise self.error("a share is a percentage like '95 %'", path)
        self.origin(path)
        return float(share)

    # --- places -------------------------------------------------------------------------------

    def known(self, table: Mapping[str, object], names: Collection[str], path: Path) -> None:
        for key in table:
            if key not in names:
                raise self.error(f"unknown key {keys.hint(key, names)}", (*path, key))

    def where(self, path: Path) -> Location:
        known = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in self.found), None)
        at = cast("tuple[int, int, int]", self.found[known]) if known else (0, 0, 0)
        return Location(self.name, *at, shipped=self.shipped)

    def origin(self, path: Path) -> None:
        self.draft.origins[".".join(map(str, path))] = self.where(path)

    def placed(self, key: str, where: Location) -> None:
        self.draft.origins[key] = where

    def error(self, message: str, path: Path) -> FormatError:
        at = self.where(path)
        return FormatError(message, self.name, line=at.line, column=at.column)
