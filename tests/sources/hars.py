"""Small HARs for tests: one entry, a log of some, and what reading them gives."""

import json
from pathlib import Path
from typing import Any

from coranalyze.exchange import Exchange
from coranalyze.sources import Capture, NotACapture, open_captures

URL = "https://api.example/users"
WIRE = {"Host": "api.example", "Accept": "*/*"}


def lines(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def entry(
    method: str = "GET",
    url: str = URL,
    status: Any = 200,
    *,
    asked: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
    at: Any = "2026-11-23T06:05:00.000Z",
    response: dict[str, Any] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """An entry; `asked` and `given` are headers, `response` and `extra` more fields of the response and the entry."""
    return {
        "startedDateTime": at,
        "time": 12.5,
        "request": {"method": method, "url": url, "headers": lines(WIRE if asked is None else asked), "cookies": []},
        "response": {"status": status, "headers": lines(given or {}), "content": {"text": "body"}, **(response or {})},
        **extra,
    }


def preflight(url: str = URL, method: str = "PUT", **extra: Any) -> dict[str, Any]:
    asked = {**WIRE, "Origin": "https://app.example", "Access-Control-Request-Method": method}
    return entry("OPTIONS", url, 204, asked=asked, **extra)


def log(*entries: Any, creator: str | None = "WebInspector", **extra: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"version": "1.2", "entries": list(entries), **extra}
    if creator is not None:
        made["creator"] = {"name": creator, "version": "1"}
    return {"log": made}


def dump(har: Any) -> bytes:
    return json.dumps(har).encode()


def opened(folder: Path, content: bytes, name: str = "x.har") -> Capture | NotACapture:
    path = folder / name
    path.write_bytes(content)
    found = list(open_captures([str(path)]))
    assert len(found) == 1
    return found[0]


def capture_of(folder: Path, content: bytes, name: str = "x.har") -> Capture:
    found = opened(folder, content, name)
    assert isinstance(found, Capture), found
    return found


def refusal_of(folder: Path, content: bytes, name: str = "x.har") -> str:
    found = opened(folder, content, name)
    assert isinstance(found, NotACapture), found
    return found.reason


def read(folder: Path, *entries: Any, creator: str | None = "WebInspector", **extra: Any) -> list[Exchange]:
    """The exchanges of a log of these entries."""
    return list(capture_of(folder, dump(log(*entries, creator=creator, **extra))).exchanges())


def only(folder: Path, made: dict[str, Any], creator: str | None = "WebInspector", **extra: Any) -> Exchange:
    (exchange,) = read(folder, made, creator=creator, **extra)
    return exchange
