from pathlib import Path
from typing import Any

import pytest

from coranalyze.exchange import Family
from coranalyze.sources import dialects
from coranalyze.sources.dialects import FEATURES, TOOLS, of_creator, of_features
from tests.sources.hars import capture_of, dump, entry, log, preflight

LATER = "2026-11-23T06:05:00.050Z"
CHROME_80 = {"Host": "a", "User-Agent": "Mozilla/5.0 Chrome/80.0.3987.87 Safari/537.36"}


@pytest.mark.parametrize(
    ("creator", "name"),
    [
        ("WebInspector", "chrome-devtools"),
        ("Firefox", "firefox-devtools"),
        ("firefox", "firefox-bidi"),
        ("WebKit Web Inspector", "webkit-inspector"),
        ("Playwright", "playwright"),
        ("chrome-har", "chrome-har"),
        ("Browsertime", "chrome-har"),
        ("Chrome HAR Capturer", "chrome-har-capturer"),
        ("mitmproxy", "mitmproxy"),
        ("mitmproxy har_dump", "mitmproxy-har-dump"),
        ("Selenium Wire HAR dump", "selenium-wire"),
        ("Charles Proxy", "charles"),
        ("Fiddler", "fiddler"),
        ("Proxyman", "proxyman"),
        ("HTTP Toolkit", "http-toolkit"),
        ("LoggerPlusPlus", "loggerplusplus"),
        ("ZAP", "zap"),
        ("WebPagetest", "webpagetest"),
        ("BrowserMob Proxy", "browsermob"),
        ("Insomnia REST Client", "insomnia"),
        ("newman-trace", "newman"),
        ("Firebug", "firebug"),
        ("Internet Explorer Network Inspector", "ie"),
        ("PhantomJS", "phantomjs"),
        ("Fiddler Everywhere", "fiddler"),
        ("@neuralegion/cypress-har-generator", "cypress-har-generator"),
        ("pcap2har", "pcap2har"),
        ("Advanced REST Client", "advanced-rest-client"),
        ("axios-har-tracker", "axios-har-tracker"),
        ("requests-har", "requests-har"),
        ("Harlem", "harlem"),
        ("Polly.JS", "polly-js"),
        ("Something Else", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_by_creator(tmp_path: Path, creator: str | None, name: str) -> None:
    assert capture_of(tmp_path, dump(log(entry(), creator=creator))).dialect.name == name


def test_every_tool_is_found_by_its_own_spelling() -> None:
    for creator, manner in TOOLS.items():
        assert of_creator(creator) is manner


def test_the_case_tells_the_two_firefox_exporters_apart() -> None:
    assert of_creator("Firefox") is not of_creator("firefox")


@pytest.mark.parametrize(("field", "manner"), FEATURES)
def test_by_fields(field: str, manner: dialects.Manner) -> None:
    assert of_features(b'{"entries":[{"%b":1}]}' % field.encode()) is manner


def test_fields_inside_a_body_are_none() -> None:
    assert of_features(dump({"text": dump({"_monotonicTime": 1}).decode()})) is dialects.UNKNOWN


@pytest.mark.parametrize("colon", [b":", b" : "])
def test_a_field_that_is_null_tells_nothing(colon: bytes) -> None:
    assert of_features(b'{"_resourceType"%bnull}' % colon) is dialects.UNKNOWN


def test_entries_of_a_whole_connection_are_skipped(tmp_path: Path) -> None:
    merged = entry()
    merged["request"]["headers"] *= 3
    capture = capture_of(tmp_path, dump(log(merged, entry(), creator="pcap2har")))
    assert [(skip.entry, skip.reason) for skip in capture.skipped] == [(0, "the entry holds the headers of 3 requests")]
    # Chromium's exporters may repeat what stands among the provisional headers.
    assert capture_of(tmp_path, dump(log(merged, creator="chrome-har"))).skipped == []


def test_an_unknown_creator_with_known_fields_is_noted(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, dump(log(entry(_priority="High", _connectionId="1"), creator="Trimmer")))
    assert capture.dialect.name == "chrome-devtools"
    assert any("chrome-devtools" in note for note in capture.notes)


@pytest.mark.parametrize(
    ("headers", "given", "recorded"),
    [
        ({"Cookie": "a=1"}, {}, True),
        ({"cookie": "a=1"}, {}, True),
        ({"Authorization": "Bearer x"}, {}, True),
        ({}, {"Set-Cookie": "a=1"}, True),
        ({}, {"set-cookie": "a=1"}, True),
        ({}, {}, False),
        (
            {"Access-Control-Request-Headers": "authorization"},
            {"Vary": "Cookie", "Access-Control-Allow-Headers": "Authorization"},
            False,
        ),
    ],
)
def test_sanitized_chrome(tmp_path: Path, headers: dict[str, str], given: dict[str, str], recorded: bool) -> None:
    capture = capture_of(tmp_path, dump(log(entry(), entry(asked={"Host": "a", **headers}, given=given))))
    assert capture.dialect.credentials_recorded is recorded
    assert (dialects.SANITIZED in capture.notes) is not recorded


def test_other_tools_keep_what_was_sent(tmp_path: Path) -> None:
    assert capture_of(tmp_path, dump(log(entry(), creator="Firefox"))).dialect.credentials_recorded


def _routed(field: str, value: bool) -> dict[str, Any]:
    return {**entry(), field: value}


@pytest.mark.parametrize("field", ["_wasContinued", "_wasFulfilled", "_wasAborted"])
def test_playwright_with_routing(tmp_path: Path, field: str) -> None:
    routed = capture_of(tmp_path, dump(log(entry(), _routed(field, True), creator="Playwright")))
    assert dialects.ROUTED in routed.notes
    assert (dialects.FULFILLED in routed.notes) is (field == "_wasFulfilled")
    assert [each.made_up for each in routed.exchanges()] == [False, field == "_wasFulfilled"]
    plain = capture_of(tmp_path, dump(log(_routed(field, False), creator="Playwright")))
    assert dialects.ROUTED not in plain.notes


@pytest.mark.parametrize(
    ("creator", "facts"),
    [
        ("WebInspector", {"marks_failures": True, "preflights_recorded": True, "keeps_failures": True}),
        ("Firefox", {"marks_failures": False, "preflights_recorded": True}),
        ("WebKit Web Inspector", {"preflights_recorded": False, "keeps_failures": False}),
        ("Playwright", {"preflights_recorded": False, "marks_failures": True}),
        ("chrome-har", {"keeps_failures": False, "headers_after_redirect_trusted": False}),
        ("Chrome HAR Capturer", {"keeps_failures": False, "credentials_recorded": False}),
        ("mitmproxy", {"family": Family.WIRE, "preflights_recorded": True, "marks_failures": False}),
        ("Selenium Wire HAR dump", {"family": Family.WIRE, "preflights_recorded": False}),
        ("newman-trace", {"family": Family.CLIENT}),
        ("axios-har-tracker", {"family": Family.CLIENT}),
        ("@neuralegion/cypress-har-generator", {"family": Family.BROWSER, "marks_failures": True}),
    ],
)
def test_what_silence_means(tmp_path: Path, creator: str, facts: dict[str, Any]) -> None:
    made = entry(asked={"Host": "a", "Cookie": "a=1"}, _resourceType="fetch")
    dialect = capture_of(tmp_path, dump(log(made, creator=creator))).dialect
    assert {name: getattr(dialect, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("kept", "marks"),
    [
        ({}, False),
        ({"_resourceType": "fetch"}, True),
        ({"_initiator": {"type": "script"}}, True),
        ({"response": {"_error": "net::ERR_FAILED"}}, True),
    ],
)
def test_a_file_without_chromiums_fields_marks_no_failure(tmp_path: Path, kept: dict[str, Any], marks: bool) -> None:
    capture = capture_of(tmp_path, dump(log(entry(), entry(**kept))))
    assert capture.dialect.marks_failures is marks
    assert (dialects.NO_MARKS in capture.notes) is not marks


@pytest.mark.parametrize(
    ("creator", "recorded", "note"),
    [("Selenium Wire HAR dump", True, None), ("Playwright", False, dialects.SOME_PREFLIGHTS)],
)
def test_preflights_where_none_are_recorded_as_a_rule(
    tmp_path: Path, creator: str, recorded: bool, note: str | None
) -> None:
    found = capture_of(tmp_path, dump(log(preflight(), entry("PUT", at=LATER), creator=creator)))
    assert found.dialect.preflights_recorded is recorded
    assert dialects.NO_PREFLIGHTS not in found.notes
    assert note is None or note in found.notes
    without = capture_of(tmp_path, dump(log(entry("PUT"), creator=creator)))
    assert not without.dialect.preflights_recorded
    assert dialects.NO_PREFLIGHTS in without.notes


def test_chrome_that_could_not_see_preflights(tmp_path: Path) -> None:
    blind = capture_of(tmp_path, dump(log(entry(asked=CHROME_80))))
    assert not blind.dialect.preflights_recorded
    assert dialects.NO_PREFLIGHTS in blind.notes
    assert capture_of(tmp_path, dump(log(entry(asked=CHROME_80), preflight()))).dialect.preflights_recorded
    later = {**CHROME_80, "User-Agent": "Mozilla/5.0 Chrome/83.0.4103.0 Safari/537.36"}
    assert capture_of(tmp_path, dump(log(entry(asked=later)))).dialect.preflights_recorded


@pytest.mark.parametrize("creator", ["WebInspector", "chrome-har", "Browsertime", "WebPagetest", "Trimmer"])
def test_the_order_of_preflights_tells_the_family(tmp_path: Path, creator: str) -> None:
    put = entry("PUT", at=LATER)
    first = capture_of(tmp_path, dump(log(preflight(), put, creator=creator)))
    assert first.dialect.family is Family.WIRE
    put["startedDateTime"] = "2026-11-23T06:04:59.999Z"
    after = capture_of(tmp_path, dump(log(put, preflight(), creator=creator)))
    assert after.dialect.family is Family.BROWSER


def test_current_chrome_is_not_put_to_the_vote(tmp_path: Path) -> None:
    har = dump(log(preflight(_resourceType="preflight"), entry("PUT", at=LATER)))
    assert capture_of(tmp_path, har).dialect.family is Family.BROWSER


def test_firefox_files_everything_under_its_last_page(tmp_path: Path) -> None:
    pages = [{"id": "page_1", "title": "https://second.example/"}]
    har = log(entry(url="https://first.example/"), creator="Firefox", pages=pages)
    assert dialects.ONE_PAGE in capture_of(tmp_path, dump(har)).notes
    har = log(entry(url="https://second.example/"), creator="Firefox", pages=pages)
    assert dialects.ONE_PAGE not in capture_of(tmp_path, dump(har)).notes
