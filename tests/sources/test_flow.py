import gc
import gzip
from io import BytesIO
from pathlib import Path

import pytest
from mitmproxy import http
from mitmproxy.flow import Error, Flow
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.test import tflow
from mitmproxy.version import VERSION

from coranalyze.exchange import REDACTED, Family
from coranalyze.sources.flow import TIDIED, open_flow
from tests.sources.hars import capture_of, refusal_of


def flow(method: str = "GET", at: float = 1000.0, path: str = "/x") -> http.HTTPFlow:
    made = tflow.tflow(resp=True)
    made.request = http.Request.make(
        method, f"https://api.example{path}", headers=((b"Origin", b"https://app.example"), (b"X-A", b"1"))
    )
    made.request.timestamp_start = at
    made.request.timestamp_end = at + 0.001
    made.response = http.Response.make(
        200, b"body", headers=((b"Vary", b"Origin"), (b"vary", b"Accept"), (b"Server", b"caf\xe9"))
    )
    made.response.timestamp_start = at + 0.005
    made.response.timestamp_end = at + 0.020
    return made


def written(*flows: Flow) -> bytes:
    file = BytesIO()
    writer = FlowWriter(file)  # type: ignore[no-untyped-call]
    for each in flows:
        writer.add(each)
    return file.getvalue()


def test_one_flow(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, written(flow()), "x.flow")
    (found,) = capture.exchanges()
    assert (capture.format, capture.dialect.name, capture.dialect.family) == ("flow", "mitmproxy", Family.WIRE)
    assert (found.method, found.url, found.status) == ("GET", "https://api.example/x", 200)
    assert (found.started, found.ended) == pytest.approx((1_000_000.0, 1_000_020.0))
    assert list(found.request)[:2] == [("Origin", "https://app.example"), ("X-A", REDACTED)]
    assert list(found.response)[:3] == [("Vary", "Origin"), ("vary", "Accept"), ("Server", "café")]
    assert found.server_address == "192.168.0.1"
    assert (capture.entries, capture.skipped) == (1, [])


@pytest.mark.parametrize("name", ["x.flow", "x.mitm", "x.dump", "x"])
@pytest.mark.parametrize("packed", [False, True])
def test_by_content(tmp_path: Path, name: str, packed: bool) -> None:
    data = written(flow(), flow("PUT"))
    assert len(list(capture_of(tmp_path, gzip.compress(data) if packed else data, name).exchanges())) == 2


def test_ordered_by_start_not_by_completion(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, written(flow("PUT", 1002.0), flow("OPTIONS", 1001.0), flow("GET", 1003.0)))
    found = list(capture.exchanges())
    assert [each.method for each in found] == ["OPTIONS", "PUT", "GET"]
    assert [each.entry for each in found] == [1, 0, 2]


def test_a_flow_that_failed(tmp_path: Path) -> None:
    made = flow()
    made.response = None
    made.error = Error("server closed connection", 1000.5)
    (found,) = capture_of(tmp_path, written(made)).exchanges()
    assert (found.status, found.error, found.ended) == (None, "server closed connection", 1_000_500.0)


def test_an_unfinished_flow(tmp_path: Path) -> None:
    made = flow()
    made.response = None
    (found,) = capture_of(tmp_path, written(made)).exchanges()
    assert (found.status, found.error) == (None, "")
    assert found.ended == found.started


def test_websocket_handshakes(tmp_path: Path) -> None:
    (found,) = capture_of(tmp_path, written(tflow.twebsocketflow())).exchanges()
    assert found.url.startswith("ws://")
    made = flow()
    made.request.headers["Upgrade"] = "WebSocket"
    (found,) = capture_of(tmp_path, written(made)).exchanges()
    assert found.url == "wss://api.example/x"


@pytest.mark.parametrize(
    ("by_client", "seconds", "messages", "code"),
    [(False, 0.5, False, 4403), (False, 3.0, False, None), (False, 0.5, True, None), (True, 0.5, False, None)],
    ids=["at once", "later", "after a message", "by the page"],
)
def test_websockets_that_the_server_closes_at_once(
    tmp_path: Path, by_client: bool, seconds: float, messages: bool, code: int | None
) -> None:
    made = tflow.twebsocketflow()
    made.websocket = tflow.twebsocket(messages)
    assert made.response is not None
    made.response.timestamp_end = 1000.0
    made.websocket.timestamp_end = 1000.0 + seconds
    made.websocket.closed_by_client, made.websocket.close_code = by_client, 4403
    (found,) = capture_of(tmp_path, written(made)).exchanges()
    assert found.close_code == code


