"""Server processes, and the ports that they listen on."""

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path
from typing import Any


@contextmanager
def running(command: Sequence[str | Path], **how: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block, also where an exception ends it."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True, **how) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def in_thread(server: HTTPServer) -> Iterator[int]:
    """A server of the standard library serves while the block runs; its port."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    with server:
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """One that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def await_port(port: int, alive: Callable[[], bool], log: Path | None = None) -> None:
    """Until somebody listens; raises RuntimeError, with the log, where the server has ended instead."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if not alive():
                told = log.read_text("utf-8", "replace") if log is not None and log.exists() else ""
                raise RuntimeError(f"nobody listens on port {port}: {told}") from None
            time.sleep(0.02)
