"""The application behind the gateways: what it answers goes by the path, and by `X-Backend`, which a gateway sets.

`list` allows the case's own origins with credentials and Vary, `bare` does so without Vary, `options` answers
preflights too, `star` allows all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fixes.servers.running import in_thread
from tests.lab.policies.case import PRIVATE

STATUS = {"/error": 500, "/missing": 404, "/limit": 429}
LISTS = {
    "Access-Control-Allow-Methods": "GET, PUT", "Access-Control-Allow-Headers": "x-token",
    "Access-Control-Max-Age": "600",
}  # fmt: skip
STORED = ("/public", "/a.woff2", "/a.js", "/a.png")
MIMES = {".woff2": "font/woff2", ".js": "text/javascript", ".png": "image/png"}


class _Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "app"
    sys_version = ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.headers.get("If-None-Match") == '"1"':
            self._send(304, {"ETag": '"1"'}, b"")
            return
        headers = {
            "Content-Type": next((mime for end, mime in MIMES.items() if path.endswith(end)), "application/json"),
            "Cache-Control": "public, max-age=600" if path in STORED else PRIVATE,
        }
        if path == "/public":
            headers["ETag"] = '"1"'
        self._send(STATUS.get(path, 200), headers, b"{}")

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_OPTIONS(self) -> None:
        if self.headers.get("X-Backend") == "options":
            self._send(204, {"Cache-Control": "public, max-age=600", **LISTS}, b"")
            return
        self._send(405, {"Allow": "GET, POST, PUT"}, b"")

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in {**headers, **self._cors()}.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cors(self) -> dict[str, str]:
        how, origin = self.headers.get("X-Backend", ""), self.headers.get("Origin", "")
        if how == "star":
            return {"Access-Control-Allow-Origin": "*"}
        if how not in ("list", "bare", "options"):
            return {}
        site = self.headers["Host"].partition(":")[0].partition(".")[2]
        vary = {} if how in ("bare", "options") else {"Vary": "Origin"}
        if origin not in (f"https://app.{site}", f"https://help.{site}"):
            return vary
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", **vary}

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[int]:
    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), _Application)) as port:
        yield port
