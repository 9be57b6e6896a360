"""HTTP/3 through a real mitmdump: what goes over QUIC is recorded and judged like all else."""

import asyncio
import re
import ssl
from pathlib import Path

import trustme
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent

import coranalyze as ca
from tests.addons.lab import PATIENCE, Proxy

PAGE = b"https://app.example"
ANSWERS = {
    b"/allowed": [(b"access-control-allow-origin", PAGE)],
    b"/silent": [],
    b"/put": [
        (b"access-control-allow-origin", PAGE),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", b"POST"),
    ],
}
Lines = list[tuple[bytes, bytes]]


class Peer(QuicConnectionProtocol):
    """One end of a connection. The server's answers with what stands in `ANSWERS`."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._http = H3Connection(self._quic)
        self._answered: dict[int, asyncio.Future[bytes]] = {}

    def quic_event_received(self, event: QuicEvent) -> None:
        for each in self._http.handle_event(event):
            if isinstance(each, HeadersReceived):
                headers = dict(each.headers)
                if b":path" in headers:
                    self._answer(each.stream_id, ANSWERS[headers[b":path"]])
                else:
                    self._answered[each.stream_id].set_result(headers[b":status"])

    def _answer(self, stream: int, lines: Lines) -> None:
        self._http.send_headers(stream, [(b":status", b"200"), *lines])
        self._http.send_data(stream, b"ok", end_stream=True)
        self.transmit()

    async def fetch(self, method: bytes, path: bytes, *more: tuple[bytes, bytes]) -> bytes:
        """The status."""
        stream = self._quic.get_next_available_stream_id()
        answered = self._answered[stream] = asyncio.get_running_loop().create_future()
        asked = [(b":method", method), (b":scheme", b"https"), (b":authority", b"api.example"), (b":path", path)]
        page = [(b"origin", PAGE), (b"sec-fetch-mode", b"cors"), (b"sec-fetch-site", b"cross-site")]
        self._http.send_headers(stream, [*asked, *page, *more], end_stream=True)
        self.transmit()
        return await asyncio.wait_for(answered, PATIENCE)


def made(*arguments: object, **options: object) -> Peer:
    return Peer(*arguments, **options)


async def traffic(folder: Path, certificate: Path, key: Path) -> str:
    """Ask through mitmdump; what it printed."""
    of_server = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    of_server.load_cert_chain(certificate, key)
    server = await serve("127.0.0.1", 0, configuration=of_server, create_protocol=made)
    transport = server._transport
    assert transport is not None
    port = transport.get_extra_info("sockname")[1]
    options = (
        "--mode", f"reverse:http3://127.0.0.1:{port}", "--ssl-insecure", "--set", "cors_out=session.cors.jsonl",
        "--set", "keep_host_header=true",
    )  # fmt: skip
    proxy = await asyncio.to_thread(Proxy(folder, *options).__enter__)
    try:
        of_client = QuicConfiguration(alpn_protocols=H3_ALPN, verify_mode=ssl.CERT_NONE, server_name="api.example")
        async with connect("127.0.0.1", proxy.port, configuration=of_client, create_protocol=made) as client:
            assert isinstance(client, Peer)
            assert await client.fetch(b"GET", b"/allowed") == b"200"
            assert await client.fetch(b"GET", b"/silent") == b"200"
            assert await client.fetch(b"OPTIONS", b"/put", (b"access-control-request-method", b"PUT")) == b"200"
        await asyncio.to_thread(proxy.stop)
    finally:
        proxy.__exit__()
        server.close()  # type: ignore[no-untyped-call]
    return proxy.log


def test_http3_is_recorded_and_judged(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    issued = trustme.CA().issue_cert("api.example", "127.0.0.1")
    key.write_bytes(issued.private_key_pem.bytes())
    certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    log = asyncio.run(traffic(folder, certificate, key))
    path = folder / "session.cors.jsonl"
    assert path.read_text("ascii").count('"http":"HTTP/3"') == 3, log
    assert {fetch.url: fetch.reason for fetch in ca.analyze(str(path)).fetches} == {
        "https://api.example/allowed": None,
        "https://api.example/silent": ca.Reason.ACAO_MISSING,
        "https://api.example/put": ca.Reason.METHOD_NOT_ALLOWED,
    }
    assert re.findall("BLOCKED .*", log) == [
        "BLOCKED GET https://api.example/silent from https://app.example: acao-missing (actual)",
        "BLOCKED PUT https://api.example/put from https://app.example: method-not-allowed PUT (preflight)",
    ]
