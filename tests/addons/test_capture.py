"""The addon inside of mitmproxy's own test context: options, marks, commands, rotation."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import http
from mitmproxy.exceptions import CommandError, OptionsError
from mitmproxy.flow import Error, Flow
from mitmproxy.test import taddons, tflow
from mitmproxy.websocket import WebSocketData

import coranalyze as ca
from tests.addons.addon import ADDON

PAGE = (b"Origin", b"https://app.example")
ALLOW = (b"Access-Control-Allow-Origin", b"https://app.example")
EVIL = ((b"Origin", b"https://evil.example"), (b"Access-Control-Allow-Origin", b"https://evil.example"))


def flow(path: str = "/x", *answer: tuple[bytes, bytes], origin: tuple[bytes, bytes] = PAGE) -> http.HTTPFlow:
    made = tflow.tflow(resp=True)
    headers = (origin, (b"Sec-Fetch-Mode", b"cors"))
    made.request = http.Request.make("GET", f"https://api.example{path}", headers=headers)
    made.response = http.Response.make(200, b"body", headers=answer)
    return made


class Proxy:
    """The addon and the options of its mitmproxy."""

    def __init__(self) -> None:
        self.addon = ADDON.CorsCapture()
        self.context = taddons.context(self.addon, loadcore=False)  # type: ignore[no-untyped-call]

    def set(self, **options: object) -> None:
        self.context.configure(self.addon, **options)  # type: ignore[no-untyped-call]

    def files(self) -> list[str]:
        return sorted(path.name for path in Path().glob("*.cors.jsonl*"))


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.chdir(tmp_path)
    made = Proxy()
    yield made
    made.addon.done()
    made.context.master.event_loop.close()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"cors_out": "a.txt"}, "cors_out: a.txt must end in .cors.jsonl or .cors.jsonl.gz"),
        ({"cors_out": "/dev/null/a.cors.jsonl"}, "cors_out: /dev/null/a.cors.jsonl cannot be written"),
        ({"cors_rotate": "100 apples"}, "cors_rotate: `100 apples` is no size"),
        ({"cors_scope": "~nonsense ("}, "cors_scope: "),
        ({"cors_report": "report", "cors_out": ""}, "cors_report: nothing is recorded"),
        ({"cors_report": "a.cors.jsonl", "cors_out": "a.cors.jsonl"}, "cors_report: a.cors.jsonl is no folder"),
    ],
)
def test_options_that_make_no_sense_are_refused(proxy: Proxy, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(OptionsError, match=sentence.replace("(", r"\(")):
        proxy.set(**options)


@pytest.mark.parametrize(
    ("text", "size"), [("", 0), ("4096", 4096), ("100MB", 10**8), ("1.5 gb", 15 * 10**8), ("2k", 2000)]
)
def test_sizes(text: str, size: int) -> None:
    assert ADDON.size_of(text) == size


def test_a_refused_option_leaves_the_recording_as_it_is(proxy: Proxy) -> None:
    proxy.set(cors_out="a.cors.jsonl")
    with pytest.raises(OptionsError):
        proxy.set(cors_out="/dev/null/a.cors.jsonl")
    proxy.addon.response(flow())
    assert proxy.files() == ["a.cors.jsonl"]
    assert ca.analyze("a.cors.jsonl").summary.entries == 1


def test_a_file_that_is_there_is_not_touched(proxy: Proxy) -> None:
    Path("a.cors.jsonl").write_text("mine")
    Path("a-2.cors.jsonl").write_text("mine too")
    proxy.set(cors_out="a.cors.jsonl")
    assert Path("a.cors.jsonl").read_text() == "mine"
    assert proxy.files() == ["a-2.cors.jsonl", "a-3.cors.jsonl", "a.cors.jsonl"]


@pytest.mark.parametrize(("suffix", "size"), [("cors.jsonl", "2kB"), ("cors.jsonl.gz", "300")])
def test_rotation_loses_nothing(proxy: Proxy, suffix: str, size: str) -> None:
    proxy.set(cors_out=f"a.{suffix}", cors_rotate=size)
    for i in range(40):
        proxy.addon.response(flow(f"/{i}"))
    proxy.addon.done()
    files = proxy.files()
    assert len(files) > 2
    assert all(Path(name).stat().st_size < 3_000 for name in files)
    analysis = ca.analyze(*files)
    assert sorted(int(fetch.url.rpartition("/")[2]) for fetch in analysis.fetches) == list(range(40))
    assert {source.notes for source in analysis.inputs} == {()}


def test_only_what_is_in_scope_is_recorded(proxy: Proxy) -> None:
    proxy.set(cors_out="a.cors.jsonl", cors_scope="~u /wanted")
    proxy.addon._start_judge()
    proxy.addon.response(flow("/wanted"))
    proxy.addon.response(flow("/other"))
    assert [fetch.url for fetch in ca.analyze("a.cors.jsonl").fetches] == ["https://api.example/wanted"]
    assert proxy.addon.judge.requests == 1


def test_nothing_is_written_without_a_name(proxy: Proxy) -> None:
    proxy.set(cors_out="")
    proxy.set(cors_live=True)
    proxy.addon.response(flow())
    assert proxy.files() == []
    assert proxy.addon.judge.blocked == 1


def test_a_blocked_flow_is_marked_commented_and_told(proxy: Proxy, caplog: pytest.LogCaptureFixture) -> None:
    proxy.set(cors_out="a.cors.jsonl", cors_live=True)
    blocked, allowed = flow("/blocked"), flow("/allowed", ALLOW)
    blocked.comment = "mine"
    proxy.addon._start_judge()
    proxy.addon.response(blocked)
    proxy.addon.response(allowed)
    line = "BLOCKED GET https://api.example/blocked from https://app.example: acao-missing (actual)"
    assert [record.getMessage() for record in caplog.records if "BLOCKED" in record.getMessage()] == [line]
    assert (blocked.marked, blocked.comment) == (":red_circle:", f"mine\n{line}")
    assert blocked.metadata["coranalyze.reason"] == "acao-missing"
    assert (allowed.marked, allowed.comment, allowed.metadata) == ("", "", {"coranalyze.entry": 1})


def test_judging_waits_for_more_unless_marks_are_needed_at_once(proxy: Proxy) -> None:
    shown: list[Flow] = []

    class View:
        def update(self, flows: list[Flow]) -> None:
            shown.extend(flows)

    first, second, third = flow("/1"), flow("/2", ALLOW), flow("/3")

    async def traffic() -> None:
        proxy.addon.running()
        proxy.addon.response(first)
        proxy.addon.response(second)
        assert (first.marked, proxy.addon.judge.requests) == ("", 0)
        while not first.marked:
            await asyncio.sleep(0.01)
        assert (shown, second.marked, proxy.addon.judge.requests) == ([first], "", 2)
        proxy.set(save_stream_file="session.flow")
        proxy.addon.response(third)
        assert third.marked

    proxy.context.options.add_option("save_stream_file", str, "", "As mitmproxy's own addon has it.")
    proxy.context.master.addons.add(View())  # type: ignore[no-untyped-call]
    proxy.set(cors_out="a.cors.jsonl")
    proxy.context.master.event_loop.run_until_complete(traffic())


def test_what_waits_is_judged_at_the_end_and_before_it_is_explained(proxy: Proxy) -> None:
    first, second = flow("/1"), flow("/2")

    async def traffic() -> None:
        proxy.addon.running()
        proxy.addon.response(first)
        assert "CORS check, step 2" in proxy.addon.explain([first])
        proxy.addon.response(second)
        proxy.addon.done()

    proxy.set(cors_out="a.cors.jsonl")
    proxy.context.master.event_loop.run_until_complete(traffic())
    assert second.marked


def test_a_finding_is_told_once_and_marks_what_shows_it(proxy: Proxy, caplog: pytest.LogCaptureFixture) -> None:
    proxy.set(cors_out="a.cors.jsonl")
    proxy.addon._start_judge()
    judge = proxy.addon.judge
    for _ in range(3):
        shown = flow("/x", EVIL[1], (b"Access-Control-Allow-Credentials", b"true"), origin=EVIL[0])
        proxy.addon.response(shown)
        proxy.addon._tell([judge.audit])
    told = [record.getMessage() for record in caplog.records if "FOUND" in record.getMessage()]
    assert told
    assert len(told) == len(set(told)) == judge.findings
    assert judge.hosts["api.example"].findings == judge.findings


def test_traffic_is_never_changed(proxy: Proxy) -> None:
    proxy.set(cors_out="a.cors.jsonl")
    proxy.addon._start_judge()
    seen = flow("/x?token=secret-value", ALLOW)
    assert seen.response is not None
    before = repr((seen.request.data, seen.response.data))
    proxy.addon.response(seen)
    assert repr((seen.request.data, seen.response.data)) == before


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/2.0", "HTTP/3"])
def test_versions_of_http(proxy: Proxy, version: str) -> None:
    made = flow("/x", ALLOW)
    made.request.http_version = version
    if version != "HTTP/1.1":
        made.request.data.authority = b"named.example:8443"
    line = ADDON.Lines().line(made).decode()
    assert f'"http":"{version}"' in line
    assert ('"url":"https://named.example:8443/x"' in line) is (version != "HTTP/1.1")


@pytest.mark.parametrize(
    ("method", "authority", "headers", "url"),
    [
        ("GET", "", {}, "https://api.example/x"),
        ("GET", "", {"Host": "named.example"}, "https://named.example/x"),
        ("GET", "", {"Host": "named.example:444"}, "https://named.example:444/x"),
        ("GET", "", {"Host": "[::1]:8443"}, "https://[::1]:8443/x"),
        ("GET", "", {"hOsT": "named.example", "UPGRADE": "WebSocket"}, "wss://named.example/x"),
        ("GET", "", {"Upgrade": "h2c"}, "https://api.example/x"),
        ("CONNECT", "named.example:443", {}, "https://api.example:443/"),
    ],
)
def test_urls(method: str, authority: str, headers: dict[str, str], url: str) -> None:
    made = flow()
    made.request = http.Request.make(method, "https://api.example/x")
    made.request.headers = http.Headers(tuple((name.encode(), value.encode()) for name, value in headers.items()))
    made.request.data.authority = authority.encode()
    lines = ADDON.Lines()
    assert [json.loads(lines.line(made))["url"] for _ in range(2)] == [url, url]


def test_errors(proxy: Proxy) -> None:
    proxy.set(cors_out="a.cors.jsonl")
    for message in ("[Errno 111] Connect call failed", "TLS handshake failed", "Client disconnected."):
        failed = flow()
        failed.response, failed.error = None, Error(message)
        proxy.addon.error(failed)
    (source,) = ca.analyze("a.cors.jsonl").inputs
    assert (source.entries, source.skipped) == (3, ())
    errors = [fetch.exchanges[0].exchange.error for fetch in ca.analyze("a.cors.jsonl").fetches]
    assert errors == ["[Errno 111] Connect call failed", "TLS handshake failed", "Client disconnected."]


def handshake(at: float, closed: float | None = None) -> http.HTTPFlow:
    """A WebSocket that the server closes so many seconds after it was opened."""
    made = tflow.twebsocketflow()
    assert made.response is not None
    made.request.timestamp_start = made.response.timestamp_start = made.response.timestamp_end = at
    made.websocket = WebSocketData()
    if closed is not None:
        made.websocket.closed_by_client, made.websocket.close_code = False, 1008
        made.websocket.timestamp_end = at + closed
    return made


@pytest.mark.parametrize(("seconds", "written"), [(0.2, '"close_code":1008'), (5.0, "")])
def test_how_a_websocket_was_closed(seconds: float, written: str) -> None:
    line = ADDON.Lines().line(handshake(1000.0, seconds)).decode()
    assert ("close_code" in line, written in line) == (bool(written), True)


def test_a_handshake_waits_for_its_end_a_message_or_a_moment(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ADDON, "AT_ONCE", 0.05)
    first, second, third, last = (handshake(float(at)) for at in range(4))

    def closed() -> list[int | None]:
        return [sent.exchange.close_code for f in ca.analyze("a.cors.jsonl").fetches for sent in f.exchanges]

    async def traffic() -> None:
        proxy.addon.running()
        for each in (first, second, third):
            proxy.addon.response(each)
        assert proxy.addon.recording.exchanges == 0
        first.websocket = handshake(0.0, 0.02).websocket
        proxy.addon.websocket_end(first)
        proxy.addon.websocket_message(second)
        assert closed() == [1008, None]
        while proxy.addon.recording.exchanges < 3:
            await asyncio.sleep(0.01)
        proxy.addon.websocket_end(third)
        proxy.addon.response(last)
        proxy.addon.done()
        assert closed() == [1008, None, None, None]

    proxy.set(cors_out="a.cors.jsonl")
    proxy.context.master.event_loop.run_until_complete(traffic())


def test_the_explain_command(proxy: Proxy) -> None:
    proxy.set(cors_out="a.cors.jsonl")
    with pytest.raises(CommandError, match="install coranalyze"):
        proxy.addon.explain([flow()])
    proxy.addon._start_judge()
    seen = flow("/seen")
    proxy.addon.response(seen)
    told = proxy.addon.explain([seen])
    assert "GET https://api.example/seen" in told
    assert "CORS check, step 2" in told
    assert proxy.addon.explain([flow()]).startswith("no verdict")


def test_the_save_command(proxy: Proxy) -> None:
    saved = proxy.addon.save([flow("/one"), tflow.ttcpflow(), tflow.tflow(), flow("/two")], "b.cors.jsonl")
    assert saved == "2 exchanges written to b.cors.jsonl"
    assert ca.analyze("b.cors.jsonl").summary.entries == 2
    with pytest.raises(CommandError, match="must end in"):
        proxy.addon.save([flow()], "b.txt")


def test_the_report_command(proxy: Proxy) -> None:
    with pytest.raises(CommandError, match="nothing is recorded"):
        proxy.addon.report("report")
    proxy.set(cors_out="a.cors.jsonl")
    proxy.addon.response(flow())
    ADDON._report(proxy.addon.recording.files, "report").wait(60)
    assert "acao-missing" in Path("report/report.txt").read_text("utf-8")


def test_a_judge_that_fails_does_not_end_the_recording(
    proxy: Proxy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        requests = 0

        def feed(self, line: bytes) -> Any:
            raise RuntimeError("broken")

        def finish(self) -> list[Any]:
            return []

    proxy.set(cors_out="a.cors.jsonl")
    monkeypatch.setattr(proxy.addon, "judge", Broken())
    for _ in range(3):
        proxy.addon.response(flow())
    assert ca.analyze("a.cors.jsonl").summary.entries == 3
    assert caplog.text.count("could not be judged") == 1


def test_what_mitmproxy_and_the_package_call_it() -> None:
    assert [type(each).__name__ for each in ADDON.addons] == ["CorsCapture"]
    assert {name for name, *_ in ADDON.OPTIONS} == {"cors_out", "cors_live", "cors_report", "cors_scope", "cors_rotate"}
