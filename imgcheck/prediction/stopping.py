"""Where does a compiler stop once features are off?"""

from __future__ import annotations

from collections.abc import Mapping

from imgcheck.prediction.sources import asserted
from imgcheck.prediction.sources.asserted import Checked
from imgcheck.prediction.sources.changes import SourceChange


def errors(changes: Mapping[str, SourceChange]) -> tuple[tuple[str, int], ...]:
    """(path, line) of each #error that a compiler stops at."""
    return tuple(sorted({line for change in changes.values() for line in change.refused}))


def checks(changes: Mapping[str, SourceChange]) -> Checked:
    """Checks that a compiler makes (static_assert) and that do not hold then, or may not."""
    found = asserted.NOTHING
    for change in changes.values():
        found = asserted.merged(found, change.checked)
    return found
