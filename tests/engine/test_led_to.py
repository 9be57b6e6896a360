"""What a redirect leads to: which request comes behind it, and which is of another page."""

import pytest

from tests.engine.story import CHROME, CORS, OTHER, PAGE, get, judged

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


def test_a_redirect_to_http_may_arrive_by_https() -> None:
    """The server's Strict-Transport-Security, or the page's upgrade-insecure-requests; measured on Chromium."""
    first = get(REDIRECT.replace(OTHER, "http://other.example"))
    (fetch,) = judged(first, get(f"200\n{ACAO[4:]}".replace(PAGE, "*"), url=f"{OTHER}/y", headers="Origin: null\n"))
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
