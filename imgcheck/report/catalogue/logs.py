"""Pages of what a log says: each target's vocabulary has the meaning and the advice already."""

from imgcheck import targets
from imgcheck.report.catalogue.page import Page

PREFIX = "log-"
RESTARTS = Page(
    "The device started more than once.",
    "`imgcheck explain-log` counts what a loader prints when it starts; a device that never gets further is in a loop.",
    "Look at what stands before each start: a crash, a watchdog, or an update that the loader goes back from.",
)
INCOMPLETE = Page(
    "The log lacks lines: a crash dump without its exception, or a partition table without its last entries.",
    "`imgcheck explain-log` reads how many entries the table says it has, and where a dump begins and ends.",
    "Capture the log again, with a larger buffer or from an earlier moment on; what is missing is not guessed.",
)


def pages() -> dict[str, Page]:
    """One page for each message that a known target's devices or tools print; the first target's words count."""
    found = {f"{PREFIX}restarts": RESTARTS, f"{PREFIX}incomplete": INCOMPLETE}
    for target in targets.known():
        for message in target.log.messages:
            when = f"`imgcheck explain-log` finds a line of the log that matches: {message.pattern}"
            todo = message.advice or "Nothing, it is said so that the log can be followed."
            found.setdefault(f"{PREFIX}{message.code}", Page(_sentence(message.meaning), when, todo))
    return found


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
