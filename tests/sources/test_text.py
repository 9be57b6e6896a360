from pathlib import Path

import pytest

from coranalyze.exchange import REDACTED, Family
from coranalyze.sources import parse_text
from tests.sources.hars import capture_of, refusal_of

TWO = """
# what a page does
GET https://api.example/users?token=abc#top
Origin: https://app.example
Cookie: sid
X-Trace: 1

200
Access-Control-Allow-Origin: *

PUT https://api.example/users
Origin: https://app.example

failed net::ERR_FAILED
"""


def test_two_exchanges() -> None:
    first, second = parse_text(TWO)
    assert (first.entry, first.method, first.url, first.status) == (
        0,
        "GET",
        "https://api.example/users?token=[redacted-1]",
        200,
    )
    assert list(first.request) == [
        ("Origin", "https://app.example"),
        ("Cookie", f"sid={REDACTED}"),
        ("X-Trace", REDACTED),
    ]
    assert list(first.response) == [("Access-Control-Allow-Origin", "*")]
    assert (second.entry, second.method, second.status, second.error) == (1, "PUT", None, "net::ERR_FAILED")
    assert list(second.response) == []


def test_exchanges_follow_each_other_by_10_ms() -> None:
    first, second = parse_text(TWO)
    assert first.started is not None
    assert first.ended is not None
    assert second.started == first.started + 10
    assert first.started < first.ended < second.started


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("200", 200),
        ("200 OK", 200),
        ("HTTP/1.1 404 Not Found", 404),
        ("HTTP/2 204", 204),
        ("failed", None),
        ("FAILED", None),
    ],
)
@pytest.mark.parametrize("between", ["\n\n", "\n", "\n\n\n", "\n# comment\n"])
def test_status_lines(line: str, status: int | None, between: str) -> None:
    (found,) = parse_text(f"GET https://a.example/{between}{line}")
    assert (found.status, found.error) == (status, "")


def test_marks_of_curl() -> None:
    text = "> GET https://a.example/ HTTP/1.1\n> Origin: https://b.example\n>\n< HTTP/1.1 200 OK\n< Vary: Origin\n<\n"
    (found,) = parse_text(text)
    assert list(found.request) == [("Origin", "https://b.example")]
    assert list(found.response) == [("Vary", "Origin")]


def test_headers_without_value_and_with_colons() -> None:
    (found,) = parse_text("GET https://a.example/\nOrigin:https://b.example:8443\nVary:\n\n200")
    assert next(iter(found.request)) == ("Origin", "https://b.example:8443")


def test_the_next_request_needs_no_empty_line() -> None:
    assert [found.method for found in parse_text("GET https://a.example/\n200\nPUT https://a.example/\n204")] == [
        "GET",
        "PUT",
    ]


def test_values_of_cookies_and_credentials_are_not_kept() -> None:
    text = (
        "GET https://a.example/\nCookie: sid=hunter2; lax\nAuthorization: Bearer hunter2\n\n200\nSet-Cookie: a=hunter2"
    )
    for keep_values in (False, True):
        (found,) = parse_text(text, keep_values=keep_values)
        assert "hunter2" not in repr(found)
        assert found.request.get("cookie") == f"sid={REDACTED}; lax={REDACTED}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("# only a comment", 1),
        ("Origin: https://a.example", 1),
        ("GET /relative\n\n200", 1),
        ("\nGET https://a.example/\nno header\n\n200", 3),
        ("GET https://a.example/\n\nVary: Origin", 3),
        ("GET https://a.example/\nBad Name: x\n\n200", 2),
        ("GET https://a.example/\n\n200\n\nnonsense", 5),
        ("\n\nGET https://a.example/\nOrigin: null\n", 3),
        ("GET https://a.example/\n\n200\n\nPUT https://a.example/\n\n", 5),
        ("GET https://a.example/\nOrigin: null\nPUT https://a.example/\n\n200", 1),
    ],
)
def test_errors_name_the_line(text: str, line: int) -> None:
    with pytest.raises(ValueError, match=rf"^line {line}: "):
        parse_text(text)


def test_the_code_with_which_a_websocket_was_closed() -> None:
    (closed, opened) = parse_text("GET wss://a.example/\n\n101 closed 1008\n\nGET wss://a.example/\n\n101 Switching\n")
    assert (closed.status, closed.close_code, closed.error) == (101, 1008, "")
    assert (opened.status, opened.close_code) == (101, None)


@pytest.mark.parametrize("name", ["x.http", "x.txt", "x"])
def test_as_a_capture(tmp_path: Path, name: str) -> None:
    capture = capture_of(tmp_path, TWO.encode(), name)
    assert (capture.format, capture.entries, capture.dialect.family) == ("text", 2, Family.WIRE)
    assert list(capture.exchanges()) == parse_text(TWO)


def test_a_fault_is_told(tmp_path: Path) -> None:
    assert refusal_of(tmp_path, b"GET https://a.example/\nnonsense\n").startswith("line 2: ")
    assert "UTF-8" in refusal_of(tmp_path, b"GET https://a.example/\nX: \xff\n\n200")
