"""What elements make of a response that CORS let through, and bodies that break off."""

import msgspec
import pytest

from coranalyze.engine import Engine
from coranalyze.exchange import Dialect
from coranalyze.fetch import Fetch, Outcome
from tests.engine.story import CHROME, CORS, PAGE, WIRE, exchanges, get, judged, only

FONT, IMAGE, STYLE, MODULE, AUDIO = (
    CORS.replace("Dest: empty", f"Dest: {kind}").replace("cross-site", "same-site")
    for kind in ("font", "image", "style", "script", "audio")
)
STREAM = CORS + "Accept: text/event-stream\nCache-Control: no-cache\n"
CREDENTIALS = f"Access-Control-Allow-Origin: {PAGE}\nAccess-Control-Allow-Credentials: true"


@pytest.mark.parametrize(
    ("browser", "headers", "answer", "reason"),
    [
        ("chromium", FONT, "204", "not-ok-status"),
        ("firefox", FONT, "205", "not-ok-status"),
        ("firefox", FONT, "200", None),
        ("firefox", FONT, "300", "not-ok-status"),
        ("chromium", FONT, "300", None),
        ("chromium", FONT, "304", "not-ok-status"),
        ("chromium", STREAM, "200\nContent-Type: text/event-stream; charset=latin1", "wrong-mime-type"),
        ("chromium", STREAM, "200\nContent-Type: text/event-stream;charset=UTF-8", None),
        ("firefox", STREAM, "200\nContent-Type: text/event-stream; charset=latin1", None),
        ("chromium", IMAGE, "204", "not-ok-status"),
        ("firefox", IMAGE, "404", None),
        ("firefox", STYLE, "200\nContent-Type: text/css; charset=utf-8", None),
        ("firefox", STYLE, "200", None),
        ("firefox", STYLE, "200\nX-Content-Type-Options: nosniff", "wrong-mime-type"),
        ("firefox", STYLE, "200\nContent-Type: text/csv", "wrong-mime-type"),
        ("firefox", STYLE, "200\nContent-Type: application/json\nX-Content-Type-Options: nosniff", "wrong-mime-type"),
        ("chromium", STYLE, "200\nContent-Type: text/csv", None),
        ("chromium", STYLE, "200\nContent-Type: text/csv\nX-Content-Type-Options: nosniff", "wrong-mime-type"),
        ("webkit", STYLE, "305", "not-ok-status"),
        ("webkit", FONT, "305", None),
        ("webkit", FONT, "404", "not-ok-status"),
        ("webkit", IMAGE, "404", None),
        ("webkit", MODULE, "305\nContent-Type: text/javascript", None),
        ("webkit", MODULE, "404\nContent-Type: text/javascript", "not-ok-status"),
        ("firefox", MODULE, "305\nContent-Type: text/javascript", "not-ok-status"),
        # Audio and video, all statuses of the table measured in each browser.
        ("chromium", AUDIO, "200", None),
        ("chromium", AUDIO, "206\nContent-Range: bytes 0-9/10", None),
        ("chromium", AUDIO, "206", "not-ok-status"),
        ("chromium", AUDIO, "201", "not-ok-status"),
        ("chromium", AUDIO, "404", "not-ok-status"),
        ("firefox", AUDIO, "206", None),
        ("firefox", AUDIO, "299", None),
        ("firefox", AUDIO, "204", "not-ok-status"),
        ("firefox", AUDIO, "305", "not-ok-status"),
        ("firefox", AUDIO, "404", "not-ok-status"),
        ("webkit", AUDIO, "305", None),
        ("webkit", AUDIO, "304", "not-ok-status"),
        ("webkit", AUDIO, "404", "not-ok-status"),
        ("spec", AUDIO, "404", None),
    ],
)
def test_elements(browser: str, headers: str, answer: str, reason: str | None) -> None:
    fetch = only(get(f"{answer}\n{CREDENTIALS}", headers=headers), browser=browser)
    assert (fetch.outcome, fetch.reason) == ("blocked" if reason else "allowed", reason)


