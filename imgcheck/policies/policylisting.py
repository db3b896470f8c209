"""A policy as people read it: every setting that is in force, as TOML, and where each value came from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from imgcheck.model import Budget, Component, FeatureSettings, Location, Pattern, Policy
from imgcheck.policies import growth, keys, variants
from imgcheck.policies.keys import Key
from imgcheck.printable import printable, toml_text

_COLUMN = 60
_WITH_OTHERS = frozenset({"growth"})  # tables that hold more than plain keys, listed as one


def write(policy: Policy, options: Sequence[Key] = ()) -> str:
    """`policy` as TOML text, a line for each setting and its place; `options` are keys of rules."""
    lines = [f"# policy {printable(policy.name)}: {_source(policy)}"]
    for line, key in _lines(policy, options):
        place = policy.origins.get(key)
        lines.append(_with_place(line, place) if key else line)
    return "".join(f"{printable(line)}\n" for line in lines)


def _lines(policy: Policy, options: Sequence[Key]) -> Iterator[tuple[str, str]]:
    """Each line of TOML with the dotted key that it comes from, "" for none."""
    if policy.target:
        yield f"target = {toml_text(policy.target)}", "target"
    yield from _builds(policy)
    if policy.layouts:
        yield f"layouts = {_list(policy.layouts)}", "layouts"
    else:
        yield "# layouts: none listed, so all that 2 MB devices in the field carry", ""
    yield from _singles(policy)
    yield from (("", ""), ("[rules]", ""))
    yield (f"select = {_list(policy.select)}" if policy.select else "# select: every rule"), "rules.select"
    yield f"ignore = {_list(policy.ignore)}", "rules.ignore"
    for rule, options_of in keys.rules(options):
        yield from (("", ""), (f"[rules.{rule}]", ""))
        for key in options_of:
            size, name = keys.option(policy, key), key.name.rpartition(".")[2]
            yield (f"# {name}: {key.default}", "") if size is None else (f"{name} = {size}", key.name)
    if policy.budgets:
        yield from (("", ""), ("[budgets]", ""))
        for budget in policy.budgets:
            yield _budget(budget), f"budgets.{budget.kind}:{budget.name}.{budget.resource}"
    if any(key.startswith("growth.") for key in policy.origins):
        yield from (
            ("", ""),
            ("[growth]  # over a baseline", ""),
            *_of(policy, "growth"),
        )
        for one in policy.growth:
            name = f"components.{toml_text(one.component)}.{one.resource}" if one.component else one.resource
            yield f"{name} = {toml_text(growth.text(one))}", growth.key(one)
    if policy.history:
        yield from (("", ""), ("[history]  # builds over time", ""))
        yield from (
            (f"{name} = {toml_text(text)}", f"history.{name}") for name, text in policy.history.items()
        )
    for waiver in policy.waivers:
        place = f"  # {waiver.location.path}:{waiver.location.line}" if waiver.location else ""
        yield from (("", ""), (f"[[waivers]]{place}", ""))
        for name in (one for one in keys.names("waivers") if getattr(waiver, one)):
            yield f"{name} = {toml_text(getattr(waiver, name))}", ""
    if policy.features:
        yield from (("", ""), ("[features]", ""))
        yield from _features(policy.features)
    yield from (("", ""), ("[components]  # the first that matches gets the bytes", ""))
    for component in policy.components:
        yield f"{toml_text(component.name)} = {_list(_globs(component))}", f"components.{component.name}"
    yield from _tables(policy)


def _singles(policy: Policy) -> Iterator[tuple[str, str]]:
    """Plain keys of the document itself, then a table for each of the others that has nothing else."""
    for table in dict.fromkeys(("", *(key.name.rpartition(".")[0] for key in keys.PLAIN))):
        lines = _of(policy, table) if table not in _WITH_OTHERS else []
        yield from (("", ""), (f"[{table}]", "")) if table and lines else ()
        yield from lines


def _of(policy: Policy, table: str) -> list[tuple[str, str]]:
    """The plain keys of one table."""
    return [
        line
        for name, key in keys.of_table(table)
        if key in keys.PLAIN and (value := keys.value(policy, key)) is not None
        for line in _value(name, key, value)
    ]


def _value(name: str, key: Key, value: keys.Value) -> Iterator[tuple[str, str]]:
    """What one key has: a line, or of a table a line for each name in it."""
    if isinstance(value, Mapping):
        for inner, one in value.items():
            text = toml_text(one) if isinstance(one, str) else f"{one:g}"
            yield f"{name}.{toml_text(inner)} = {text}", f"{key.name}.{inner}"
    elif isinstance(value, tuple):
        yield f"{name} = {_list(value)}", key.name
    elif isinstance(value, bool):
        yield f"{name} = {str(value).lower()}", key.name
    else:
        yield f"{name} = {toml_text(value) if isinstance(value, str) else value}", key.name


def _builds(policy: Policy) -> Iterator[tuple[str, str]]:
    """What is said of the one build here; tables of several stand at the end."""
    for one in (one for one in policy.builds if not one.name):
        for key in variants.OWN:
            if value := getattr(one, key):
                yield f"{key} = {toml_text(value)}", key


def _tables(policy: Policy) -> Iterator[tuple[str, str]]:
    for one in (one for one in policy.builds if one.name):
        path = f"build.{one.name}"
        yield from (("", ""), (f"[build.{toml_text(one.name)}]", path))
        for key in (*variants.OWN, "target"):
            if value := getattr(one, key):
                yield f"{key} = {toml_text(value)}", f"{path}.{key}"
        if one.layouts:
            yield f"layouts = {_list(one.layouts)}", f"{path}.layouts"
        for name, value in one.defines.items():
            yield f"defines.{toml_text(name)} = {toml_text(value)}", f"{path}.defines.{name}"
        for budget in one.budgets:
            key = f"{path}.budgets.{budget.kind}:{budget.name}.{budget.resource}"
            yield f"budgets.{_budget(budget)}", key


def _features(settings: FeatureSettings) -> Iterator[tuple[str, str]]:
    for name, key in keys.of_table("features"):
        yield from _value(name, key, getattr(settings, name))


def _budget(budget: Budget) -> str:
    limit = str(budget.limit) if budget.share is None else f'"{100 * budget.share:g} %"'
    warn = f", warn_at = {budget.warn_at:g}" if budget.warn_at is not None else ""
    return f"{toml_text(f'{budget.kind}:{budget.name}')} = {{ {budget.resource} = {limit}{warn} }}"


def _globs(component: Component) -> Iterator[str]:
    """A glob without a prefix was spelt out as three patterns; here it is one again."""
    three = ("archive", "object", "source")
    patterns = list(component.patterns)
    while patterns:
        first = patterns[0]
        if patterns[:3] == [Pattern(kind, first.glob) for kind in three]:  # type: ignore[arg-type]
            yield first.glob
            del patterns[:3]
        else:
            yield f"{first.field}:{first.glob}"
            del patterns[0]


def _with_place(line: str, place: Location | None) -> str:
    if place is None:
        return f"{line:<{_COLUMN}}  # built in"
    line_number = f":{place.line}" if place.line else ""
    if place.shipped:
        return f"{line:<{_COLUMN}}  # {place.shipped}{line_number} (shipped)"
    return f"{line:<{_COLUMN}}  # {printable(place.path)}{line_number}"


def _source(policy: Policy) -> str:
    return f"{policy.shipped}, shipped with imgcheck" if policy.shipped else printable(policy.path)


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(toml_text, texts)) + "]"
