"""Servers that answer byte for byte what a case says: one port for http, one for https, whatever host is asked for."""

import asyncio
import hashlib
import json
import socket
import ssl
import struct
import threading
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import trustme

from tests.lab.random_cases.bodies import BODIES

HERE = Path(__file__).parent
SCRIPT = (HERE / "runner.js").read_text("utf-8")
PAGE = "<!doctype html><meta charset=utf-8><link rel=icon href=data:><title>cases</title><body><script>{}</script>"
PATIENCE = 20.0
WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""
Case = Mapping[str, Any]


class Wire:
    """Serves the page, the cases and their answers; keeps what reached it and what scripts told."""

    def __init__(self, cases: Sequence[Case], *, keeps_alive: bool, parallel: int) -> None:
        self.cases = {case["id"]: case for case in cases}
        self.results: dict[int, Any] = {}
        self.reached: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self.ports: dict[str, int] = {}
        """Scheme → port."""
        self.done = threading.Event()
        self._keeps_alive = keeps_alive
        self._parallel = parallel
        self._preflights: dict[tuple[int, int], int] = defaultdict(int)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    def __enter__(self) -> "Wire":
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise TimeoutError("the servers do not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    async def _serve(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("*.localhost", "127.0.0.1").configure_cert(context)
        plain = await asyncio.start_server(lambda r, w: self._talk("http", r, w), "127.0.0.1", 0)
        secure = await asyncio.start_server(lambda r, w: self._talk("https", r, w), "127.0.0.1", 0, ssl=context)
        self.ports = {"http": plain.sockets[0].getsockname()[1], "https": secure.sockets[0].getsockname()[1]}
        self._ready.set()
        await self._stop.wait()
        plain.close()
        secure.close()

    async def _talk(self, scheme: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer(scheme, reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()

    async def _answer(self, scheme: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        body = await _body(reader, headers)
        parts = path.partition("?")[0].split("/")
        if parts[1] == "case" and len(parts) >= 4 and parts[2].isdigit() and parts[3].isdigit():
            return await self._case(int(parts[2]), int(parts[3]), method, headers, writer)
        status, kind, text = self._own(path, body)
        lines = [("Content-Type", kind), ("Cache-Control", "no-store")]
        if path == "/jar":
            lines += [
                ("Set-Cookie", "sid=1; SameSite=None; Secure; Path=/"),
                ("Set-Cookie", "lax=1; SameSite=Lax; Path=/"),
            ]
        writer.write(self._head(status, lines, text.encode()) + text.encode())
        await writer.drain()
        return self._keeps_alive

    def _own(self, path: str, body: bytes) -> tuple[int, str, str]:
        """What the harness itself needs: status, type, text."""
        match path:
            case "/page":
                return 200, "text/html; charset=utf-8", PAGE.format(f"{SCRIPT}\nmain({self._parallel})")
            case "/frame":
                return 200, "text/html; charset=utf-8", PAGE.format(f"{SCRIPT}\nserveFrame()")
            case "/worker.js":
                return 200, "text/javascript", f"{SCRIPT}\nserveWorker()"
            case "/cases":
                clients = [{"id": case["id"], "client": case["client"]} for case in self.cases.values()]
                return 200, "application/json", json.dumps(clients)
            case "/results":
                for each in json.loads(body):
                    self.results[each["id"]] = each["result"]
                return 200, "text/plain", ""
            case "/done":
                self.done.set()
                return 200, "text/plain", ""
        return (200 if path == "/jar" else 404), "text/plain", ""

    async def _case(
        self, number: int, hop: int, method: str, headers: Mapping[str, str], writer: asyncio.StreamWriter
    ) -> bool:
        hops = self.cases[number]["server"] if number in self.cases else []
        if hop >= len(hops):
            writer.write(self._head(404, [("Content-Type", "text/plain")], b""))
            return self._keeps_alive
        preflight = method == "OPTIONS" and "access-control-request-method" in headers
        answer = hops[hop]["preflight" if preflight else "actual"]
        if isinstance(answer, list):
            turn = self._preflights[number, hop]
            self._preflights[number, hop] += 1
            answer = answer[min(turn, len(answer) - 1)]
        seen = {
            "hop": hop,
            "kind": "preflight" if preflight else "actual",
            "method": method,
            "status": answer["status"],
        }
        for name in ("origin", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-dest", "access-control-request-headers",
                     "access-control-request-method", "cookie", "upgrade"):  # fmt: skip
            if name in headers:
                seen[name] = headers[name]
        self.reached[number].append(seen)
        return await self._send(answer, method, headers, writer)

    async def _send(
        self, answer: Mapping[str, Any], method: str, request: Mapping[str, str], writer: asyncio.StreamWriter
    ) -> bool:
        how = answer.get("how", "close" if answer.get("close") else "")
        if how == "close":
            return False
        if how == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if request.get("upgrade", "").lower() == "websocket":
            key = hashlib.sha1((request["sec-websocket-key"] + WEBSOCKET).encode(), usedforsecurity=False).digest()
            accepted = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {b64encode(key).decode()}"
            writer.write(f"HTTP/1.1 101 Switching Protocols\r\n{accepted}\r\n\r\n".encode())
            await asyncio.sleep(1)
            return False
        origin = request.get("origin", "")
        lines = [(name, value.replace("{origin}", origin)) for name, value in answer["headers"]]
        body = BODIES[answer["body"]]
        if answer["status"] in (204, 205, 304):
            body = b""
        if how in ("early", "continue"):
            code = "103 Early Hints" if how == "early" else "100 Continue"
            writer.write(f"HTTP/1.1 {code}\r\nAccess-Control-Allow-Origin: *\r\n\r\n".encode())
        if how == "truncate":
            writer.write(self._head(answer["status"], lines, body + b"x" * 50) + body)
            await writer.drain()
            return False
        if how == "badchunk":
            writer.write(
                self._head(answer["status"], [*lines, ("Transfer-Encoding", "chunked")], None) + b"zz\r\nno\r\n"
            )
            await writer.drain()
            return False
        if how == "until-close":
            writer.write(self._head(answer["status"], [*lines, ("Connection", "close")], None) + body)
            await writer.drain()
            return False
        writer.write(self._head(answer["status"], lines, body) + (b"" if method == "HEAD" else body))
        await writer.drain()
        return self._keeps_alive

    def _head(self, status: int, lines: Sequence[tuple[str, str]], body: bytes | None) -> bytes:
        text = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'Status'}"]
        text += [f"{name}:{'' if value.startswith((' ', chr(9), chr(13))) else ' '}{value}" for name, value in lines]
        if body is not None and status not in (204, 304):
            text.append(f"Content-Length: {len(body)}")
        if not self._keeps_alive:
            text.append("Connection: close")
        return b"\r\n".join(_bytes(line) for line in [*text, "", ""])


def _bytes(line: str) -> bytes:
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode()


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return body
    return await reader.readexactly(int(headers.get("content-length", "0")))