NO_CORS_IMAGE = "Sec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: image\n"
NOSNIFF = "X-Content-Type-Options: nosniff"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("200\nContent-Type: text/csv", "orb"),
        (f"200\nContent-Type: application/json\n{NOSNIFF}", "orb"),
        ("200\nContent-Type: text/html", None),  # the body decides
        (f"200\nContent-Type: image/svg+xml\n{NOSNIFF}", None),
        ("200", None),
    ],
)
def test_opaque_response_blocking(answer: str, reason: str | None) -> None:
    for browser in ("chromium", "firefox"):
        assert only(get(answer, headers=NO_CORS_IMAGE), browser=browser).reason == reason
    assert only(get(answer, headers=NO_CORS_IMAGE), browser="webkit").reason is None


@pytest.mark.parametrize(
    ("kind", "answer", "chromium", "firefox"),
    [
        ("script", "200\nContent-Type: text/html", "body", "body"),
        ("script", "200\nContent-Type: application/problem+json", "body", "body"),
        ("script", "203\nContent-Type: text/xml; charset=utf-8", "body", "body"),
        ("script", "200\nContent-Type: application/dash+xml", None, None),
        ("script", "200\nContent-Type: text/javascript", None, None),
        ("script", "200\nContent-Type: text/plain", None, None),
        ("script", "200\nContent-Type: text/html\nContent-Length: 0", None, None),
        ("script", "204\nContent-Type: text/html", None, None),
        ("script", "404\nContent-Type: text/html", "not-ok-status", "not-ok-status"),
        ("script", f"200\nContent-Type: text/html\n{NOSNIFF}", "orb", "wrong-mime-type"),
        ("script", "206\nContent-Type: application/json", "body", "orb"),
        ("style", "200\nContent-Type: text/html", "body", "wrong-mime-type"),
        ("style", f"200\nContent-Type: text/html\n{NOSNIFF}", "orb", "wrong-mime-type"),
        ("image", "200\nContent-Type: text/html", "body", "body"),
        ("image", "404\nContent-Type: text/html", None, None),
        ("image", "206\nContent-Type: text/html\nContent-Range: bytes 0-1/2", "body", "orb"),
        ("image", "206\nContent-Type: image/png\nContent-Range: bytes 0-1/2", None, None),
        ("audio", "200\nContent-Type: application/json", "body", "body"),
        ("empty", "200\nContent-Type: application/json", None, None),
        ("empty", f"200\nContent-Type: text/html\n{NOSNIFF}", None, None),
    ],
)
def test_what_calls_itself_a_document(kind: str, answer: str, chromium: str | None, firefox: str | None) -> None:
    """Measured on Chromium 150 and Firefox 140: HTML, JSON and XML are refused, scripts and pictures of that type used.

    All in one engine, as what is alike is judged once.
    """
    request = get(answer, headers=NO_CORS_IMAGE.replace("image", kind))
    before = get("206\nContent-Type: image/png\nContent-Length: 7", headers=NO_CORS_IMAGE.replace("image", kind))
    for browser, expected in (("chromium", chromium), ("firefox", firefox), ("webkit", None)):
        verdict = judged(before, request, browser=browser)[1].verdict
        if expected == "body":
            assert [(each.outcome, each.reason) for each in verdict.conditions] == [
                ("not-subject", None), ("blocked", "orb"),
            ]  # fmt: skip
            assert "net::ERR_BLOCKED_BY_ORB" in verdict.missing
        elif browser != "webkit":
            assert (verdict.outcome, verdict.reason) == ("blocked" if expected else "not-subject", expected)
        else:
            assert verdict.outcome is not Outcome.CONDITIONAL


def test_chromiums_own_record_tells_what_the_body_was() -> None:
    request = get("200\nContent-Type: text/html", headers=NO_CORS_IMAGE.replace("image", "script"))
    assert only(request, dialect=CHROME).outcome is Outcome.NOT_SUBJECT


