"""Every key of a policy file, once: what reader, listing, schema, documentation and loosening go by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from imgcheck.errors import FormatError
from imgcheck.model import Location, Policy
from imgcheck.policies import sizes
from imgcheck.wording import near

Kind: TypeAlias = Literal[
    "size",
    "text",
    "texts",
    "extends",
    "components",
    "defines",
    "weights",
    "budgets",
    "share",
    "reason",
    "date",
    "growth",
    "growths",
    "count",
    "flag",
    "file",
]
# How each kind is written, for people.
WORDS: Mapping[str, str] = {
    "size": "a size",
    "text": "a text",
    "texts": "a list of texts",
    "extends": "a text or a list of texts",
    "components": "a table: name = glob or list of globs",
    "defines": "a table: name = number or text",
    "weights": "a table: feature = number",
    "budgets": "a table: name = limit or limits",
    "share": "a percentage",
    "reason": "a text",
    "date": "a date",
    "growth": "a size or a percentage",
    "growths": "a table: name = growth or growths",
    "count": "a number",
    "flag": "true or false",
    "file": "a path or a glob",
}


MOST = 100_000  # of what is counted
_TABLES = {"waivers": "[[waivers]]", "build": "[build.NAME]"}  # tables that are there any number of times


class Key(NamedTuple):
    """One key: its dotted name, how it is written, what it says, what holds without it.

    `looser` says which way a value allows more than another, "" when neither does: of a list "more" when
    it has more, of a table each of its values is one. `words` is what messages call it.
    """

    name: str
    kind: Kind
    doc: str
    default: str = ""
    looser: Literal["", "less", "more"] = ""
    words: str = ""

    @property
    def field(self) -> str:
        """What a plain key is called in `model.Policy`."""
        return self.name.replace(".", "_")


KEYS = (
    Key("extends", "extends", "A policy that ships with imgcheck, or a .toml file relative to this one. What is set here wins.", "nothing"),
    Key("target", "text", "The chip that the firmware is for.", "told from the file"),
    Key("elf", "file", "The build, relative to this file: `imgcheck check` and `imgcheck report` alone take it.", "given with the command"),
    Key("map", "file", "Its link map.", "beside the ELF"),
    Key("ota", "file", "The OTA file that is shipped; one file has to match.", "the newest below ota/ beside the ELF"),
    Key("title", "text", "What the build is called: in comments, SARIF categories and JUnit suites.", "the ELF's name"),
    Key("build.elf", "file", "One build of several, called NAME: its ELF.", "an error"),
    Key("build.map", "file", "Its link map.", "beside the ELF"),
    Key("build.ota", "file", "The OTA file that is shipped of it.", "the newest below ota/ beside the ELF"),
    Key("build.title", "text", "What it is called.", "the ELF's name and NAME"),
    Key("build.target", "text", "The chip that it is for.", "`target`"),
    Key("build.layouts", "texts", "Partition tables that must take it.", "`layouts`"),
    Key("build.budgets", "budgets", "Limits that are its own, beside and instead of [budgets].", "[budgets]"),
    Key("build.defines", "defines", "What it passes with -D, beside and instead of [features.defines].", "[features.defines]"),
    Key("layouts", "texts", "Partition tables that must take every build: names of `imgcheck layout list`, or .toml files relative to this one.", "all that 2 MB devices in the field carry"),
    Key("reserve", "size", "Bytes that must be left in every slot.", "0", "less", "reserve"),
    Key("heap.floor", "size", "The least static heap at start.", "not checked", "less", "heap floor"),
    Key("components", "components", "Name -> globs over archive, object, source, section or symbol; the first component that matches gets the bytes.", "none"),
    Key("features.config", "text", "The configuration header, relative to this file or a folder above the ELF.", "none"),
    Key("features.source_roots", "texts", "Folders that sources are looked for in.", "the header's root"),
    Key("features.include_dirs", "texts", "Folders that #include looks in.", "none"),
    Key("features.defines", "defines", "What the build passes with -D.", "what the build recorded"),
    Key("features.pattern", "text", "Which macros are features.", "ENABLE_*"),
    Key("features.keep", "texts", "Features that a plan never strips.", "none"),
    Key("features.weights", "weights", "How much a feature would be missed.", "1 each"),
    Key("variants", "defines", "Name of a variant -> the macro that only its build is given, as MACRO=VALUE; comments say which one a build is.", "the name of its [build.NAME]"),
    Key("budgets", "budgets", '"name" (a component) or "archive:name", "object:name", "section:name", "symbol:name" -> limit of its flash, or limits of flash, ram and ota.', "none"),
    Key("budgets.warn_at", "share", "From which share of a limit on to warn.", "95 %"),
    Key("rules.select", "texts", "Codes, beginnings of codes or names of the rules to check.", "all"),
    Key("rules.ignore", "texts", "Rules not to check.", "none"),
    Key("growth.flash", "growth", "How much the image may grow over the baseline of `imgcheck check --baseline`.", "not limited"),
    Key("growth.ram", "growth", "How much RAM may grow over it.", "not limited"),
    Key("growth.ota", "growth", "How much the OTA file may grow over it.", "not limited"),
    Key("growth.components", "growths", "Name of a component -> limit of its flash, or limits of flash, ram and ota.", "not limited"),
    Key("growth.stale", "count", "Commits of the base branch after which a committed baseline is refused.", "100", "more", "age of a baseline in commits"),
    Key("growth.strict", "flag", "Whether findings that the baseline has as well fail too.", "false", "less", "failing of what the baseline has as well"),
    Key("history.db", "text", "Where builds over time are kept: an SQLite file relative to this one, or postgresql://….", ".imgcheck/history.db"),
    Key("history.branch", "text", "Only builds of this branch count.", "all"),
    Key("history.variant", "text", "Only builds of this variant count.", "there is one"),
    Key("waivers.rule", "text", "Code or name of the rule."),
    Key("waivers.subject", "text", "What the finding is about, or a glob."),
    Key("waivers.reason", "reason", "Why the finding may stay."),
    Key("waivers.expires", "date", "The last day on which it holds, such as 2027-01-31."),
    Key("waivers.build", "text", "Name of the only build that it is for.", "every build"),
)  # fmt: skip
Value: TypeAlias = int | str | tuple[str, ...] | Mapping[str, str] | Mapping[str, float]
_PLAIN: tuple[Kind, ...] = ("size", "count", "flag", "text", "texts", "defines", "weights")
_OWN = ("target", "layouts")  # whose values are more than they look: chips, and files beside the policy
# With a field of their name: read, merged, listed and compared by this table alone.
PLAIN = tuple(
    key
    for key in KEYS
    if key.kind in _PLAIN and key.field in Policy.__dataclass_fields__ and key.name not in _OWN
)


def names(table: str = "", keys: Iterable[Key] = KEYS) -> tuple[str, ...]:
    """The keys that may stand in a table of the file; "" is the document itself."""
    start = f"{table}." if table else ""
    found = (key.name.removeprefix(start).split(".")[0] for key in keys if key.name.startswith(start))
    return tuple(dict.fromkeys(found))


def required(table: str) -> tuple[str, ...]:
    """The keys of a table without which it means nothing."""
    return names(table, (key for key in KEYS if not key.default))


def hint(word: str, known: Iterable[str]) -> str:
    """A word that nobody knows, and what it may be meant for."""
    every = list(known)
    close = near(word[:80], every, 1, 0.5)
    return sizes.shorten(word) + (
        f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(every)}"
    )


def option(policy: Policy, key: Key) -> int | None:
    """The size or number that the policy gives to a rule's option, None for none; FormatError for neither."""
    value = policy.options.get(key.name)
    if value is None:
        return None
    try:
        return _count(value) if key.kind == "count" else _size(value)
    except ValueError as error:
        place = policy.origins.get(key.name, Location(policy.path))
        raise FormatError(str(error), place.path, line=place.line, column=place.column) from None


