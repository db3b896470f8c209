"""A symbol takes more RAM than one may.

What it does
    Compares each symbol with `limit` in `[rules.large-symbol-in-ram]` of imgcheck.toml. Without a limit there
    is nothing to check.

Why it matters
    A static buffer takes its bytes from the heap for as long as the device runs, also while nobody uses it.

What to do
    Allocate it while it is needed, make it smaller, or raise the limit in a commit that says why.

Example
    g_log_buffer takes 16,384 bytes of RAM, 8,192 over the limit of 8,192 for one symbol
"""

from collections.abc import Iterator

from imgcheck.model import NOBODY, Diagnostic, Facts, Measure, Need, Severity
from imgcheck.policies import keys
from imgcheck.policies.limits import where
from imgcheck.wording import commas, shown

CODE = "IMG203"
SEVERITY: Severity = "warning"
NEEDS = (Need.ELF,)
LIMIT = keys.Key(
    "rules.large-symbol-in-ram.limit",
    "size",
    "The most RAM that one symbol may take.",
    "not checked",
    "more",
    "RAM limit of one symbol",
)
OPTIONS = (LIMIT,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding per symbol, the largest first; none without a limit."""
    limit = keys.option(facts.policy, LIMIT)
    if limit is None:
        return
    symbols = [item for item in facts.image.items if item.ram > limit and item.name not in NOBODY]
    for item in sorted(symbols, key=lambda item: (-item.ram, item.name)):
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{shown(item.name)} takes {commas(item.ram)} bytes of RAM, "
            f"{commas(item.ram - limit)} over the limit of "
            f"{commas(limit)} for one symbol",
            location=where(facts.policy, LIMIT.name),
            measure=Measure("symbol", item.name, "ram", item.ram, limit),
            help="allocate it while it is needed",
            subject=item.name,
        )
