from hashlib import sha512

import pytest

from coranalyze.sources.masking import UrlMasker, bare_url, blank_tokens, is_secret_name, looks_secret, redact_tokens
from tests.hostile.growth import is_linear

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk"
HEX = "9f86d081884c7d659a2feaa0c55ad015"
BASE64URL = "mF_9.B5f-4.1JqM_xkZ2Qa8Lr0TnVbYc7Dh3Ws6Ep".replace(".", "0")
UUID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    "value", [JWT, HEX, HEX * 2, BASE64URL, "ghp_" + "a1" * 18, "AKIAIOSFODNN7EXAMPLE", "glpat-abcdefghijkl"]
)
def test_looks_secret(value: str) -> None:
    assert looks_secret(value)
    assert looks_secret(f"file-{value}.js" if not value.startswith(("eyJ", "ghp", "AKIA", "glpat")) else value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "users",
        "1234567890" * 5,
        UUID,
        "3f2a9c1b",
        "how-to-configure-cors-for-your-application-in-2026",
        "a" * 80,
        "getAccountInformationForTheCurrentUserAndAllOfTheirFriends",
        f"{UUID},{UUID}",
        "main.3f2a9c1b.chunk.js",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "2026-11-23T06-05-07-000000000-000000",
    ],
)
def test_looks_harmless(value: str) -> None:
    assert not looks_secret(value)


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "sig",
        "key",
        "api_key",
        "apiKey",
        "code",
        "session",
        "sid",
        "PHPSESSID",
        "jwt",
        "client_secret",
        "Password",
        "X-Goog-Signature",
        "auth",
        "csrf%5Ftoken",
        "X-Api-Key",
    ],
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["page", "zip_code", "keyword", "session_page", "sidebar", "design", "author", "monkey", "lang", ""]
)
def test_harmless_names(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://a.example/x?page=2&q=shoes#top", "https://a.example/x?page=2&q=shoes"),
        ("https://user:hunter2@a.example/x", "https://redacted:redacted@a.example/x"),
        ("https://user@a.example", "https://redacted:redacted@a.example"),
        ("//user:hunter2@a.example/x", "//redacted:redacted@a.example/x"),
        ("https:\\\\user:hunter2@a.example/x", "https:\\\\redacted:redacted@a.example/x"),
        ("https://@a.example/", "https://@a.example/"),
        ("https://a.example/@scope/package", "https://a.example/@scope/package"),
        ("https://a.example/x?token=abc&page=1", "https://a.example/x?token=[redacted-1]&page=1"),
        ("https://a.example/x?token=", "https://a.example/x?token="),
        (
            "https://a.example/x?a=1&sig=b&sig=b&key=c",
            "https://a.example/x?a=1&sig=[redacted-1]&sig=[redacted-1]&key=[redacted-2]",
        ),
        (f"https://a.example/x?id={HEX}", "https://a.example/x?id=[redacted-1]"),
        (f"https://a.example/x?id={UUID}", f"https://a.example/x?id={UUID}"),
        (f"https://a.example/x?{JWT}", "https://a.example/x?[redacted-1]"),
        (f"https://a.example/reset/{JWT}/now", "https://a.example/reset/[redacted-1]/now"),
        (f"https://a.example/files/{UUID}/1234567/3f2a9c1b", f"https://a.example/files/{UUID}/1234567/3f2a9c1b"),
        (f"/reset/{HEX}", "/reset/[redacted-1]"),
        (f"/{HEX}/x", "/[redacted-1]/x"),
        ("https://a.example/x;jsessionid=AB12;v=1", "https://a.example/x;jsessionid=[redacted-1];v=1"),
        # A query without its `?`.
        ("https://a.example/x&token=abc&v=1", "https://a.example/x&token=[redacted-1]&v=1"),
        (f"https://a.example/ibs:id=411&d_uuid={HEX}", "https://a.example/ibs:id=411&d_uuid=[redacted-1]"),
        ("https://a.example/AT&T;v=1/x", "https://a.example/AT&T;v=1/x"),
        (f"https://{HEX}.execute-api.example/x", f"https://{HEX}.execute-api.example/x"),
        (
            "https://a.example/cb?next=https%3A%2F%2Fb.example%2F%3Ftoken%3Dabc",
            "https://a.example/cb?next=[redacted-1]",
        ),
        ("/cb#access_token=abc", "/cb"),
        ("data:text/plain;base64,c2VjcmV0", "data:[redacted]"),
        ("Data:text/html,hello", "Data:[redacted]"),
        ("javascript:alert(1)", "javascript:[redacted]"),
    ],
)
def test_url(url: str, masked: str) -> None:
    assert UrlMasker().url(url) == masked


