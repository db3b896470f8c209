"""A budget is for something that this build does not have.

What it does
    Looks every budget's name up among the components, archives, objects, sections or symbols of the
    build. A component that is defined and takes no bytes is fine.

Why it matters
    A budget with a typo limits nothing and passes for ever.

What to do
    Correct the name; or take the budget out with the thing that it was for.

Example
    no component of this build is named 'mqqt'; did you mean 'mqtt'?
"""

from collections.abc import Iterator

from imgcheck.model import Budget, Diagnostic, Facts, Severity
from imgcheck.policies import limits
from imgcheck.wording import near

CODE = "IMG303"
SEVERITY: Severity = "error"
_MOST_HINTS = 8  # looking for a near name takes as long as the build is large


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per budget; raises UndecidedError for one that the build cannot answer."""
    known, hints = limits.Measured(facts), 0
    for budget in facts.policy.budgets:
        if known.of(budget) is None:
            hints += 1
            close = _near(facts, budget) if hints <= _MOST_HINTS else []
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield Diagnostic(
                CODE,
                SEVERITY,
                f"no {budget.kind} of this build is named {budget.name!r}{hint}",
                budget.location,
                subject=limits.subject(budget),
            )


def _near(facts: Facts, budget: Budget) -> list[str]:
    names = {measure.name[:100] for measure in facts.measures if measure.kind == budget.kind}
    return near(budget.name[:100], sorted(names), 1, 0.5)