@pytest.mark.parametrize(
    ("kind", "answer", "reasons"),
    [
        ("audio", "200", (None, None, None)),
        ("audio", "206\nContent-Range: bytes 0-9/10", (None, None, None)),
        ("audio", "206", ("not-ok-status", "not-ok-status", None)),
        ("audio", "299", ("not-ok-status", "not-ok-status", None)),
        ("video", "404", ("not-ok-status", "not-ok-status", "not-ok-status")),
        ("image", "206\nContent-Type: image/png", (None, "orb", None)),
        ("image", "404", (None, None, None)),
    ],
)
def test_statuses_without_cors(kind: str, answer: str, reasons: tuple[str | None, ...]) -> None:
    """Measured in Chromium, Firefox and WebKitGTK."""
    request = get(answer, headers=NO_CORS_IMAGE.replace("image", kind))
    found = [only(request, browser=browser) for browser in ("chromium", "firefox", "webkit")]
    assert tuple(fetch.reason for fetch in found) == reasons
    assert {fetch.outcome for fetch in found if fetch.reason is None} <= {"not-subject"}


def test_what_a_request_is_for_is_known_from_its_first_hop() -> None:
    """WebKit sends no Sec-Fetch-Dest behind some redirects, and nobody does to insecure servers."""
    first = get(f"302\nLocation: https://b.example/y\n{CREDENTIALS}", headers=STYLE)
    second = get(
        f"200\nContent-Type: image/png\n{CREDENTIALS.replace(PAGE, 'null')}",
        url="https://b.example/y",
        headers="Origin: null\n",
    )
    assert only(first, second, browser="webkit").reason == "wrong-mime-type"


def broken_off(headers: str, answer: str, dialect: Dialect, kind: str, error: str) -> Fetch:
    (exchange,) = exchanges(get(answer, headers=headers))
    engine = Engine(dialect, browser="chromium")
    cut = msgspec.structs.replace(exchange, error=error, resource_type=kind)
    (fetch,) = engine.feed(cut) + engine.finish()
    return fetch


CUT = "net::ERR_INCOMPLETE_CHUNKED_ENCODING"


@pytest.mark.parametrize(
    ("headers", "dialect", "kind", "error", "outcomes"),
    [
        (CORS, CHROME, "fetch", CUT, ["allowed"]),
        (CORS, CHROME, "eventsource", CUT, ["allowed"]),
        (CORS, CHROME, "xhr", CUT, ["blocked"]),
        (STYLE, CHROME, "stylesheet", "net::ERR_CONTENT_LENGTH_MISMATCH", ["blocked"]),
        (IMAGE, CHROME, "image", "net::ERR_CONNECTION_RESET", ["allowed", "blocked"]),
        (CORS, CHROME, "fetch", "net::ERR_CERT_DATE_INVALID", ["blocked"]),
        (CORS, WIRE, "", "server closed connection", ["allowed", "blocked"]),
        (FONT, WIRE, "", "server closed connection", ["blocked"]),
    ],
)
def test_a_body_that_breaks_off(headers: str, dialect: Dialect, kind: str, error: str, outcomes: list[str]) -> None:
    fetch = broken_off(headers, f"200\n{CREDENTIALS}", dialect, kind, error)
    found = [condition.outcome for condition in fetch.verdict.conditions] or [fetch.outcome]
    assert sorted(set(found)) == outcomes
    if len(outcomes) > 1:
        assert "How the page uses the response" in fetch.verdict.missing


def test_cors_comes_before_the_body() -> None:
    assert broken_off(CORS, "200", CHROME, "fetch", CUT).reason == "acao-missing"


def test_a_preflight_without_an_end() -> None:
    asked = f"Origin: {PAGE}\nAccess-Control-Request-Method: PUT\n"
    answer = f"200\n{CREDENTIALS}\nAccess-Control-Allow-Methods: PUT"
    (exchange,) = exchanges(f"OPTIONS https://api.example/x\n{asked}\n\n{answer}")
    engine = Engine(WIRE, browser="firefox")
    (fetch,) = engine.feed(msgspec.structs.replace(exchange, error="invalid chunk")) + engine.finish()
    assert (fetch.outcome, fetch.reason) == ("blocked", "preflight-network-error")


def test_a_script_with_a_3xx() -> None:
    """Classic ones run in Chromium, modules do not; on the wire they are alike."""
    script = FONT.replace("font", "script")
    answer = f"304\nContent-Type: text/javascript\n{CREDENTIALS}"
    found = only(get(answer, headers=script + "If-None-Match: x\n"))
    assert {(c.assumption, c.outcome.value) for c in found.verdict.conditions} == {
        ("script=classic", "allowed"),
        ("script=module", "blocked"),
    }
    assert only(get(answer, headers=script), browser="firefox").reason == "not-ok-status"
    assert only(get("300", headers=NO_CORS_IMAGE.replace("image", "script"))).outcome == "not-subject"


