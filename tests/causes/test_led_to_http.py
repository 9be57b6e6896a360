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
