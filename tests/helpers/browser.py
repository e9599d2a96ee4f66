"""The system's Chromium, which all tests of pages share: Playwright runs once in a process."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def chromium():
    """Skips where it or Playwright is missing, unless TEXTURENET_NEEDS names browser."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found = []
    if not found:
        told = "the browser is not tested: chromium or playwright is missing"
        needed = "browser" in os.environ.get("TEXTURENET_NEEDS", "")
        pytest.fail(told) if needed else pytest.skip(told)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=["--no-sandbox"])
        yield browser
        browser.close()
