"""The pages that ask: each runs its calls one after the other and leads to the next."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.fixes.servers.running import in_thread
from tests.lab.policies.case import Case, Visit

_CALLS = """
const until = (target, ...ends) => new Promise(resolve => {
  for (const end of ends) target.addEventListener(end, resolve)
  setTimeout(resolve, 3000)
})
const load = (name, attributes) => {
  const element = Object.assign(document.createElement(name), attributes)
  document.body.append(element)
  return until(element, 'load', 'error')
}
const kinds = {
  fetch: (url, options) => fetch(url, options).then(answer => answer.text()),
  socket: url => until(new WebSocket(url.replace(/^http/, 'ws')), 'close'),
  events: async (url, options) => {
    const source = new EventSource(url, { withCredentials: options.credentials === 'include' })
    await until(source, 'message', 'error')
    source.close()
  },
  font: url => new FontFace('lab', `url(${url})`).load(),
  script: src => load('script', { crossOrigin: 'anonymous', src }),
  pause: () => new Promise(resolve => setTimeout(resolve, 1100)),
  image: src => load('img', { crossOrigin: 'anonymous', src }),
}
const run = async calls => {
  for (const [kind, url, options] of calls) await kinds[kind](url, options).catch(() => {})
}
"""
_PAGE = """<!doctype html><meta charset=utf-8><link rel=icon href=data:><title>lab</title><body><script>
%(calls_script)s
const calls = %(calls)s
const go = () => { location = %(next)s }
%(how)s
</script>"""
_DIRECT = "run(calls).then(go)"
_SANDBOXED = """
onmessage = go
const frame = document.createElement('iframe')
frame.sandbox = 'allow-scripts'
const script = %s + '; run(' + JSON.stringify(calls) + ').then(() => parent.postMessage(0, "*"))'
frame.srcdoc = '<script>' + script + '<' + '/script>'
document.body.append(frame)
"""


class Stop(NamedTuple):
    url: str
    calls: tuple[tuple[str, str, dict[str, Any]], ...]
    sandboxed: bool
    cookie: bool


def itinerary(cases: Sequence[Case]) -> list[Stop]:
    """Sign in, then visit: case after case."""
    stops = []
    for case in cases:
        if case.login:
            stops.append(Stop(f"{case.base}/lab/login", (), False, True))
        stops += [_stop(case, visit) for visit in case.visits if not visit.client]
    return stops


def _stop(case: Case, visit: Visit) -> Stop:
    origin = visit.origin.format(site=case.site)
    calls = tuple((call.kind, case.base + call.path.format(site=case.site), call.options()) for call in visit.calls)
    return Stop(f"{origin}/lab/page", calls, visit.sandboxed, False)


class Pages:
    """Serves the stops of an itinerary; `ended` is set when the last one has run."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        self.stops = stops
        self.reached = 0
        self.ended = threading.Event()

    def url(self, number: int) -> str:
        return f"{self.stops[number].url}?stop={number}" if number < len(self.stops) else "https://end.example/lab/end"

    @contextmanager
    def serving(self) -> Iterator[int]:
        pages = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                pages.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
            yield port

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        stop = parse_qs(url.query).get("stop")
        if url.path == "/lab/end":
            self.ended.set()
        if stop is None:
            request.send_response(204 if url.path == "/lab/end" else 404)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        self.reached = int(stop[0])
        body = self.page(self.reached).encode()
        request.send_response(200)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Cache-Control", "no-store")
        if self.stops[self.reached].cookie:
            secure = "SameSite=None; Secure" if self.stops[self.reached].url.startswith("https:") else "SameSite=Lax"
            request.send_header("Set-Cookie", f"sid=signed-in; Path=/; HttpOnly; {secure}")
        request.end_headers()
        request.wfile.write(body)

    def page(self, number: int) -> str:
        stop = self.stops[number]
        return _PAGE % {
            "calls_script": _CALLS,
            "calls": json.dumps(stop.calls),
            "next": json.dumps(self.url(number + 1)),
            "how": _SANDBOXED % json.dumps(_CALLS) if stop.sandboxed else _DIRECT,
        }
