"""Verdicts: one row per way that a fetch can end (conformance vectors A, B and D)."""

import pytest

from coranalyze.exchange import Dialect, Family
from coranalyze.fetch import Outcome, Stage
from tests.engine.story import API, CORS, INCLUDE, OTHER, PAGE, get, judged, only, preflight

ACAO = f"Access-Control-Allow-Origin: {PAGE}"
STAR = "Access-Control-Allow-Origin: *"
NULL = "Access-Control-Allow-Origin: null"
TRUE = "Access-Control-Allow-Credentials: true"
OPAQUE = CORS.replace(PAGE, "null")
NO_CORS = "Sec-Fetch-Mode: no-cors\nReferer: https://app.example/\n"
METHODS = "Access-Control-Allow-Methods: PUT"

CHECK = [
    # request headers, answer, outcome, reason
    (CORS, "200", "blocked", "acao-missing"),
    (CORS, f"200\n{STAR}", "allowed", None),
    (CORS, f"200\n{ACAO}", "allowed", None),
    (CORS, f"200\n{ACAO}/", "blocked", "acao-mismatch"),
    (CORS, f"200\n{ACAO.upper()}", "blocked", "acao-mismatch"),
    (CORS, f"200\n{ACAO}:8443", "blocked", "acao-mismatch"),
    (CORS, f"200\n{NULL}", "blocked", "acao-mismatch"),
    (CORS, f"200\n{ACAO}\n{ACAO}", "blocked", "acao-multiple"),
    (CORS, f"200\n{STAR}\n{STAR}", "blocked", "acao-multiple"),
    (CORS, f"200\n{ACAO}, https://x.test", "blocked", "acao-multiple"),
    (CORS, "200\nAccess-Control-Allow-Origin: https://*.example", "blocked", "acao-mismatch"),
    (CORS, "200\nAccess-Control-Allow-Origin:", "blocked", "acao-invalid"),
    (CORS, "200\nAccess-Control-Allow-Origin: app.example", "blocked", "acao-invalid"),
    (CORS, f"404\n{STAR}", "allowed", None),
    (CORS, "500", "blocked", "acao-missing"),
    (CORS, f"200\n{STAR}\nCross-Origin-Resource-Policy: same-origin", "allowed", None),
    (INCLUDE, f"200\n{STAR}\n{TRUE}", "blocked", "acao-wildcard-with-credentials"),
    (INCLUDE, f"200\n{ACAO}\n{TRUE}", "allowed", None),
    (INCLUDE, f"200\n{ACAO}", "blocked", "acac-not-true"),
    (INCLUDE, f"200\n{ACAO}\nAccess-Control-Allow-Credentials: True", "blocked", "acac-not-true"),
    (INCLUDE, f"200\n{ACAO}\n{TRUE}\n{TRUE}", "blocked", "acac-not-true"),
    (OPAQUE + "Cookie: sid=1\n", f"200\n{NULL}\n{TRUE}", "allowed", None),
    (OPAQUE + "Cookie: sid=1\n", f"200\n{ACAO}\n{TRUE}", "blocked", "acao-mismatch"),
    (OPAQUE + "Cookie: sid=1\n", "200\nAccess-Control-Allow-Origin: NULL", "blocked", "acao-invalid"),
    ("Sec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\n", "200", "not-subject", None),
    (NO_CORS, "200\nCross-Origin-Resource-Policy: same-origin", "blocked", "corp"),
    ("Sec-Fetch-Mode: navigate\n", "200", "not-subject", None),
    ("Upgrade: websocket\nOrigin: https://app.example\n", "101", "not-subject", None),
    ("Sec-Fetch-Site: same-origin\nSec-Fetch-Mode: cors\n", "200", "not-subject", None),
    (CORS, "failed net::ERR_NAME_NOT_RESOLVED", "blocked", "network-error"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "answer", "outcome", "reason"), CHECK)
def test_cors_check(headers: str, answer: str, outcome: str, reason: str | None) -> None:
    fetch = only(get(answer, headers=headers))
    assert (fetch.outcome, fetch.reason) == (outcome, reason)


@pytest.mark.parametrize(
    "part",
    [
        get("200"),
        get("200\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Origin: *"),
        get("failed connection refused"),
        preflight("403"),
    ],
)
def test_nothing_is_kept_from_an_api_client(part: str) -> None:
    fetch = only(part, dialect=Dialect(name="insomnia", family=Family.CLIENT, preflights_recorded=False))
    assert (fetch.outcome, fetch.reason) == (Outcome.NOT_SUBJECT, None)
    assert fetch.verdict.steps[-1].ended.step.name == "MAIN_CLIENT"


