"""Which process runs which file of tests, where there are several (`-n 2 --dist loadfile`).

What a process works out of the committed builds it keeps (`remembered`, `studies`), as it keeps its browser
and its server, so files that ask for the same are run by the same process as far as that goes: all stand in
one row, and processes take from its two ends until they meet, among files that need nothing of the kind.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from xdist.scheduler import LoadFileScheduling

# Folders of tests as they stand in the row; what lies in none (".") is run from the other end.
ROW = (
    *("page", "cli", "api", "attacks", "emitters", "report", "rules", "builds"),
    *("policies", "devices", "readers", "targets", "history", "prediction", "."),
)


def place(path: PurePath, tests: PurePath) -> int:
    """Where in the row a file of tests stands; a folder that nobody put there, in the middle."""
    folder = (*path.relative_to(tests).parts[:-1], ".")[0]
    return ROW.index(folder if folder in ROW else "policies")


class TwoEnds(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Files in the order in which they were collected; every second process takes from its end."""

    def schedule(self) -> None:
        self.config.option.loadscopereorder = False
        super().schedule()

    def _assign_work_unit(self, node: Any) -> None:
        if self.nodes.index(node) % 2:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)
