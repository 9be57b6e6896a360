"""Others are let in where this page is not: then it hangs on who asks, whatever the refusal looks like."""

import pytest

from coranalyze.causes import Cause
from coranalyze.finding import Confidence
from tests.causes.story import ALLOWED, API, PASSED, get, last_cause, preflight

STRANGER = "https://other.test"
LET_IN = preflight(API, *ALLOWED) + get(API, "200", PASSED)
NAMED = "Access-Control-Allow-Origin: https://other.test"


def cause_of(text: str) -> Cause:
    cause = last_cause(text)
    assert cause is not None
    return cause


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "405", "500"])
def test_a_refused_preflight(status: str) -> None:
    cause = cause_of(LET_IN + preflight(API, status, origin=STRANGER))
    assert (cause.name, cause.confidence) == ("no-acao-anywhere", Confidence.SUSPECTED)
    assert "it lets https://app.example in: most likely https://other.test is not on its list" in cause.sentence
    assert "`Origin: https://app.example`" in cause.settle


def test_silence_to_a_preflight_or_a_request_proves_it() -> None:
    for refused in (preflight(API, "204", origin=STRANGER), get(API, "200", origin=STRANGER)):
        cause = cause_of(LET_IN + refused)
        assert (cause.name, cause.confidence) == ("no-acao-anywhere", Confidence.PROVEN)
        assert "it lets https://app.example in: https://other.test is not on its list" in cause.sentence


@pytest.mark.parametrize(
    ("beside", "answer", "name"),
    [
        (get(API, "403", origin=STRANGER), ("403",), "no-acao-anywhere"),
        # Another status than that of the requests, or a challenge: something else may refuse it.
        (get(API, "403", origin=STRANGER), ("401",), "preflight-auth"),
        (get(API, "403", origin=STRANGER), ("403", "WWW-Authenticate: Bearer"), "preflight-auth"),
        ("", ("403",), "preflight-auth"),
    ],
)
def test_a_preflight_is_refused_as_the_requests_are(beside: str, answer: tuple[str, ...], name: str) -> None:
    cause = cause_of(get(API, "200", PASSED) + beside + preflight(API, *answer, origin=STRANGER))
    assert cause.name == name


def test_public_paths_beside_it_say_nothing_about_the_list() -> None:
    public = get("https://api.example/public", "200", "Access-Control-Allow-Origin: *", origin=STRANGER)
    assert "is not on its list" in cause_of(LET_IN + public + get(API, "200", origin=STRANGER)).sentence


def test_a_preflight_that_approves_anybody_is_no_list() -> None:
    approved = preflight(
        "https://api.example/items", "204", NAMED, "Access-Control-Allow-Methods: PUT", origin=STRANGER
    )
    assert "is not on its list" in cause_of(LET_IN + approved + get(API, "200", origin=STRANGER)).sentence


@pytest.mark.parametrize("status", ["429", "500", "503"])
def test_a_passing_trouble_has_to_come_twice(status: str) -> None:
    other = get("https://api.example/me", status, origin=STRANGER)
    refused = get(API, status, origin=STRANGER)
    assert cause_of(LET_IN + refused).name == "error-drops-cors"
    assert cause_of(LET_IN + other + refused).name == "no-acao-anywhere"


@pytest.mark.parametrize(
    ("beside", "refused", "name"),
    [
        # The page is let in elsewhere: this path or this error is what differs.
        (get("https://api.example/me", "200", NAMED, origin=STRANGER), preflight(API, "404", origin=STRANGER),
         "preflight-unrouted"),
        (get("https://api.example/me", "200", NAMED, origin=STRANGER), get(API, "404", origin=STRANGER),
         "error-drops-cors"),
        # Nobody else asked for this method.
        ("", preflight(API, "405", origin=STRANGER, method="DELETE"), "preflight-unrouted"),
        # `*` is for all.
        ("", get("https://api.example/open", "200", origin=STRANGER), "no-acao-anywhere"),
    ],
)  # fmt: skip
def test_what_is_no_refusal_by_origin(beside: str, refused: str, name: str) -> None:
    cause = cause_of(LET_IN + beside + refused)
    assert cause.name == name
    assert "it lets" not in cause.sentence
