"""Verdicts on random cases that real browsers did: recorded, and on demand anew with another seed."""

from pathlib import Path

import pytest

from tests.lab.driving import need
from tests.lab.random_cases.draw import draw
from tests.lab.random_cases.run import run
from tests.lab.random_cases.words import PAGES
from tests.oracle.score import score

RECORDED = Path(__file__).parent / "recorded"
NEVER = ("wrong", "reason", "off")

# capture: (agree, conditional, unknown); every case that is none of these has no trace in the capture.
EXPECTED = {
    "chromium-https/chromium.har.gz": (234, 24, 9),
    "chromium-https/proxy.flow.gz": (239, 26, 0),
    "firefox-port/proxy.flow.gz": (290, 50, 0),
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
    captures = run(list(draw(2024, 300, PAGES[page])), browser, PAGES[page], tmp_path)
    # mitmproxy's HAR does not tell that a body broke off.
    for capture in set(captures) - {"proxy.har"}:
        result = score(tmp_path, capture)
        assert {each: result.examples[each] for each in NEVER if result.examples[each]} == {}, capture
        assert result.classes["agree"] > 200, capture
