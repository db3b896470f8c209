"""A picture of a page: `python docs/img/shoot.py PAGE.html PICTURE.png`, in chromium without a screen."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def main() -> None:
    page_path, picture = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1180}, color_scheme="light")
        page.goto(f"file://{page_path}#off=ENABLE_DRIVER_SSDP,ENABLE_DRIVER_WEMO")
        page.wait_for_selector("html[data-ready]")
        page.wait_for_timeout(300)
        page.screenshot(path=str(picture))
        browser.close()


if __name__ == "__main__":
    main()
