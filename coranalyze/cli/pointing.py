"""How to point a browser, a phone or a program at the proxy of a running capture."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coranalyze.cli.browsers import chromium
from coranalyze.cli.browsers.trust import read_ca

if TYPE_CHECKING:
    from coranalyze.cli.proxy import Proxy


LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
"""Host that stands for all addresses of this machine → the one to ask from here."""
NOWHERE = "192.0.2.1"
"""An address of documentation (RFC 5737)."""


def how_to_point(modes: Sequence[str], host: str, proxy: Proxy, certificate: Path) -> Iterator[str]:
    """Lines to read; what has to be typed stands on lines of its own."""
    yield "recording until Ctrl-C is pressed"
    for mode in modes:
        yield from _of_mode(mode.partition("@")[0], host, proxy, certificate)
    yield f"certificate authority of this run: {certificate}"


def _of_mode(mode: str, host: str, proxy: Proxy, certificate: Path) -> Iterator[str]:
    address = _joined(EVERYWHERE.get(host, host), proxy.port)
    if mode == "wireguard":
        yield "WireGuard: import this configuration, then open http://mitm.it there and install the certificate:"
        yield from proxy.wireguard.splitlines()
    elif mode.startswith("local"):
        yield "local: the traffic of the programs that were named is taken over; they have to trust the certificate:"
    elif mode.startswith("reverse:"):
        yield f"reverse: ask http://{address} instead of {mode.removeprefix('reverse:')}"
    else:
        options = " ".join(map(shlex.quote, chromium.through(address, read_ca(certificate))))
        yield f"proxy for HTTP and HTTPS: {address}"
        yield "Chromium, Chrome, Edge, nothing to install; a profile of its own has to be named:"
        yield f"    chromium --user-data-dir=PROFILE {options}"
        yield "curl:"
        yield f"    curl --proxy http://{address} --cacert {shlex.quote(str(certificate))} URL"
        if host in LOOPBACK:
            yield "phone: run with --host 0.0.0.0, so that it can reach this machine"
        else:
            machine = _address_in_network() if host in EVERYWHERE else host
            yield f"phone: in its Wi-Fi settings set the proxy to {machine or 'this machine'}, port {proxy.port};"
            yield "    open http://mitm.it there and install the certificate; undo both when this run has ended"


def _joined(host: str, port: int | None) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _address_in_network() -> str:
    """Of this machine, as its network reaches it; empty without one. A datagram's way is asked for, none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((NOWHERE, 9))
        except OSError:
            return ""
        return str(asked.getsockname()[0])
