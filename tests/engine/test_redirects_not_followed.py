"""Redirects that cannot be followed, or that the page asked not to follow, in Chromium's own record and on the wire."""

import msgspec
import pytest

from coranalyze.engine import Engine
from coranalyze.exchange import Dialect
from coranalyze.fetch import Fetch
from tests.engine.story import API, CHROME, INCLUDE, PAGE, WIRE, exchanges, get, judged, only, preflight

ALLOWED = f"Access-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Credentials: true"
SCHEME, MANUAL = ("blocked", "redirect-scheme"), ("allowed", None)
ERROR, BAD = ("blocked", "redirect-mode-error"), ("blocked", "redirect-bad-location")
MIXED = ("blocked", "mixed-content")
USER, PORT = ("blocked", "redirect-credentials-in-url"), ("blocked", "network-error")


def redirected(location: str, dialect: Dialect, browser: str, error: str = "") -> Fetch:
    (exchange,) = exchanges(get(f"302\n{ALLOWED}\nLocation: {location}", headers=INCLUDE))
    engine = Engine(dialect, browser=browser)
    (fetch,) = engine.feed(msgspec.structs.replace(exchange, error=error, resource_type="fetch")) + engine.finish()
    return fetch


@pytest.mark.parametrize(
    ("dialect", "browser", "location", "error", "answers"),
    [
        # Measured on Chromium 156 and Firefox 153 with redirect: follow, manual and error.
        (CHROME, "chromium", "data:,x", "net::ERR_UNSAFE_REDIRECT", [SCHEME]),
        (CHROME, "chromium", "data:,x", "", [MANUAL]),
        (CHROME, "chromium", "file:///x", "", [MANUAL]),
        (CHROME, "chromium", "mailto:a@b", "", [SCHEME, MANUAL]),
        (CHROME, "chromium", "javascript:1", "", [SCHEME, MANUAL]),
        (CHROME, "chromium", "https://u@other.example/", "net::ERR_FAILED", [USER]),
        (CHROME, "chromium", "https://u@other.example/", "", [MANUAL]),
        (WIRE, "chromium", "https://u@other.example/", "", [USER, MANUAL, ERROR]),
        (WIRE, "chromium", "http://[", "", [BAD]),
        (WIRE, "firefox", "http://[", "", [BAD, MANUAL, ERROR]),
        (WIRE, "firefox", "data:,x", "", [SCHEME, MANUAL, ERROR]),
        (WIRE, "firefox", "http://other.example:6667/", "", [PORT, MANUAL, ERROR]),
        # Measured on Chromium: it sends nothing to http, and the page sees a failure, or an opaque redirect by manual.
        (WIRE, "chromium", "http://api.example/y", "", [MIXED, MANUAL, ERROR]),
        (WIRE, "chromium", "https://api.example/y", "", [MANUAL, ERROR]),
        (WIRE, "chromium", "http://localhost:8000/y", "", [MANUAL, ERROR]),
        (WIRE, "chromium", "http://127.0.0.1/y", "", [MANUAL, ERROR]),
        # Measured on WebKitGTK: nothing follows to localhost either.
        (WIRE, "webkit", "http://localhost:8000/y", "", [MIXED, MANUAL, ERROR]),
    ],
)
def test_answers(
    dialect: Dialect, browser: str, location: str, error: str, answers: list[tuple[str, str | None]]
) -> None:
    fetch = redirected(location, dialect, browser, error)
    found = [(c.outcome.value, c.reason) for c in fetch.verdict.conditions] or [(fetch.outcome.value, fetch.reason)]
    assert found == answers


@pytest.mark.parametrize(
    ("dialect", "error", "url", "answers"),
    [
        # Also a no-cors fetch() may ask that, as long as it stays at home; Chromium marks the error.
        (WIRE, "", PAGE, [("not-subject", None), ERROR]),
        (CHROME, "net::ERR_FAILED", PAGE, [ERROR]),
        (CHROME, "", PAGE, [("not-subject", None)]),
        (WIRE, "", API, [("not-subject", None)]),
    ],
)
def test_without_cors(dialect: Dialect, error: str, url: str, answers: list[tuple[str, str | None]]) -> None:
    site = "same-origin" if url == PAGE else "cross-site"
    headers = f"Referer: {PAGE}/\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: {site}\nSec-Fetch-Dest: empty\n"
    (exchange,) = exchanges(get("307\nLocation: https://other.example/y", url=f"{url}/x", headers=headers))
    engine = Engine(dialect, browser="chromium")
    (fetch,) = engine.feed(msgspec.structs.replace(exchange, error=error)) + engine.finish()
    found = [(c.outcome.value, c.reason) for c in fetch.verdict.conditions] or [(fetch.outcome.value, fetch.reason)]
    assert found == answers


