"""An https page is led to http, and what the redirect leads to is not in the capture."""

import pytest

from coranalyze.finding import Confidence
from tests.causes.story import API, PASSED, get, last_cause

AWAY = f"Location: {API.replace('https', 'http')}/"


def test_who_does_not_say_how_it_follows_is_suspected_to_follow() -> None:
    cause = last_cause(get(API, "301", PASSED, AWAY, cors=True))
    assert cause is not None
    assert cause.confidence is Confidence.SUSPECTED
    assert "mixed content" in cause.sentence
    assert "trust X-Forwarded-Proto" in cause.advice
    assert "redirect" in cause.settle


@pytest.mark.parametrize("answer", [("302", PASSED), ("303",)], ids=["with the headers", "without"])
@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("http://api.example/plain", "https://api.example/plain"),
        ("http://www.other.test/plain", "https://www.other.test/plain"),
    ],
)
def test_advice_leads_to_https(answer: tuple[str, ...], location: str, url: str) -> None:
    cause = last_cause(get(API, *answer, f"Location: {location}", cors=True))
    assert cause is not None
    assert cause.name == ("not-cors-network" if len(answer) > 1 else "redirect-loses-cors")
    assert f"call {url} in the page" in cause.advice
    assert "Have the server redirect to https" in cause.advice
    assert ("X-Forwarded-Proto" in cause.advice) is ("api.example" in url)
    assert "mixed content" in " ".join((cause.sentence, *cause.evidence))


def test_this_machine_may_be_led_to_by_http() -> None:
    cause = last_cause(get(API, "303", "Location: http://localhost:8000/plain", cors=True))
    assert cause is not None
    assert not any("mixed content" in each for each in cause.evidence)


@pytest.mark.parametrize(
    "text",
    [
        get(API, "301", PASSED, f"Location: {API}/", cors=True),
        get(API.replace("https", "http"), "301", PASSED.replace("https", "http"), AWAY, origin="http://app.example"),
    ],
    ids=["stays on https", "page on http"],
)
def test_without_mixed_content_no_cause(text: str) -> None:
    assert last_cause(text) is None
