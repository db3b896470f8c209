"""Being here puts this folder on the path: what makes test files (otafiles) is shared by all below.

So are the mutators of the fuzz targets.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import twoends
from hypothesis import HealthCheck, settings
from laws import DEEP, count

sys.path.append(str(Path(__file__).parents[1] / "fuzz"))

# What CI says of a commit depends on the commit only, and not on how busy the machine is; new examples
# are looked for everywhere else.
_busy = settings(deadline=None, max_examples=count(100), suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("own", _busy)
settings.register_profile("ci", _busy, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") and not DEEP else "own")

# The program runs without a collector, and what tests keep of builds and trees is much to look through.
gc.set_threshold(100_000, 50, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: twoends.place(item.path, Path(__file__).parent))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> twoends.TwoEnds | None:
    return twoends.TwoEnds(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def remembered() -> Iterator[None]:
    """What was predicted of a committed build is not predicted again."""
    import remembered as kept

    with kept.once():
        yield
