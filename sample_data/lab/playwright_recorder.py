"""Lets Playwright record a HAR with the system's Chromium; needs `playwright` (no browser download)."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from chromium import NAMES


def export(pages: Sequence[str], to: Path) -> None:
    """What `recordHar` / `record_har_path` writes when the context closes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", f"--host-resolver-rules={NAMES}"]
        )
        context = browser.new_context(record_har_path=to, ignore_https_errors=True)
        tab = context.new_page()
        for url in pages:
            tab.goto(url)
            tab.evaluate("window.go && window.go()")
            tab.wait_for_timeout(300)
        context.close()
        browser.close()
