import gzip
import json
import zlib
from pathlib import Path

import pytest

from coranalyze.exchange import REDACTED, Exchange, Family
from coranalyze.sources.capture import LONGEST_LINE, NOT_CLOSED
from coranalyze.sources.containers import TORN_GZIP
from tests.sources.hars import capture_of, refusal_of

HEAD = {"coranalyze_capture": 1, "mitmproxy": "12.2.3"}
CLOSED = {"closed": 1.0, "exchanges": 1}
GET = {
    "method": "GET", "url": "https://api.example/x", "status": 200, "started": 1000.5, "ended": 1001.5,
    "request": [["Origin", "https://app.example"]], "response": [["Vary", "Origin"], ["vary", "Accept"]],
    "address": "192.0.2.1", "http": "HTTP/2.0",
}  # fmt: skip


def lines(*objects: object) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def read(tmp_path: Path, data: bytes) -> tuple[list[Exchange], list[tuple[int, str]], list[str]]:
    """Exchanges, skipped entries and notes."""
    capture = capture_of(tmp_path, data, "x.cors.jsonl")
    exchanges = list(capture.exchanges())
    assert capture.entries == len(exchanges) + len(capture.skipped)
    return exchanges, [(each.entry, each.reason) for each in capture.skipped], capture.notes


def test_one_exchange(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, lines(HEAD, GET, CLOSED), "x.cors.jsonl")
    (found,) = capture.exchanges()
    assert (capture.format, capture.dialect.name, capture.dialect.family) == (
        "capture",
        "coranalyze-capture",
        Family.WIRE,
    )
    assert (found.entry, found.method, found.url, found.status) == (0, "GET", "https://api.example/x", 200)
    assert (found.started, found.ended, found.server_address) == (1000.5, 1001.5, "192.0.2.1")
    assert found.response == (("vary", "Origin"), ("vary", "Accept"))
    assert (capture.entries, capture.skipped, capture.notes) == (1, [], [])


@pytest.mark.parametrize(
    ("version", "spelt"), [("HTTP/1.1", "Vary"), ("HTTP/2.0", "vary"), ("HTTP/3", "vary"), ("", "Vary")]
)
def test_names_are_those_that_reached_the_browser(tmp_path: Path, version: str, spelt: str) -> None:
    """The same list of headers, over one version after the other."""
    ((plain, found), _, _) = read(tmp_path, lines(HEAD, {**GET, "http": "HTTP/1.0"}, {**GET, "http": version}))
    assert plain.response == (("Vary", "Origin"), ("vary", "Accept"))
    assert found.response == ((spelt, "Origin"), ("vary", "Accept"))
    assert found.request == (("Origin", "https://app.example"),)


def test_a_tunnel_is_no_request_of_a_page(tmp_path: Path) -> None:
    tunnel = {**GET, "method": "CONNECT", "url": "https://api.example:443/", "status": 502}
    exchanges, skipped, notes = read(tmp_path, lines(HEAD, GET, tunnel, GET, CLOSED))
    assert [each.entry for each in exchanges] == [0, 2]
    at = len(lines(HEAD, GET))
    why = "a tunnel to https://api.example through the proxy (CONNECT), no request of a page"
    assert (skipped, notes) == ([(1, f"line 3, byte {at}: {why}")], [])


def test_what_a_later_version_may_add(tmp_path: Path) -> None:
    """Files without a field are read, and fields that nobody knows."""
    ((old, new), skipped, _) = read(tmp_path, lines(HEAD, GET, {**GET, "close_code": 1008, "made_up": [1]}, CLOSED))
    assert (old.close_code, new.close_code, skipped) == (None, 1008, [])


@pytest.mark.parametrize("packed", [False, True])
def test_in_the_order_of_the_file(tmp_path: Path, packed: bool) -> None:
    data = lines(HEAD, {**GET, "started": 9.0}, {**GET, "started": 1.0}, CLOSED)
    exchanges, _, notes = read(tmp_path, gzip.compress(data) if packed else data)
    assert [(each.entry, each.started) for each in exchanges] == [(0, 9.0), (1, 1.0)]
    assert notes == []


def test_an_exchange_without_a_response(tmp_path: Path) -> None:
    failed = {"method": "GET", "url": "https://api.example/x", "started": 5.0, "request": [], "error": "refused"}
    ((found,), _, _) = read(tmp_path, lines(HEAD, failed, CLOSED))
    assert (found.status, found.ended, found.error) == (None, 5.0, "refused")


