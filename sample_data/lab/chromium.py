"""Drives Chromium over its debugging protocol, and lets its own DevTools write the HAR; needs `websockets`.

The frontend is opened on the page as an ordinary target, and its exporter (`models/har`, what "Export HAR" calls) is
called there: the files are what the menu would have saved.
"""

import itertools
import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

DEBUG_PORT = 9333
NAMES = "MAP api.example.com:443 127.0.0.1:8443, MAP * 127.0.0.1, EXCLUDE localhost"
NOISE = "*.google.com;*.googleapis.com;*.gvt1.com"
"""What the browser itself asks for; it goes past the proxy."""
KEEP = """
import('devtools://devtools/bundled/core/common/common.js').then(common => {
  common.Settings.Settings.instance().moduleSetting('network-log.preserve-log').set(true)
})
"""
EXPORT = """
(async () => {
  const har = await import('devtools://devtools/bundled/models/har/har.js')
  const logs = await import('devtools://devtools/bundled/models/logs/logs.js')
  const requests = logs.NetworkLog.NetworkLog.instance().requests()
  const finished = requests.filter(request => request.finished && /^(https?|wss?):/.test(request.url()))
  finished.sort((a, b) => a.issueTime() - b.issueTime())
  const log = await har.Log.Log.build(finished, {sanitize: %s})
  return JSON.stringify({log}, null, 2)
})()
"""


class Target:
    """One debugging target and its socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.numbers = itertools.count(1)

    def call(self, method: str, **params: Any) -> Any:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(message["error"])
                return message["result"]

    def evaluate(self, script: str) -> Any:
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def visit(self, url: str) -> None:
        """Load a page of the lab and let it run its fetches."""
        self.call("Page.enable")
        self.call("Page.navigate", url=url)
        time.sleep(0.7)
        self.evaluate("window.go && window.go()")
        time.sleep(0.3)


def ask(path: str, method: str = "GET") -> Any:
    url = f"http://127.0.0.1:{DEBUG_PORT}{path}"
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
        return json.load(answer)


@contextmanager
def chromium(*more: str) -> Iterator[Target]:
    """A headless Chromium with a fresh profile, and its first tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        settings = Path(profile, "Default", "Preferences")
        settings.parent.mkdir()
        settings.write_text(json.dumps({"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}))
        command = [
            "chromium", "--headless=new", "--no-sandbox", f"--user-data-dir={profile}", "--no-first-run",
            f"--remote-debugging-port={DEBUG_PORT}", "--remote-allow-origins=*", "--ignore-certificate-errors",
            "--disable-background-networking", "--disable-component-update",
            *more, "about:blank",
        ]  # fmt: skip
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                try:
                    tabs = [target for target in ask("/json/list") if target["type"] == "page"]
                    break
                except OSError:
                    time.sleep(0.1)
            with connect(tabs[0]["webSocketDebuggerUrl"], max_size=None) as socket:
                yield Target(socket)
        finally:
            process.terminate()
            process.wait(20)


def export(pages: Sequence[str], sanitize: tuple[bool, ...] = (False,)) -> list[str]:
    """Visit pages with DevTools open; one HAR text per wanted kind of export."""
    with chromium(f"--host-resolver-rules={NAMES}") as tab:
        here = next(target for target in ask("/json/list") if target["type"] == "page")
        frontend = f"devtools://devtools/bundled/devtools_app.html?ws=127.0.0.1:{DEBUG_PORT}/devtools/page/{here['id']}"
        opened = ask(f"/json/new?{frontend}", "PUT")
        time.sleep(3)
        with connect(opened["webSocketDebuggerUrl"], max_size=None) as socket:
            devtools = Target(socket)
            devtools.evaluate(KEEP)
            for url in pages:
                tab.visit(url)
            return [devtools.evaluate(EXPORT % str(flag).lower()) for flag in sanitize]


def record(pages: Sequence[str], proxy: str) -> None:
    """Visit pages through a proxy; it writes the capture."""
    with chromium(f"--proxy-server={proxy}", f"--proxy-bypass-list={NOISE};<-loopback>") as tab:
        for url in pages:
            tab.visit(url)
