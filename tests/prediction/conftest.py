"""Which tests of predictions are made with copies of the process, as a user's are?"""

from __future__ import annotations

import pytest

from imgcheck import beside


@pytest.fixture(autouse=True)
def in_place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's first case is, and the others are as on one core, where all is done in this process.

    What both find is the same (test_in_place.py, test_comparing.py), and a copy of a process that has run a
    thousand tests takes longer than all else that is to do for some small sources.
    """
    case = getattr(request.node, "callspec", None)
    if case and any(case.indices.values()):
        monkeypatch.setattr(beside, "_cores", lambda: 1)
