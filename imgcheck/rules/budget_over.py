"""A component, archive, object, section or symbol is over its budget.

What it does
    Compares each budget of imgcheck.toml with what the build has. A percentage is one of the smallest
    slot among the layouts: of the unpacked slot for flash, of the body's for the OTA file.

Why it matters
    A slot says when it is too late; a budget says who made it late.

What to do
    Make it smaller, or raise the budget in a commit of its own that says why.

Example
    component mqtt takes 43,008 bytes of flash, 2,048 over its budget of 40,960
"""

from collections.abc import Iterable, Iterator

from imgcheck.model import Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies import limits
from imgcheck.wording import commas

CODE = "IMG301"
SEVERITY: Severity = "error"
PROMPTS = (Need.SAVINGS,)

_WORDS = {"flash": "flash", "ram": "RAM", "ota": "the OTA file"}


def subjects(facts: Facts) -> Iterable[str]:
    """The budgets."""
    return (limits.subject(budget) for budget in facts.policy.budgets)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per budget; raises UndecidedError for one that the build cannot answer."""
    known = limits.Measured(facts)
    for budget in facts.policy.budgets:
        measure = known.of(budget)
        limit = limits.limit(budget, facts)
        if measure and budget.kind in limits.OWNED:
            limits.check_owned(
                facts, f"the budget of {limits.subject(budget)}", budget.resource, measure.size, limit
            )
        if measure and measure.size > limit:
            yield Diagnostic(
                CODE,
                SEVERITY,
                f"{budget.kind} {budget.name} takes {commas(measure.size)} bytes of "
                f"{_WORDS[budget.resource]}, "
                f"{commas(measure.size - limit)} over its budget of {commas(limit)}",
                budget.location,
                Measure(budget.kind, budget.name, budget.resource, measure.size, limit),
                subject=limits.subject(budget),
            )
