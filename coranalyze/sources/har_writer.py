"""A Capture → a HAR that is safe to share and gives the same analysis.

Only what the analysis uses is written: method, URL, allow-listed headers, status, times. Bodies, cookies, credentials
and tokens never entered the `Exchange`s that it is made of; addresses and numbers of people are replaced here. What the
original's dialect means by its silence stands in `creator._dialect`, so that the copy is read as the original is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import msgspec

from coranalyze.cors.headers import Headers
from coranalyze.exchange import REDACTED, Exchange
from coranalyze.sources.opened import Capture

CREATOR = "coranalyze"
COPY = "a sanitized copy"
"""Note of a copy that was read; the copy of a copy does not say it twice."""
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}(?:@|%40)(?![0-9.]{1,4}x\.)[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,6}\.[A-Za-z]{2,24}\b"
)
"""`logo@2x.png` is a picture for fine screens."""
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\+|%2[Bb])?[0-9](?:[0-9]|[ .\-](?=[0-9])){8,18}(?![0-9A-Za-z])")
_FEWEST_DIGITS = 9
"""Of telephone, card and account numbers."""
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_COOKIES = frozenset({"cookie", "set-cookie"})


class Pseudonyms:
    """Addresses and long numbers of people, replaced alike wherever they stand."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def text(self, text: str) -> str:
        if "@" in text or "%40" in text:
            text = _EMAIL.sub(self._email, text)
        return _NUMBER.sub(self._number, text)

    def url(self, url: str) -> str:
        """Path and query; scheme, host and port are what CORS is about."""
        start = url.find("/", url.find("://") + 3) if "://" in url else -1
        return url if start < 0 else url[:start] + self.text(url[start:])

    def _email(self, match: re.Match[str]) -> str:
        return self._numbers.setdefault(match[0].lower(), f"person-{len(self._numbers) + 1}@example.invalid")

    def _number(self, match: re.Match[str]) -> str:
        if sum(map(str.isdecimal, match[0])) < _FEWEST_DIGITS or _IPV4.fullmatch(match[0]):
            return match[0]
        # Digits stay digits, and as many: a path template asks for their kind.
        return self._numbers.setdefault(match[0], str(len(self._numbers) + 1).rjust(len(match[0]), "0"))


class Sanitized:
    """The safe copy of one capture; `counts` tells what is not in it once `render` has run."""

    def __init__(self, capture: Capture, version: str) -> None:
        self._capture = capture
        self._version = version
        self._people = Pseudonyms()
        self.counts: Counter[str] = Counter()
        """What was replaced or left out → how often."""

    def render(self) -> bytes:
        """The whole HAR."""
        capture = self._capture
        fed = list(capture.exchanges())
        order = {exchange.entry: number for number, exchange in enumerate(fed)}
        fed.sort(key=lambda exchange: exchange.entry)
        entries = [self._entry(exchange, order[exchange.entry]) for exchange in fed]
        if capture.skipped:
            self.counts["entries that could not be read"] = len(capture.skipped)
        if len(self._people):
            self.counts["addresses and numbers of people"] = len(self._people)
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
                "content": {"size": 0, "mimeType": exchange.response.get("content-type") or ""},
                "redirectURL": self._people.url(exchange.response.get("location") or ""),
                "headersSize": -1,
                "bodySize": -1,
            },
            "cache": {},
            "timings": {"send": 0, "wait": 0, "receive": 0},
            "_coranalyze": {
                "order": order,
                "started": started,
                "ended": ended,
                "error": self._people.text(exchange.error),
                "resource_type": exchange.resource_type,
                "parent_id": exchange.parent_id,
                "page_url": exchange.page_url,
                "provisional": exchange.provisional,
                "cached": exchange.cached,
                "service_worker": exchange.service_worker,
            },
        }
        if exchange.server_address:
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
            lines.append({"name": name, "value": self._people.url(value) if "://" in value else value})
        return lines


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