@pytest.mark.parametrize("followed", [True, False])
@pytest.mark.parametrize(("method", "outcome"), [("POST", "not-subject"), ("GET", "blocked")])
def test_a_beacon_is_led_to_a_url_with_a_user(method: str, outcome: str, followed: bool) -> None:
    """Measured on Chromium, which refuses that to other requests outside of CORS."""
    headers = f"Origin: {PAGE}\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: empty\n"
    parts = [
        get("303\nLocation: https://u:p@api.example/y", headers=headers, method=method),
        get("200", url=f"{API}/y", headers=headers),
    ]
    fetches = judged(*parts[: 1 + followed])
    told = outcome if followed or method == "GET" else "conditional"
    assert (fetches[0].outcome, len(fetches)) == (told, 2 if followed and method == "GET" else 1)


@pytest.mark.parametrize(
    ("location", "outcome", "reason"),
    [
        (f"{API}/3", "unknown", None),
        ("http://api.example/3", "blocked", "mixed-content"),
        ("mailto:a@b", "blocked", "redirect-scheme"),
    ],
)
def test_who_followed_one_redirect_follows_them_all(location: str, outcome: str, reason: str | None) -> None:
    first = get(f"302\n{ALLOWED}\nLocation: {API}/2", url=f"{API}/1", headers=INCLUDE)
    second = get(f"302\n{ALLOWED}\nLocation: {location}", url=f"{API}/2", headers=INCLUDE)
    fetch = only(first, second)
    assert (fetch.outcome, fetch.reason) == (outcome, reason)


def test_more_than_twenty_redirects() -> None:
    fetch = only(*[get(f"302\n{ALLOWED}\nLocation: /1", url=f"{API}/1", headers=INCLUDE)] * 21)
    assert (fetch.outcome, fetch.reason, len(fetch.exchanges)) == ("blocked", "redirect-loop", 21)


def test_chromium_names_what_it_refuses_to_look_at() -> None:
    assert redirected("data:,x", CHROME, "chromium", "net::ERR_UNSAFE_REDIRECT").aliases["chromium"] == (
        "net::ERR_UNSAFE_REDIRECT"
    )


@pytest.mark.parametrize(
    ("browser", "answers"), [("chromium", [MANUAL]), ("firefox", [MANUAL, ERROR]), ("webkit", [MANUAL, ERROR])]
)
def test_a_redirect_status_without_location(browser: str, answers: list[tuple[str, str | None]]) -> None:
    """A response; with `redirect: error` only Chromium gives it to the page (measured)."""
    (exchange,) = exchanges(get(f"301\n{ALLOWED}", headers=INCLUDE))
    engine = Engine(WIRE, browser=browser)
    (fetch,) = engine.feed(exchange) + engine.finish()
    found = [(c.outcome.value, c.reason) for c in fetch.verdict.conditions] or [(fetch.outcome.value, fetch.reason)]
    assert found == answers


def test_the_browser_is_that_of_the_preflight() -> None:
    """A script may set User-Agent in Firefox; the preflight still carries the browser's own."""
    agent = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0\n"
    asked = preflight(f"204\n{ALLOWED}\nAccess-Control-Allow-Headers: user-agent", method="GET", names="user-agent")
    request = get(f"200\n{ALLOWED}", headers=f"{INCLUDE}User-Agent: mine\n")
    fetch = only(asked.replace("Origin", f"{agent}Origin", 1), request, browser="auto")
    assert (fetch.browser, fetch.outcome) == ("firefox", "allowed")


@pytest.mark.parametrize(("followed", "outcome"), [(True, "not-subject"), (False, "conditional")])
def test_a_redirect_home_with_a_user_in_the_url(followed: bool, outcome: str) -> None:
    """Chromium refuses it to fetch(), not to XMLHttpRequest."""
    headers = f"Origin: {PAGE}\nSec-Fetch-Mode: cors\nSec-Fetch-Site: same-origin\nSec-Fetch-Dest: empty\n"
    parts = [
        get("301\nLocation: https://u:p@app.example/y", url=f"{PAGE}/x", headers=headers, method="PUT"),
        get("200", url=f"{PAGE}/y", headers=headers, method="PUT"),
    ]
    assert judged(*parts[: 1 + followed])[0].outcome == outcome


@pytest.mark.parametrize("browser", ["chromium", "firefox", "webkit", "spec"])
@pytest.mark.parametrize(("redirects", "outcome"), [(1, "allowed"), (20, "allowed"), (21, "blocked")])
def test_redirects_to_a_fragment_of_the_same_url(browser: str, redirects: int, outcome: str) -> None:
    """Measured on Chromium 150 and Firefox 140: one request that is led on up to 20 times."""
    hop = get(f"302\n{ALLOWED}\nLocation: #access_token=x", headers=INCLUDE)
    fetch = only(*[hop] * redirects, *[get(f"200\n{ALLOWED}", headers=INCLUDE)] * (redirects < 21), browser=browser)
    assert (fetch.outcome, len(fetch.exchanges)) == (outcome, min(redirects + 1, 21))


