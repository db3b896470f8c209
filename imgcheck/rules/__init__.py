"""Everything that a gate can find: one module per rule, its docstring the page that `imgcheck rule` prints.

A rule module has CODE, SEVERITY, `check(facts)` and, where they apply:

- NEEDS: what it cannot do without. The gate finds it out, once, when the first rule that needs it runs.
- WANTS: what it also reads where that is at hand.
- PROMPTS: what its findings make worth finding out, although that takes a second or more.
- OPTIONS: the keys of its own that a policy may set under `[rules.NAME]`.
- `subjects(facts)`: what it looks at by name, where that is several things.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import NamedTuple

from imgcheck.model import Diagnostic, Facts, Need, Severity
from imgcheck.policies.keys import Key
from imgcheck.rules import (  # noqa: F401  # each is a rule, see RULES
    bin_of_another_build,
    body_over_slot,
    budget_names_nothing,
    budget_near,
    budget_over,
    calibration_failed,
    constant_in_ram,
    double_arithmetic,
    duplicate_string,
    duplicate_table,
    grown_over,
    growth_unmeasured,
    guard_commented_out,
    headroom_under_reserve,
    heap_under_floor,
    kept_without_reason,
    large_symbol_in_ram,
    layout_nobody_has,
    limit_loosened,
    ota_of_another_build,
    ota_that_no_device_takes,
    region_over,
    rule_unselected,
    runway,
    second_reader_disagrees,
    strip_feature,
    text_conversion,
    unattributed,
    unpacked_over_slot,
    waiver_added,
    waiver_expired,
)


class Rule(NamedTuple):
    """A rule as the registry has it; `page` is its documentation."""

    code: str
    name: str
    severity: Severity
    page: str
    needs: tuple[Need, ...]
    wants: tuple[Need, ...]
    prompts: tuple[Need, ...]
    options: tuple[Key, ...]
    check: Callable[[Facts], Iterator[Diagnostic]]
    subjects: Callable[[Facts], Iterable[str]]

    @property
    def title(self) -> str:
        """What is wrong, in one sentence."""
        return self.page.split("\n", 1)[0]


def _rule(module: ModuleType) -> Rule:
    name = module.__name__.rsplit(".", 1)[-1].replace("_", "-")
    subjects = getattr(module, "subjects", lambda _: (name,))
    page = (module.__doc__ or "").strip()
    return Rule(
        code=module.CODE,
        name=name,
        severity=module.SEVERITY,
        page=page,
        needs=getattr(module, "NEEDS", ()),
        wants=getattr(module, "WANTS", ()),
        prompts=getattr(module, "PROMPTS", ()),
        options=getattr(module, "OPTIONS", ()),
        check=module.check,
        subjects=subjects,
    )


# Every module that is imported above and has a CODE: the import is the registration.
_MODULES = [one for one in list(vars().values()) if isinstance(one, ModuleType) and hasattr(one, "CODE")]
RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.code: rule for rule in sorted(map(_rule, _MODULES), key=lambda rule: rule.code)}
)
OPTIONS: tuple[Key, ...] = tuple(key for rule in RULES.values() for key in rule.options)
