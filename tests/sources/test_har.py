"""One test an oddity: what exporters write of an exchange, and what becomes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from coranalyze.exchange import REDACTED
from coranalyze.sources.har_document import status_of
from coranalyze.sources.har_mitmproxy import NO_END
from tests.sources.hars import URL, WIRE, capture_of, dump, entry, log, only, preflight, read

START = 1795413900000.0


def test_an_ordinary_entry(tmp_path: Path) -> None:
    made = entry(
        "PUT",
        URL + "?page=1#top",
        asked={**WIRE, "Origin": "https://app.example", "X-Trace": "1"},
        given={"Vary": "Origin"},
        serverIPAddress="[::1]",
        _resourceType="Fetch",
    )
    found = only(tmp_path, made)
    assert found.entry == 0
    assert (found.method, found.url, found.status) == ("PUT", URL + "?page=1", 200)
    assert (found.started, found.ended) == (START, START + 12.5)
    assert list(found.request)[-2:] == [("Origin", "https://app.example"), ("X-Trace", REDACTED)]
    assert list(found.response) == [("Vary", "Origin")]
    assert (found.server_address, found.resource_type, found.error) == ("::1", "fetch", "")
    assert (found.provisional, found.cached, found.service_worker) == (False, False, False)


@pytest.mark.parametrize("status", [0, -1, -2, 1, None, "", "0", 99, 1000, "abc", 0.0])
def test_no_response(tmp_path: Path, status: Any) -> None:
    assert only(tmp_path, entry(status=status)).status is None


def test_status_spellings() -> None:
    assert (status_of(200.0), status_of("404"), status_of(999)) == (200, 404, 999)


@pytest.mark.parametrize("response", [None, "none", 7, []])
def test_an_unusable_response_is_none(tmp_path: Path, response: Any) -> None:
    made = entry()
    made["response"] = response
    assert only(tmp_path, made).status is None
    del made["response"]
    assert only(tmp_path, made).status is None


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"_error": "net::ERR_FAILED"}, "net::ERR_FAILED"),
        ({"_error": None}, ""),
        ({"_error": {"message": "redirect loop", "code": 1}}, "redirect loop"),
        ({"_error": {"code": "ECONNREFUSED"}}, "ECONNREFUSED"),
        ({"_failureText": "net::ERR_ABORTED"}, "net::ERR_ABORTED"),
        (
            {"_error": "cannot load https://u:p@x.example/?token=abc"},
            "cannot load https://redacted:redacted@x.example/?token=[redacted-1]",
        ),
    ],
)
def test_errors(tmp_path: Path, fields: dict[str, Any], error: str) -> None:
    assert only(tmp_path, entry(response=fields)).error == error


def test_error_of_the_entry(tmp_path: Path) -> None:
    assert only(tmp_path, entry(_error="aborted")).error == "aborted"


@pytest.mark.parametrize(
    ("fields", "response"),
    [
        ({"_fromCache": "disk"}, {}),
        ({"_fromCache": "memory"}, {}),
        ({"_fromDiskCache": True}, {}),
        ({"_fetchType": "Disk Cache"}, {}),
        ({"_fetchType": "Memory Cache"}, {}),
        ({}, {"fromDiskCache": True}),
        ({}, {"fromPrefetchCache": True}),
    ],
)
def test_cached(tmp_path: Path, fields: dict[str, Any], response: dict[str, Any]) -> None:
    assert only(tmp_path, entry(response=response, **fields)).cached


def test_not_cached(tmp_path: Path) -> None:
    made = entry(response={"fromDiskCache": False}, _fromDiskCache=False, _fetchType="Network Load", _fromCache=None)
    assert not only(tmp_path, made).cached


@pytest.mark.parametrize("response", [{"_fetchedViaServiceWorker": True}, {"fromServiceWorker": True}])
def test_service_worker(tmp_path: Path, response: dict[str, Any]) -> None:
    assert only(tmp_path, entry(response=response)).service_worker
    assert not only(tmp_path, entry(response=dict.fromkeys(response, False))).service_worker
    assert only(tmp_path, entry(_fetchType="Service Worker")).service_worker


@pytest.mark.parametrize(
    ("initiator", "creator"),
    [
        ({"_initiator": {"type": "preflight", "url": URL, "requestId": "15853.20"}}, "WebInspector"),
        ({"_initiator_detail": json.dumps({"type": "preflight", "requestId": "15853.20"})}, "chrome-har"),
        ({"_initiator": {"type": "preflight", "requestId": "15853.20"}}, "Chrome HAR Capturer"),
    ],
)
def test_the_parent_of_a_preflight(tmp_path: Path, initiator: dict[str, Any], creator: str) -> None:
    assert only(tmp_path, preflight(**initiator), creator=creator).parent_id == "15853.20"


def test_preflights_are_recognized_where_the_type_says_other(tmp_path: Path) -> None:
    made = preflight(_resourceType="other", _initiator={"type": "preflight", "requestId": "1.2"})
    assert only(tmp_path, made, creator="Chrome HAR Capturer").resource_type == "preflight"


@pytest.mark.parametrize(
    "initiator", [None, [], "x", {"type": 5}, {"type": "preflight", "requestId": "<b>"}, {"stack": 1}]
)
def test_initiators_that_say_nothing(tmp_path: Path, initiator: Any) -> None:
    assert only(tmp_path, preflight(_initiator=initiator, _initiator_detail=initiator)).parent_id == ""


PAGES = [{"id": "page_1", "title": "https://app.example/shop?x=1", "startedDateTime": "x", "pageTimings": {}}]
STACK = {"type": "script", "stack": {"callFrames": [{"url": ""}, {"url": "https://cdn.example/a.js?token=1"}]}}


@pytest.mark.parametrize(
    ("creator", "page"),
    [
        ("WebInspector", "https://app.example/"),
        ("WebKit Web Inspector", "https://app.example/"),
        ("Firefox", ""),
        ("Playwright", ""),
    ],
)
def test_the_page_where_it_can_be_trusted(tmp_path: Path, creator: str, page: str) -> None:
    assert only(tmp_path, entry(pageref="page_1"), creator=creator, pages=PAGES).page_url == page


@pytest.mark.parametrize(
    ("creator", "pages", "pageless"),
    [
        ("WebInspector", PAGES, True),
        ("Playwright", PAGES, True),
        ("WebInspector", [], False),
        ("Firefox", PAGES, False),
    ],
)
def test_what_stands_under_no_page_where_others_do(tmp_path: Path, creator: str, pages: Any, pageless: bool) -> None:
    paged, alone = read(tmp_path, entry(pageref="page_1"), entry(), creator=creator, pages=pages)
    assert (paged.pageless, alone.pageless) == (False, pageless)


def test_the_script_where_there_is_no_page(tmp_path: Path) -> None:
    assert only(tmp_path, entry(_initiator=STACK), pages=[]).page_url == "https://cdn.example/"
    assert only(tmp_path, entry(_initiator=STACK, pageref="page_1"), pages=PAGES).page_url == "https://app.example/"
    parser = {"type": "parser", "url": "https://app.example/index.html"}
    assert only(tmp_path, entry(_initiator=parser), pages=[]).page_url == "https://app.example/"


@pytest.mark.parametrize(
    "url",
    ["data:text/plain,x", "about:blank", "blob:https://app.example/1", "chrome-extension://x/y", "wss://a.example/"],
)
def test_urls_that_are_no_http_are_entries_too(tmp_path: Path, url: str) -> None:
    assert len(read(tmp_path, entry(url=url))) == 1


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({}, "no request"),
        ({"request": None}, "no request"),
        (entry("CONNECT", "https://a.example:443", 0), "a tunnel to https://a.example through the proxy"),
        ({"request": []}, "no request"),
        ({"request": {"url": URL}}, "no method"),
        ({"request": {"method": 5, "url": URL}}, "no method"),
        ({"request": {"method": "GET /", "url": URL}}, "no token"),
        ({"request": {"method": "GET"}}, "no URL"),
        ({"request": {"method": "GET", "url": "/path"}}, "not absolute"),
        (None, "no JSON object"),
        ("entry", "no JSON object"),
        ([], "no JSON object"),
    ],
)
def test_an_unusable_entry_is_skipped_counted_and_located(tmp_path: Path, made: Any, reason: str) -> None:
    capture = capture_of(tmp_path, dump(log(entry(), made, entry(method="PUT"))))
    assert capture.entries == 3
    assert [found.entry for found in capture.exchanges()] == [0, 2]
    ((position, why),) = [(skipped.entry, skipped.reason) for skipped in capture.skipped]
    assert position == 1
    assert reason in why


@pytest.mark.parametrize(
    "field",
    [
        "startedDateTime",
        "time",
        "pageref",
        "serverIPAddress",
        "_resourceType",
        "_initiator",
        "_error",
        "_fromCache",
        "timings",
    ],
)
@pytest.mark.parametrize("value", [None, 5, -1, "x", "1e999", [1], {"a": 1}, True])
def test_a_field_of_the_wrong_type_costs_nothing_else(tmp_path: Path, field: str, value: Any) -> None:
    capture = capture_of(tmp_path, dump(log(entry(**{field: value}), entry())))
    found = list(capture.exchanges())
    assert len(found) == 2
    assert all(each.status == 200 for each in found)
    assert capture.skipped == []


@pytest.mark.parametrize("time", [-1, "-1", "x", None, float("inf"), -0.5, 1e300])
def test_an_unknown_duration(tmp_path: Path, time: Any) -> None:
    made = entry()
    made["time"] = time
    found = only(tmp_path, made)
    assert found.ended == found.started == START


def test_no_time_at_all(tmp_path: Path) -> None:
    found = only(tmp_path, entry(at="NaN-NaN-NaNTNaN:NaN:NaN.NaN+01:00"))
    assert found.started is None
    assert found.ended is None


def test_exchanges_can_be_read_once(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, dump(log(entry())))
    list(capture.exchanges())
    with pytest.raises(ValueError, match="once"):
        capture.exchanges()


def test_no_body_gets_through(tmp_path: Path) -> None:
    made = entry(response={"content": {"text": "hunter2"}})
    made["request"]["postData"] = {"mimeType": "text/plain", "text": "hunter2"}
    made["request"]["cookies"] = [{"name": "a", "value": "hunter2"}]
    assert "hunter2" not in repr(read(tmp_path, made))


@pytest.mark.parametrize(
    ("url", "host", "read_as"),
    [
        ("http://::1:8085/x", "[::1]:8085", "http://[::1]:8085/x"),
        ("http://::1:8085", "[::1:8085]", "http://[::1:8085]"),
        ("http://[::1]:8085/x", "[::1]:8085", "http://[::1]:8085/x"),
        ("http://api.example:8085/::1:8085", "[::1]:8085", "http://api.example:8085/::1:8085"),
    ],
)
def test_mitmproxy_writes_ipv6_addresses_without_brackets(tmp_path: Path, url: str, host: str, read_as: str) -> None:
    found = only(tmp_path, entry(url=url, asked={"Host": host}), creator="mitmproxy")
    assert found.url == read_as


@pytest.mark.parametrize(
    ("creator", "status", "receive", "error"),
    [
        ("mitmproxy", 200, 0, NO_END),
        ("mitmproxy", 200, 0.0, ""),
        ("mitmproxy", 200, 1.5, ""),
        ("mitmproxy", 101, 0, ""),
        ("mitmproxy har_dump", 200, 0, ""),
        ("WebInspector", 200, 0, ""),
    ],
)
def test_a_response_without_end_in_a_har_of_mitmproxy(
    tmp_path: Path, creator: str, status: int, receive: float, error: str
) -> None:
    """Its body broke off: an integer 0 is what mitmproxy writes there, and no error beside a response."""
    timings = {"connect": -1.0, "ssl": -1.0, "send": 0.5, "receive": receive, "wait": 2.0}
    assert only(tmp_path, entry(status=status, timings=timings), creator=creator).error == error


@pytest.mark.parametrize(
    ("creator", "joined", "read_as"),
    [
        ("WebInspector", "https://b.example/y, https://b.example/y", "https://b.example/y"),
        ("WebInspector", "https://b.example/y, https://c.example/y", "https://b.example/y, https://c.example/y"),
        ("WebInspector", ", ", ""),
        ("mitmproxy", "https://b.example/y, https://b.example/y", "https://b.example/y, https://b.example/y"),
    ],
)
def test_equal_locations_are_one_to_chromium(tmp_path: Path, creator: str, joined: str, read_as: str) -> None:
    """Which joins them in the record of a worker."""
    found = only(tmp_path, entry(status=302, given={"Location": joined}), creator=creator)
    assert found.response.values("location") == [read_as]


@pytest.mark.parametrize(
    ("creator", "version", "spelt"),
    [
        ("mitmproxy", "HTTP/1.1", "Vary"),
        ("mitmproxy", "HTTP/2.0", "vary"),
        ("mitmproxy", None, "Vary"),
        ("charles proxy", "HTTP/2.0", "Vary"),
    ],
)
def test_names_are_those_that_reached_the_browser(
    tmp_path: Path, creator: str, version: str | None, spelt: str
) -> None:
    """mitmproxy writes the version that the browser spoke, and names as the server spelt them."""
    made = entry(given={"Vary": "Origin"})
    made["request"]["httpVersion"] = version
    assert only(tmp_path, made, creator=creator).response == ((spelt, "Origin"),)


@pytest.mark.parametrize(
    ("timings", "took"),
    [
        ({"connect": 40.0, "ssl": 30.0, "send": 1.0, "wait": 80.0, "receive": 2.0}, 83.0),
        ({"connect": 40.0, "send": -1.0, "wait": 80.0, "receive": 2.0}, 82.0),
        ({"send": 1.0, "wait": None, "receive": 2.0}, 12.5),
        ({}, 12.5),
        ([], 12.5),
        (None, 12.5),
    ],
)
def test_mitmproxy_counts_the_connection_to_the_server_twice(tmp_path: Path, timings: Any, took: float) -> None:
    found = only(tmp_path, entry(timings=timings), creator="mitmproxy")
    assert (found.started, found.ended) == (START, START + took)
