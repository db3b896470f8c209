"""A real browser, once for each test process, and pages that tell everything they do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture
def visit(browser: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """Opens a page; afterwards it must have said nothing on its console and asked for nothing."""
    contexts: list[Any] = []
    said: list[str] = []
    asked: list[str] = []
    visited: list[Path] = []

    def opened(case: str = "base", fragment: str = "", text: str = "", **settings: Any) -> Any:
        context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 1000}, "reduced_motion": "reduce"} | settings
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        path = folder / f"{case}{abs(hash(text)) if text else ''}.html"
        if not path.exists():
            path.write_text(text or pages.html(case), encoding="utf-8")
        visited.append(path)
        page.goto(f"file://{path}{fragment}")
        if settings.get("java_script_enabled", True) and 'id="map-section"' in path.read_text(
            encoding="utf-8"
        ):
            page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    own = {f"file://{path}" for path in visited}  # a page of several builds loads itself anew
    assert [url for url in asked if not url.startswith("blob:") and url.split("#")[0] not in own] == []
