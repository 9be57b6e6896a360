import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.headers import Headers
from coranalyze.cors.safelist import is_safelisted_request_header
from coranalyze.exchange import REDACTED
from coranalyze.sources.redact import COOKIE_ATTRIBUTES, Redactor

HEX = "9f86d081884c7d659a2feaa0c55ad015"


def request(name: str, value: str, keep_values: bool = False) -> list[tuple[str, str]]:
    redactor = Redactor(keep_values)
    return list(redactor.headers([(name, value)], redactor.request))


def response(name: str, value: str, keep_values: bool = False) -> list[tuple[str, str]]:
    redactor = Redactor(keep_values)
    return list(redactor.headers([(name, value)], redactor.response))


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ("https://a.test\nhttps://b.test", ["https://a.test", "https://b.test"]),
        ("\r\n https://a.test", ["https://a.test"]),
        ("https://a.test\r\n\t", ["https://a.test"]),
        ("https://a.test,\n  *", ["https://a.test, *"]),
    ],
)
def test_lines_joined_by_newlines_and_lines_that_go_on(value: str, values: list[str]) -> None:
    assert [kept for _, kept in response("Access-Control-Allow-Origin", value)] == values


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Origin", "https://App.example/", "https://App.example/"),
        ("Referer", "https://app.example/a?token=b", "https://app.example/"),
        ("Referer", "android-app://x", REDACTED),
        ("Sec-Fetch-Mode", "cors", "cors"),
        ("Access-Control-Request-Headers", f"x-{HEX}", f"x-{HEX}"),
        ("Content-Type", "text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("User-Agent", "Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"),
        ("Range", "bytes=0-99", "bytes=0-99"),
        ("Cookie", "sid=1; lax=2", f"sid={REDACTED}; lax={REDACTED}"),
        ("cookie", "sid=1; secret-without-name", f"sid={REDACTED}; {REDACTED}"),
        ("Cookie", f"{HEX}=1", REDACTED),
        ("Cookie", "QmVhcmVyU2VjcmV0aHVudA==; empty=", f"{REDACTED}; empty={REDACTED}"),
        ("Cookie", "Basic hunter2, a=1", REDACTED),
        ("Authorization", "Bearer abc.def", f"Bearer {REDACTED}"),
        ("Authorization", "abc.def", REDACTED),
        ("Authorization", "hunter2 abc", REDACTED),
        ("Proxy-Authorization", "Basic YTpi", f"Basic {REDACTED}"),
        ("X-Api-Key", "abc", REDACTED),
        ("x-token", "abc", REDACTED),
        ("If-None-Match", '"abc"', REDACTED),
        ("Host", "api.example", "api.example"),
        ("X-Requested-With", HEX, REDACTED),
        ("Set-Cookie", "a=b", f"a={REDACTED}"),
    ],
)
def test_request_headers(name: str, value: str, kept: str) -> None:
    assert request(name, value) == [(name, kept)]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Access-Control-Allow-Origin", "https://app.example/ ", "https://app.example/ "),
        ("access-control-allow-headers", HEX, HEX),
        ("Vary", "Origin, Accept", "Origin, Accept"),
        ("Location", "https://u:p@a.example/x?code=1#t", "https://redacted:redacted@a.example/x?code=[redacted-1]"),
        ("Location", "/next", "/next"),
        ("Location", "", ""),
        ("Location", "#access_token=secret", "#"),
        (
            "Set-Cookie",
            "sid=1; Path=/; SameSite=None; Secure; HttpOnly",
            f"sid={REDACTED}; Path=/; SameSite=None; Secure; HttpOnly",
        ),
        (
            "Set-Cookie",
            "sid=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
            f"sid={REDACTED}; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
        ),
        ("Set-Cookie", "sid=1; Shadow=2", f"sid={REDACTED}; Shadow={REDACTED}"),
        ("Set-Cookie", "value-only", REDACTED),
        ("WWW-Authenticate", 'Basic realm="secret"', "Basic"),
        ("WWW-Authenticate", "secret", REDACTED),
        ("Cache-Status", '"Edge"; hit; key="https://a.test/?token=hunter2"; ttl=9', "hit"),
        ("Cache-Status", '"Edge"; detail="hunter2"', REDACTED),
        ("X-Request-Origin", "https://app.example:8443", "https://app.example:8443"),
        ("X-Request-Origin", "https://app.example/in?code=1", "https://app.example"),
        ("Content-Security-Policy", "script-src 'nonce-x'; frame-ancestors https://app.example", "https://app.example"),
        ("Content-Security-Policy", "frame-ancestors https://app.example https://b.example", "[redacted]"),
        ("Content-Security-Policy", "script-src 'nonce-x'", "[redacted]"),
        ("Content-Security-Policy", "script-src 'nonce-x'; Upgrade-Insecure-Requests", "upgrade-insecure-requests"),
        (
            "Content-Security-Policy",
            "script-src 'nonce-x', upgrade-insecure-requests; frame-ancestors https://app.example",
            "upgrade-insecure-requests; https://app.example",
        ),
        ("Content-Security-Policy", "report-uri /upgrade-insecure-requests", "[redacted]"),
        ("X-Frame-Options", "ALLOW-FROM https://app.example", "https://app.example"),
        ("X-Origin-Server", f"https://{HEX}.example", f"https:{REDACTED}.example"),
        ("X-Origin-Server", "https://u:p@a.example", REDACTED),
        ("X-Origin-Token", "hunter2", REDACTED),
        ("Via", f"1.1 {HEX}.cloudfront.net", f"1.1 {REDACTED}.cloudfront.net"),
        ("Server", "nginx/1.27", "nginx/1.27"),
        ("CF-Ray", "8f1-FRA", REDACTED),
        ("X-Amzn-ErrorType", "ForbiddenException", "ForbiddenException"),
        ("Cross-Origin-Resource-Policy", "same-site", "same-site"),
        ("ETag", '"x"', REDACTED),
        ("X-Csrf-Token", "abc", REDACTED),
    ],
)
def test_response_headers(name: str, value: str, kept: str) -> None:
    assert response(name, value) == [(name, kept)]


