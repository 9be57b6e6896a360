"""Chromium's events give a 304 as the 200 that was stored, with the headers of the 304; some exporters write that."""

from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from tests.sources.hars import dump, entry, log, only

PAGE = "https://app.example"
CORS = {"Host": "api.example", "Origin": PAGE, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}
TAG = {"If-None-Match": '"v0", W/"v1"'}
SINCE = {"If-Modified-Since": "Mon, 23 Nov 2026 07:00:00 GMT"}


@pytest.mark.parametrize(
    ("creator", "asked", "given", "status"),
    [
        ("Playwright", TAG, {"ETag": '"v1"'}, 304),
        ("chrome-har", TAG, {"ETag": 'W/"v1"', "Content-Type": "text/css"}, 304),
        ("Playwright", TAG, {"ETag": '"v2"', "Content-Type": "text/css"}, 200),
        ("Playwright", TAG, {"Content-Length": "4"}, 200),
        ("Playwright", TAG, {"Vary": "Origin"}, 304),
        ("Playwright", SINCE, {"Last-Modified": SINCE["If-Modified-Since"], "Content-Type": "text/css"}, 304),
        ("Playwright", SINCE, {"Last-Modified": "Tue, 24 Nov 2026 07:00:00 GMT", "Content-Length": "4"}, 200),
        ("Playwright", {}, {"ETag": '"v1"'}, 200),
        # What DevTools write is the status of the wire.
        ("WebInspector", TAG, {"ETag": '"v1"'}, 200),
    ],
)
def test_status(creator: str, asked: dict[str, str], given: dict[str, str], status: int, tmp_path: Path) -> None:
    assert only(tmp_path, entry(asked={**CORS, **asked}, given=given), creator=creator).status == status


def test_the_page_got_its_copy(tmp_path: Path) -> None:
    """As Playwright records it: the 304 has no CORS headers, and the page read the stored answer."""
    allowed = {"Access-Control-Allow-Origin": PAGE, "ETag": '"v1"', "Cache-Control": "no-cache"}
    again = entry(asked={**CORS, "If-None-Match": '"v1"'}, given={"ETag": '"v1"'}, at="2026-11-23T06:05:01.000Z")
    path = tmp_path / "x.har"
    path.write_bytes(dump(log(entry(asked=CORS, given=allowed), again, creator="Playwright")))
    assert [fetch.outcome for fetch in analyze(str(path)).fetches] == ["allowed", "allowed"]
