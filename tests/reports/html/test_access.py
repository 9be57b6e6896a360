"""axe-core finds nothing wrong with the page, in both themes, on phones, with cards open."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest

from coranalyze.analysis import analyze
from tests.reports.html.conftest import Open

SAMPLES = Path(__file__).parents[3] / "sample_data"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


SHOWN = ("bank-mitmproxy.har", "login-redirect-chrome.har", "wildcard-firefox-sanitized.har")


@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1280)])
def test_axe(open_report: Open, theme: Literal["light", "dark"], width: int) -> None:
    page = open_report(analyze(*(str(SAMPLES / name) for name in SHOWN)), color_scheme=theme, width=width)
    for button in page.locator("#rows button").all()[::4]:
        button.click()
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.evaluate(AXE)
    result = page.evaluate("axe.run()")
    assert [(v["id"], v["impact"], [n["html"] for n in v["nodes"]][:3]) for v in result["violations"]] == []
    assert len(result["passes"]) > 20
