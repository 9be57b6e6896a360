"""What people typed and are known by is not in a safe copy, wherever it stood and however it was written."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.endpoint import template
from coranalyze.sources import Capture, pseudonyms
from coranalyze.sources.har_writer import Sanitized
from coranalyze.sources.pseudonyms import Pseudonyms
from tests.sources.hars import dump, entry, log, opened

KNOWN_BY = {
    "mail": "jane.doe@mail.example", "mail, tagged": "jane.doe+news@mail.example", "mail, IDN": "jörg@müller.example",
    "phone": "+49 170 1234567", "phone, trunk": "+49 (0)30 1234567", "phone, US": "(555) 123-4567",
    "phone, dots": "170.123.4567", "card": "4111 1111 1111 1111", "card, dashes": "4111-1111-1111-1111",
    "card, plain": "4111111111111111", "IBAN": "DE89370400440532013000", "IBAN, spaced": "DE89 3704 0044 0532 0130 00",
    "IBAN, letters": "GB29NWBK60161331926819", "SSN": "123-45-6789",
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl", "hash": "5d41402abc4b2a76b9719d911017c592",
    "basic": b64encode(b"janedoe:hunter2x").decode(), "basic, bare": b64encode(b"jane:hunter2").decode().rstrip("="),
    "mail, base64": b64encode(b"jane.doe@mail.example").decode(),
    "JSON, base64": urlsafe_b64encode(b'{"user":"jane","mail":"jane@mail.example"}').decode().rstrip("="),
}  # fmt: skip
TYPED = {"name": "Jane Mustermann", "born": "1980-01-31", "street": "12 Elm Street", "amount": "1234567"}
"""No look tells these: they go from where people type, the values of parameters."""


def written(value: str) -> Iterator[str]:
    yield value.replace(" ", "%20")
    yield quote(value, safe="")
    yield quote_plus(value)
    yield quote(quote(value, safe=""), safe="")


def forms(value: str) -> set[str]:
    return {*written(value), value, value.lower()}


def copy_of(folder: Path, content: bytes) -> bytes:
    capture = opened(folder, content)
    assert isinstance(capture, Capture)
    return Sanitized(capture, "1").render()


def copied(folder: Path, *entries: dict[str, Any]) -> str:
    """The copy's text, after a look at whether its own copy is the same."""
    copy = copy_of(folder, dump(log(*entries)))
    assert copy_of(folder, copy) == copy
    return copy.decode()


def in_queries(value: str) -> Iterator[str]:
    for form in written(value):
        yield f"https://api.example/x?q={form}"
        yield f"https://api.example/x;v={form}"
        yield f"https://api.example/id=1&v={form}"
        yield f"https://api.example/x?next={quote(f'https://b.example/{form}?x={form}', safe='')}"
        yield f"https://api.example/x?a=1;q={form}&b=2"
    yield f"https://api.example/x?q={quote(json.dumps({'a': value}), safe='')}"


@pytest.mark.parametrize("kind", KNOWN_BY)
def test_what_people_are_known_by(kind: str, tmp_path: Path) -> None:
    value = KNOWN_BY[kind]
    urls = [*in_queries(value)]
    for form in written(value):
        urls += [f"https://api.example/u/{form}/y", f"https://api.example/x?{form}", f"https://api.example/x?{form}=1"]
    moved = [
        entry("GET", "https://api.example/m", 302, asked={}, given={"Location": place.format(form)})
        for form in written(value)
        for place in ("/u/{0}?q={0}", "https://b.example/u/{0}?q={0}", "?{0}")
    ]
    failed = entry("GET", "https://api.example/f", 0, asked={}, _error=f"failed: {value}")
    text = copied(tmp_path, *(entry("GET", url, asked={}) for url in urls), *moved, failed)
    assert [form for form in forms(value) if form in text] == []


@pytest.mark.parametrize("kind", TYPED)
def test_what_people_typed(kind: str, tmp_path: Path) -> None:
    value = TYPED[kind]
    text = copied(tmp_path, *(entry("GET", url, asked={}) for url in in_queries(value)))
    assert [form for form in forms(value) if form in text] == []


@pytest.mark.parametrize("kind", ["mail", "card", "IBAN"])
@pytest.mark.parametrize("name", ["User-Agent", "Accept", "X-Requested-With", "Cookie"])
def test_headers_keep_length_and_kinds_of_bytes(kind: str, name: str, tmp_path: Path) -> None:
    value = KNOWN_BY[kind]
    text = copied(tmp_path, entry("GET", "https://api.example/", asked={name: f"a {value} b"}))
    assert value not in text
    kept = {line["name"]: line["value"] for line in json.loads(text)["log"]["entries"][0]["request"]["headers"]}
    if name != "Cookie":
        assert [character.isalnum() for character in kept[name]] == [c.isalnum() for c in f"a {value} b"]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/orders/42?page=2&sort=desc&v=1.2.3&debug", "https://a.example/logo-v2@2x.png",
        "https://a.example/AT&T/x&y", "https://a.example/at/192.168.100.200/x", "https://a.example/v/1.2.3.4.5.6", "https://a.example/on/2026-11-24",
        "https://user@host.example:8443", "https://a.example", "https://a.example/?", "https://a.example/x?token=[redacted-1]",
        "/relative?page=1", "about:blank", "data:[redacted]",
    ],
)  # fmt: skip
def test_what_says_nothing_of_anybody_stays(url: str) -> None:
    assert Pseudonyms().url(url) == url


def test_equal_values_get_equal_stand_ins() -> None:
    people = Pseudonyms()
    url = "https://a.example/jane@mail.example/x?q={}&next=https%3A%2F%2Fb.example%2Fx&r=other"
    first = people.url(url.format("a+b"))
    assert people.url(url.format("a%20b")) == first
    assert people.url(url.format("c")) != first
    # The origin that a parameter names may be what a server answers.
    assert first == (
        "https://a.example/person-1@example.invalid/x?q=value-1&next=https%3A%2F%2Fb.example%2Fvalue-2&r=value-3"
    )
    assert (people.people, people.parameters) == (1, 4)


@pytest.mark.parametrize(
    "path", ["/u/4111111111111111/x", "/t/170.123.4567", "/iban/DE89370400440532013000", "/b/BE68539007547034"]
)
def test_a_path_keeps_its_template(path: str) -> None:
    made = Pseudonyms().url(f"https://a.example{path}").removeprefix("https://a.example")
    assert made != path
    assert template(made) == template(path)


def test_what_is_encoded_again_and_again_takes_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []

    def counted(text: str) -> str:
        decoded.append(text)
        return unquote(text)

    monkeypatch.setattr(pseudonyms, "unquote", counted)
    assert Pseudonyms().url(f"https://a.example/%{'25' * 10_000}").startswith("https://a.example/%2525")
    assert len(decoded) <= 4
    assert "jane" not in Pseudonyms().url("https://a.example/jane%252540mail.example")


@given(st.text(), st.text(alphabet="/?&=;%@+ 0123456789abAB.-[]"))
def test_any_url_twice(text: str, dense: str) -> None:
    for url in (f"https://a.example/{text}", f"https://a.example/{dense}", dense):
        once = Pseudonyms().url(url)
        assert Pseudonyms().url(once) == once