def digest(length: int) -> str:
    """Of a file's content: so many hexadecimal digits."""
    return sha512(b"content").hexdigest()[:length]


@pytest.mark.parametrize(
    "name",
    [
        *(f"app.{digest(length)}.js" for length in (32, 40, 56, 64, 96, 128)),
        f"application-{digest(64)}.css",
        f"{digest(32)}.woff2",
        f"{digest(32)}.min.js",
        f"{digest(32).upper()}.cache.js",
        f"app.{digest(64)}.js.map",
        f"sqlite3.{digest(40)}.wasm",
    ],
)
@pytest.mark.parametrize("folder", ["https://cdn.example/assets/", "/assets/", ""])
def test_files_keep_the_digest_of_their_content(folder: str, name: str) -> None:
    """Else nobody could tell which file failed."""
    assert UrlMasker().url(folder + name) == folder + name
    assert UrlMasker().url(f"{folder}{name}?v=2") == f"{folder}{name}?v=2"


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        # Whoever knows these addresses may read, whatever their ending.
        (f"/reset/{digest(64)}", "/reset/[redacted-1]"),
        (f"/reset/{digest(64)}/app.js", "/reset/[redacted-1]/app.js"),
        (f"/private/{digest(32)}.pdf", "/private/[redacted-1]"),
        (f"/uploads/{digest(64)}.jpg", "/uploads/[redacted-1]"),
        (f"/feed/{digest(40)}.json", "/feed/[redacted-1]"),
        (f"/calendar/private-{digest(32)}.ics", "/calendar/[redacted-1]"),
        (f"/octocat/{digest(32)}.js", "/octocat/[redacted-1]"),
        (f"/octocat/-{digest(32)}.{digest(32)}.mjs", "/octocat/[redacted-1]"),
        (f"/assets/app.{digest(64)}.js/x", "/assets/[redacted-1]/x"),
        # No digest is as long, or stands so.
        (f"/assets/app.{digest(33)}.js", "/assets/[redacted-1]"),
        (f"/assets/app.{digest(65)}.js", "/assets/[redacted-1]"),
        (f"/assets/app_{digest(64)}.js", "/assets/[redacted-1]"),
        (f"/assets/app.{digest(64)}-x.js", "/assets/[redacted-1]"),
        (f"/assets/app.{BASE64URL}.js", "/assets/[redacted-1]"),
        # Something else in the name is secret.
        (f"/assets/{BASE64URL}.{digest(64)}.js", "/assets/[redacted-1]"),
        (f"/assets/a.{JWT}.{digest(64)}.js", "/assets/[redacted-1]"),
        (f"/assets/a%2Deyj.{digest(64)}.js", "/assets/[redacted-1]"),
        # A parameter is no file name.
        (f"/x;app.{digest(64)}.js", "/x;[redacted-1]"),
        (f"/x;v=app.{digest(64)}.js", "/x;v=[redacted-1]"),
        (f"/x?app.{digest(64)}.js", "/x?[redacted-1]"),
        (f"/x?file=app.{digest(64)}.js", "/x?file=[redacted-1]"),
        (f"/x?file=%2Fapp.{digest(64)}.js", "/x?file=[redacted-1]"),
    ],
)
def test_what_is_no_file_of_a_build_is_masked(path: str, masked: str) -> None:
    assert UrlMasker().url(path) == masked
    assert UrlMasker().url(f"https://a.example{path}") == f"https://a.example{masked}"


def test_equal_values_get_equal_masks_in_the_order_of_appearance() -> None:
    masker = UrlMasker()
    assert masker.url("https://a.example/?token=b") == "https://a.example/?token=[redacted-1]"
    assert masker.url("https://a.example/?token=a") == "https://a.example/?token=[redacted-2]"
    assert masker.url("https://c.example/?key=b") == "https://c.example/?key=[redacted-1]"


def test_a_value_is_the_same_however_it_is_escaped() -> None:
    masker = UrlMasker()
    assert masker.url("/x?code=a%2Fb") == "/x?code=[redacted-1]"
    assert masker.url("/x?code=a/b") == "/x?code=[redacted-1]"


def test_masking_twice_changes_nothing() -> None:
    once = UrlMasker().url(f"https://u:p@a.example/{HEX}?token=a&key=b")
    assert UrlMasker().url(once) == once


