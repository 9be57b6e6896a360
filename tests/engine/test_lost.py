"""What exporters lose: the type of a request, `Origin` with the provisional headers, the status of what was refused."""

import msgspec
import pytest

from coranalyze.engine import Engine
from coranalyze.exchange import Dialect, Family
from coranalyze.fetch import Fetch, Observed, Preflight
from tests.engine.story import CHROME, CORS, INCLUDE, OTHER, PAGE, exchanges, get, only, preflight

ACAO = f"Access-Control-Allow-Origin: {PAGE}"
TRUE = "Access-Control-Allow-Credentials: true"
STAR = "Access-Control-Allow-Origin: *"
DROPS_FAILURES = Dialect(name="chrome-har", family=Family.BROWSER, marks_failures=True, keeps_failures=False)
REFERER = f"Referer: {PAGE}/\n"


def _recorded(*parts: str, dialect: Dialect = CHROME, lost: int = -1, **fields: object) -> Fetch:
    """The one fetch of these exchanges, as a browser's record has them; the status of the `lost` one is not in it."""
    engine = Engine(dialect, browser="chromium")
    found: list[Fetch] = []
    for i, exchange in enumerate(exchanges(*parts)):
        status = {"status": None} if i == lost else {}
        found += engine.feed(msgspec.structs.replace(exchange, started=i, ended=90, **fields, **status))
    (fetch,) = found + engine.finish()
    return fetch


@pytest.mark.parametrize(
    ("content_type", "kind", "answer", "outcome"),
    [
        # Only scripts have a use for it: the page read it, or a script without CORS fetched it in vain.
        ("application/json", "", ACAO, "conditional"),
        ("application/problem+json; charset=utf-8", "", ACAO, "conditional"),
        ("application/grpc-web+proto", "", STAR, "conditional"),
        ("application/json", "", f"{ACAO}\n{TRUE}", "allowed"),
        # A success that CORS does not explain.
        ("application/json", "", "X-Other: 1", "not-subject"),
        # Elements load these, as a rule without CORS.
        ("image/png", "", ACAO, "not-subject"),
        ("text/javascript", "", ACAO, "not-subject"),
        ("image/svg+xml", "", ACAO, "not-subject"),
        # The record says what asked.
        ("application/json", "script", ACAO, "not-subject"),
        ("application/json", "image", ACAO, "not-subject"),
    ],
)
def test_provisional_headers_of_a_type_that_nobody_recorded(
    content_type: str, kind: str, answer: str, outcome: str
) -> None:
    part = get(f"200\nContent-Type: {content_type}\n{answer}", headers=REFERER)
    fetch = _recorded(part, dialect=DROPS_FAILURES, provisional=True, resource_type=kind)
    assert fetch.outcome == outcome
    assert fetch.observed is Observed.ALLOWED


@pytest.mark.parametrize(
    ("headers", "answer", "outcome", "reason"),
    [
        (CORS, "200\nContent-Type: text/plain", "blocked", "acao-missing"),
        (CORS, f"200\n{ACAO}\n{STAR}", "blocked", "acao-multiple"),
        (CORS, "200\nAccess-Control-Allow-Origin: https://x.test", "blocked", "acao-mismatch"),
        (INCLUDE, f"200\n{STAR}", "blocked", "acao-wildcard-with-credentials"),
        (INCLUDE, f"200\n{ACAO}\n{TRUE}", "unknown", None),
        # Nothing came, as far as the record goes.
        (CORS, "200", "unknown", None),
    ],
)
def test_a_refused_response_without_its_status(headers: str, answer: str, outcome: str, reason: str | None) -> None:
    fetch = _recorded(get(answer, headers=headers), lost=0)
    assert (fetch.outcome, fetch.reason) == (outcome, reason)


def test_without_credentials_nothing_refuses_it() -> None:
    fetch = _recorded(get(f"200\n{ACAO}", headers=CORS.replace("cross-site", "same-site")), lost=0)
    assert [(c.outcome, c.reason) for c in fetch.verdict.conditions] == [
        ("unknown", None),
        ("blocked", "acac-not-true"),
    ]