def single(key: Key, value: object) -> int | str:
    """The one value of a plain key, as the policy has it; ValueError for another kind of value."""
    match key.kind:
        case "count":
            return _count(value)
        case "flag":
            return _flag(value)
        case "text":
            return _text(value)
        case _:
            return _size(value)


def _size(value: object) -> int:
    if not isinstance(value, int | str):
        raise ValueError("a size is a number of bytes or a text like '8 KiB'")
    return sizes.parse(value)


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MOST:
        raise ValueError(f"a number from 0 to {MOST:d}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text that is not empty")
    return value


def value(policy: Policy, key: Key) -> Value | None:
    """What a policy has under a plain key or an option of a rule; None where it says nothing."""
    if key not in PLAIN:
        return option(policy, key)
    found: Value | None = getattr(policy, key.field)
    return found if isinstance(found, int) else found or None


def over(old: Value | None, new: Value) -> Value:
    """What holds of a key that two files set: tables have both files' names, of all else the last one wins."""
    return {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new


def of_table(table: str) -> Iterator[tuple[str, Key]]:
    """The keys of a table by their names in it: values, lists, then tables, as TOML has them."""
    inside = (key for key in KEYS if key.name.rpartition(".")[0] == table)
    for key in sorted(inside, key=lambda key: (key.kind in ("defines", "weights"), key.kind == "texts")):
        yield key.name.rpartition(".")[2], key


def markdown(keys: Sequence[Key]) -> str:
    """The table of keys in docs/policy.md."""
    rows = ["| key | written as | what it says | without it |", "|---|---|---|---|"]
    for key in keys:
        table, _, rest = key.name.partition(".")
        name = f"{_TABLES[table]} {rest}" if table in _TABLES else key.name
        doc = key.doc.replace("|", "\\|")
        rows.append(f"| `{name}` | {WORDS[key.kind]} | {doc} | {key.default or 'an error'} |")
    return "\n".join(rows) + "\n"


def rules(keys: Iterable[Key]) -> Iterator[tuple[str, tuple[Key, ...]]]:
    """The options of rules, by the name of the rule."""
    found: dict[str, list[Key]] = {}
    for key in keys:
        found.setdefault(key.name.split(".")[1], []).append(key)
    for name, options in found.items():
        yield name, tuple(options)
