"""How to point a browser, a phone or a program at the proxy of a running capture."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coranalyze.cli.browsers import chromium
from coranalyze.cli.browsers.trust import read_ca

if TYPE_CHECKING:
    from coranalyze.cli.proxy import Proxy


def how_to_point(modes: Sequence[str], host: str, proxy: Proxy, certificate: Path) -> Iterator[str]:
    """Lines to read; what has to be typed stands on lines of its own."""
    yield "recording until Ctrl-C is pressed"
    for mode in modes:
        yield from _of_mode(mode.partition("@")[0], host, proxy, certificate)
    yield f"certificate authority of this run: {certificate}"


def _of_mode(mode: str, host: str, proxy: Proxy, certificate: Path) -> Iterator[str]:
    if mode == "wireguard":
        yield "WireGuard: import this configuration, then open http://mitm.it there and install the certificate:"
        yield from proxy.wireguard.splitlines()
    elif mode.startswith("local"):
        yield "local: the traffic of the programs that were named is taken over; they have to trust the certificate:"
    elif mode.startswith("reverse:"):
        yield f"reverse: ask http://{host}:{proxy.port} instead of {mode.removeprefix('reverse:')}"
    else:
        address = f"{host}:{proxy.port}"
        options = " ".join(map(shlex.quote, chromium.through(address, read_ca(certificate))))
        yield f"proxy for HTTP and HTTPS: {address}"
        yield "Chromium, Chrome, Edge, nothing to install; a profile of its own has to be named:"
        yield f"    chromium --user-data-dir=PROFILE {options}"
        yield "curl:"
        yield f"    curl --proxy http://{address} --cacert {shlex.quote(str(certificate))} URL"
        if host in ("127.0.0.1", "localhost", "::1"):
            yield "phone: run with --host 0.0.0.0, so that it can reach this machine"
        else:
            yield f"phone: in its Wi-Fi settings name this machine and port {proxy.port} as proxy, then open http://mitm.it"
