"""What is said to explain a difference: only what both builds tell."""

from __future__ import annotations

from dataclasses import is_dataclass, replace

import generated
import pytest

from imgcheck.history import causes
from imgcheck.model import Snapshot


def told(**words: object) -> Snapshot:
    one = generated.made(1).old
    changed = one.provenance._replace(**words)  # type: ignore[arg-type]  # one field of any type
    return replace(one, provenance=changed) if is_dataclass(one) else one._replace(provenance=changed)


@pytest.mark.parametrize(
    ("word", "other", "nothing", "start"),
    [
        ("compilers", ("GNU C11 13.1.0",), (), "compiler: "),
        ("flags", ("-O2",), (), "flags: "),
        ("policy", "another", "", "policy: "),
        ("components", "11", "", "policy: "),
    ],
)
def test_what_one_build_does_not_say_is_no_change(
    word: str, other: object, nothing: object, start: str
) -> None:
    same = told()
    assert causes.explain(same, told()) == ()
    assert [one.startswith(start) for one in causes.explain(same, told(**{word: other}))] == [True]
    assert causes.explain(same, told(**{word: nothing})) == ()
    assert causes.explain(told(**{word: nothing}), same) == ()
