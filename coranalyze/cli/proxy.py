"""mitmproxy in this process, in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mitmproxy.http import HTTPFlow
    from mitmproxy.master import Master
    from mitmproxy.proxy.mode_servers import ServerInstance

PATIENCE = 60.0
"""Seconds that the proxy may take to start: `local:` mode may ask the user for a password."""
LAST_PATIENCE = 10.0
"""Seconds that it may take to end; what was recorded is in the file by then."""


class ProxyError(Exception):
    """The proxy does not start; the message says why and what to do."""


class Settings(NamedTuple):
    """What a capture asks of mitmproxy."""

    confdir: Path
    """Where it makes its CA: an empty folder that nobody else may read."""
    options: dict[str, Any]
    """By mitmproxy's names, those of the addons included."""
    modes: Sequence[str] = ("regular",)
    host: str = "127.0.0.1"
    port: int = 0
    """0 for a free one."""


if sys.platform == "win32":
    _Loop = asyncio.ProactorEventLoop
else:
    _Loop = asyncio.SelectorEventLoop


class _BrowserNames(_Loop):
    """Looks names up as browsers do: those below localhost are this machine (RFC 6761, section 6.3).

    Not every resolver knows that. mitmproxy's own `server_connect` event is no place for it: a connection to another
    address than the one asked for is never used again, and the sixth of a client waits for the first to end.
    """

    async def getaddrinfo(self, host: Any, port: Any, **more: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
        return await super().getaddrinfo("localhost" if name.rstrip(".").endswith(".localhost") else host, port, **more)


class Streaming:
    """Bodies pass as they come, as without a proxy: event streams do not end, and downloads need no memory here."""

    def responseheaders(self, flow: HTTPFlow) -> None:
        if flow.response is not None:
            flow.response.stream = True


class Proxy:
    """A proxy in its thread."""

    def __init__(self, settings: Settings, addons: Sequence[object], log: Callable[[str], None]) -> None:
        """`log` gets mitmproxy's warnings and those of the addons, in the proxy's thread."""
        self.port: int | None = None
        """Where it listens; None in modes without a port."""
        self.wireguard = ""
        """The client's configuration in wireguard mode."""
        self._settings = settings
        self._addons = addons
        self._log = log
        self._failed = ""
        self._ready = threading.Event()
        self._master: Master | None = None
        self._thread = threading.Thread(target=self._run, name="mitmproxy", daemon=True)

    def start(self) -> None:
        """Raises ProxyError."""
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            self._failed = "mitmproxy did not get ready"
        if self._failed:
            self.stop()
            raise ProxyError(self._failed)

    def stop(self) -> None:
        if self._master is not None and self._thread.is_alive():
            self._master.shutdown()  # type: ignore[no-untyped-call]
        self._thread.join(LAST_PATIENCE)

    def is_running(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=_BrowserNames) as runner:
                runner.run(self._serve())
        except Exception as error:  # whatever ends this thread has to reach the other one
            self._failed = self._failed or f"mitmproxy failed: {type(error).__name__}: {error}"
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from mitmproxy.addons import default_addons
        from mitmproxy.exceptions import OptionsError
        from mitmproxy.master import Master
        from mitmproxy.options import Options

        handler = _Warnings(self._tell)
        logging.getLogger().addHandler(handler)
        master = Master(Options())
        addons: Any = master.addons
        options: Any = master.options
        try:
            addons.add(*default_addons(), Streaming(), started := _Started())  # type: ignore[no-untyped-call]
            self._set_options(options)
            # Now that all else is right: an addon may begin with its work when it gets its options.
            addons.add(*self._addons)
            options.update(**self._settings.options)
            self._master = master
            await asyncio.gather(master.run(), self._settle(started, addons.get("proxyserver").servers))
        except OptionsError as error:
            self._failed = str(error)
            await master.done()
        finally:
            logging.getLogger().removeHandler(handler)

    def _set_options(self, options: Any) -> None:
        settings = self._settings
        options.update(
            confdir=str(settings.confdir), mode=list(settings.modes), listen_host=settings.host,
            listen_port=settings.port,
        )  # fmt: skip

    async def _settle(self, started: _Started, servers: Iterable[ServerInstance[Any]]) -> None:
        await started.event.wait()
        self._failed = next(filter(None, map(self._why_not, servers)), "")
        ports = [address[1] for server in servers for address in server.listen_addrs]
        self.port = ports[0] if ports else None
        self.wireguard = next(filter(None, (server.to_json().get("wireguard_conf") for server in servers)), "")
        self._ready.set()

    def _tell(self, warning: str) -> None:
        # What goes wrong before is told once, by ProxyError.
        if self._ready.is_set():
            self._log(warning)

    def _why_not(self, server: ServerInstance[Any]) -> str:
        error = server.last_exception
        if error is None:
            return ""
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            return f"port {self._settings.port} of {self._settings.host} is in use; choose another with --port, or none"
        return f"the proxy cannot start in mode {server.mode.full_spec}: {error}"


class _Started:
    def __init__(self) -> None:
        self.event = asyncio.Event()

    def running(self) -> None:
        """mitmproxy's event: every server is up, or has failed."""
        self.event.set()


class _Warnings(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


@contextmanager
def running(settings: Settings, addons: Sequence[object], log: Callable[[str], None]) -> Iterator[Proxy]:
    """A proxy that runs; raises ProxyError."""
    proxy = Proxy(settings, addons, log)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
