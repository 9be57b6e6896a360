"""One session through a real mitmdump: what is told live, and what the capture file and mitmproxy's own file say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from mitmproxy.io import FlowReader

import coranalyze as ca
from coranalyze.live import blocked_line, found_line
from tests.addons.lab import Proxy, request, server

PAGE = "http://app.example"
CORS = (f"Origin: {PAGE}", "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: empty")
ALLOW = f"h=Access-Control-Allow-Origin:{PAGE}"
ALLOW_PUT = f"s=204&{ALLOW}&h=Access-Control-Allow-Methods:PUT"


class Session(NamedTuple):
    folder: Path
    log: str
    code: int


def preflight(proxy: Proxy, url: str, *, names: str = "") -> None:
    asked = [f"Access-Control-Request-Headers: {names}"] if names else []
    proxy.fetch("OPTIONS", url, *CORS, "Access-Control-Request-Method: PUT", *asked)


def traffic(proxy: Proxy, api: str) -> None:
    """Requests of a page, of every kind; a browser would send just these."""
    proxy.fetch("GET", f"http://{api}/allowed?{ALLOW}", *CORS)
    proxy.fetch("GET", f"http://{api}/silent", *CORS)
    proxy.fetch("GET", f"http://{api}/any?h=Access-Control-Allow-Origin:*", *CORS, "Cookie: sid=1")
    proxy.fetch("GET", f"http://{api}/twice?{ALLOW}&h=Access-Control-Allow-Origin:*", *CORS)
    proxy.fetch("GET", f"http://{api}/broken?s=500", *CORS)
    preflight(proxy, f"http://{api}/put?{ALLOW_PUT}")
    proxy.fetch("PUT", f"http://{api}/put?{ALLOW_PUT}", *CORS)
    preflight(proxy, f"http://{api}/put-with-token?{ALLOW_PUT}", names="x-token")
    preflight(proxy, f"http://{api}/login?s=401")
    proxy.fetch("GET", f"http://{api}/moved?s=302&{ALLOW}&h=Location:/there", *CORS)
    proxy.fetch("GET", f"http://{api}/there", *CORS)
    proxy.fetch("GET", f"http://{api}/moved-silently?s=302&h=Location:/there", *CORS)
    proxy.fetch("GET", f"http://{api}/null?h=Access-Control-Allow-Origin:null", "Origin: null", *CORS[1:])
    proxy.fetch("GET", f"http://{api}/image.png", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: cross-site")
    proxy.fetch("GET", f"http://{api}/", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
    proxy.fetch("GET", f"http://{api}/gone?s=0", *CORS)
    proxy.fetch("GET", "http://127.0.0.1:1/refused", *CORS)
    proxy.fetch("CONNECT", "127.0.0.1:1")
    proxy.fetch("GET", f"http://{api}/evil?h=Access-Control-Allow-Origin:https://evil.example", *evil())
    proxy.fetch(
        "GET", f"http://{api}/socket?s=101&h=Sec-WebSocket-Accept:s3pPLMBiTxaQ9kYGzzhZRbK%2BxOo%3D", *websocket()
    )
    with proxy.connect() as aborted:
        aborted.sendall(request("PUT", f"http://{api}/aborted", *CORS, "Content-Length: 9"))


def evil() -> tuple[str, ...]:
    return ("Origin: https://evil.example", *CORS[1:])


def websocket() -> tuple[str, ...]:
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    return (f"Origin: {PAGE}", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", key)


@pytest.fixture(scope="module", params=["session.cors.jsonl", "session.cors.jsonl.gz"])
def session(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("session")
    options = ("--set", f"cors_out={request.param}", "--set", "cors_report=report", "-w", "session.flow")
    with server() as api, Proxy(folder, *options) as proxy:
        traffic(proxy, api)
        proxy.wait_for("/aborted")
        code = proxy.stop()
        yield Session(folder, proxy.log, code)


def told(session: Session, word: str) -> list[str]:
    """The lines of the event log that begin with this word, without the time in front."""
    return sorted(re.findall(rf"{word} .*", session.log))


def analyzed(session: Session, pattern: str) -> ca.Analysis:
    analysis = ca.analyze(str(session.folder / pattern))
    assert [source.error for source in analysis.inputs] == [""]
    return analysis


def verdicts(analysis: ca.Analysis) -> list[tuple[object, ...]]:
    """All that is known of each fetch, in an order of its own."""
    return sorted(
        (f.method, f.url, str(f.origin), f.mode, f.credentials, f.preflight, repr(f.verdict), f.observed,
         [(sent.role, sent.exchange.status) for sent in f.exchanges])
        for f in analysis.fetches
    )  # fmt: skip


def test_it_ends_well(session: Session) -> None:
    assert session.code == 0
    assert "Traceback" not in session.log
    assert "rror in script" not in session.log
    assert "could not be judged" not in session.log


def test_live_verdicts_are_those_of_the_file(session: Session) -> None:
    analysis = analyzed(session, "session.cors.jsonl*")
    blocked = sorted(blocked_line(fetch) for fetch in analysis.fetches if fetch.verdict.is_blocked)
    assert len(blocked) >= 10
    assert told(session, "BLOCKED") == blocked


def test_live_findings_are_those_of_the_file(session: Session) -> None:
    analysis = analyzed(session, "session.cors.jsonl*")
    assert analysis.findings
    assert {found_line(finding).split(":")[0] for finding in analysis.findings} <= {
        line.split(":")[0] for line in told(session, "FOUND")
    }


def test_the_capture_file_says_what_mitmproxys_own_file_says(session: Session) -> None:
    capture, flow = analyzed(session, "session.cors.jsonl*"), analyzed(session, "session.flow")
    assert verdicts(capture) == verdicts(flow)
    assert [f.rule for f in capture.findings] == [f.rule for f in flow.findings]


def test_marks_are_in_mitmproxys_own_file(session: Session) -> None:
    with (session.folder / "session.flow").open("rb") as file:
        marked = [flow for flow in FlowReader(file).stream() if flow.marked == ":red_circle:"]
    assert len(marked) >= 8
    assert all(re.search("^BLOCKED ", flow.comment, re.MULTILINE) for flow in marked)


def test_nothing_is_missing(session: Session) -> None:
    (source,) = analyzed(session, "session.cors.jsonl*").inputs
    assert source.entries == 21
    assert [each.reason.partition(": ")[2] for each in source.skipped] == [
        "a tunnel to https://127.0.0.1:1 through the proxy (CONNECT), no request of a page"
    ]
    assert source.notes == ()


def test_the_report_is_written_at_the_end(session: Session) -> None:
    for name in ("report.txt", "report.json", "report.html"):
        assert "acao-missing" in (session.folder / "report" / name).read_text("utf-8")
