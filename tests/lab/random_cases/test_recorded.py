"""Verdicts on random cases that real browsers did: recorded, and on demand anew with another seed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.lab.driving import need
from tests.lab.random_cases.draw import draw
from tests.lab.random_cases.words import PAGES
from tests.oracle.score import score

RECORDED = Path(__file__).parent / "recorded"
NEVER = ("wrong", "reason", "off")

# capture: (agree, conditional, unknown); every case that is none of these has no trace in the capture.
EXPECTED = {
    "chromium-https/chromium.har.gz": (243, 15, 9),
    "chromium-https/proxy.flow.gz": (239, 26, 0),
    "firefox-port/proxy.flow.gz": (291, 49, 0),
    "webkit-http/proxy.flow.gz": (279, 52, 1),
}


@pytest.mark.parametrize("capture", sorted(EXPECTED))
def test_recorded(capture: str) -> None:
    name, _, file = capture.partition("/")
    result = score(RECORDED / name, file)
    assert {each: result.examples[each] for each in NEVER if result.examples[each]} == {}
    assert (result.classes["agree"], result.classes["conditional"], result.classes["unknown"]) == EXPECTED[capture]


def test_a_seed_gives_the_same_cases() -> None:
    page = PAGES["http"]
    assert list(draw(7, 300, page)) == list(draw(7, 300, page))
    assert list(draw(7, 30, page)) == list(draw(7, 300, page))[:30]
    assert list(draw(8, 30, page)) != list(draw(7, 30, page))


@pytest.mark.slow
@pytest.mark.parametrize(("browser", "page"), [("chromium", "http"), ("firefox", "https")])
def test_anew(browser: str, page: str, tmp_path: Path) -> None:
    need(browser)
    # In a process of its own: here warnings are errors, also those of the proxy's libraries.
    options = ("--seed", "2024", "--cases", "300", "--browser", browser, "--page", page, "--out", str(tmp_path))
    subprocess.run(
        [sys.executable, "-m", "tests.lab.random_cases", *options], cwd=ROOT, check=True, capture_output=True
    )
    # Not proxy.har: mitmproxy's HAR does not tell that a body broke off.
    for capture in (*(["chromium.har"] if browser == "chromium" else []), "proxy.flow", "proxy.cors.jsonl"):
        result = score(tmp_path, capture)
        assert {each: result.examples[each] for each in NEVER if result.examples[each]} == {}, capture
        assert result.classes["agree"] > 200, capture
