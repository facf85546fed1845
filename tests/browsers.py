"""A real browser for the tests of pages: the system's own Chromium; nothing is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_OFF = (
    # Pages of the address bar, loaded anew for every window though nobody sees one.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "SpareRendererForSitePerProcess",  # a process for the page after this one
    # Ours take the place of Playwright's list; of that, these change what a page loads or shows.
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LazyFrameLoading",
    "PaintHolding",
)
"""What of Chromium is switched off; two thirds of its CPU went into what no test looks at."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Running until the end of the block; where there is none, the test is skipped and says so."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium found; install it ('apt install chromium') for the page tests")
    arguments = [f"--disable-features={','.join(_OFF)}", "--disable-gpu"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # its sandbox refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
