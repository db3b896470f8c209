"""The rules and all other findings as text: their list, and the page of each."""

import difflib

from imgcheck.errors import ImgcheckError
from imgcheck.policies.sizes import shorten
from imgcheck.report import catalogue
from imgcheck.rules import RULES, gate


def listing() -> str:
    """One line per rule: code, severity, name, what is wrong; then one per finding of other commands."""
    from tabulate import tabulate

    rules = [(rule.code, rule.severity, rule.name, rule.title) for rule in RULES.values()]
    others = [(code, page.wrong) for code, page in catalogue.every().items()]
    first, second = (tabulate(rows, tablefmt="plain", disable_numparse=True) for rows in (rules, others))
    return f"{first}\n\nWhat other commands find; no policy selects these:\n\n{second}\n"


def page(name: str) -> str:
    """The page of a rule, by code or name, or of any other finding; ImgcheckError for an unknown one."""
    rule = gate.find(name)
    if rule:
        return f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.page}\n"
    other = catalogue.find(name.lower())
    if other is None:
        raise ImgcheckError(f"no rule {shorten(name)}; {_nearest(name)}")
    return f"{name.lower()}\n\n{other.text()}\n"


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name[:80].lower(), catalogue.every(), 1, 0.8)
    return f"did you mean {near[0]!r}?" if near else gate.nearest(name)
