"""Much of the same: time grows with the size of a capture, whatever is in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coranalyze.analysis import Analysis, analyze
from coranalyze.cli.choices import Format
from coranalyze.cli.rendering import chunks
from coranalyze.cors.headers import Headers
from coranalyze.endpoint import fold
from coranalyze.engine.pairing import QUEUE_LIMIT
from coranalyze.exchange import Exchange
from coranalyze.issues.issue import issues
from coranalyze.sources.text import parse_text
from tests.hostile.growth import is_linear
from tests.sources.hars import dump, entry, log, preflight

APP = {"Origin": "https://app.example"}
OK = {"Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Methods": "PUT"}
Entries = Callable[[int], list[dict[str, Any]]]


def at(i: int) -> str:
    return f"2026-11-23T06:{i // 60_000 % 60:02}:{i // 1000 % 60:02}.{i % 1000:03}Z"


def leads_to(target: str, url: str, i: int) -> dict[str, Any]:
    return entry("GET", url, 307, asked=APP, given={**OK, "Location": target}, at=at(i))


FLOODS: dict[str, Entries] = {
    "preflights": lambda n: [preflight(given=OK, at=at(i)) for i in range(n)],
    "preflights at once": lambda n: [preflight(given=OK) for _ in range(n)],
    "requests that may have one": lambda n: [entry("PUT", asked=APP, given=OK) for _ in range(n)],
    "preflights of other methods": lambda n: (
        [preflight(given=OK) for _ in range(n // 2)] + [entry("PATCH", asked=APP) for _ in range(n // 2)]
    ),
    "without dates": lambda n: [(preflight if i % 2 else entry)(given=OK, at=None) for i in range(n)],
    "clock going backwards": lambda n: [(preflight if i % 2 else entry)(given=OK, at=at(n - i)) for i in range(n)],
    "redirect loop": lambda n: [leads_to("/loop", "https://api.example/loop", i) for i in range(n)],
    "redirect chain": lambda n: [leads_to(f"/{i + 1}", f"https://api.example/{i}", i) for i in range(n)],
    "redirects to one place": lambda n: [leads_to("/x", f"https://api.example/{i}", 0) for i in range(n)],
    "origins": lambda n: [
        entry(asked={"Origin": f"https://{i}.example"}, given={"Access-Control-Allow-Origin": f"https://{i}.example"})
        for i in range(n)
    ],
    "hosts": lambda n: [entry(url=f"https://h{i}.example/", asked=APP) for i in range(n)],
    "paths": lambda n: [entry(url=f"https://api.example/p{i:x}z", asked=APP, given=OK) for i in range(n)],
    "tokens": lambda n: [entry(url=f"https://api.example/?token={i}", asked=APP, given=OK) for i in range(n)],
}


@pytest.mark.parametrize("creator", ["WebInspector", "mitmproxy"])
@pytest.mark.parametrize("kind", FLOODS)
@pytest.mark.slow
def test_time_is_linear(tmp_path: Path, kind: str, creator: str) -> None:
    files = {}
    for size in (300, 1_200):
        files[size] = tmp_path / f"{size}.har"
        files[size].write_bytes(dump(log(*FLOODS[kind](size), creator=creator)))

    def run(size: int) -> None:
        analysis = analyze(str(files[size]))
        assert analysis.summary.entries == size
        for format in (Format.TEXT, Format.JSON, Format.SARIF):
            assert b"".join(chunks(analysis, format))

    assert is_linear(run, 300)


@pytest.mark.slow
def test_one_failure_at_ever_other_paths() -> None:
    analyses = {}
    for size in (4_000, 16_000):
        urls = [f"https://api.example/p{i:x}z/q" for i in range(size)]
        sent = [Exchange(i, "GET", url, Headers(APP.items()), status=200) for i, url in enumerate(urls)]
        analyses[size] = analyze(sent)
        assert len(issues(analyses[size])) == 1
    assert is_linear(lambda size: issues(analyses[size]), 4_000)


def test_no_more_hops_wait_for_one_url_than_are_looked_at() -> None:
    # The last preflights still find their requests; the first ones are given up.
    count = QUEUE_LIMIT + 50
    asked = "OPTIONS https://api.example/x\nOrigin: https://app.example\nAccess-Control-Request-Method: PUT\n\n204\n"
    allowed = "Access-Control-Allow-Origin: *\nAccess-Control-Allow-Methods: PUT\nAccess-Control-Max-Age: 0\n\n"
    sent = "PUT https://api.example/x\nOrigin: https://app.example\n\n200\nAccess-Control-Allow-Origin: *\n\n"
    fetches = analyze(parse_text((asked + allowed) * count + sent * count)).fetches
    assert sum(len(fetch.exchanges) == 2 for fetch in fetches) == QUEUE_LIMIT
    assert sum(len(fetch.exchanges) for fetch in fetches) == 2 * count


def one(tmp_path: Path, made: Any) -> Analysis:
    path = tmp_path / "x.har"
    path.write_bytes(json.dumps(log(*made)).encode())
    analysis = analyze(str(path))
    for format in (Format.TEXT, Format.JSON, Format.CSV, Format.MARKDOWN, Format.SARIF):
        assert b"".join(chunks(analysis, format))
    return analysis


@pytest.mark.parametrize("name", ["X-{}", "Set-Cookie", "Access-Control-Allow-Origin", "Vary"])
def test_a_hundred_thousand_headers(tmp_path: Path, name: str) -> None:
    headers = [{"name": name.format(i), "value": f"v{i}"} for i in range(100_000)]
    made = entry(asked=APP)
    made["response"]["headers"] = headers
    (fetch,) = one(tmp_path, [made]).fetches
    assert len(fetch.exchanges[0].exchange.response) == 100_000


LONG = pytest.mark.slow
FILLS = ["a", "a, ", "a=b; ", " ", "https://a.example/?q=", "%20", "eyJ", "{", "s-maxage=0"]


@pytest.mark.parametrize(
    ("fill", "size"),
    [*((fill, 1_000_000) for fill in FILLS), *(pytest.param(f, 10_000_000, marks=LONG) for f in FILLS)],
)
def test_values_of_megabytes(tmp_path: Path, fill: str, size: int) -> None:
    value = fill * (size // len(fill))
    for name in ("Access-Control-Allow-Origin", "Vary", "Location"):
        made = entry("GET", "https://api.example/", 302 if name == "Location" else 200, asked=APP, given={name: value})
        analysis = one(tmp_path, [made])
        assert len(analysis.fetches) == 1


@pytest.mark.parametrize("start", ["https://", "https://a.example/?", "ws://["])
@pytest.mark.parametrize("fill", ["a", "/", "a=b&", "%2e/", "@", ":", "1.", "é"])
def test_urls_of_a_megabyte(tmp_path: Path, start: str, fill: str) -> None:
    url = start + fill * (1_000_000 // len(fill))
    analysis = one(tmp_path, [entry(url=url, asked=APP), preflight(url)])
    assert analysis.summary.entries == 2


def test_the_fold_of_a_crowd_of_servers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "ALL", 50)
    monkeypatch.setattr(fold, "ENDPOINTS", 50)
    text = "".join(
        f"GET https://h{i}.example/\nOrigin: https://app.example\n\n200\n\n"
        f"GET https://api.example/p{i:x}z\nOrigin: https://app.example\n\n200\n\n"
        for i in range(400)
    )
    kept = analyze(parse_text(text)).fold
    assert 0 < len(kept.servers) <= 50
    assert all(len(server.endpoints) <= 50 for server in kept.servers.values())
    assert kept.count == 800
