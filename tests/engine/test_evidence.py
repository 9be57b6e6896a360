"""How the engine knows origin, mode and credentials mode, and what it does where nothing tells."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.steps import Reason
from coranalyze.engine import Engine
from coranalyze.exchange import Dialect, Family
from coranalyze.fetch import Credentials, Observed, Outcome
from tests.engine.story import API, CHROME, CORS, INCLUDE, PAGE, exchanges, get, judged, only, preflight

ACAO = f"Access-Control-Allow-Origin: {PAGE}"
STAR = "Access-Control-Allow-Origin: *"
TRUE = "Access-Control-Allow-Credentials: true"
PLAIN = f"Origin: {PAGE}\n"
OTHER_RECORD = Dialect(name="chrome-har", family=Family.BROWSER, marks_failures=True)


def test_a_wildcard_without_evidence_gives_both_answers() -> None:
    fetch = only(get(f"200\n{STAR}", headers=PLAIN), browser="firefox")
    assert fetch.outcome is Outcome.CONDITIONAL
    assert fetch.credentials is Credentials.UNKNOWN
    assert [(c.assumption, c.outcome, c.reason) for c in fetch.verdict.conditions] == [
        ("credentials=not-include", "allowed", None),
        ("credentials=include", "blocked", "acao-wildcard-with-credentials"),
    ]
    assert "credentials" in fetch.verdict.missing


@pytest.mark.parametrize("both", [f"200\n{ACAO}\n{TRUE}", "200", f"200\n{ACAO}/"])
def test_where_both_modes_agree_the_verdict_is_certain(both: str) -> None:
    assert only(get(both, headers=PLAIN), browser="firefox").outcome is not Outcome.CONDITIONAL


EVIDENCE = [
    # request headers, credentials
    (CORS + "Cookie: sid=1\n", "include"),
    (INCLUDE, "include"),
    (CORS, "not-include"),
    (CORS.replace("cross-site", "same-site"), "unknown"),
    (PLAIN + "Sec-Fetch-Dest: font\n", "not-include"),
    (PLAIN, "unknown"),
    # No script can make such a token; another may be the page's own, behind a preflight that was cached.
    (PLAIN + "Authorization: Negotiate [redacted]\n", "include"),
    (PLAIN + "Authorization: NTLM [redacted]\n", "include"),
    (PLAIN + "Authorization: Bearer [redacted]\n", "unknown"),
]


@pytest.mark.parametrize(("headers", "credentials"), EVIDENCE)
def test_credentials_evidence(headers: str, credentials: str) -> None:
    fetch = only(get(f"200\n{ACAO}\n{TRUE}", headers=headers))
    assert fetch.credentials == credentials
    assert bool(fetch.credentials_evidence) == (credentials != "unknown")


def test_what_followed_settles_the_credentials_mode() -> None:
    """A preflight that only passes without credentials was followed by its request."""
    story = preflight(f"204\n{STAR}\nAccess-Control-Allow-Methods: PUT")
    fetch = only(story, get(f"200\n{ACAO}", method="PUT", headers=PLAIN), browser="firefox")
    assert (fetch.credentials, fetch.outcome) == ("not-include", "allowed")


@pytest.mark.parametrize(("keeps_failures", "outcome"), [(True, "blocked"), (False, "conditional")])
def test_what_did_not_follow_tells_nothing_where_failures_are_left_out(keeps_failures: bool, outcome: str) -> None:
    record = msgspec.structs.replace(OTHER_RECORD, keeps_failures=keeps_failures)
    engine = Engine(record, input=0)
    (alone,) = exchanges(preflight(f"204\n{STAR}\nAccess-Control-Allow-Methods: PUT"))
    (fetch,) = [*engine.feed(alone), *engine.finish()]
    assert fetch.outcome == outcome


def test_what_the_browser_recorded_settles_it_too() -> None:
    fetch = only(get(f"200\n{STAR}", headers=CORS.replace("cross-site", "same-site")), dialect=CHROME)
    assert (fetch.credentials, fetch.outcome, fetch.observed) == ("not-include", "allowed", Observed.ALLOWED)


def test_a_visited_target_makes_absent_storage_access_inconclusive() -> None:
    visit = f"GET {API}/\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\n\n\n200"
    fetch = judged(visit, get(f"200\n{STAR}"))[-1]
    assert fetch.outcome is Outcome.CONDITIONAL


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        # Chromium asks Google's servers for its own accounts in this way, and for updates.
        ("Origin: https://www.google.com\nSec-Fetch-Site: none\nSec-Fetch-Mode: no-cors\n", None),
        ("Sec-Fetch-Site: none\nSec-Fetch-Mode: no-cors\n", None),
        ("Origin: https://www.google.com\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\n", "https://www.google.com"),
        ("Origin: chrome-extension://abcdef\nSec-Fetch-Site: none\nSec-Fetch-Mode: cors\n", "chrome-extension://abcdef"),
    ],
)  # fmt: skip
def test_what_the_browser_itself_asks_is_of_no_page(headers: str, origin: str | None) -> None:
    fetch = only(get("failed net::ERR_NAME_NOT_RESOLVED", headers=headers, method="POST"))
    assert (fetch.origin, fetch.cross_origin) == (origin, origin is not None)
    assert ("the browser itself" in fetch.origin_evidence) is (origin is None)
    # Nothing of a page is blocked where it fails.
    assert (fetch.outcome is Outcome.NOT_SUBJECT) is (origin is None)


MODES = [
    ("Sec-Fetch-Mode: no-cors\n", "GET", "no-cors"),
    (PLAIN, "GET", "cors"),
    (PLAIN, "DELETE", "cors"),
    (PLAIN + "Content-Type: application/json\n", "POST", "cors"),
    (PLAIN + "Accept: text/html\n", "POST", "navigate"),
    (PLAIN + "Content-Type: text/ping\n", "POST", "no-cors"),
    (PLAIN + "Accept: application/json, text/plain, */*\n", "POST", "cors"),
    (PLAIN + "Accept: */*\n", "POST", "unknown"),
    (PLAIN + "Upgrade: websocket\n", "GET", "websocket"),
    ("Referer: https://app.example/\n", "GET", "no-cors"),
]


@pytest.mark.parametrize(("headers", "method", "mode"), MODES)
def test_mode_evidence(headers: str, method: str, mode: str) -> None:
    assert only(get(f"200\n{ACAO}", headers=headers, method=method)).mode == mode


@pytest.mark.parametrize(("browser", "mode"), [("firefox", "unknown"), ("chromium", "cors")])
def test_firefox_sends_origin_null_with_what_is_not_cors_too(browser: str, mode: str) -> None:
    """Pictures in sandboxed pages, with cookies. (fx-origin-null-no-cors)"""
    assert only(get("200", headers="Origin: null\nCookie: a\n"), browser=browser).mode == mode


def test_a_post_that_may_be_a_beacon_is_blocked_with_cors_only() -> None:
    """By http, where no Sec-Fetch-Mode is sent, sendBeacon() and `mode: 'no-cors'` look alike (Firefox 140)."""
    headers = PLAIN + "Accept: */*\nContent-Type: text/plain\n"
    refused, passed = (only(get(answer, headers=headers, method="POST")) for answer in ("200", f"200\n{ACAO}\n{TRUE}"))
    assert refused.outcome is Outcome.CONDITIONAL
    assert {c.assumption: (c.outcome, c.reason) for c in refused.verdict.conditions} == {
        "mode=cors": (Outcome.BLOCKED, Reason.ACAO_MISSING),
        "mode=no-cors": (Outcome.NOT_SUBJECT, None),
    }
    assert passed.outcome is Outcome.ALLOWED


HINTS = 'User-Agent: Chrome/156.0.0.0\nSec-CH-UA-Platform: "Linux"\n'
WORKER = "User-Agent: Chrome/156.0.0.0\n"
BOTH = f"204\n{ACAO}\n{TRUE}\nAccess-Control-Allow-Methods: PUT"
PLAIN_ONLY = f"204\n{ACAO}\nAccess-Control-Allow-Methods: PUT"


@pytest.mark.parametrize(
    ("answer", "headers", "error", "dialect", "outcome", "reason", "credentials"),
    [
        # A page's request that was sent would have its status in the record: the preflight was refused, so asked with
        # credentials. Of a worker's request the record may lack the status.
        (PLAIN_ONLY, HINTS, "net::ERR_FAILED", CHROME, "blocked", "acac-not-true", "include"),
        (PLAIN_ONLY, WORKER, "net::ERR_FAILED", CHROME, "conditional", None, "unknown"),
        (PLAIN_ONLY, HINTS, "net::ERR_FAILED", OTHER_RECORD, "conditional", None, "unknown"),
        (PLAIN_ONLY, HINTS, "net::ERR_CONNECTION_RESET", CHROME, "conditional", None, "unknown"),
        # No mode explains it.
        (BOTH, HINTS, "net::ERR_FAILED", CHROME, "unknown", None, "unknown"),
    ],
)
def test_a_preflight_after_which_a_page_was_answered_nothing(
    answer: str, headers: str, error: str, dialect: Dialect, outcome: str, reason: str | None, credentials: str
) -> None:
    asked, sent = exchanges(preflight(answer), get(f"failed {error}", method="PUT", headers=headers))
    engine = Engine(dialect, browser="chromium")
    request = msgspec.structs.replace(sent, started=0, ended=90, provisional=True, resource_type="fetch", error=error)
    engine.feed(request)
    engine.feed(msgspec.structs.replace(asked, started=1, ended=40, resource_type="preflight"))
    (fetch,) = engine.finish()
    assert (fetch.outcome, fetch.reason, fetch.credentials) == (outcome, reason, credentials)


ORIGINS = [
    (PLAIN, PAGE),
    ("Origin: null\n", "null"),
    ("Origin: capacitor://localhost\n", "capacitor://localhost"),
    ("Origin: file://\n", "file://"),
    ("Origin: about:blank\nReferer: https://app.example/a\n", PAGE),
    ("Origin: https://app.example:99999\nReferer: https://app.example/a\n", PAGE),
    ("Referer: https://app.example/a\n", PAGE),
    ("Sec-Fetch-Site: same-origin\nOrigin: null\n", API),
    ("", None),
]


@pytest.mark.parametrize(("headers", "origin"), ORIGINS)
def test_origin_evidence(headers: str, origin: str | None) -> None:
    assert only(get("200", headers=headers)).origin == origin


NAMES = st.sampled_from(["x-powered-by", "server", "date", "vary", "x-a", "link", "set-cookie", "etag", "allow"])
VALUES = st.sampled_from(["*", "null", PAGE, "true", "", "a, b", API])
ANSWERS = st.sampled_from(
    ["200", f"200\n{STAR}", f"200\n{ACAO}", f"200\n{ACAO}\n{TRUE}", "500", f"404\n{STAR}\n{STAR}"]
)


@given(answer=ANSWERS, headers=st.sampled_from([CORS, INCLUDE, PLAIN]), name=NAMES, value=VALUES)
def test_an_unrelated_header_changes_no_verdict(answer: str, headers: str, name: str, value: str) -> None:
    plain = only(get(answer, headers=headers)).verdict
    more = only(get(f"{answer}\n{name}: {value}", headers=headers)).verdict
    assert (plain.outcome, plain.reason, plain.conditions) == (more.outcome, more.reason, more.conditions)


@given(answer=ANSWERS, extra=st.lists(st.sampled_from([ACAO, STAR, TRUE, f"{ACAO}/"]), max_size=3))
def test_a_pass_with_credentials_implies_exact_origin_and_true(answer: str, extra: list[str]) -> None:
    fetch = only(get("\n".join([answer, *extra]), headers=INCLUDE))
    if fetch.outcome is Outcome.ALLOWED:
        response = fetch.exchanges[-1].exchange.response
        assert response.get("access-control-allow-origin") == PAGE
        assert response.get("access-control-allow-credentials") == "true"
