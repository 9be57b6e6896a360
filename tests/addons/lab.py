"""A real mitmdump with the addon, a small server behind it, and a client that says exactly what it wants."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.addons.addon import PATH

MITMDUMP = Path(sys.executable).parent / "mitmdump"
PATIENCE = 60.0
"""Seconds: how long a process may take for a step."""


class Handler(BaseHTTPRequestHandler):
    """Answers what the query asks for: `?s=204&h=Vary:Origin&h=…`; `s=0` closes the connection, `s=101` upgrades."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        status = int(asked.get("s", ["200"])[0])
        if status == 0:
            self.close_connection = True
            return
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(status)
        for line in asked.get("h", []):
            name, _, value = line.partition(":")
            self.send_header(name, value)
        if status == 101:
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            self.close_connection = True
            return
        if status != 204:
            self.send_header("Content-Length", "2")
        self.end_headers()
        if status != 204 and self.command != "HEAD":
            self.wfile.write(b"ok")

    do_GET = do_PUT = do_POST = do_OPTIONS = do_HEAD = do_DELETE = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def server() -> Iterator[str]:
    """Gives the server's `host:port`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{running.server_address[1]}"
        running.shutdown()


class Proxy:
    """mitmdump on a free port. `log` is what it printed."""

    def __init__(self, folder: Path, *arguments: str, script: Path = PATH, **environment: str) -> None:
        self._log = folder / "mitmdump.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(MITMDUMP), "--listen-port", "0", "--listen-host", "127.0.0.1", "-s", str(script),
                 "--set", f"confdir={folder.parent / 'mitmproxy'}", *arguments],
                cwd=folder,
                env={**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def __enter__(self) -> "Proxy":
        self.wait_for(" listening at ")
        self.port = int(self.log.partition(" listening at ")[2].split("\n")[0].rsplit(":", 1)[1].strip(" ."))
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def wait_for(self, text: str) -> None:
        """Until the log has this text."""
        end = time.monotonic() + PATIENCE
        while text not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, f"no `{text}` in {self.log}"
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def fetch(self, method: str, url: str, *headers: str) -> bytes:
        """The whole answer to one request, on a connection of its own."""
        with self.connect() as connection:
            connection.sendall(request(method, url, *headers, "Connection: close"))
            return b"".join(iter(lambda: connection.recv(65536), b""))


def request(method: str, url: str, *headers: str) -> bytes:
    lines = [f"{method} {url} HTTP/1.1", f"Host: {urlsplit(url).netloc}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")
