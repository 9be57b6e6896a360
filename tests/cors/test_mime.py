"""MIME types: essence, extraction from header lists, and the groups that loads ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.mime import essence, extract_essence, is_javascript

from .helpers import headers


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/plain", "text/plain"), ("Text/PLAIN", "text/plain"), (" text/plain\t", "text/plain"),
        ("text/plain;charset=utf-8", "text/plain"), ("text/plain ; a=b", "text/plain"), ("text/plain;;;", "text/plain"),
        ("*/*", "*/*"), ("", None), ("text", None), ("text/", None), ("/plain", None), ("text /plain", None),
        ("text/ plain", None), ("text/plain, text/html", None), ("text/plain\xa0", None), ("text/pl@in", None),
    ],
)  # fmt: skip
def test_essence(value: str, expected: str | None) -> None:
    assert essence(value) == expected


# The examples of the Fetch standard.
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        (["Content-Type: text/plain;charset=gbk, text/html"], "text/html"),
        (["Content-Type: text/html;charset=gbk", "Content-Type: x/x", "Content-Type: text/html;x=y"], "text/html"),
        (["Content-Type: text/html", "Content-Type: cannot-parse"], "text/html"),
        (["Content-Type: text/html", "Content-Type: */*"], "text/html"),
        (["Content-Type: text/html", "Content-Type:"], "text/html"),
        (['Content-Type: text/html;x=",text/plain"'], "text/html"),
        (['Content-Type: text/html;"', "Content-Type: x/x"], "text/html"),
    ],
)
def test_extract_essence(lines: list[str], expected: str | None) -> None:
    assert extract_essence(headers(*lines)) == expected


@pytest.mark.parametrize("mime", ["text/javascript", "application/x-ecmascript", "text/javascript1.5", "text/jscript"])
def test_javascript(mime: str) -> None:
    assert is_javascript(mime)


@pytest.mark.parametrize("mime", [None, "text/plain", "text/javascript1.6", "application/json"])
def test_no_javascript(mime: str | None) -> None:
    assert not is_javascript(mime)


@given(st.text())
def test_takes_any_text(value: str) -> None:
    found = essence(value)
    assert found is None or essence(found) == found.lower()
