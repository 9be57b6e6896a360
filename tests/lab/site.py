"""The pages and servers of the scenarios, as one ASGI application: what it answers goes by the path alone."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

from tests.lab.driving import Run
from tests.lab.scenario import HOSTS, Answer, Scenario
from tests.lab.serving import Ports

PATIENCE = 90.0
"""Seconds that a browser may take from its start to the results."""
SCRIPT = Path(__file__).with_name("page.js").read_text("utf-8")
WORKER = """
const answer = async ({ data, target }) => (target.postMessage ? target : self).postMessage(await read(...data))
self.onmessage = answer
self.onconnect = ({ ports: [port] }) => { port.onmessage = answer }
"""
FONT = "STIXSizTwoSymBol.ttf"
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


class Site:
    """Serves `/lab`, which runs every scenario and posts the results, and then does so again with the next scheme."""

    def __init__(self, scenarios: Sequence[Scenario], schemes: Sequence[str]) -> None:
        self.ports = Ports(0, 0)
        self.schemes = schemes
        self.results: dict[str, dict[str, list[dict[str, Any]]]] = {}
        """By scheme of the page and name of the scenario: what the script saw, call by call."""
        self._scenarios = {each.name: each for each in scenarios}
        self._seen: dict[str, list[str]] = defaultdict(list)
        self._done = threading.Event()

    @property
    def url(self) -> str:
        return f"{self.origins(self.schemes[0])['page']}/lab"

    def wait(self, run: Run) -> None:
        """Until all results of this run are there; raises TimeoutError, at once when it ends before."""
        end = time.monotonic() + PATIENCE
        while not self._done.wait(0.1):
            if time.monotonic() > end or run.process.poll() is not None:
                raise TimeoutError(f"there are results of {sorted(self.results)} only")

    def origins(self, scheme: str) -> dict[str, str]:
        found = {name: self.ports.origin(scheme, host) for name, host in HOSTS.items()}
        other = "http" if scheme == "https" else "https"
        return {**found, "other": self.ports.origin(other, HOSTS["page"])}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
        elif scope["type"] == "http":
            await _send(send, await self._answer(scope, receive))

    async def _answer(self, scope: Any, receive: Any) -> "_Sent":
        body = b""
        while (event := await receive())["type"] == "http.request":
            body += event["body"]
            if not event["more_body"]:
                break
        method, scheme, (first, *rest) = scope["method"], scope["scheme"], scope["path"][1:].split("/")
        if first == "lab":
            return _Sent(200, [("content-type", "text/html; charset=utf-8")], self._page(scheme).encode())
        if first == "worker.js":
            return _Sent(200, [("content-type", "text/javascript")], f"{SCRIPT}{WORKER}".encode())
        if first == "results":
            self.results[scheme] = json.loads(body)
            following = self.schemes[self.schemes.index(scheme) + 1 :]
            if not following:
                self._done.set()
            target = f"{self.origins(following[0])['page']}/lab" if following else ""
            return _Sent(200, [("content-type", "text/plain")], target.encode())
        path = "/".join(rest)
        if first == "seen":
            return _Sent(200, [("content-type", "application/json")], json.dumps(self._seen[path]).encode())
        if first == "case" and len(rest) == 3 and rest[1] in self._scenarios:
            self._seen[path].append(method)
            answers = self._scenarios[rest[1]].answers
            answer = answers.get(f"{method} {rest[2]}") or answers.get(rest[2])
            if answer is not None:
                return self._sent(answer, rest[0], f"/case/{rest[0]}/{rest[1]}")
        return _Sent(404, [("content-type", "text/plain")], b"no such thing")

    def _sent(self, answer: Answer, scheme: str, here: str) -> "_Sent":
        origins = self.origins(scheme)
        headers = [line.partition(": ")[::2] for line in answer.headers]
        filled = [(name, value.format(here=here, **origins)) for name, value in headers]
        if answer.status != 204:
            filled.append(("content-type", answer.mime))
        return _Sent(answer.status, filled, b"" if answer.status == 204 else _body(answer))

    def _page(self, scheme: str) -> str:
        """All scenarios of the lab for a page of this scheme."""
        hosts = ", ".join(self.origins(scheme))
        lines = [
            f"  {json.dumps(name)}: async ({{ {hosts} }}) => {scenario.script},"
            for name, scenario in self._scenarios.items()
        ]
        return f"""<!doctype html>
<meta charset=utf-8>
<link rel=icon href=data:>
<title>lab</title>
<body>
<script>
{SCRIPT}
const origins = {json.dumps(self.origins(scheme))}
const urls = name => Object.fromEntries(Object.entries(origins).map(
  ([host, origin]) => [host, step => `${{origin}}/case/{scheme}/${{name}}/${{step}}`]))
const scenarios = {{
{chr(10).join(lines)}
}}
onload = async () => {{
  const results = await run(scenarios, urls)
  const next = await (await fetch('/results', {{ method: 'POST', body: JSON.stringify(results) }})).text()
  if (next) location = next
}}
</script>
"""


class _Sent:
    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        self.body = body


async def _send(send: Any, sent: _Sent) -> None:
    await send({"type": "http.response.start", "status": sent.status, "headers": sent.headers})
    await send({"type": "http.response.body", "body": sent.body})


def _body(answer: Answer) -> bytes:
    """A real font or image where it is one: browsers refuse others."""
    if answer.mime == "font/ttf":
        return Path(matplotlib.get_data_path(), "fonts", "ttf", FONT).read_bytes()
    return GIF if answer.mime == "image/gif" else answer.body.encode()
