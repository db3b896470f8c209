"""A window that is visited again may do what its test asks for, and nothing that the one before was let."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

RULES = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'unsafe-inline'\">"
SCRIPT = (
    "let said = 'ran'; try { said = eval('said + \" against the rules\"') } catch {}; document.title = said"
)
PAGE = f"<html><head>{RULES}</head><body><script>{SCRIPT}</script></body></html>"
GRANTED = "navigator.permissions.query({name: 'clipboard-read'}).then((one) => one.state)"
LET: tuple[dict[str, Any], ...] = (
    {"permissions": ["clipboard-read"]},
    {"java_script_enabled": False},
    {"bypass_csp": True},
)


@pytest.mark.parametrize("settings", [one for let in LET for one in (let, {})], ids=str)
def test_a_page_may_do_what_its_test_asks_for_and_no_more(
    visit: Callable[..., Any], settings: dict[str, Any]
) -> None:
    page = visit("visits", text=PAGE, **settings)
    said = "ran against the rules" if settings.get("bypass_csp") else "ran"
    assert page.title() == (said if settings.get("java_script_enabled", True) else "")
    assert (page.evaluate(GRANTED) == "granted") == ("permissions" in settings)