def test_keep_values_keeps_all_but_user_information() -> None:
    masked = bare_url(f"https://u:p@a.example/{HEX}?token=a#f")
    assert masked == f"https://redacted:redacted@a.example/{HEX}?token=a"


def test_text() -> None:
    masker = UrlMasker()
    text = masker.text(f"cannot reach https://u:p@a.example/x?token=abc, tried {HEX}")
    assert text == "cannot reach https://redacted:redacted@a.example/x?token=[redacted-1] tried [redacted]"
    assert len(masker.text("x " * 1000)) == 300


def test_tokens_in_values() -> None:
    assert redact_tokens(f"1.1 {HEX}.cloudfront.net (CloudFront)") == "1.1 [redacted].cloudfront.net (CloudFront)"
    assert redact_tokens("text/html; charset=utf-8") == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "value", ["text/html, application/json;q=0.9", f"multipart/form-data; boundary=----{HEX}", f'x "{HEX}"']
)
def test_blanking_keeps_length_and_kind_of_bytes(value: str) -> None:
    blank = blank_tokens(value)
    assert len(blank) == len(value)
    assert HEX not in blank
    assert [c for c in blank if not c.isalnum()] == [c for c in value if not c.isalnum()]
    assert blank_tokens("multipart/form-data; boundary=" + HEX) == "multipart/form-data; boundary=" + "x" * 32


@pytest.mark.parametrize("unit", ["a", "a1", "=", "%", "-", "/", "eyJ", "&a=", "@", ";", "://", "?"])
def test_time_grows_with_the_length_only(unit: str) -> None:
    def mask(size: int) -> None:
        url = "https://a.example/" + unit * size
        UrlMasker().url(url)
        UrlMasker().url(url[18:])
        redact_tokens(url)
        blank_tokens(url)

    assert is_linear(mask, 50_000)


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        (f"https://a.example/?next=https%3A%2F%2Fb.example%2F{JWT}", "https://a.example/?next=[redacted-1]"),
        (f"https://a.example/?{BASE64URL}==", "https://a.example/?[redacted-1]"),
        ("https://a.example/?q=dXNlcjpwYXNzd29yZA==", "https://a.example/?q=[redacted-1]"),
        ("https://a.example/amFuZUBtYWlsLmV4YW1wbGU/x", "https://a.example/[redacted-1]/x"),
        ("https://a.example/?q=%7B%22t%22%3A%22eyJhbGciOiJIUzI1NiJ9.e30.x%22%7D", "https://a.example/?q=[redacted-1]"),
        ("https://a.example/?q=Q2FsaWZvcm5pYUhvdGVs", "https://a.example/?q=Q2FsaWZvcm5pYUhvdGVs"),
        (f"https://a.example/?{HEX}=1&b=2", "https://a.example/?[redacted-1]=1&b=2"),
        (f"https://a.example/s%3A{BASE64URL}/x", "https://a.example/[redacted-1]/x"),
    ],
)
def test_tokens_within_parameters_and_as_names(url: str, masked: str) -> None:
    assert UrlMasker().url(url) == masked


@pytest.mark.parametrize("token", [JWT, "ya29.a0AfH6SMBx1234567890abcdefghij"])
def test_tokens_with_dots_are_replaced_as_a_whole(token: str) -> None:
    assert redact_tokens(f"app/1 {token} x") == "app/1 [redacted] x"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://u:p@a.example/x", "https://redacted:redacted@a.example/x"),
        ("https:/\\u@a.example", "https:/\\redacted:redacted@a.example"),
        (
            "https://u:p@a.example/https://v:q@b.example/?next=//w@c.example",
            "https://redacted:redacted@a.example/https://redacted:redacted@b.example/?next=//redacted:redacted@c.example",
        ),
        ("//u@p@a.example/b@c", "//redacted:redacted@a.example/b@c"),
        ("mailto:bob@a.example", "mailto:redacted:redacted@a.example"),
        ("/x?y=@&z=https://u:p@b.example/", "/x?y=@&z=https://redacted:redacted@b.example/"),
        ("https://@a.example/", "https://@a.example/"),
        ("https://:@a.example/", "https://:@a.example/"),
        ("https://a.example/@scope/name", "https://a.example/@scope/name"),
        ("/users/jane@corp.example", "/users/jane@corp.example"),
    ],
)
def test_user_information(url: str, masked: str) -> None:
    assert bare_url(url) == masked