@pytest.mark.parametrize(("browser", "reason"), [("chromium", "orb"), ("firefox", None)])
def test_text_that_may_not_be_sniffed(browser: str, reason: str | None) -> None:
    answer = f"200\nContent-Type: text/plain\n{NOSNIFF}"
    assert only(get(answer, headers=NO_CORS_IMAGE), browser=browser).reason == reason


NO_CORS = "Origin: null\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\n"


@pytest.mark.parametrize(
    ("browser", "url", "policy", "outcome"),
    [
        # Firefox: a page on https that asks by http, or any page with the policy no-referrer, sends null.
        ("firefox", "http://localhost:8000/x", "same-site", "conditional"),
        ("firefox", "https://api.example/x", "same-site", "blocked"),
        ("firefox", "http://localhost:8000/x", "same-origin", "blocked"),
        ("chromium", "http://localhost:8000/x", "same-site", "blocked"),
    ],
)
def test_corp_and_a_page_that_origin_does_not_name(browser: str, url: str, policy: str, outcome: str) -> None:
    answer = f"200\nCross-Origin-Resource-Policy: {policy}"
    assert only(get(answer, url=url, headers=NO_CORS, method="POST"), browser=browser).outcome == outcome


@pytest.mark.parametrize(
    ("url", "site", "policy", "outcome"),
    [
        # A page on https names itself to http neither in Origin nor in Referer.
        ("http://localhost:8000/x", "cross-site", "same-site", "conditional"),
        ("http://localhost:8000/x", "cross-site", "same-origin", "blocked"),
        ("http://localhost:8000/x", "same-site", "same-site", "not-subject"),
        ("http://localhost:8000/x", "same-site\nOrigin: null", "same-site", "not-subject"),
        ("http://localhost:8000/x", "same-site", "same-origin", "blocked"),
        ("https://api.example/x", "cross-site", "same-site", "blocked"),
        ("http://api.example/x", "", "same-origin", "conditional"),
    ],
)
def test_corp_and_a_page_that_nothing_names(url: str, site: str, policy: str, outcome: str) -> None:
    headers = "Sec-Fetch-Mode: no-cors\n" + (f"Sec-Fetch-Site: {site}\n" if site else "")
    assert only(get(f"200\nCross-Origin-Resource-Policy: {policy}", url=url, headers=headers)).outcome == outcome


def test_a_page_that_nothing_names_is_of_this_site_where_it_goes_on() -> None:
    headers = "Sec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: script\n"
    url, policy = "http://localhost:8000", "Cross-Origin-Resource-Policy: same-site"
    fetch = only(
        get(f"308\nLocation: {url}/y\n{policy}", url=f"{url}/x", headers=headers),
        get(f"307\nLocation: {url}/z", url=f"{url}/y", headers=headers),
        get("200\nContent-Type: text/javascript", url=f"{url}/z", headers=headers),
    )
    assert (fetch.outcome, len(fetch.exchanges)) == ("not-subject", 3)


def test_a_redirect_may_lead_home_though_its_request_is_marked_cross_site() -> None:
    """No page is named; Cross-Origin-Resource-Policy keeps out others than that of the server itself, which may ask."""
    no_page = "Sec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\n"
    policy = "Cross-Origin-Resource-Policy: same-origin"
    hops = [
        get("303\nLocation: https://app.example/y", url="http://app.example:8084/x", headers=no_page),
        get(f"308\n{policy}\nLocation: /z", url="https://app.example/y", headers=no_page),
        get(f"200\n{policy}", url="https://app.example/z", headers=no_page),
    ]
    fetch = only(*hops)
    assert [condition.outcome for condition in fetch.verdict.conditions] == ["blocked", "not-subject"]
    # The mark is about this very site.
    (first, *_) = judged(hops[0].replace("http://app.example:8084/x", "https://app.example:8084/x"), *hops[1:])
    assert (first.outcome, first.reason) == ("blocked", "corp")
