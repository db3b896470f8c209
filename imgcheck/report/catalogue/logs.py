"""Pages of what a log says: each target's vocabulary has the meaning and the advice already."""

from imgcheck import targets
from imgcheck.report.catalogue.page import Page

PREFIX = "log-"


def pages() -> dict[str, Page]:
    """One page for each message that a known target's devices or tools print; the first target's words count."""
    found: dict[str, Page] = {}
    for target in targets.known():
        for message in target.log.messages:
            when = f"`imgcheck explain-log` finds a line of the log that matches: {message.pattern}"
            todo = message.advice or "Nothing, it is said so that the log can be followed."
            found.setdefault(f"{PREFIX}{message.code}", Page(_sentence(message.meaning), when, todo))
    return found


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
