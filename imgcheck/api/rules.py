"""The rules as text: their list, and the page of each."""

from imgcheck.errors import ImgcheckError
from imgcheck.policies.sizes import shorten
from imgcheck.rules import RULES, gate


def listing() -> str:
    """One line per rule: code, severity, name, what is wrong."""
    from tabulate import tabulate

    rows = [(rule.code, rule.severity, rule.name, rule.title) for rule in RULES.values()]
    return tabulate(rows, tablefmt="plain", disable_numparse=True) + "\n"


def page(name: str) -> str:
    """The page of a rule, by code or name; ImgcheckError with the nearest name for an unknown one."""
    rule = gate.find(name)
    if rule is None:
        raise ImgcheckError(f"no rule {shorten(name)}; {gate.nearest(name)}")
    return f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.page}\n"
