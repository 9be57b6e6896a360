"""A redirect to a login is told at the server that sends it, not at the login."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.reports import terminal
from coranalyze.sources.text import parse_text

CALL = """
GET https://app.example/api/profile
Sec-Fetch-Mode: cors
Sec-Fetch-Site: same-origin
Referer: https://app.example/

302
Location: https://acme.eu.auth0.com/authorize?client_id=abc
"""
LOGIN = """
GET https://acme.eu.auth0.com/authorize?client_id=abc
Origin: https://app.example

{}
"""


@pytest.mark.parametrize("answer", ["302\nLocation: /login?state=q", "200\nContent-Type: text/html"])
def test_the_place_is_the_url_that_redirected(answer: str) -> None:
    analysis = analyze(parse_text(CALL + LOGIN.format(answer)))
    (cause,) = analysis.causes.values()
    assert (cause.name, cause.at) == ("redirect-loses-cors", "GET https://app.example/api/profile")
    assert cause.advice.startswith("Answer 401 in place of a redirect")
    assert any(each.startswith("302 from https://app.example/api/profile") for each in cause.evidence)
    told = terminal.render(analysis, width=120)
    assert "at GET https://app.example/api/profile" in told
    assert "at GET https://acme.eu.auth0.com" not in told


def test_a_redirect_that_fails_itself_is_the_place() -> None:
    call = CALL.replace("app.example/api", "api.example/api").replace("same-origin", "cross-site")
    analysis = analyze(parse_text(call.replace("Referer:", "Origin: https://app.example\nReferer:")))
    (cause,) = analysis.causes.values()
    assert (cause.name, cause.at) == ("redirect-loses-cors", "")
    assert "at GET https://api.example/api/profile" in terminal.render(analysis, width=120)


def test_a_login_on_the_way_back_is_no_matter() -> None:
    """What fails behind the login, on another server, is told as what it is."""
    back = LOGIN.format(
        "302\nAccess-Control-Allow-Origin: https://app.example\nLocation: https://acme.eu.auth0.com.test/x"
    )
    end = "GET https://acme.eu.auth0.com.test/x\nOrigin: https://app.example\n\n200\n"
    analysis = analyze(parse_text(f"{CALL}{back}\n{end}"))
    assert "a login is for people" not in "".join(cause.sentence for cause in analysis.causes.values())
