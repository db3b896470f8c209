"""The first policy of a project: a commented imgcheck.toml with today's sizes as limits."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from math import ceil
from posixpath import dirname
from typing import NamedTuple

from imgcheck import targets
from imgcheck.model import BODY, NOBODY, UNPACKED, Facts, Fit
from imgcheck.printable import printable, toml_text
from imgcheck.rules import body_over_slot, budget_over, duplicate_string, unpacked_over_slot
from imgcheck.wording import commas

_USUAL = "src/obk_config.h"  # where the shipped policy has it
_OVER = {UNPACKED: unpacked_over_slot.CODE, BODY: body_over_slot.CODE}
ACCEPTED = frozenset(_OVER.values())  # what a first policy may waive
HEADROOM = 0.03  # over today's size
_SMALLEST = 1024  # bytes; a budget for less is noise
_TAKEN = frozenset(("warn_at", "component", "archive", "object", "section", "symbol"))  # words of [budgets]

_HEAD = """\
# What imgcheck holds this firmware against; `imgcheck check --show-policy` prints what is in force.
# Sizes are bytes or texts like "8 KiB" and "64 kB".
"""
_RULES = f"""
[rules]
# `imgcheck rule` lists them. All are on; leave out what you do not want.
# ignore = ["{duplicate_string.CODE}"]

# A finding that has to stay for a while. After its date it counts again.
# [[waivers]]
# rule = "{budget_over.CODE}"
# subject = "component mqtt flash"
# reason = "the new client replaces the old one in two releases"
# expires = 2027-06-30
"""


_WARN = 'warn_at = "100 %"  # so little room is left that 95 % would warn today\n'


class Accepted(NamedTuple):
    """That layouts may stay too small for now: why, and the last day."""

    reason: str
    expires: date


class Started(NamedTuple):
    """One build that a policy begins with: `elf` relative to the policy, `own` the components with a budget.

    `name` is "" where it is the only one; `own` None for all components.
    """

    name: str
    elf: str
    facts: Facts
    own: Collection[str] | None = None
    shipped: tuple[str, ...] = ()  # OTA files of it, relative to the policy, where there are several


def verdict(builds: Sequence[Started], accepted: Accepted | None) -> str:
    """What the policy will say of these builds, in a sentence for each that does not fit; "" when all fit."""
    said = ((one.name, _verdict(one.facts.fits, accepted)) for one in builds)
    return "; ".join(f"{name}: {text}" if name else text for name, text in said if text)


def _verdict(fits: Sequence[Fit], accepted: Accepted | None) -> str:
    missed = [fit.name for fit in fits if not fit.fits]
    if not missed:
        return ""
    said = f"fits {len(fits) - len(missed)} of {len(fits)} layouts, and all {len(fits)} stay in force"
    if accepted:
        return f"{said}; until {accepted.expires} waivers accept: {', '.join(missed)}"
    return f"{said}: it does not fit {', '.join(missed)}; --accept REASON takes note of that, with a date"


def write(
    facts: Facts | None,
    header: str = "",
    name: str = "",
    known: Sequence[str] = (),
    accepted: Accepted | None = None,
    own: Collection[str] | None = None,
    elf: str = "",
) -> str:
    """The text of a policy of one build; with `accepted`, waivers for the layouts that are too small.

    `facts` are those of a build, None for a policy without sizes; `known` the names of the layouts that
    may be listed (others are files that nobody but this machine has); `header` the configuration header
    relative to the policy, "" where none was found. `own` are the components that get a budget, None for all.
    """
    one = [Started("", elf or name, facts, own)] if facts else []
    return several(one, header, known, accepted, named=bool(elf))


def several(
    builds: Sequence[Started],
    header: str = "",
    known: Sequence[str] = (),
    accepted: Accepted | None = None,
    named: bool = True,
    target: str = "",
) -> str:
    """The text of a policy of builds: one at its top, or a section for each; `named` says where they are.

    `target` is the chip that was asked for, "" when nobody did.
    """
    every = [one.facts for one in builds]
    alone = len(builds) == 1 and not builds[0].name
    parts = [_HEAD, *_base(target)]
    if alone and named:
        parts.append("\n# What `imgcheck check` alone judges.\n")
        parts += _files(builds[0])
    parts += [*_layouts(builds, known), *_reserve(every), *_heap(every)]
    parts += _components(target)
    parts += _no_budgets() if not builds else _budgets(builds[0]) if alone else _budgets_apart()
    parts += _features(header)
    parts += [_RULES]
    for one in () if alone else builds:
        parts += [f"\n[build.{toml_text(one.name)}]\n", *_files(one)]
        parts += [f"\n[build.{toml_text(one.name)}.budgets]\n", _WARN, *_limits(one)]
    for one in builds if accepted else ():
        assert accepted
        parts += _waivers(one, accepted)
    return "".join(parts)


def _base(asked: str) -> Iterator[str]:
    target = targets.find(asked) if asked else targets.DEFAULT
    if target.policy:
        yield f"\n# The component map and the features of OpenBeken on the {target.title}; "
        yield f'what follows adds to it.\nextends = "{target.policy}"\n'
    if asked:
        yield f"\n# The chip that it is for.\ntarget = {toml_text(asked)}\n"


def _files(one: Started) -> Iterator[str]:
    yield f"elf = {toml_text(one.elf)}\n"
    if one.shipped:
        yield "# Several OTA files were made; say which one is shipped. Without this line: the newest.\n"
        yield from (f"# ota = {toml_text(path)}\n" for path in one.shipped)


def _waivers(one: Started, accepted: Accepted) -> Iterator[str]:
    """One for each slot that is too small: no more than that is accepted."""
    for fit in one.facts.fits:
        for slot in fit.slots:
            if slot.headroom < 0:
                yield f"\n[[waivers]]  # {slot.name} {commas(-slot.headroom)} bytes over\n"
                yield f'rule = "{_OVER[slot.name]}"\nsubject = {toml_text(fit.name)}\n'
                yield f"reason = {toml_text(accepted.reason)}\nexpires = {accepted.expires.isoformat()}\n"
                yield f"build = {toml_text(one.name)}\n" if one.name else ""


def _layouts(builds: Sequence[Started], known: Sequence[str]) -> Iterator[str]:
    """All are demanded; beside those that a build does not fit today stands what is missing."""
    rows: dict[str, list[str]] = {}
    for one in builds:
        name = printable(one.name or one.elf.rpartition("/")[2])
        for fit in one.facts.fits:
            slot = min(fit.slots, key=lambda slot: slot.headroom)
            left = ", ".join(f"{slot.name} {commas(slot.headroom)}" for slot in fit.slots)
            missing = f"{name} DOES NOT FIT: {slot.name} {commas(-slot.headroom)} bytes over"
            rows.setdefault(fit.name, []).append(f"left by {name}: {left} bytes" if fit.fits else missing)
    yield "\n# Partition tables that must take every build (`imgcheck layout list` has them; files work).\n"
    yield "# Without this line: all that 2 MB devices in the field carry.\n"
    if not rows:
        names = ", ".join(map(toml_text, known))
        yield f"# layouts = [{names}]\n"
        return
    yield "layouts = [\n"
    for layout, said in rows.items():
        yield f"    {toml_text(layout)},  # {'; '.join(said)}\n"
    yield "]\n"


def _reserve(every: Sequence[Facts]) -> Iterator[str]:
    yield "\n# Bytes that must be left in every slot.\n"
    fitting = (fit for facts in every for fit in facts.fits if fit.fits)
    least = min((slot.headroom for fit in fitting for slot in fit.slots), default=0)
    yield 'reserve = "4 KiB"\n' if least >= 8192 else '# reserve = "4 KiB"\n'


def _heap(every: Sequence[Facts]) -> Iterator[str]:
    yield "\n[heap]\n# The least heap at start; an update needs some as well.\n"
    known = [facts.image.heap for facts in every if facts.image.heap is not None]
    heap = min(known) if known and len(known) == len(every) else None
    if heap is None:
        yield '# floor = "96 KiB"\n'
    else:
        yield f'floor = "{heap // 1024} KiB"  # {commas(heap)} bytes today\n'


def _components(asked: str) -> Iterator[str]:
    base = (targets.find(asked) if asked else targets.DEFAULT).policy
    before = f" These are tried before those of\n# {base}; what" if base else "\n# What"
    before += " nothing matches"
    yield f"""
