"""A Capture → a HAR that is safe to share and gives the same analysis.

Only what the analysis uses is written: method, URL, allow-listed headers, status, times. Bodies, cookies, credentials
and tokens never entered the `Exchange`s that it is made of; what people typed and are known by is replaced here. What
the original's dialect means by its silence stands in `creator._dialect`, so that the copy is read as the original is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import parse_qsl

import msgspec

from coranalyze.cors.headers import Headers
from coranalyze.cors.origin import origin_of
from coranalyze.exchange import REDACTED, Exchange
from coranalyze.sources.opened import Capture
from coranalyze.sources.pseudonyms import Pseudonyms
from coranalyze.sources.redact import EXACT

CREATOR = "coranalyze"
COPY = "a sanitized copy"
"""Note of a copy that was read; the copy of a copy does not say it twice."""
_COOKIES = frozenset({"cookie", "set-cookie"})
_URLS = frozenset({"location", "content-location", "referer"})
_KIND = re.compile(r"[A-Za-z_\-]{0,32}")


class Sanitized:
    """The safe copy of one capture; `counts` tells what is not in it once `render` has run."""

    def __init__(self, capture: Capture, version: str) -> None:
        self._capture = capture
        self._version = version
        self._people = Pseudonyms()
        self._parents = {"": ""}
        self.counts: Counter[str] = Counter()
        """What was replaced or left out → how often."""

    def render(self) -> bytes:
        """The whole HAR."""
        capture = self._capture
        fed = list(capture.exchanges())
        order = {exchange.entry: number for number, exchange in enumerate(fed)}
        fed.sort(key=lambda exchange: exchange.entry)
        entries = [self._entry(exchange, order[exchange.entry]) for exchange in fed]
        if capture.skips:
            self.counts["entries that could not be read"] = capture.skips
        self.counts["addresses and numbers of people"] = self._people.people
        self.counts["values of URL parameters"] = self._people.parameters
        creator = {
            "name": CREATOR,
            "version": self._version,
            "_dialect": msgspec.to_builtins(capture.dialect),
            "_notes": [note for note in capture.notes if note != COPY],
        }
        log = {"version": "1.2", "creator": creator, "pages": [], "entries": entries}
        return msgspec.json.format(msgspec.json.encode({"log": log}), indent=1) + b"\n"

    def _entry(self, exchange: Exchange, order: int) -> dict[str, object]:
        url = self._people.url(exchange.url)
        self.counts["secrets in URLs"] += url.count("[redacted")
        started, ended = exchange.started, exchange.ended
        page = origin_of(exchange.page_url)
        held: dict[str, object] = {
            "startedDateTime": _date(started),
            "time": ended - started if started is not None and ended is not None else -1,
            "request": {
                "method": exchange.method,
                "url": url,
                "httpVersion": "",
                "cookies": [],
                "headers": self._headers(exchange.request, "request"),
                "queryString": [
                    {"name": name, "value": value}
                    for name, value in parse_qsl(url.partition("?")[2], keep_blank_values=True)
                ],
                "headersSize": -1,
                "bodySize": -1,
            },
            "response": {
                "status": exchange.status or 0,
                "statusText": "",
                "httpVersion": "",
                "cookies": [],
                "headers": self._headers(exchange.response, "response"),
                "content": {"size": 0, "mimeType": self._people.header(exchange.response.get("content-type") or "")},
                "redirectURL": self._people.url(next(iter(exchange.response.values("location")), "")),
                "headersSize": -1,
                "bodySize": -1,
            },
            "cache": {},
            "timings": {"send": 0, "wait": 0, "receive": 0},
            "_coranalyze": {
                "order": order,
                "started": started,
                "ended": ended,
                "error": self._people.error(exchange.error),
                "resource_type": exchange.resource_type if _KIND.fullmatch(exchange.resource_type) else "",
                "parent_id": self._parents.setdefault(exchange.parent_id, str(len(self._parents))),
                "page_url": f"{page}/" if page is not None else "",
                "provisional": exchange.provisional,
                "cached": exchange.cached,
                "service_worker": exchange.service_worker,
                "made_up": exchange.made_up,
                "pageless": exchange.pageless,
                "close_code": exchange.close_code,
            },
        }
        if _is_address(exchange.server_address):
            held["serverIPAddress"] = exchange.server_address
        return held

    def _headers(self, headers: Headers, side: str) -> list[dict[str, str]]:
        lines = []
        for name, value in headers:
            lower = name.lower()
            if value == REDACTED:
                self.counts[f"values of {side} headers"] += 1
            elif lower in _COOKIES:
                self.counts["cookies"] += value.count(";") + 1 if lower == "cookie" else 1
            elif REDACTED in value:
                self.counts["credentials"] += 1
            lines.append({"name": name, "value": self._value(lower, value)})
        return lines

    def _value(self, name: str, value: str) -> str:
        if name in EXACT or name.startswith("access-control-"):
            return value
        return self._people.url(value) if name in _URLS else self._people.header(value)


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _date(ms: float | None) -> str:
    """ISO 8601 in UTC; empty where unknown."""
    if ms is None:
        return ""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return ""


def kinds(counts: Counter[str]) -> Iterator[str]:
    """What is not in the copy, a phrase each, the most first; those that were not there are left out."""
    for what, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        if count:
            yield f"{count:,} {what}"
