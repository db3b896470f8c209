"""The rules and all other findings: their list, and the page of each."""

import difflib

from imgcheck.errors import ImgcheckError
from imgcheck.model import Report
from imgcheck.policies.sizes import shorten
from imgcheck.report import catalogue
from imgcheck.report import rules as shown
from imgcheck.report.rules import Entry
from imgcheck.rules import RULES, gate


def listing() -> Report:
    """A line per rule: code, severity, name, what is wrong; then one per finding of other commands."""
    rules = [Entry(rule.code, rule.severity, rule.name, rule.title) for rule in RULES.values()]
    others = [Entry(code, "", "", page.wrong) for code, page in catalogue.every().items()]
    return shown.listing(rules, others)


def page(name: str) -> Report:
    """The page of a rule, by code or name, or of any other finding; ImgcheckError for an unknown one."""
    rule = gate.find(name)
    if rule:
        text = f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.page}\n"
        return shown.page(Entry(rule.code, rule.severity, rule.name, rule.title, text))
    code = name.lower()
    other = catalogue.find(code)
    if other is None:
        raise ImgcheckError(f"no rule {shorten(name)}; {_nearest(name)}")
    return shown.page(Entry(code, "", "", other.wrong, f"{code}\n\n{other.text()}\n"))


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name[:80].lower(), catalogue.every(), 1, 0.8)
    return f"did you mean {near[0]!r}?" if near else gate.nearest(name)
