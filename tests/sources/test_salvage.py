from pathlib import Path

import pytest

from coranalyze.sources.salvage import Salvage, Torn, end_of_value
from tests.hostile.growth import is_linear
from tests.sources.hars import capture_of, dump, entry, log, refusal_of


def test_every_cut_keeps_the_whole_entries_before_it(tmp_path: Path) -> None:
    entries = [entry("GET", odd='}],{"[\\"'), entry("PUT"), entry("PATCH")]
    har = dump(log(*entries, creator=None))
    ends = [har.index(dump(each)) + len(dump(each)) for each in entries]
    start = har.index(b"[") + 1
    for cut in range(start, len(har)):
        capture = capture_of(tmp_path, har[:cut])
        methods = [found.method for found in capture.exchanges()]
        whole = sum(end <= cut for end in ends)
        assert methods == ["GET", "PUT", "PATCH"][:whole], cut
        assert capture.entries == len(methods) + len(capture.skipped)
        assert capture.notes[0] == f"truncated: cut off at byte {cut}", cut
        for skipped in capture.skipped:
            assert skipped.entry == whole
            assert f"byte {cut}" in skipped.reason


def test_a_cut_before_the_entries_is_no_capture(tmp_path: Path) -> None:
    har = dump(log(entry(), creator=None))
    for cut in range(1, har.index(b"[")):
        assert "before any entry" in refusal_of(tmp_path, har[:cut]), cut


def test_what_stands_before_the_entries_is_used(tmp_path: Path) -> None:
    har = dump(
        {"log": {"creator": {"name": "Firefox"}, "pages": [{"id": "p", "title": "t"}], "entries": [entry(), entry()]}}
    )
    capture = capture_of(tmp_path, har[:-30])
    assert capture.dialect.name == "firefox-devtools"
    assert len(list(capture.exchanges())) == 1


def test_the_dialect_shows_in_the_fields_where_the_creator_is_cut_off(tmp_path: Path) -> None:
    har = dump({"log": {"entries": [entry(_monotonicTime=1.0), entry()], "creator": {"name": "Playwright"}}})
    assert capture_of(tmp_path, har[:-60]).dialect.name == "playwright"


def test_broken_in_the_middle(tmp_path: Path) -> None:
    har = dump(log(entry("GET"), entry("PUT"), entry("PATCH"))).replace(b'"method": "PUT"', b'"method"; "PUT"')
    capture = capture_of(tmp_path, har)
    assert [found.method for found in capture.exchanges()] == ["GET"]
    at = har.index(b";")
    assert capture.notes[0] == f"broken: not JSON at byte {at}"
    assert [(skipped.entry, f"byte {at}" in skipped.reason) for skipped in capture.skipped] == [(1, True)]


@pytest.mark.parametrize(
    "text", ["{", '{"log"', '{"log":', '{"log":{"entries"', '{"a":1}{', '{"log":{"entries":', "{'log':1}", "{]"]
)
def test_scraps(tmp_path: Path, text: str) -> None:
    assert refusal_of(tmp_path, text.encode())


def test_missing_and_doubled_commas(tmp_path: Path) -> None:
    har = dump(log(entry("GET"), entry("PUT"), creator=None))
    second = har.index(dump(entry("PUT")))
    for separator in (b"", b",,", b" "):
        text = har[: second - 2] + separator + har[second:]
        assert [found.method for found in capture_of(tmp_path, text).exchanges()] == ["GET", "PUT"]


@pytest.mark.parametrize(
    "value", ["1", "-1.5e3", "true", "null", '"a\\"b"', "[1, [2], {}]", '{"a": [{}]}', "NaN", '"\x01"', '["\\ud800"]']
)
@pytest.mark.parametrize("after", [",", "]", " \n}", ', "x": NaN}'])
def test_where_a_value_ends(value: str, after: str) -> None:
    text = ("##" + value + after).encode()
    end = end_of_value(memoryview(text), 2)
    assert text[2:end].strip() == value.encode()


def test_values_larger_than_the_window() -> None:
    value = b'["\x01' + b"x" * 1_000_000 + b'", 1]'
    assert end_of_value(memoryview(value + b",1"), 0) == len(value)


@pytest.mark.parametrize(
    ("value", "cut"),
    [(b'["\x01abc', True), (b"[1, 2", True), (b"[tru", True), (b'{"a" 1}', False), (b"[1 2]   ", False)],
)
def test_where_it_breaks(value: bytes, cut: bool) -> None:
    with pytest.raises(Torn) as caught:
        end_of_value(memoryview(value), 0)
    assert caught.value.cut is cut
    assert caught.value.at <= len(value)


def test_time_grows_with_the_length_only() -> None:
    one = dump(entry(odd="x" * 500)) + b","

    def read(size: int) -> None:
        salvage = Salvage(memoryview(b'{"log": {"entries": [' + one * size + b'{"a": "' + b"[" * 50 * size))
        with pytest.raises(Torn):
            salvage.run()
        assert len(salvage.entries) == size

    assert is_linear(read, 5_000)
