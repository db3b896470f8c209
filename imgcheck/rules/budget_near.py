"""A component, archive, object, section or symbol is near its budget.

What it does
    Reports what has reached `warn_at` of its budget and is not over it. `warn_at` stands in the budget,
    or in [budgets] for all of them; without any it is 95 %.

Why it matters
    It is cheaper to look before the next change than to take one back.

What to do
    Nothing yet; know that the next feature here needs room.

Example
    component mqtt takes 40,000 bytes of flash, 97.7 % of its budget of 40,960
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies import limits
from imgcheck.wording import commas

CODE = "IMG302"
SEVERITY: Severity = "warning"
PROMPTS = (Need.SAVINGS,)

_WORDS = {"flash": "flash", "ram": "RAM", "ota": "the OTA file"}


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per budget; raises UndecidedError for one that the build cannot answer."""
    known = limits.Measured(facts)
    for budget in facts.policy.budgets:
        measure = known.of(budget)
        limit = limits.limit(budget, facts)
        if measure and (budget.warn_at or limits.NEAR) * limit <= measure.size <= limit and measure.size:
            yield Diagnostic(
                CODE,
                SEVERITY,
                f"{budget.kind} {budget.name} takes {commas(measure.size)} bytes of "
                f"{_WORDS[budget.resource]}, "
                f"{measure.size / limit:.1%} of its budget of {commas(limit)}".replace("%", " %"),
                budget.location,
                Measure(budget.kind, budget.name, budget.resource, measure.size, limit),
                subject=limits.subject(budget),
            )