@pytest.mark.parametrize(
    ("url", "outcome", "reason"),
    [
        ("data:text/plain,x", "not-subject", None),
        ("blob:https://app.example/1", "not-subject", None),
        ("file:///etc/hosts", "blocked", "scheme-not-cors"),
        ("ftp://files.example/x", "blocked", "scheme-not-cors"),
        ("https://api.example/x", "allowed", None),
    ],
)
def test_schemes(url: str, outcome: str, reason: str | None) -> None:
    fetch = judged(get(f"200\n{STAR}"), get(f"200\n{STAR}", url=url))[-1]
    assert (fetch.url.partition(":")[0], fetch.outcome, fetch.reason) == (url.partition(":")[0], outcome, reason)


def test_equal_headers_between_other_schemes_are_judged_apart() -> None:
    """`same-site` CORP keeps an http page from an https resource, not the other way round."""
    corp = "200\nCross-Origin-Resource-Policy: same-site"
    upward = get(corp, url="https://b.example.com/x", headers=NO_CORS.replace(PAGE, "http://a.example.com"))
    downward = get(corp, url="http://b.example.com/x", headers=NO_CORS.replace(PAGE, "https://a.example.com"))
    assert [f.outcome for f in judged(downward, upward)] == [Outcome.NOT_SUBJECT, Outcome.BLOCKED]
    assert [f.outcome for f in judged(upward, downward)] == [Outcome.BLOCKED, Outcome.NOT_SUBJECT]


