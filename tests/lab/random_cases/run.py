"""One run: a browser does all cases, and what it asked, got and said is written as `tests.oracle` reads it."""

import gzip
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from coranalyze.cli.browsers.trust import read_ca
from coranalyze.cli.proxy import Settings, running
from tests.addons.addon import ADDON
from tests.lab.random_cases.chromium import chromium
from tests.lab.random_cases.firefox import firefox
from tests.lab.random_cases.truth import truths
from tests.lab.random_cases.webkit import webkit
from tests.lab.random_cases.wire import Wire
from tests.lab.random_cases.words import DOWN, JARS
from tests.lab.serving import free_ports

SILENCE = 90.0
"""Seconds without the result of any case, after which a run is over: its page has crashed."""


class Route:
    """Leads every request to the servers of the run, whatever host and port it names."""

    def __init__(self, ports: dict[str, int]) -> None:
        self._ports = ports

    def server_connect(self, data: Any) -> None:
        host, port = data.server.address[:2]
        if f"http://{host}:{port}" == DOWN:
            data.server.address = ("127.0.0.1", 9)
        else:
            scheme = "https" if port in (443, 8443, 8444) else "http"
            data.server.address = ("127.0.0.1", self._ports[scheme])


def run(
    cases: Sequence[dict[str, Any]], browser: str, page: str, out: Path, *, direct: bool = False, http2: bool = False
) -> list[str]:  # fmt: skip
    """Writes the run into `out`; the names of its captures."""
    out.mkdir(parents=True, exist_ok=True)
    captures: list[str] = []
    with ExitStack() as stack:
        wire = stack.enter_context(Wire(cases, keeps_alive=direct, parallel=24))
        if browser == "chromium":
            (port,) = free_ports(1)
            options = (
                _direct(wire, port) if direct else _proxied(stack.enter_context(_proxy(wire, out, http2))[0], port)
            )
            opened = stack.enter_context(chromium(port, options))
            _go(opened, page, wire)
            for name, sanitize in (("chromium.har", False), ("chromium.sanitized.har", True)):
                (out / name).write_text(opened.export(sanitize), "utf-8")
                captures.append(name)
            reasons = opened.reasons()
        elif browser == "webkit":
            port, ca = stack.enter_context(_proxy(wire, out, http2))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _go(stack.enter_context(webkit(port, ca, folder)), page, wire)
            reasons = []
        else:
            port, ca = stack.enter_context(_proxy(wire, out, http2))
            visited = stack.enter_context(firefox(port, ca))
            _go(visited, page, wire)
            reasons = visited.reasons()
        lines = list(truths(cases, wire.results, wire.reached, reasons, browser, direct))
    _write(out / "cases.jsonl.gz", cases)
    _write(out / "truth.jsonl.gz", lines)
    return captures if direct else [*captures, "proxy.flow", "proxy.har", "proxy.cors.jsonl"]


def _go(browser: Any, page: str, wire: Wire) -> None:
    for host in JARS:
        browser.visit(f"{host}/jar")
    browser.visit(f"{page}/page")
    told = -1
    while not wire.done.wait(SILENCE):
        if len(wire.results) == told:
            print(f"crashed: {told} of {len(wire.cases)} cases", file=sys.stderr)
            return
        told = len(wire.results)


@contextmanager
def _proxy(wire: Wire, out: Path, http2: bool) -> Iterator[tuple[int, Any]]:
    options = {
        "ssl_insecure": True, "save_stream_file": str(out / "proxy.flow"), "hardump": str(out / "proxy.har"),
        "cors_out": str(out / "proxy.cors.jsonl"), "connection_strategy": "lazy", "http2": http2,
    }  # fmt: skip
    for name in ("proxy.flow", "proxy.har", "proxy.cors.jsonl"):
        (out / name).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), options)
        with running(settings, [Route(wire.ports), ADDON.CorsCapture()], lambda _: None) as proxy:
            assert proxy.port is not None
            yield proxy.port, read_ca(Path(folder, "mitmproxy-ca-cert.pem"))


def _proxied(proxy: int, debugger: int) -> list[str]:
    # DevTools is a page too, and talks to the page it looks at.
    return [f"--proxy-server=http://127.0.0.1:{proxy}", f"--proxy-bypass-list=<-loopback>;127.0.0.1:{debugger}"]


def _direct(wire: Wire, debugger: int) -> list[str]:
    # DevTools is a page too, and talks to the page it looks at; the first rule that fits counts.
    first = f"MAP 127.0.0.1:{debugger} 127.0.0.1:{debugger}"
    secure = ", ".join(f"MAP *:{port} 127.0.0.1:{wire.ports['https']}" for port in (443, 8443, 8444))
    return [
        f"--host-resolver-rules={first}, MAP {DOWN[7:]} 127.0.0.1:9, {secure}, MAP * 127.0.0.1:{wire.ports['http']}"
    ]


def _write(path: Path, records: Iterable[Any]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, separators=(",", ":")) + "\n")