def test_a_redirect_that_failed_leads_nowhere() -> None:
    """As DevTools record `error` and then `manual` to the same target: Chromium starts the latter, and drops it."""
    paths = ("error", "manual", "target")
    answer = f"302\n{ALLOWED}\nLocation: /target"
    texts = [get(answer if path != "target" else "200", url=f"{API}/{path}", headers=INCLUDE) for path in paths]
    errors = ("net::ERR_FAILED", "", "net::ERR_ABORTED")
    engine = Engine(CHROME, browser="chromium")
    fetches = []
    for exchange, error in zip(exchanges(*texts), errors, strict=True):
        dropped = {"status": None, "provisional": True} if error == "net::ERR_ABORTED" else {}
        fetches += engine.feed(msgspec.structs.replace(exchange, error=error, resource_type="fetch", **dropped))
    fetches += engine.finish()
    found = {fetch.url.rpartition("/")[2]: (fetch.outcome, fetch.reason) for fetch in fetches}
    assert found == {"error": ("blocked", "redirect-mode-error"), "manual": ("allowed", None)}


@pytest.mark.parametrize(
    ("browser", "kind", "target", "reason"),
    [
        ("chromium", "script", "http://b.example/y", "mixed-content"),
        ("chromium", "script", "http://localhost/y", None),
        ("chromium", "image", "http://b.example/y", None),
        ("webkit", "image", "http://b.example/y", "mixed-content"),
        ("webkit", "audio", "http://localhost/y", "mixed-content"),
        ("webkit", "script", "https://b.example/y", None),
    ],
)
def test_elements_without_cors_that_are_led_to_http(browser: str, kind: str, target: str, reason: str | None) -> None:
    headers = f"Referer: {PAGE}/\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: {kind}\n"
    fetch = only(get(f"302\nLocation: {target}", headers=headers), browser=browser)
    assert (fetch.outcome, fetch.reason) == ("blocked" if reason else "not-subject", reason)


def test_webkit_preflights_what_it_does_not_send() -> None:
    first = get(f"307\n{ALLOWED}\nLocation: http://api.example/y", headers=INCLUDE, method="PUT")
    tainted = f"204\n{ALLOWED.replace(PAGE, 'null')}\nAccess-Control-Allow-Methods: PUT"
    asked = preflight(tainted, url="http://api.example/y", origin="null")
    fetch = only(preflight(f"204\n{ALLOWED}\nAccess-Control-Allow-Methods: PUT"), first, asked, browser="webkit")
    assert (fetch.reason, fetch.verdict.stage, len(fetch.exchanges)) == ("mixed-content", "redirect", 3)


def test_pictures_that_are_led_to_http_are_asked_for_by_https() -> None:
    """Measured on Chromium, with CORS as well."""
    image = INCLUDE.replace("Dest: empty", "Dest: image")
    fetch = only(get(f"302\n{ALLOWED}\nLocation: http://b.example/y", headers=image))
    assert fetch.reason is None


def test_a_redirect_that_the_embedder_policy_stops() -> None:
    (exchange,) = exchanges(
        get("302\nLocation: https://b.example/y", headers=f"Referer: {PAGE}/\nSec-Fetch-Mode: no-cors\n")
    )
    engine = Engine(CHROME)
    error = "net::ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep"
    (fetch,) = engine.feed(msgspec.structs.replace(exchange, error=error)) + engine.finish()
    assert (fetch.reason, fetch.verdict.stage) == ("corp", "redirect")


def test_a_page_that_gave_up_while_its_preflight_was_on_the_way() -> None:
    asked, sent = exchanges(preflight("failed net::ERR_FAILED"), get("failed net::ERR_ABORTED", method="PUT"))
    engine = Engine(CHROME)
    sent = msgspec.structs.replace(sent, started=0, ended=150, provisional=True, resource_type="fetch")
    fetches = engine.feed(sent) + engine.feed(msgspec.structs.replace(asked, started=1, ended=150))
    (fetch,) = fetches + engine.finish()
    assert (fetch.reason, len(fetch.exchanges)) == ("aborted", 2)


def test_what_was_on_its_way_when_the_record_ended() -> None:
    asked, sent = exchanges(preflight("204"), get("204", method="PUT"))
    engine = Engine(CHROME)
    pending = msgspec.structs.replace(sent, started=0, ended=0, status=None, provisional=True, resource_type="fetch")
    fetches = engine.feed(pending) + engine.feed(msgspec.structs.replace(asked, started=1, ended=1, status=None))
    (fetch,) = fetches + engine.finish()
    assert (fetch.outcome, len(fetch.exchanges)) == ("unknown", 2)
