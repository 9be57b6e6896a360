"""Near misses are named for what they are, and pointed at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.near_miss import near_miss

PAGE = "https://app.example"


@pytest.mark.parametrize(
    ("expected", "received", "kind", "marked"),
    [
        (PAGE, f"{PAGE}/", "trailing-slash-or-path", "/"),
        (PAGE, f"{PAGE}/app", "trailing-slash-or-path", "/app"),
        (PAGE, f"{PAGE}?", "trailing-slash-or-path", "?"),
        (PAGE, "https://App.Example", "case", "App.E"),
        (PAGE, "app.example", "scheme-missing", ""),
        (PAGE, "http://app.example", "scheme", ""),
        ("http://app.example", PAGE, "scheme", "s"),
        (PAGE, f"{PAGE}:443", "port", ":443"),
        (f"{PAGE}:8443", PAGE, "port", ""),
        (PAGE, f"{PAGE}:8443", "port", ":8443"),
        ("http://localhost:3000", "http://localhost:5173", "port", "5173"),
        ("http://localhost:3000", "http://127.0.0.1:3000", "loopback-name", "127.0.0.1"),
        ("http://127.0.0.1:3000", "http://localhost:3000", "loopback-name", "localhost"),
        ("https://www.app.example", PAGE, "www", ""),
        (PAGE, "https://www.app.example", "www", "www."),
        (PAGE, "https://example", "subdomain", ""),
        (PAGE, "https://*.example", "wildcard-pattern", "*"),
        (PAGE, "*.example", "wildcard-pattern", "*"),
        (PAGE, "null", "null-literal", None),
        ("null", PAGE, "origin-was-null", None),
        (PAGE, f'"{PAGE}"', "quotes", f'"{PAGE}"'),
        (PAGE, f"{PAGE}, https://b.example", "multiple", None),
        (PAGE, "https://u@app.example", "userinfo", "u@"),
        (PAGE, "https://other.test", "other-origin", None),
        (PAGE, "https://example:8443", "other-origin", None),
        (PAGE, "undefined", "other-origin", None),
        (PAGE, "", "other-origin", None),
        ("capacitor://localhost", "http://localhost", "scheme", "http"),
        ("capacitor://localhost", "ionic://app", "other-origin", None),
        ("capacitor://localhost", "localhost", "scheme-missing", ""),
        ("app://x", "APP://x", "case", "APP"),
        ("\0ttps://x", "https://x", "other-origin", None),
        ("\x1b[2J://x", "x", "other-origin", None),
        ("app://x", "\u202eapp://x", "other-origin", None),
        (PAGE, "*", "wildcard-pattern", "*"),
        (PAGE, "http://app.example:8443", "scheme-and-port", "://app.example:8443"),
        (PAGE, "https://a.b, https://c.d/*", "multiple", None),
        (PAGE, f"{PAGE} ", "multiple", None),
        (PAGE, "https://ÄPP.example", "other-origin", None),
        ("https://xn--bcher-kva.example", "https://bücher.example", "spelling", "bücher"),
        ("http://[::1]:3000", "http://localhost:3000", "loopback-name", "localhost"),
        ("https://app.example:8443", "https://www.app.example", "other-origin", None),
    ],
)
def test_kind_and_place(expected: str, received: str, kind: str, marked: str | None) -> None:
    miss = near_miss(expected, received)
    assert miss.kind == kind
    assert miss.sentence
    assert (None if miss.start < 0 else received[miss.start : miss.end]) == marked


PIECES = st.sampled_from(
    ["https://", "http://", "app://", "://", "a.example", "[::1]", ":8443", ":", "x", "\0", "\x1b", "\u202e", "\t",
     "\n", "é", "/", "www.", "null", "*", ",", "'", "@", "%00", "localhost"]
)  # fmt: skip
TEXTS = st.text(max_size=40) | st.lists(PIECES, max_size=6).map("".join)


@given(TEXTS, TEXTS)
def test_takes_any_text(expected: str, received: str) -> None:
    miss = near_miss(expected, received)
    assert -1 <= miss.start <= miss.end <= len(received)
    assert miss.sentence.isprintable()