@pytest.mark.parametrize("name", [":method", ":authority", "", "OPTIONS /api/v1", "Vary ", "Größe", "a:b"])
def test_what_is_no_name_is_left_out(name: str) -> None:
    assert request(name, "x") == []
    assert response(name, "x") == []


def test_values_joined_by_newlines_are_lines_again() -> None:
    assert response("Set-Cookie", "a=1; Path=/\nb=2") == [
        ("Set-Cookie", f"a={REDACTED}; Path=/"),
        ("Set-Cookie", f"b={REDACTED}"),
    ]
    assert response("Vary", "Origin\nAccept") == [("Vary", "Origin"), ("Vary", "Accept")]
    redactor = Redactor()
    redactor.headers([("Vary", "a\nb")], redactor.response)
    assert len(redactor.headers([("Vary", "a\nb"), (":x", ""), ("Age", "1")], redactor.response)) == 3


def test_cookies_joined_by_commas_are_lines_again() -> None:
    joined = "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2; Path=/"
    assert response("Set-Cookie", joined) == [
        ("Set-Cookie", f"a={REDACTED}; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
        ("Set-Cookie", f"b={REDACTED}; Path=/"),
    ]


def test_duplicates_order_and_spelling_stay() -> None:
    redactor = Redactor()
    lines = [("Vary", "a"), ("vary", "b"), ("Vary", "a")]
    assert redactor.headers(lines, redactor.response) == Headers(lines)


def test_equal_lines_are_one_object() -> None:
    redactor = Redactor()
    first, second = (redactor.headers([("Vary", "".join(["Ori", "gin"]))], redactor.response) for _ in range(2))
    assert first[0] is second[0]


def test_a_missing_value_is_empty() -> None:
    values = Redactor().response["Vary"]
    assert isinstance(values, dict)
    assert values[None] == ("Vary", "")


@pytest.mark.parametrize("name", ["X-Trace", "Referer", "ETag"])
def test_keep_values_keeps(name: str) -> None:
    value = f"https://app.example/{HEX}"
    assert request(name, value, keep_values=True) == [(name, value)]


@pytest.mark.parametrize(
    "name",
    ["Cookie", "Authorization", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token", "X-CSRF-Token", "Set-Cookie"],
)
def test_keep_values_never_keeps_credentials(name: str) -> None:
    for keep in (request, response):
        assert "hunter2" not in repr(keep(name, "a=hunter2", True))
        assert "hunter2" not in repr(keep(name, "Bearer hunter2", True))


SAFELISTED = st.sampled_from(["accept", "accept-language", "content-language", "content-type", "range"])
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=140)


@given(SAFELISTED, TEXT | st.builds(lambda a, b: a + HEX + b, TEXT, TEXT))
def test_redaction_never_changes_whether_a_header_is_safelisted(name: str, value: str) -> None:
    ((_, kept),) = request(name, value)
    # The essence of Content-Type is no token: what looks like one there is no safelisted type anyway.
    assert is_safelisted_request_header(name, kept) == is_safelisted_request_header(name, value)


@given(st.lists(st.tuples(st.sampled_from(["cookie", "Set-Cookie", "authorization", "x-y", "Etag"]), TEXT), max_size=5))
def test_no_secret_survives(lines: list[tuple[str, str]]) -> None:
    secret = "QmVhcmVyU2VjcmV0"
    planted = [(name, f"{value}; a={secret}") for name, value in lines]
    redactor = Redactor()
    for names in (redactor.request, redactor.response):
        kept = redactor.headers(planted, names)
        assert secret not in repr(kept)


def test_attributes_are_lower_case() -> None:
    assert {name.lower() for name in COOKIE_ATTRIBUTES} == COOKIE_ATTRIBUTES
