"""WebKitGTK over WebDriver, in a display of its own. Its console is out of reach: nothing tells why a request fails."""

import json
import os
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from coranalyze.cli.browsers.trust import CA
from tests.lab.random_cases.starting import PATIENCE, started
from tests.lab.serving import free_ports

BROWSER = "MiniBrowser"
TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
_LIBRARIES = Path("/usr/lib")


class WebKit:
    """A browser on a page."""

    def __init__(self, driver: str, proxy: int) -> None:
        address = f"127.0.0.1:{proxy}"
        # No localhost either: the proxy leads all hosts to the servers of the run.
        proxied = {"proxyType": "manual", "httpProxy": address, "sslProxy": address, "noProxy": []}
        (binary,) = _LIBRARIES.glob(f"*/webkit2gtk-4.1/{BROWSER}")
        wanted = {
            "pageLoadStrategy": "none", "proxy": proxied,
            "webkitgtk:browserOptions": {"binary": str(binary), "args": ["--automation"]},
        }  # fmt: skip
        session = _ask("POST", f"{driver}/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"{driver}/session/{session['sessionId']}"

    def visit(self, url: str) -> None:
        _ask("POST", f"{self._session}/url", {"url": url})

    def close(self) -> None:
        _ask("DELETE", self._session)


@contextmanager
def webkit(proxy: int, ca: CA, folder: Path) -> Iterator[WebKit]:
    """A fresh WebKitGTK behind the proxy on that port; `folder` is for what it needs.

    WebDriver's acceptInsecureCerts is for pages and not for what these load, and the library trusts one file only: it
    sees another one there, which takes root.
    """
    (port,) = free_ports(1)
    bundle = folder / "trusted.pem"
    bundle.write_bytes(TRUSTED.read_bytes() + ssl.DER_cert_to_PEM_cert(ca.der).encode())
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', str(bundle), str(TRUSTED),
         "xvfb-run", "--auto-servernum", "WebKitWebDriver", f"--port={port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        driver = f"http://127.0.0.1:{port}"
        started(process, "WebKitWebDriver", lambda: _status(driver))
        browser = WebKit(driver, proxy)
        try:
            yield browser
        finally:
            browser.close()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _status(driver: str) -> Any:
    with suppress(OSError):
        return _ask("GET", f"{driver}/status")
    return None


def _ask(method: str, url: str, body: Any = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)["value"]
