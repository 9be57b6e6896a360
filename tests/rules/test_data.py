"""What answers hold, by the evidence of their headers."""

import pytest

from coranalyze.endpoint import Cookie
from coranalyze.rules.data import is_session_cookie
from tests.rules.story import ACAC, acao, asked, findings, graded

SESSIONS = (
    "sid", "connect.sid", "PHPSESSID", "JSESSIONID", "ASP.NET_SessionId", "laravel_session", "__Host-session", "jwt",
    "next-auth.session-token", "sb-access-token", ".AspNetCore.Identity.Application",
    "remember_web_59ba36", "_session_id",
)  # fmt: skip
OTHERS = (
    "XSRF-TOKEN", "csrftoken", "next-auth.csrf-token", "next-auth.callback-url", "theme_session_hint", "oauth_state",
    "session_start", "_ga", "lang", "AWSALB",
)  # fmt: skip


@pytest.mark.parametrize("name", SESSIONS)
def test_session_cookies(name: str) -> None:
    assert is_session_cookie(Cookie(name))


@pytest.mark.parametrize("name", OTHERS)
def test_other_cookies(name: str) -> None:
    assert not is_session_cookie(Cookie(name))


@pytest.mark.parametrize(
    ("header", "severity", "said"),
    [
        ("Set-Cookie: sid=1; Path=/; HttpOnly", "critical", "secret (a session cookie is set)"),
        ("Set-Cookie: sid=; Path=/; Max-Age=0", "high", "of unknown worth"),
        ("Set-Cookie: sid=; Max-Age=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "high", "of unknown worth"),
        ("Set-Cookie: sid=; expires=Thu, 01-Jan-70 00:00:01 GMT; path=/", "high", "of unknown worth"),
        ("Set-Cookie: sid=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "critical", "a session cookie"),
        ("Set-Cookie: sid=1; Expires=Thu, 01 Jan 2070 00:00:00 GMT", "critical", "a session cookie"),
        ("Set-Cookie: XSRF-TOKEN=1; Path=/", "high", "of unknown worth"),
        ("X-XSRF-Token: abc", "high", "of unknown worth"),
        (
            "X-XSRF-Token: abc\nAccess-Control-Expose-Headers: X-XSRF-Token", "critical",
            "secret (an anti-forgery token in x-xsrf-token)",
        ),
        (
            "X-Auth-Token: abc\nAccess-Control-Expose-Headers: X-Auth-Token", "critical",
            "secret (a token in x-auth-token)",
        ),
        ("Cache-Control: private", "high", "private (Cache-Control says so)"),
    ],
)  # fmt: skip
def test_what_is_secret_is_said(header: str, severity: str, said: str) -> None:
    found = findings(asked("GET", "https://api.example/x", "Cookie: sid=1", origin="null",
                           answer=acao("null", ACAC, header)), groups="1")["COR102"]  # fmt: skip
    assert found.severity == severity
    assert said in found.why


def test_who_sends_a_token_in_the_url_knows_it() -> None:
    """It guards the answer, and tells nothing to who asks."""
    url = "https://api.example/x?access_token=abc"
    found = findings(asked("GET", url, "Cookie: sid=1", origin="null", answer=acao("null", ACAC)), groups="1")
    assert found["COR102"].severity == "high"
    assert "private (the request carries a secret or a key)" in found["COR102"].why


@pytest.mark.parametrize(
    ("exchanges", "found"),
    [
        ([asked(answer=acao("*", "Cache-Control: private"))], {"COR201 low"}),
        ([asked("GET", "https://api.example/x", "Cookie: sid=1", answer=acao("*", "Cache-Control: no-store"))],
         {"COR201 low?"}),
        ([asked("GET", "https://api.example/x", "Cookie: sid=1", answer=acao("*", "Cache-Control: no-store")),
          asked(status=403, answer=acao("*"))], set()),
        ([asked(answer=acao("*", "Cache-Control: max-age=60"))], set()),
    ],
    ids=["to anybody", "perhaps to cookies only", "to cookies only", "public"],
)  # fmt: skip
def test_what_the_server_calls_private(exchanges: list[str], found: set[str]) -> None:
    assert graded(*exchanges, groups="2") == found