def test_a_proxy_without_a_status_proves_no_refusal() -> None:
    wire = Dialect(name="test-wire", family=Family.WIRE)
    assert _recorded(get("200\nContent-Type: text/plain"), dialect=wire, lost=0).outcome == "unknown"


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (f"301\n{ACAO}\nLocation: /y", "unknown", None),
        ("200", "blocked", "preflight-network-error"),
    ],
)
def test_a_preflight_that_was_answered_with_a_status_that_is_lost(
    answer: str, outcome: str, reason: str | None
) -> None:
    fetch = _recorded(preflight(answer), lost=0)
    assert (fetch.outcome, fetch.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("headers", "aliases"),
    [
        # A proxy answers for the dead server, without CORS headers.
        (CORS, {"chromium": "MissingAllowOriginHeader", "firefox": "CORSMissingAllowOrigin"}),
        ("Sec-Fetch-Mode: navigate\n", {}),
        ("Sec-Fetch-Mode: no-cors\n" + REFERER, {}),
    ],
)
def test_only_a_cors_request_misses_the_headers_of_a_proxys_error_page(headers: str, aliases: dict[str, str]) -> None:
    fetch = only(get("failed server closed connection", headers=headers))
    assert (fetch.reason, fetch.aliases) == ("network-error", aliases)


MIXED = Dialect(
    name="chrome-har", family=Family.BROWSER, marks_failures=True, keeps_failures=False,
    headers_after_redirect_trusted=False,
)  # fmt: skip
HOP = get(f"307\nLocation: {OTHER}/y\nAccess-Control-Allow-Origin: https://of.another.hop", method="PUT")
METHODS = f"{ACAO}\nAccess-Control-Allow-Methods: PUT"


@pytest.mark.parametrize(
    ("end", "outcome", "reason"),
    [
        # The browser had followed the redirect, so that it had let it through; a preflight has its own headers.
        (preflight("200", url=f"{OTHER}/y", origin="null"), "blocked", "acao-missing"),
        (get(f"200\n{STAR}", url=f"{OTHER}/y", method="PUT", headers="Origin: null\n"), "unknown", None),
    ],
)
def test_of_hops_with_mixed_headers_only_the_last_response_is_open(end: str, outcome: str, reason: str | None) -> None:
    fetch = _recorded(preflight(f"204\n{METHODS}"), HOP, end, dialect=MIXED)
    assert (len(fetch.exchanges), fetch.outcome, fetch.reason) == (3, outcome, reason)


@pytest.mark.parametrize(
    ("error", "said"), [("net::ERR_ABORTED", "was aborted"), ("net::ERR_FAILED", "neither status")]
)
def test_what_is_missing_of_a_request_without_an_answer(error: str, said: str) -> None:
    """Playwright's HAR has provisional headers of it, without Origin or mode."""
    request = get("200", headers=REFERER)
    fetch = _recorded(request, lost=0, provisional=True, error=error, resource_type="fetch", page_url=f"{PAGE}/")
    assert (fetch.outcome, said in fetch.verdict.missing) == ("unknown", True)


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("GET", "", Preflight.NOT_NEEDED),
        ("POST", "Content-Type: text/plain\n", Preflight.NOT_NEEDED),
        ("POST", "Content-Type: application/json\n", Preflight.NOT_RECORDED),
        ("GET", "Authorization: Bearer x\n", Preflight.NOT_RECORDED),
        ("PUT", "", Preflight.NOT_RECORDED),
    ],
)
def test_provisional_headers_tell_of_a_preflight(method: str, headers: str, expected: Preflight) -> None:
    request = get("200", headers=REFERER + headers, method=method)
    fetch = _recorded(
        request, lost=0, provisional=True, error="net::ERR_FAILED", resource_type="fetch", page_url=f"{PAGE}/"
    )
    assert fetch.preflight is expected
