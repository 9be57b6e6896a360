"""Chromium over its debugging protocol: which request failed with which reason, and the HAR of its own DevTools."""

import itertools
import json
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from coranalyze.cli.browsers.chromium import QUIET, QUIET_FEATURES
from tests.lab.random_cases.starting import PATIENCE, started

PREFERENCES = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
# Whether the frontend looks at the page; from then on it keeps what it sees, also when the page goes elsewhere.
ATTACH = """
(async () => {
  const common = await import('devtools://devtools/bundled/core/common/common.js')
  const sdk = await import('devtools://devtools/bundled/core/sdk/sdk.js')
  common.Settings.Settings.instance().moduleSetting('network-log.preserve-log').set(true)
  return sdk.TargetManager.TargetManager.instance().targets().length
})().catch(() => 0)
"""
# What "Export HAR" calls, in the frontend that is open on the page.
EXPORT = """
(async () => {
  const har = await import('devtools://devtools/bundled/models/har/har.js')
  const logs = await import('devtools://devtools/bundled/models/logs/logs.js')
  const requests = logs.NetworkLog.NetworkLog.instance().requests().filter(each => /^(https?|wss?):/.test(each.url()))
  return JSON.stringify({ log: await har.Log.Log.build(requests, { sanitize: %s }) })
})()
"""


class Target:
    """A target and all that it starts, on one socket; events of the network are kept."""

    def __init__(self, url: str) -> None:
        self.events: list[dict[str, Any]] = []
        self._socket = connect(url, max_size=None)
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._receive, daemon=True).start()

    def call(self, method: str, session: str = "", **params: Any) -> Any:
        number = self._send(method, session, params)
        with self._changed:
            if not self._changed.wait_for(lambda: number in self._answers, PATIENCE):
                raise TimeoutError(f"no answer to {method}")
            answer = self._answers.pop(number)
        if "error" in answer or "exceptionDetails" in answer["result"]:
            raise RuntimeError(f"{method}: {answer}")
        return answer["result"]

    def evaluate(self, script: str) -> Any:
        return self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)["result"].get(
            "value"
        )

    def watch(self, session: str = "") -> None:
        """Network events of this target, its frames and its workers."""
        for method, params in (
            ("Network.enable", {}),
            ("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}),
            ("Runtime.runIfWaitingForDebugger", {}),
        ):
            self._send(method, session, params)

    def close(self) -> None:
        self._socket.close()

    def _send(self, method: str, session: str, params: Mapping[str, Any]) -> int:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        self._socket.send(json.dumps(message))
        return number

    def _receive(self) -> None:
        try:
            for text in self._socket:
                message = json.loads(text)
                if message.get("method") == "Target.attachedToTarget":
                    self.watch(message["params"]["sessionId"])
                elif message.get("method", "").startswith("Network."):
                    self.events.append(message)
                elif "id" in message:
                    with self._changed:
                        self._answers[message["id"]] = message
                        self._changed.notify_all()
        except ConnectionClosed:
            pass


class Chromium:
    """A browser on a page, with its DevTools open on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        here = next(target for target in self._ask("/json/list") if target["type"] == "page")
        frontend = f"devtools://devtools/bundled/devtools_app.html?ws=127.0.0.1:{port}/devtools/page/{here['id']}"
        self._devtools = Target(self._ask(f"/json/new?{frontend}", "PUT")["webSocketDebuggerUrl"])
        self.page = Target(here["webSocketDebuggerUrl"])
        self.page.watch()
        end = time.monotonic() + PATIENCE
        while not self._devtools.evaluate(ATTACH):
            if time.monotonic() > end:
                raise TimeoutError("DevTools does not open")
            time.sleep(0.3)

    def visit(self, url: str) -> None:
        self.page.call("Page.navigate", url=url)

    def export(self, sanitize: bool) -> str:
        return str(self._devtools.evaluate(EXPORT % str(sanitize).lower()))

    def reasons(self) -> list[dict[str, Any]]:
        """Every request in order of its start: `url` of its first hop, and `code` and `detail` where it failed."""
        requests: dict[str, dict[str, Any]] = {}
        for event in list(self.page.events):
            params = event["params"]
            number = params.get("requestId", "")
            if (
                event["method"] == "Network.requestWillBeSent"
                and params.get("initiator", {}).get("type") != "preflight"
            ):
                requests.setdefault(number, {"url": params["request"]["url"], "type": params.get("type"), "code": ""})
            elif event["method"] == "Network.loadingFailed" and number in requests:
                status = params.get("corsErrorStatus", {})
                requests[number] |= {
                    "code": status.get("corsError") or params.get("blockedReason") or params["errorText"],
                    "cors": bool(status), "detail": status.get("failedParameter", ""),
                }  # fmt: skip
        return list(requests.values())

    def _ask(self, path: str, method: str = "GET") -> Any:
        url = f"http://127.0.0.1:{self._port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
            return json.load(answer)


@contextmanager
def chromium(port: int, options: Sequence[str]) -> Iterator[Chromium]:
    """A fresh headless Chromium with these options; it is spoken to on `port`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        profile = Path(name, "p")
        settings = profile / "Default" / "Preferences"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps(PREFERENCES))
        command = [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", *QUIET,
            f"--disable-features={','.join(QUIET_FEATURES)}", f"--remote-debugging-port={port}",
            "--remote-allow-origins=*",
            "--ignore-certificate-errors", *options, "about:blank",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            started(process, "Chromium", lambda: _page_at(port))
            yield Chromium(port)
        finally:
            process.terminate()
            process.wait(20)


def _page_at(port: int) -> bytes | None:
    """The list of what is open, when there is a page in it."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
        found: bytes = answer.read()
        return found if b'"page"' in found else None
    return None
