"""Header lists as exporters write them: both sets in one, pseudo-headers, odd shapes."""

from pathlib import Path
from typing import Any

import pytest

from coranalyze.sources.har import without_provisional
from coranalyze.sources.har_document import Line
from tests.sources.hars import URL, entry, only

PROVISIONAL = {"Referer": "https://app.example/", "User-Agent": "Mozilla/5.0", "content-type": "application/json"}


def test_provisional_headers_of_chromium_name_no_host(tmp_path: Path) -> None:
    assert only(tmp_path, entry(asked=PROVISIONAL)).provisional
    assert not only(tmp_path, entry(asked={**PROVISIONAL, "Host": "api.example"})).provisional
    assert not only(tmp_path, entry(asked={":authority": "api.example", **PROVISIONAL})).provisional


def test_a_proxy_has_no_provisional_headers(tmp_path: Path) -> None:
    # mitmproxy shows HTTP/2 requests without Host.
    assert not only(tmp_path, entry(asked={"accept": "*/*"}), creator="mitmproxy").provisional


def test_other_browsers_are_provisional_only_without_anything_of_the_network(tmp_path: Path) -> None:
    assert only(tmp_path, entry(asked={}), creator="WebKit Web Inspector").provisional
    assert not only(tmp_path, entry(asked={"Accept": "*/*"}), creator="WebKit Web Inspector").provisional


def test_chrome_har_writes_both_sets(tmp_path: Path) -> None:
    made = entry(asked={})
    made["request"]["headers"] = [
        {"name": "sec-ch-ua", "value": "x"},
        {"name": "Origin", "value": "https://provisional.example"},
        {"name": "X-A", "value": "1"},
        {"name": "Accept", "value": "*/*"},
        {"name": "Host", "value": "api.example"},
        {"name": "Origin", "value": "https://app.example"},
        {"name": "sec-ch-ua", "value": "x"},
        {"name": "X-A", "value": "1"},
    ]
    found = only(tmp_path, made, creator="chrome-har")
    assert found.request.names() == ("accept", "host", "origin", "sec-ch-ua", "x-a")
    assert found.request.values("origin") == ["https://app.example"]
    assert not found.provisional


def test_one_set_stays() -> None:
    lines = [Line("Referer", "a"), Line("User-Agent", "b")]
    assert without_provisional(lines, URL) == lines
    assert without_provisional([*lines, *lines], URL) == [*lines, *lines]  # no host: neither is the real one


@pytest.mark.parametrize(
    ("sets", "kept"),
    [
        # A redirect's entry may also hold what was sent to the next host.
        ([{"Origin": "p"}, {"Host": "api.example", "Origin": "a"}, {"Host": "b.example", "Origin": "null"}], "a"),
        ([{"Origin": "p"}, {":authority": "api.example", "Origin": "a"}], "a"),
        # Nothing names the host of the URL: the last set is as good as any.
        ([{"Origin": "p"}, {"Host": "x", "Origin": "a"}, {"Host": "y", "Origin": "b"}], "b"),
        ([{"Origin": "p"}, {"Host": "api.example:443", "Origin": "a"}], "a"),
    ],
)
def test_the_set_of_the_urls_own_host_is_kept(sets: list[dict[str, str]], kept: str) -> None:
    lines = [Line(name, value) for each in sets for name, value in each.items()]
    assert [line.value for line in without_provisional(lines, URL) if line.name == "Origin"] == [kept]


def test_pseudo_headers_and_broken_names_are_dropped(tmp_path: Path) -> None:
    asked = {":method": "GET", ":path": "/", "Host": "a", "OPTIONS /api/v1/track/urn": "", "origin": "null"}
    assert only(tmp_path, entry(asked=asked)).request.names() == ("host", "origin")


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        (None, ()),
        ("none", ()),
        ([], ()),
        ([{"name": "Vary"}], ("vary",)),
        ([{"name": "Vary", "value": None}], ("vary",)),
        ([{"name": "Age", "value": 7}, {"value": "x"}, "x", None, 5, {"name": 1, "value": "x"}], ("age",)),
        ([["Vary", "Origin"], ["Age"]], ("vary",)),
        ({"Vary": "Origin", "Allow": ["GET", "PUT"]}, ("vary", "allow")),
    ],
)
def test_header_lists_of_every_shape(tmp_path: Path, headers: Any, names: tuple[str, ...]) -> None:
    made = entry()
    made["response"]["headers"] = headers
    made["request"]["headers"] = headers
    found = only(tmp_path, made)
    assert found.response.names() == names
    assert found.request.names() == names


def test_a_header_without_value_is_empty(tmp_path: Path) -> None:
    made = entry()
    made["response"]["headers"] = [
        {"name": "Vary"},
        {"name": "Age", "value": 7},
        {"name": "Allow", "value": ["GET", "PUT"]},
    ]
    assert list(only(tmp_path, made).response) == [("Vary", ""), ("Age", "7"), ("Allow", "GET, PUT")]
