"""Options of the commands that judge one file: by which layouts, and which slot runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from imgcheck.cli import choices, options

_Command = Callable[..., int]

_OPTIONS = (
    choices.layouts("Partition layout to judge by; repeatable [the policy's, else those in the field]."),
    choices.policy("Policy [imgcheck.toml upward from the file, then from here, else the shipped one]."),
    choices.ACTIVE,
    options.TARGET,
)


def judges(command: _Command) -> _Command:
    """Gives the command `judges: api.files.Judges`."""

    @wraps(command)
    def collect(
        *, layouts: tuple[str, ...], policy: str | None, active: str, target: str, **others: Any
    ) -> int:
        from imgcheck.api.files import Judges

        made = Judges(layouts, policy, int(active), target)
        return command(judges=made, **others)

    for option in reversed(_OPTIONS):
        collect = option(collect)
    return collect
