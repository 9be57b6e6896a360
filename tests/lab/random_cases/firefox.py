"""Firefox over Marionette: what its console says of each blocked request."""

import base64
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coranalyze.cli.browsers.firefox import ENVIRONMENT, QUIET, TRUST
from coranalyze.cli.browsers.marionette import Marionette, session
from coranalyze.cli.browsers.trust import CA
from tests.lab.random_cases.starting import PATIENCE, started

LISTEN = """
const window = Services.wm.getMostRecentWindow("navigator:browser");
window.heard = [];
Services.console.registerListener({ observe(message) {
  if (message instanceof Ci.nsIScriptError) window.heard.push([message.category, message.errorMessage]);
}});
"""
HEARD = 'return Services.wm.getMostRecentWindow("navigator:browser").heard;'
_AT = re.compile(r"remote resource at (\S+?)\. \(Reason")


class Firefox:
    """A browser on a page."""

    def __init__(self, marionette: Marionette, ca: CA) -> None:
        self._marionette = marionette
        self._chrome()
        self._run(TRUST, base64.b64encode(ca.der).decode())
        self._run(LISTEN)

    def visit(self, url: str) -> None:
        self._marionette.call("Marionette:SetContext", value="content")
        self._marionette.call("WebDriver:Navigate", url=url)

    def reasons(self) -> list[dict[str, Any]]:
        """What the console said, in order: `url` of the hop, `code` without its trailing digit."""
        self._chrome()
        reasons = []
        for category, message in self._run(HEARD):
            found = _AT.search(message)
            if found is not None:
                code = category.rstrip("0123456789")
                reasons.append({"url": found[1], "code": code, "cors": code != "CORSDidNotSucceed", "detail": ""})
        return reasons

    def _chrome(self) -> None:
        self._marionette.call("Marionette:SetContext", value="chrome")

    def _run(self, script: str, *arguments: Any) -> Any:
        return self._marionette.call("WebDriver:ExecuteScript", script=script, args=arguments)["value"]


@contextmanager
def firefox(proxy: int, ca: CA) -> Iterator[Firefox]:
    """A fresh headless Firefox behind the proxy on that port."""
    preferences = {
        **QUIET,
        "marionette.port": 0, "remote.prefs.recommended": False, "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1", "network.proxy.http_port": proxy,
        "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": proxy, "network.proxy.no_proxies_on": "",
        "network.proxy.allow_hijacking_localhost": True, "network.cookie.cookieBehavior": 0,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        lines = (f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in preferences.items())
        Path(name, "user.js").write_text("".join(lines))
        command = ["firefox-esr", "--headless", "--marionette", "--remote-allow-system-access", "--profile", name]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **ENVIRONMENT}
        )
        try:
            port = started(process, "Firefox", lambda: _port_in(Path(name, "MarionetteActivePort")))
            with session(port, PATIENCE) as marionette:
                yield Firefox(marionette, ca)
        finally:
            process.terminate()
            process.wait(20)


def _port_in(file: Path) -> int | None:
    text = file.read_text("ascii").strip() if file.exists() else ""
    return int(text) if text else None