GOOD = f"204\n{ACAO}\nAccess-Control-Allow-Methods: PUT\nAccess-Control-Allow-Headers: x-a"
PREFLIGHT = [
    # preflight's answer, names asked for, include, reason
    (f"204\n{ACAO}", "", False, "method-not-allowed"),
    (f"204\n{ACAO}\nAllow: PUT", "", False, "method-not-allowed"),
    (f"204\n{ACAO}\nAccess-Control-Allow-Methods: put", "", False, "method-not-allowed"),
    (f"204\n{ACAO}\nAccess-Control-Allow-Methods: GET PUT", "", False, "acam-unparsable"),
    (f"204\n{ACAO}\n{METHODS}\nAccess-Control-Allow-Headers: bad header", "", False, "acah-unparsable"),
    (f"302\n{ACAO}\nLocation: {API}/login", "", False, "preflight-redirect"),
    (f"404\n{ACAO}\nAccess-Control-Allow-Methods: PUT", "", False, "preflight-status"),
    (f"401\n{ACAO}\nAccess-Control-Allow-Methods: PUT", "", False, "preflight-status"),
    ("404", "", False, "acao-missing"),
    ("failed", "", False, "preflight-network-error"),
    (f"204\n{STAR}\nAccess-Control-Allow-Methods: PUT", "x-b", False, "header-not-allowed"),
    (f"204\n{STAR}\n{METHODS}\nAccess-Control-Allow-Headers: X-*", "x-a", False, "header-not-allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "names", "include", "reason"), PREFLIGHT)
def test_a_refused_preflight_stands_alone_on_the_wire(answer: str, names: str, include: bool, reason: str) -> None:
    fetch = only(preflight(answer, names=names))
    assert fetch.method == "PUT"
    answers = {(c.outcome, c.stage) for c in fetch.verdict.conditions} or {(fetch.outcome, fetch.verdict.stage)}
    assert answers == {(Outcome.BLOCKED, Stage.PREFLIGHT)}
    assert reason in {fetch.reason, *(c.reason for c in fetch.verdict.conditions)}


def test_preflight_and_request_are_one_fetch() -> None:
    fetch = only(preflight(GOOD, names="x-a"), get(f"200\n{ACAO}", method="PUT", headers=CORS + "X-A: 1\n"))
    assert fetch.outcome is Outcome.ALLOWED
    assert [sent.role for sent in fetch.exchanges] == ["preflight", "actual"]
    assert fetch.preflight == "recorded"


def test_the_actual_response_is_checked_again() -> None:
    fetch = only(preflight(GOOD), get("200", method="PUT"))
    assert (fetch.reason, fetch.verdict.stage) == ("acao-missing", "actual")


def test_a_passing_preflight_without_its_request_is_unknown() -> None:
    fetch = only(preflight(f"{GOOD}\n{TRUE}"))
    assert fetch.outcome is Outcome.UNKNOWN
    assert "not in the capture" in fetch.verdict.missing


def test_explicit_options_is_no_preflight() -> None:
    fetch = only(get(f"200\n{ACAO}", method="OPTIONS"))
    assert [sent.role for sent in fetch.exchanges] == ["actual"]


def hop(url: str, location: str, cors: str = STAR, origin: str = PAGE) -> str:
    return get(f"302\n{cors}\nLocation: {location}", url=url, headers=CORS.replace(PAGE, origin))


REDIRECTS = [
    # hops, outcome, reason, stage
    ([hop(f"{API}/1", "/2"), get(f"200\n{ACAO}", url=f"{API}/2")], "allowed", None, None),
    (
        [hop(f"{API}/1", f"{OTHER}/2"), get(f"200\n{ACAO}", url=f"{OTHER}/2", headers=OPAQUE)],
        "blocked", "acao-mismatch", "actual",
    ),
    ([hop(f"{API}/1", f"{OTHER}/2"), get(f"200\n{STAR}", url=f"{OTHER}/2", headers=OPAQUE)], "allowed", None, None),
    ([hop(f"{API}/1", f"{OTHER}/2"), get(f"200\n{NULL}", url=f"{OTHER}/2", headers=OPAQUE)], "allowed", None, None),
    ([hop(f"{API}/1", f"{PAGE}/2"), get("200", url=f"{PAGE}/2", headers=OPAQUE)], "blocked", "acao-missing", "actual"),
]  # fmt: skip


@pytest.mark.parametrize(("hops", "outcome", "reason", "stage"), REDIRECTS)
def test_redirects(hops: list[str], outcome: str, reason: str | None, stage: str | None) -> None:
    fetch = only(*hops)
    assert (fetch.outcome, fetch.reason, fetch.verdict.stage) == (outcome, reason, stage)
    assert [sent.role for sent in fetch.exchanges] == ["redirect", "actual"]


def test_a_redirect_without_allow_origin_is_blocked_on_that_hop() -> None:
    fetch = only(hop(f"{API}/1", f"{API}/2", "Vary: Origin"))
    assert (fetch.outcome, fetch.reason, fetch.verdict.stage) == ("blocked", "acao-missing", "redirect")


def test_from_home_the_first_hop_needs_no_headers() -> None:
    home = get(
        f"302\nLocation: {API}/2", url=f"{PAGE}/1", headers="Sec-Fetch-Mode: cors\nSec-Fetch-Site: same-origin\n"
    )
    fetch = only(home, get(f"200\n{ACAO}\n{TRUE}", url=f"{API}/2"))
    assert fetch.outcome is Outcome.ALLOWED
    assert fetch.origin == PAGE


def test_a_redirect_nobody_follows_hangs_on_the_redirect_mode() -> None:
    fetch = only(hop(f"{API}/1", f"{API}/2"))
    assert fetch.outcome is Outcome.CONDITIONAL
    assert {(c.assumption, c.outcome) for c in fetch.verdict.conditions} == {
        ("redirect=manual", Outcome.ALLOWED), ("redirect=error", Outcome.BLOCKED),
    }  # fmt: skip


def test_a_redirect_nobody_follows_is_lost_where_failures_are_dropped() -> None:
    drops = Dialect(name="drops", family=Family.BROWSER, marks_failures=True, keeps_failures=False)
    fetch = only(hop(f"{API}/1", f"{API}/2"), dialect=drops)
    assert (fetch.outcome, fetch.observed) == (Outcome.UNKNOWN, "unknown")
    assert "not in the capture" in fetch.verdict.missing


def test_firefox_checks_a_tainted_preflight_against_the_page() -> None:
    """Vector 95: after A to B to C, Firefox's preflight still carries A."""
    story = (
        preflight(f"204\n{STAR}\nAccess-Control-Allow-Methods: PUT", url=f"{API}/1"),
        get(f"307\n{STAR}\nLocation: {OTHER}/2", url=f"{API}/1", method="PUT"),
    )
    tainted = preflight(f"204\n{NULL}\nAccess-Control-Allow-Methods: PUT", url=f"{OTHER}/2", origin=PAGE)
    fetch = only(*story, tainted, browser="firefox")
    assert (fetch.reason, fetch.verdict.stage, fetch.verdict.hop) == ("acao-mismatch", "preflight", 1)


@pytest.mark.parametrize(("method", "outcome"), [("POST", "conditional"), ("PUT", "blocked")])
def test_a_preflight_that_nothing_follows(method: str, outcome: str) -> None:
    """Measured: Chromium gives a stream up over HTTP/1.1 once it is allowed. Others fail on credentials."""
    fetch = only(preflight(f"204\n{STAR}\nAccess-Control-Allow-Methods: PUT", method=method))
    assert fetch.outcome == outcome