def test_flows_that_are_no_http_are_skipped_and_counted(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, written(tflow.ttcpflow(), flow(), tflow.tdnsflow()))
    assert [found.entry for found in capture.exchanges()] == [1]
    assert capture.entries == 3
    assert [(skipped.entry, skipped.reason) for skipped in capture.skipped] == [
        (0, "a tcp flow, no HTTP"),
        (2, "a dns flow, no HTTP"),
    ]


@pytest.mark.parametrize(("version", "spelt"), [("HTTP/1.1", "X-A"), ("HTTP/2.0", "x-a"), ("HTTP/3", "x-a")])
def test_names_are_those_that_reached_the_browser(tmp_path: Path, version: str, spelt: str) -> None:
    made = flow()
    assert made.response is not None
    made.request.http_version = version
    made.response.headers["X-A"] = "1"
    (found,) = capture_of(tmp_path, written(made)).exchanges()
    assert [name for name, _ in found.response if name.lower() == "x-a"] == [spelt]


def test_a_method_that_is_no_token(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, written(flow("GE T"), flow()))
    assert [found.entry for found in capture.exchanges()] == [1]
    assert [skipped.reason for skipped in capture.skipped] == ["the flow cannot be used: the method is no token"]


def test_a_tunnel_is_no_request_of_a_page(tmp_path: Path) -> None:
    capture = capture_of(tmp_path, written(flow("CONNECT"), flow()))
    assert [found.method for found in capture.exchanges()] == ["GET"]
    assert [skipped.reason for skipped in capture.skipped] == [
        "the flow cannot be used: a tunnel to https://api.example through the proxy (CONNECT), no request of a page"
    ]


def test_a_cut_keeps_the_whole_flows_before_it(tmp_path: Path) -> None:
    first = written(flow())
    data = first + written(flow("PUT"))
    for cut in range(len(first) + 1, len(data), 97):
        capture = capture_of(tmp_path, data[:cut])
        assert [found.method for found in capture.exchanges()] == ["GET"]
        assert capture.entries == 2
        assert [(skipped.entry, skipped.reason) for skipped in capture.skipped] == [(1, f"cut off at byte {cut}")]
        assert capture.notes == [f"truncated: cut off at byte {cut}"]


def test_damage_in_the_middle(tmp_path: Path) -> None:
    first = written(flow())
    capture = capture_of(tmp_path, first + b"garbage" + written(flow("PUT")) * 3)
    assert [found.method for found in capture.exchanges()] == ["GET"]
    assert capture.entries == 1 + len(capture.skipped) == 2


def test_nothing_whole(tmp_path: Path) -> None:
    assert "damaged" in refusal_of(tmp_path, written(flow())[:500])


def test_another_mitmproxy_is_named(tmp_path: Path) -> None:
    state = flow().get_state()
    state["version"] = 999
    reason = refusal_of(tmp_path, tnetstring.dumps(state))
    assert VERSION in reason
    assert "999" in reason


def test_neither_bodies_nor_secrets(tmp_path: Path) -> None:
    made = flow(path="/x?token=hunter2")
    made.request.headers["Cookie"] = "sid=hunter2"
    made.request.headers["Authorization"] = "Bearer hunter2"
    made.request.content = b"hunter2"
    assert made.response is not None
    made.response.headers["Set-Cookie"] = "sid=hunter2"
    made.response.content = b"hunter2"
    for keep_values in (False, True):
        (found,) = open_flow("x", written(made), keep_values).exchanges()
        assert ("hunter2" in repr(found)) is keep_values  # in the URL, which was asked for
        assert "hunter2" not in repr((found.request, found.response))


def test_addresses_of_ipv6_have_brackets(tmp_path: Path) -> None:
    made = flow()
    made.request.headers["Host"] = "[::1]:8443"
    (found,) = capture_of(tmp_path, written(made)).exchanges()
    assert found.url == "https://[::1]:8443/x"


def test_no_flow_stays_in_memory_while_the_cyclic_collector_rests() -> None:
    capture = open_flow("x", written(*[flow(at=1000.0 + i) for i in range(3 * TIDIED)]), keep_values=False)
    gc.collect()
    gc.disable()
    try:
        before = flows_alive()
        assert sum(1 for _ in capture.exchanges()) == 3 * TIDIED
        assert flows_alive() - before <= TIDIED
    finally:
        gc.enable()


def flows_alive() -> int:
    # By type: to ask some objects of other libraries for their class runs code of theirs.
    return sum(type(each) is http.HTTPFlow for each in gc.get_objects())
