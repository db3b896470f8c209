"""A real browser, once for each test process, and pages that tell everything they do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pages
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    with sync_api.sync_playwright() as playwright:
        # A renderer that is kept for a page to come costs as much as loading the page.
        few = ["--no-sandbox", "--renderer-process-limit=1"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=few)
        yield started
        started.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


SHOWN = ("viewport", "color_scheme", "forced_colors", "reduced_motion")  # what an open page is given anew
LET = ("java_script_enabled", "bypass_csp", "permissions")  # and what it may do
PLAIN = {
    "viewport": {"width": 1440, "height": 1000},
    "color_scheme": "light",
    "forced_colors": "none",
    "reduced_motion": "reduce",
}


class Window:
    """A page that is open, and what it said and asked for since it was taken."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.devtools = context.new_cdp_session(self.page)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def shown(self, viewport: dict[str, int], **media: str) -> None:
        """Of this size and under these circumstances from now on: a renderer takes longer to start."""
        self.page.emulate_media(media="null", **media)
        if self.page.viewport_size != viewport:
            self.page.set_viewport_size(viewport)

    def let(
        self, java_script_enabled: bool = True, bypass_csp: bool = False, permissions: Sequence[str] = ()
    ) -> None:
        """As if it were of a context of its own with these, which would have a renderer of its own."""
        self.devtools.send("Emulation.setScriptExecutionDisabled", {"value": not java_script_enabled})
        self.devtools.send("Page.setBypassCSP", {"enabled": bypass_csp})
        self.page.context.clear_permissions()
        if permissions:
            self.page.context.grant_permissions(permissions)

    def emptied(self, nothing: str) -> None:
        """As it was when it was new; `nothing` lies where pages lie, or the next one had a new renderer."""
        self.page.goto(nothing)
        self.page.mouse.move(-1, -1)
        self.said.clear()
        self.asked.clear()


class Windows:
    """Those that nobody looks at, by what their context was made with, and the contexts."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.free: dict[str, list[Window]] = {}
        self.contexts: dict[str, Any] = {}

    def take(self, made: dict[str, Any]) -> Window:
        if free := self.free.setdefault(repr(made), []):
            return free.pop()
        if repr(made) not in self.contexts:
            self.contexts[repr(made)] = self.browser.new_context(**made)
        return Window(self.contexts[repr(made)])


@pytest.fixture(scope="session")
def windows(browser: Any) -> Windows:
    return Windows(browser)


@pytest.fixture
def visit(folder: Path, windows: Windows, remembered: None) -> Iterator[Callable[..., Any]]:
    """Opens a page; afterwards it must have said nothing on its console and asked for nothing."""
    taken: list[tuple[str, Window]] = []
    visited: list[Path] = []

    def opened(case: str = "base", fragment: str = "", text: str = "", **settings: Any) -> Any:
        made = {key: value for key, value in settings.items() if key not in (*SHOWN, *LET)}
        if made.get("is_mobile"):  # a phone is made in its size
            made["viewport"] = settings["viewport"]
        window = windows.take(made)
        window.shown(**{key: settings.get(key, PLAIN[key]) for key in SHOWN})
        window.let(**{key: settings[key] for key in LET if key in settings})
        taken.append((repr(made), window))
        path = folder / f"{case}{abs(hash(text)) if text else ''}.html"
        if not path.exists():
            path.write_text(text or pages.html(case), encoding="utf-8")
        visited.append(path)
        window.page.goto(f"file://{path}{fragment}")
        if settings.get("java_script_enabled", True) and 'id="map-section"' in path.read_text(
            encoding="utf-8"
        ):
            window.page.wait_for_selector("html[data-ready]")
        return window.page

    yield opened
    said = [text for _, window in taken for text in window.said]
    asked = [url for _, window in taken for url in window.asked]
    empty = folder / "empty.html"
    empty.touch()
    for settings, window in taken:
        window.emptied(f"file://{empty}")
        windows.free[settings].append(window)
    assert said == []
    own = {f"file://{path}" for path in visited}  # a page of several builds loads itself anew
    assert [url for url in asked if not url.startswith("blob:") and url.split("#")[0] not in own] == []
