"""An application on loopback: http, and https with HTTP/2, each on a free port, in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

PATIENCE = 20.0


class Ports(NamedTuple):
    """Where an application listens."""

    http: int
    https: int

    def origin(self, scheme: str, host: str) -> str:
        return f"{scheme}://{host}:{self.https if scheme == 'https' else self.http}"


@contextmanager
def served(app: Any, names: Sequence[str], folder: Path) -> Iterator[Ports]:
    """Serve an ASGI (or WSGI) application while the block runs; the certificate is for `names`, signed by nobody."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    issued = trustme.CA().issue_cert(*names)
    key.write_bytes(issued.private_key_pem.bytes())
    certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    ports = Ports(*free_ports(2))
    config = Config()
    config.insecure_bind = [f"127.0.0.1:{ports.http}"]
    config.bind = [f"127.0.0.1:{ports.https}"]
    config.certfile, config.keyfile = str(certificate), str(key)
    config.accesslog = config.errorlog = None
    ended = threading.Event()
    thread = threading.Thread(target=_run, args=(app, config, ended), daemon=True)
    thread.start()
    try:
        for port in ports:
            _await(port)
        yield ports
    finally:
        ended.set()
        thread.join(PATIENCE)


def _run(app: Any, config: Config, ended: threading.Event) -> None:
    async def until_ended() -> None:
        await asyncio.to_thread(ended.wait)

    asyncio.run(serve(app, config, shutdown_trigger=until_ended))


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _await(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            threading.Event().wait(PATIENCE / 200)
    raise TimeoutError(f"nobody listens on port {port}")
