"""The report in Debian's Chromium. A page that complains, or that asks for anything, fails its test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from coranalyze.analysis import Analysis
from coranalyze.reports import html

CHROMIUM = shutil.which("chromium")
Open = Callable[..., Page]
RENDERED: dict[int, tuple[Analysis, str]] = {}
"""Each analysis is rendered once."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Debian's package chromium")
    with sync_playwright() as playwright:
        arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        running.close()


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """`open_report(analysis, fragment="#fetch-3", width=360, …)`: the report from a file, as a reader opens it."""
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def dismiss(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def opened(analysis: Analysis, fragment: str = "", width: int = 1280, height: int = 900, **options: Any) -> Page:
        file = tmp_path / "report.html"
        if id(analysis) not in RENDERED:
            RENDERED[id(analysis)] = (analysis, html.render(analysis))
        file.write_text(RENDERED[id(analysis)][1], encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", dismiss)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} <= {
        (tmp_path / "report.html").as_uri()
    }
