"""A refused WebSocket is told as failed in every report, and as no matter of CORS."""

import json

from coranalyze.analysis import Analysis, analyze
from coranalyze.issues import issues
from coranalyze.reports import html, markdown, terminal
from coranalyze.reports import json as json_report
from coranalyze.sources.text import parse_text

REFUSED = """
GET wss://api.example/live
Origin: https://app.example
Upgrade: websocket

401
"""
BLOCKED = """
GET https://api.example/x
Origin: https://app.example
Sec-Fetch-Mode: cors

200
"""


def of(text: str) -> Analysis:
    return analyze(parse_text(text))


def test_text() -> None:
    told = " ".join(terminal.render(of(REFUSED), width=100).split())
    assert told.startswith("✗ No cross-origin request was blocked; 1 WebSocket handshake failed, which is not CORS.")
    assert "Not CORS: the connection failed not-cors-network 1 1" in told
    assert "✗ 1 WebSocket refused: the handshake was answered with 401 (not CORS)" in told
    assert "do first If https://app.example is meant to connect, look at the server's check of `Origin`" in told


def test_beside_what_cors_blocks() -> None:
    told = " ".join(terminal.render(of(REFUSED + BLOCKED)).split())
    assert told.startswith(
        "✗ 1 of 2 cross-origin requests was blocked by CORS; 1 WebSocket handshake failed, which is not CORS."
    )
    # What CORS decides comes first.
    assert "do first If the page is meant to read it" in told


def test_an_opened_one_is_not_told() -> None:
    told = terminal.render(of(REFUSED.replace("401", "101")))
    assert told.startswith("✓ No cross-origin request was blocked.")
    assert "What failed" not in told


def test_html() -> None:
    told = html.render(of(REFUSED))
    assert '<h3 id="failure-1-title">WebSocket refused with 401</h3>' in told
    assert 'the connection failed</a> <span class="chip">not CORS</span>' in told


def test_markdown() -> None:
    assert "### ✗ 1. WebSocket refused: the handshake was answered with 401 (not CORS)" in markdown.render(of(REFUSED))


def test_json() -> None:
    told = json.loads("".join(json_report.render(of(REFUSED))))
    (fetch,) = told["fetches"]
    assert [fetch[name] for name in ("outcome", "reason", "observed", "cause")] == [
        "not-subject", None, "blocked", "not-cors-network",
    ]  # fmt: skip
    assert (told["summary"]["blocked"], told["summary"]["not_subject"]) == (0, 1)


def test_it_is_nothing_that_a_gate_on_blocked_stops_at() -> None:
    assert issues(of(REFUSED)) == []
