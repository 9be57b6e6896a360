"""What a redirect leads to: which request comes behind it, and which is of another page."""

import pytest

from tests.engine.story import API, CHROME, CORS, OTHER, PAGE, get, judged, only

ACAO = f"200\nAccess-Control-Allow-Origin: {PAGE}"
REDIRECT = f"302\nAccess-Control-Allow-Origin: {PAGE}\nLocation: {OTHER}/y"


@pytest.mark.parametrize(
    ("headers", "count"),
    [
        (CORS.replace(PAGE, "null"), 1),
        # Behind a redirect from one foreign server to another the origin is null: this is a request of its own.
        (CORS, 2),
        # Nor does Sec-Fetch-Site get any closer.
        ("Sec-Fetch-Mode: cors\nSec-Fetch-Site: same-origin\nSec-Fetch-Dest: empty\n", 2),
    ],
)
def test_what_a_redirect_leads_to(headers: str, count: int) -> None:
    assert len(judged(get(REDIRECT), get(ACAO, url=f"{OTHER}/y", headers=headers))) == count


TO_HTTP = get(f"302\nAccess-Control-Allow-Origin: {PAGE}\nLocation: http://api.example/y")
BY_HTTPS = get(f"200\nAccess-Control-Allow-Origin: {PAGE}", url=f"{API}/y")
DOCUMENT = get("200\nContent-Type: text/html", url=f"{PAGE}/", headers="Sec-Fetch-Dest: document\n")
UPGRADES = f"{DOCUMENT}\nContent-Security-Policy: default-src 'self'; upgrade-insecure-requests"


@pytest.mark.parametrize(
    ("pages", "by_https", "browser", "count"),
    [
        ([UPGRADES], BY_HTTPS, "chromium", 1),
        ([DOCUMENT], BY_HTTPS, "chromium", 2),
        # A page may hold the policy in a meta element, too.
        ([], BY_HTTPS, "chromium", 1),
        # What the pages of others ask for plays no part.
        ([DOCUMENT, UPGRADES.replace(PAGE, OTHER)], BY_HTTPS, "chromium", 2),
        # Firefox sends Origin: null then.
        ([UPGRADES], BY_HTTPS, "firefox", 2),
        ([UPGRADES], BY_HTTPS.replace(PAGE, "null"), "firefox", 1),
        # Not the same call: one has cookies.
        ([], BY_HTTPS.replace("\n", "\nCookie: sid=1\n", 1), "chromium", 2),
    ],
)
def test_a_redirect_to_http_may_arrive_by_https(pages: list[str], by_https: str, browser: str, count: int) -> None:
    """Where the page upgrades insecure requests, and never else. (Measured, Chromium 156 and Firefox 153.)"""
    assert len([f for f in judged(*pages, TO_HTTP, by_https, browser=browser) if f.mode == "cors"]) == count


@pytest.mark.parametrize(("page", "outcome"), [(UPGRADES, "allowed"), (DOCUMENT, "conditional")])
def test_mixed_content_is_what_the_page_does_not_upgrade(page: str, outcome: str) -> None:
    assert {f.url: f.outcome for f in judged(page, TO_HTTP, BY_HTTPS)}[f"{API}/x"] == outcome


def test_what_may_be_one_request_or_two_says_so() -> None:
    fetch = only(TO_HTTP, BY_HTTPS)
    told = [(condition.assumption, condition.outcome, condition.reason) for condition in fetch.verdict.conditions]
    assert told == [("upgrade-insecure-requests=no", "blocked", "mixed-content"), ("", "allowed", None)]
    assert "upgrade-insecure-requests" in fetch.verdict.missing


def test_pages_on_http_are_led_to_https_by_the_server() -> None:
    """Its Strict-Transport-Security; the origin is `null` then. (Measured, Chromium 156.)"""
    page = "http://app.example"
    first, then = (part.replace(PAGE, page) for part in (TO_HTTP, BY_HTTPS))
    fetch = only(first, then.replace(page, "null"))
    assert (len(fetch.exchanges), fetch.outcome) == (2, "allowed")


def test_a_redirect_leads_to_one_request_only() -> None:
    """What came by http does not come by https once more, though another page may ask for that."""
    by_http = "http://other.example"
    parts = (
        get(REDIRECT.replace(OTHER, by_http)),
        get("failed net::ERR_FAILED", url=f"{by_http}/y", headers="Origin: null\n"),
        get("failed net::ERR_FAILED", url=f"{OTHER}/y", headers="Origin: null\n"),
    )
    assert sorted(len(fetch.exchanges) for fetch in judged(*parts, dialect=CHROME)) == [1, 2]
