"""Causes of requests that no answer, or no request, came after: what the silence proves, and what not."""

import json
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.finding import Confidence
from tests.causes.story import ALLOWED, API, PASSED, last_cause, preflight, put


@pytest.mark.parametrize(
    ("page", "url", "name", "sentence", "advice"),
    [
        (
            "https://app.example",
            "http://api.example/",
            "not-cors-network",
            "probably mixed content",
            "Serve api.example",
        ),
        ("https://app.example", "http://127.0.0.1:8080/", "local-network", "most likely the browser wants", "Grant it"),
        ("http://app.example", "http://127.0.0.1:8080/", "local-network", "most likely the browser wants", "Serve the"),
        ("https://localhost", "http://127.0.0.1:8080/", None, "", ""),
        ("https://app.example", "https://api.example/", None, "", ""),
        ("http://app.example", "http://api.example/", None, "", ""),
    ],
)
def test_stopped_without_a_word(
    page: str, url: str, name: str | None, sentence: str, advice: str, tmp_path: Path
) -> None:
    """Firefox records status 0 and no error for what it did not send."""
    headers = [{"name": "Origin", "value": page}, {"name": "Sec-Fetch-Mode", "value": "cors"}]
    entry = {
        "startedDateTime": "2026-01-01T00:00:00.000Z", "time": 0, "cache": {}, "timings": {},
        "request": {"method": "GET", "url": url, "httpVersion": "", "headers": headers},
        "response": {"status": 0, "statusText": "", "httpVersion": "", "headers": [], "content": {"size": 0}},
    }  # fmt: skip
    log = {"version": "1.2", "creator": {"name": "Firefox", "version": "153.0"}, "pages": [], "entries": [entry]}
    (tmp_path / "stopped.har").write_text(json.dumps({"log": log}))
    cause = analyze(str(tmp_path / "stopped.har")).causes.get(0)
    assert (cause.name if cause is not None else None) == name
    if cause is not None:
        assert cause.confidence is Confidence.SUSPECTED
        assert sentence in cause.sentence
        assert cause.advice.startswith(advice)


PUT_PASSED = put(API, "200", PASSED)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (ALLOWED, "acac-not-true"),
        (("204", "Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: PUT"), "star-with-credentials"),
        (
            ("204", PASSED, "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Methods: *"),
            "star-does-not-cover",
        ),
    ],
)
def test_silence_after_a_preflight_proves_nothing(answer: tuple[str, ...], name: str) -> None:
    """The page may have given the request up."""
    cause = last_cause(preflight(API, *answer))
    assert cause is not None
    assert (cause.name, cause.confidence) == (name, Confidence.SUSPECTED)
    assert "seems to have asked with credentials" in cause.sentence
    assert "given it up" in cause.settle
    assert last_cause(preflight(API, *answer) + PUT_PASSED) is None


@pytest.mark.parametrize(("error", "name"), [("net::ERR_FAILED", "star-with-credentials"), (None, None)])
def test_seen_to_fail_in_the_one_way_in_which_it_can(error: str | None, name: str | None, tmp_path: Path) -> None:
    """The request has no answer, and its preflight fails with credentials only. Without an error it may be an abort."""
    origin = [{"name": "Origin", "value": "https://app.example"}]
    asked = [*origin, {"name": "Access-Control-Request-Method", "value": "PUT"}]
    star = [{"name": n, "value": "*"} for n in ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods")]
    entries = [
        {
            "startedDateTime": f"2026-01-01T00:00:00.00{i}Z", "time": 5, "cache": {}, "timings": {},
            "_resourceType": kind,
            "request": {"method": method, "url": API, "httpVersion": "", "headers": request},
            "response": {"status": status, "headers": response, "content": {"size": 0}, "_error": failed},
        }
        for i, (method, kind, request, status, response, failed) in enumerate((
            ("PUT", "fetch", [], 0, [], error), ("OPTIONS", "preflight", asked, 204, star, None),
        ))
    ]  # fmt: skip
    pages = [{"startedDateTime": "2026-01-01T00:00:00Z", "id": "page_1", "title": "https://app.example/"}]
    log = {
        "version": "1.2",
        "creator": {"name": "WebInspector", "version": "537.36"},
        "pages": pages,
        "entries": entries,
    }
    (tmp_path / "star.har").write_text(json.dumps({"log": log}))
    cause = analyze(str(tmp_path / "star.har")).causes.get(0)
    assert (cause.name if cause is not None else None) == name
    if cause is not None:
        assert cause.confidence is Confidence.SUSPECTED
        assert cause.settle
