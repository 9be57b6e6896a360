"""Causes over whole captures: what the notation has no word for, the recorded samples, and many equal failures."""

import json
from collections import Counter
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.finding import Confidence
from coranalyze.sources.text import parse_text

SAMPLES = Path(__file__).parent.parent.parent / "sample_data"


@pytest.mark.parametrize(
    ("sample", "causes"),
    [
        ("shop-chrome.har", {
            "header-not-allowed": 1, "method-not-allowed": 1, "error-drops-cors": 1, "preflight-auth": 1,
            "duplicate-acao": 1, "star-with-credentials": 1,
        }),
        ("fastapi-chrome.har", {"method-not-allowed": 1, "no-acao-anywhere": 2}),
        ("login-redirect-chrome.har", {"redirect-loses-cors": 3}),
        ("bank-mitmproxy.har", {"wrong-origin-static-or-cached": 1}),
        ("near-miss-firefox.har", {"near-miss-origin": 4, "duplicate-acao": 1, "acac-not-true": 1}),
    ],
)  # fmt: skip
def test_samples(sample: str, causes: dict[str, int]) -> None:
    analysis = analyze(str(SAMPLES / sample))
    assert Counter(cause.name for cause in analysis.causes.values()) == causes


def test_a_service_worker_that_fails(tmp_path: Path) -> None:
    entry = {
        "startedDateTime": "2026-01-01T00:00:00.000Z", "time": 5, "_fetchedViaServiceWorker": True,
        "_error": "net::ERR_FAILED", "_resourceType": "fetch", "_initiator": {"type": "script"},
        "request": {
            "method": "GET", "url": "https://cdn.example/a.js", "httpVersion": "", "headersSize": -1, "bodySize": 0,
            "headers": [{"name": "Origin", "value": "https://app.example"}], "queryString": [], "cookies": [],
        },
        "response": {
            "status": 200, "statusText": "", "httpVersion": "", "headers": [], "cookies": [], "redirectURL": "",
            "content": {"size": 0, "mimeType": "x-unknown"}, "headersSize": -1, "bodySize": 0,
            "_fetchedViaServiceWorker": True, "_error": "net::ERR_FAILED",
        },
        "cache": {}, "timings": {"send": 0, "wait": 5, "receive": 0},
    }  # fmt: skip
    log = {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": [], "entries": [entry]}
    (tmp_path / "sw.har").write_text(json.dumps({"log": log}))
    analysis = analyze(str(tmp_path / "sw.har"))
    cause = analysis.causes[0]
    assert cause.name == "service-worker"
    assert cause.confidence is Confidence.SUSPECTED
    assert cause.layer is not None
    assert cause.layer.name == "the page's service worker"


def test_equal_failures_are_one_cause() -> None:
    refused = "GET https://api.example/x\nOrigin: https://app.example\n\n200\n\n"
    causes = analyze(parse_text(refused * 50)).causes
    assert len(causes) == 50
    assert len({id(cause) for cause in causes.values()}) == 1


def test_without_a_fold_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.http").write_text("GET https://api.example/x\nOrigin: https://app.example\n\n200\n")
    assert analyze(str(tmp_path / "a.http")).causes
    assert analyze(str(tmp_path / "a.http"), verdicts_only=True).causes == {}