[components]
# Name = globs over archive, object, source, section or symbol.{before} goes under its archive's name.
# my-driver = ["object:drv_mine*.o", "symbol:mine_*"]
"""


def _budgets(one: Started) -> Iterator[str]:
    name = printable(one.elf.rpartition("/")[2])
    more = f"{100 * HEADROOM:.0f} %"
    yield f"\n[budgets]\n# Today's sizes of {name} and {more} more, of the project's own parts;\n"
    yield "# the SDK's and the toolchain's are nobody's to shrink. A name without a prefix is a component;\n"
    yield '# `archive:`, `object:`, `section:` and `symbol:` work too, and shares of a slot ("12 %").\n'
    yield _WARN
    yield from _limits(one)


def _budgets_apart() -> Iterator[str]:
    more = f"{100 * HEADROOM:.0f} %"
    yield "\n[budgets]\n# Limits of every build. Those of each, with its sizes of today and "
    yield f"{more} more of the project's own parts, are\n# in [build.NAME.budgets] below.\n"


def _limits(one: Started) -> Iterator[str]:
    own = one.own
    sizes: dict[str, dict[str, int]] = {}
    for measure in one.facts.measures:
        if (
            measure.kind == "component"
            and measure.resource in ("flash", "ram")
            and measure.name not in NOBODY
            and (own is None or measure.name in own)
        ):
            sizes.setdefault(measure.name, {})[measure.resource] = measure.size
    for component, size in sorted(sizes.items(), key=lambda entry: (-entry[1].get("flash", 0), entry[0])):
        limits = [f"{key} = {_rounded(value)}" for key, value in size.items() if value >= _SMALLEST]
        if limits:
            today = ", ".join(f"{commas(value)}" for value in size.values() if value >= _SMALLEST)
            key = f"component:{component}" if ":" in component or component in _TAKEN else component
            yield f"{toml_text(key)} = {{ {', '.join(limits)} }}  # {today}\n"


def _no_budgets() -> Iterator[str]:
    yield "\n[budgets]\n# A name without a prefix is a component; `imgcheck init ELF` writes today's sizes.\n"
    yield '# mqtt = { flash = "40 KiB", ram = "4 KiB" }\n# "section:.text" = "700 KiB"\n# lwip = "9 %"\n'


def _features(header: str) -> Iterator[str]:
    yield "\n[features]\n# Where features are switched, for `imgcheck features` and `imgcheck plan`.\n"
    yield f"config = {toml_text(header)}\n" if header else '# config = "src/obk_config.h"\n'
    if header and header != _USUAL:
        yield f"source_roots = [{toml_text(dirname(header) or '.')}]\n"
        yield f"include_dirs = [{toml_text(dirname(header) or '.')}]\n"
    yield '# keep = ["ENABLE_MQTT"]  # never to be stripped\n# weights = { ENABLE_NTP = 10 }  # missed most\n'


def _rounded(size: int) -> str:
    size = ceil(size * (1 + HEADROOM))
    step = 64 if size < 16 * 1024 else 256
    return str(-(-size // step) * step)