def test_a_torn_last_line_costs_that_line_only(tmp_path: Path) -> None:
    data = lines(HEAD, GET)
    whole = lines(HEAD, GET, GET)
    for cut in range(len(data) + 1, len(whole) - 1):
        exchanges, skipped, notes = read(tmp_path, whole[:cut])
        where = f"line 3, byte {len(data)}"
        assert len(exchanges) == 1
        assert skipped == [(1, f"{where}: torn: the recording ended in it")]
        assert notes == [f"truncated: the last line is torn ({where})", NOT_CLOSED]


def test_a_last_line_that_only_lacks_its_newline_counts(tmp_path: Path) -> None:
    exchanges, skipped, _ = read(tmp_path, lines(HEAD, GET, GET)[:-1])
    assert (len(exchanges), skipped) == (2, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nonsense", "JSON is malformed"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"url":"https://a.example/"}', "an exchange without method or URL"),
        (b'{"method":"GET","url":7}', "Expected `str"),
        (b'{"method":"GET","url":"!ttps://a.example/"}', "the URL is not absolute"),
        (b'{"method":"GET /","url":"https://a.example/"}', "the method is no token"),
        (b'{"method":"GET","url":"https://a.example/","request":[["a"]]}', "Expected `array` of length 2"),
        (b'{"method":"\\udc80","url":"https://a.example/"}', "surrogate"),
        (b'{"x":' + b"[" * 100_000, "recursion"),
        (b"\xff", "malformed"),
        (b"x" * (LONGEST_LINE + 5), "malformed"),
    ],
)
def test_broken_lines_are_skipped_counted_and_located(tmp_path: Path, line: bytes, reason: str) -> None:
    before = lines(HEAD, GET)
    exchanges, skipped, _ = read(tmp_path, before + line + b"\n" + lines(GET, CLOSED))
    assert [each.entry for each in exchanges] == [0, 2]
    assert skipped[0][0] == 1
    assert skipped[0][1].startswith(f"line 3, byte {len(before)}: cannot be used: ")
    assert reason in skipped[0][1]


def test_lost_exchanges_are_told(tmp_path: Path) -> None:
    _, skipped, notes = read(tmp_path, lines(HEAD, GET, {"lost": 3}, GET, {"lost": 4}, GET, CLOSED))
    assert (skipped, notes) == ([], ["7 exchanges are missing: there was no room to write them"])


def test_files_put_together_read_on(tmp_path: Path) -> None:
    exchanges, skipped, notes = read(tmp_path, lines(HEAD, GET, CLOSED, HEAD, GET, CLOSED))
    assert (len(exchanges), skipped, notes) == (2, [], [])


def test_a_gzip_stream_that_ends_early(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    data = b"".join(packer.compress(each) + packer.flush(zlib.Z_SYNC_FLUSH) for each in (lines(HEAD), lines(GET)))
    exchanges, skipped, notes = read(tmp_path, data)
    assert (len(exchanges), skipped, notes) == (1, [], [TORN_GZIP, NOT_CLOSED])


def test_damage_in_a_gzip_stream(tmp_path: Path) -> None:
    data = gzip.compress(lines(HEAD, *[GET] * 2000, CLOSED), compresslevel=0)
    exchanges, _, notes = read(tmp_path, data[:200_000] + b"\xff" * 50_000)
    assert 100 < len(exchanges) < 1_000
    assert TORN_GZIP in notes


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    assert "format 2" in refusal_of(tmp_path, lines({"coranalyze_capture": 2}, GET))
    assert "newer" in refusal_of(tmp_path, gzip.compress(lines({"coranalyze_capture": 2}, GET)))


def test_a_damaged_first_line_is_refused(tmp_path: Path) -> None:
    assert "first line" in refusal_of(tmp_path, b'{"coranalyze_capture": 1, "mitm')


def test_values_are_redacted_whoever_wrote_them(tmp_path: Path) -> None:
    line = {**GET, "url": "https://u:p@a.example/?token=hunter2#x", "request": [["Cookie", "a=hunter2"], ["X-A", "b"]]}
    ((found,), _, _) = read(tmp_path, lines(HEAD, line))
    assert found.url == "https://redacted:redacted@a.example/?token=[redacted-1]"
    assert found.request == (("Cookie", f"a={REDACTED}"), ("X-A", REDACTED))
