"""The rules as text: their list, and the page of each."""

from imgcheck import gate
from imgcheck.errors import ImgcheckError
from imgcheck.rules import RULES
from imgcheck.sizes import shorten


def listing() -> str:
    """One line per rule: code, severity, name, what is wrong."""
    name = max(len(rule.name) for rule in RULES.values())
    severity = max(len(rule.severity) for rule in RULES.values())
    return "".join(
        f"{rule.code}  {rule.severity:<{severity}}  {rule.name:<{name}}  {rule.title}\n"
        for rule in RULES.values()
    )


def page(name: str) -> str:
    """The page of a rule, by code or name; ImgcheckError with the nearest name for an unknown one."""
    rule = gate.find(name)
    if rule is None:
        raise ImgcheckError(f"no rule {shorten(name)}; {gate.nearest(name)}")
    return f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.page}\n"
