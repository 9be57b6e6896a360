"""Capture files with a bit of everything that belongs together over several lines."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from coranalyze.analysis import Analysis
from coranalyze.reports import json as report

APPS = ["https://app.example", "https://shop.test", "null"]
URLS = ["https://api.example/users/1", "https://api.example/users/2", "https://cdn.test/x"]
FIRST = b'{"coranalyze_capture":1}\n'
CHROME = ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"]


def line(method: str, url: str, at: float, status: int | None, request: list[Any], response: list[Any]) -> bytes:
    told: dict[str, Any] = {"method": method, "url": url, "started": at, "ended": at + 20}
    if status is not None:
        told |= {"status": status, "response": response}
    return json.dumps({**told, "request": [CHROME, *request]}, separators=(",", ":")).encode() + b"\n"


def preflight(app: str, url: str, at: float, *, passes: bool = True, max_age: str = "600") -> bytes:
    allowed = [["Access-Control-Allow-Origin", app], ["Access-Control-Allow-Methods", "PUT"]] if passes else []
    return line(
        "OPTIONS", url, at, 204, [["Origin", app], ["Access-Control-Request-Method", "PUT"]],
        [*allowed, ["Access-Control-Max-Age", max_age]],
    )  # fmt: skip


def put(app: str, url: str, at: float, *, allowed: bool = True) -> bytes:
    return line("PUT", url, at, 200, [["Origin", app]], [["Access-Control-Allow-Origin", app]] if allowed else [])


def get(app: str, url: str, at: float, *, value: str = "*", status: int = 200) -> bytes:
    headers = [["Access-Control-Allow-Origin", value]] if value else []
    asked = [["Origin", app], ["Sec-Fetch-Mode", "cors"], ["Sec-Fetch-Site", "cross-site"]]
    return line("GET", url, at, status, asked, [*headers, ["Link", "<2>"]])


def redirect(app: str, url: str, at: float, *, to: str) -> bytes:
    return line("GET", url, at, 302, [["Origin", app]], [["Location", to], ["Access-Control-Allow-Origin", app]])


def visit(app: str, at: float, *told: list[str]) -> bytes:
    return line("GET", f"{app}/", at, 200, [["Sec-Fetch-Dest", "document"], ["Sec-Fetch-Mode", "navigate"]], [*told])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """One line, or two that belong together."""
    app, url = draw(st.sampled_from(APPS)), draw(st.sampled_from(URLS))
    at = draw(st.sampled_from([0.0, 1_000.0, 2_000.0, 700_000.0]))
    match draw(st.integers(0, 9)):
        case 0:
            return preflight(app, url, at) + put(app, url, at + 30)
        case 1:
            return preflight(app, url, at, passes=False)
        case 2:
            return preflight(app, url, at)
        case 3:
            return put(app, url, at, allowed=draw(st.booleans()))
        case 4:
            return get(
                app, url, at, value=draw(st.sampled_from(["*", app, ""])), status=draw(st.sampled_from([200, 500]))
            )
        case 5:
            return redirect(app, url, at, to=draw(st.sampled_from(URLS)))
        case 6:
            return visit(draw(st.sampled_from([APPS[0], "https://www.api.example"])), at)
        case 7:
            return draw(st.sampled_from([b'{"lost":2}\n', b'{"closed":1}\n', b"\n", b"{\n", b'{"method":"GET"}\n']))
        case 8:
            return get(app, f"{url}?token=geheim{draw(st.integers(0, 2))}", at) if draw(st.booleans()) else b""
        case _:
            return line("GET", url, at, None, [["Origin", app]], [])


def captures(*, secrets: bool = False) -> st.SearchStrategy[bytes]:
    """The bytes of whole capture files; without `secrets` as the addon writes them."""
    kept = lines() if secrets else lines().filter(lambda text: b"geheim" not in text)
    body = st.lists(kept, min_size=1, max_size=14).map(b"".join)
    end = st.sampled_from([b'{"closed":9}\n', b"", b'{"method":"GET","ur'])
    return st.builds(lambda text, last: FIRST + text + last, body, end)


def write(path: Path, text: bytes) -> str:
    path.write_bytes(gzip.compress(text, 1) if path.suffix == ".gz" else text)
    return str(path)


def document(analysis: Analysis) -> bytes:
    return b"".join(report.chunks(analysis))


def many(count: int) -> bytes:
    """A closed capture of so many exchanges and more, with failures of several kinds."""
    parts: list[bytes] = [FIRST]
    for i in range(count):
        app, url, at = APPS[i % 2], f"https://api{i % 7}.example/items/{i}", i * 50.0
        parts += _some(i, app, url, at)
    return b"".join([*parts, b'{"closed":1}\n'])


def _some(i: int, app: str, url: str, at: float) -> Iterable[bytes]:
    match i % 6:
        case 0:
            return preflight(app, url, at), put(app, url, at + 30)
        case 1:
            return (preflight(app, url, at, passes=False),)
        case 2:
            return (get(app, url, at, value="", status=500),)
        case 3:
            return redirect(app, url, at, to=f"{url}/b"), get(app, f"{url}/b", at + 30)
        case 4:
            return (get(app, url, at, value=app),)
        case _:
            return (get(app, url, at),)


def polled(count: int) -> bytes:
    """The same with pages that are opened, and with requests that earlier preflights serve too."""
    parts: list[bytes] = []
    for i in range(0, count, 6):
        app, url, at = APPS[0], f"https://api{i % 7}.example/items/{i % 66}", 50.0 * count + i * 50.0
        parts += visit(f"https://api{i % 7}.example", at), put(app, url, at + 10), get(app, url, at + 20)
    return many(count).removesuffix(b'{"closed":1}\n') + b"".join([*parts, b'{"closed":1}\n'])
