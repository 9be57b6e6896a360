"""The file around the entries: wrappers, JSON that strict parsers refuse, bytes that are no UTF-8, what is no HAR."""

from pathlib import Path
from typing import Any

import pytest

from coranalyze.sources.har_document import NO_ENTRIES, NOT_UTF8
from tests.sources.hars import capture_of, dump, entry, log, only, refusal_of


@pytest.mark.parametrize(
    "wrap",
    [
        lambda har: b"\xef\xbb\xbf" + har,
        lambda har: b" \r\n\t" + har,
        lambda har: b"onInputData(" + har + b");",
        lambda har: b"callback_1(\n" + har + b"\n)\n",
        lambda har: b"/**/ cb(" + har + b")",
        lambda har: har.decode().encode("utf-16"),
        lambda har: har + b"\n\n",
    ],
)
def test_wrappers(tmp_path: Path, wrap: Any) -> None:
    capture = capture_of(tmp_path, wrap(dump(log(entry(), entry()))))
    assert len(list(capture.exchanges())) == 2
    assert capture.dialect.name == "chrome-devtools"


def test_the_bare_log(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, dump(log(entry(), creator="Firefox")["log"]))
    assert len(list(capture.exchanges())) == 1
    assert capture.dialect.name == "firefox-devtools"


def test_a_lone_entry(tmp_path: Path) -> None:
    assert len(list(capture_of(tmp_path, dump(entry())).exchanges())) == 1


def test_trailing_data_is_noted(tmp_path: Path) -> None:
    whole = dump(log(entry()))
    capture = capture_of(tmp_path, whole + b"]}garbage")
    assert len(list(capture.exchanges())) == 1
    assert capture.notes[0] == f"data after the end of the log, from byte {len(whole)} on, was left out"


@pytest.mark.parametrize(
    "har",
    [{"log": {}}, {"log": {"version": "1.2", "entries": None}}, {"log": {"entries": {}}}, {"log": {"entries": 5}}],
)
def test_a_log_without_entries(tmp_path: Path, har: Any) -> None:
    capture = capture_of(tmp_path, dump(har))
    assert NO_ENTRIES in capture.notes
    assert list(capture.exchanges()) == []


def test_no_entries_at_all_is_no_fault(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, dump(log()))
    assert capture.entries == 0
    assert NO_ENTRIES not in capture.notes


@pytest.mark.parametrize(
    "literal", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, '"\\ud800"', '"\x01"', "[" * 3000 + "]" * 3000]
)
def test_values_that_strict_parsers_refuse(tmp_path: Path, literal: str) -> None:
    text = (
        dump(log(entry(), entry(method="PUT", _odd="HERE"), entry(method="PATCH"))).decode().replace('"HERE"', literal)
    )
    capture = capture_of(tmp_path, text.encode())
    methods = [found.method for found in capture.exchanges()]
    assert methods[0] == "GET"
    assert capture.entries == len(methods) + len(capture.skipped)
    if not literal.startswith("["):
        assert methods == ["GET", "PUT", "PATCH"]


def test_duplicate_keys(tmp_path: Path) -> None:
    text = dump(log(entry())).replace(b'"method": "GET"', b'"method": "GET", "method": "PUT"')
    (found,) = capture_of(tmp_path, text).exchanges()
    assert found.method == "PUT"


def test_invalid_utf8_is_replaced_and_noted(tmp_path: Path) -> None:
    har = dump(log(entry(given={"Server": "caf?", "Vary": "Origin"}), entry())).replace(b"caf?", b"caf\xe9")
    capture = capture_of(tmp_path, har)
    first, second = capture.exchanges()
    assert first.response.values("server") == ["caf\ufffd"]
    assert first.response.values("vary") == ["Origin"]
    assert second.status == 200
    assert NOT_UTF8 in capture.notes


def test_bytes_that_mitmproxy_escapes_are_latin_1(tmp_path: Path) -> None:
    (found,) = capture_of(tmp_path, dump(log(entry(given={"Server": "caf\udce9"}), creator="mitmproxy"))).exchanges()
    assert found.response.values("server") == ["café"]


@pytest.mark.parametrize("code", [0xDCE9, 0xD83D])
def test_no_lone_surrogate_gets_through(tmp_path: Path, code: int) -> None:
    only(tmp_path, entry(url=f"https://a.example/{chr(code)}")).url.encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"constants": {}, "events": []}, "NetLog"),
        ({"traceEvents": []}, "trace"),
        ({"info": {}, "item": []}, "Postman"),
        ({"openapi": "3.1.0"}, "OpenAPI"),
        ({"hello": 1}, "`hello`"),
        ({"log": 5}, "JSON"),
        ({"log": [entry()]}, "JSON"),
        ({}, "without a HAR log"),
    ],
)
def test_json_that_is_no_har(tmp_path: Path, content: Any, reason: str) -> None:
    assert reason in refusal_of(tmp_path, dump(content))
