"""HAR files, of every exporter, whole or broken.

The file is mapped, not read, and decoded once into structs that skip bodies; header arrays stay raw slices of the map
until their entry is asked for. A file that does not decode as a whole is taken apart entry by entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from coranalyze.exchange import Dialect, Exchange, Family, Skipped
from coranalyze.sources import dialects
from coranalyze.sources.capture import Capture, NotACapture
from coranalyze.sources.entries import EMPTY, Exchanges, HarEntry, HarRequest, HarResponse, loose_lines
from coranalyze.sources.redact import Redactor
from coranalyze.sources.salvage import salvage

PREFLIGHT_AFTER_MS = 2.0


class Named(msgspec.Struct, gc=False):
    name: str = ""
    version: str = ""


class Page(msgspec.Struct, gc=False):
    id: str = ""
    title: str = ""


class Log(msgspec.Struct, gc=False):
    entries: list[HarEntry]
    creator: Named | None = None
    browser: Named | None = None
    pages: list[Page] = []


class Har(msgspec.Struct, gc=False):
    log: Log


_HAR = msgspec.json.Decoder(Har)
_ENTRY = msgspec.json.Decoder(HarEntry)

Buffer = Any
"""bytes or mmap: whatever the decoder takes."""


class HarCapture(Capture):
    """One HAR. `exchanges` may be called once: entries are let go as they are read."""

    format = "har"

    def __init__(self, path: str, data: Buffer, keep_values: bool) -> None:
        super().__init__(path)
        self._keep_values = keep_values
        self._data = data
        positions: list[int] | None = None
        try:
            log = _HAR.decode(data).log
            entries: list[HarEntry] = log.entries
            self.entries = len(entries)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            salvaged = salvage(path, data)
            entries, positions, log = [], [], Log([], _named(salvaged.log, "creator"), _named(salvaged.log, "browser"))
            log.pages = _pages(salvaged.log)
            for position, raw in enumerate(salvaged.entries):
                entry = read_entry(raw)
                if isinstance(entry, str):
                    self.skipped.append(Skipped(position, entry))
                else:
                    entries.append(entry)
                    positions.append(position)
            self.entries = len(salvaged.entries)
            self.notes += salvaged.notes
            if salvaged.cut is not None:
                self.skipped.append(Skipped(self.entries, salvaged.cut))
                self.entries += 1
        self._order = _ordered(entries, positions)
        self._titles = _titles(log.pages)
        self._identify(log, entries)

    def exchanges(self) -> Iterator[Exchange]:
        make = Exchanges(
            Redactor(self._keep_values), self.dialect.family, self.dialect.name == "chrome-har", self._titles_trusted()
        ).of
        order, self._order = self._order, []
        order.reverse()
        while order:
            _, position, entry = order.pop()
            yield make(position, entry)

    def _titles_trusted(self) -> dict[str, str]:
        trusted = ("chrome-devtools", "webkit-inspector", "chrome-har", "chrome-har-capturer")
        return self._titles if self.dialect.name in trusted else {}

    def _identify(self, log: Log, entries: list[HarEntry]) -> None:
        creator, browser = log.creator or Named(), log.browser or Named()
        features = _features(entries)
        dialect = dialects.detect(creator.name, browser.name, features)
        self.notes += dialects.NOTES.get(dialect.name, ())
        if dialect.name == "chrome-devtools" and not features.credentials:
            dialect = msgspec.structs.replace(dialect, credentials_recorded=False)
            self.notes.append(dialects.SANITIZED)
        if features.routed:
            dialect = msgspec.structs.replace(dialect, preflights_trusted=False)
            self.notes.append(dialects.ROUTED)
        if dialect.name == "chrome-devtools" and not dialect.preflights_recorded:
            self.notes.append(dialects.NO_PREFLIGHTS)
        self.dialect: Dialect = dialect


def read_entry(raw: bytes | dict[str, Any]) -> HarEntry | str:
    """One entry on its own, read strictly and then loosely; a sentence where it cannot be used."""
    if isinstance(raw, bytes):
        try:
            return _ENTRY.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            pass
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError) as error:
            return f"not JSON: {error}"
    return _loose_entry(raw)


def _loose_entry(value: Any) -> HarEntry | str:
    if not isinstance(value, dict):
        return "an entry must be an object"
    request, response = value.get("request"), value.get("response")
    if not isinstance(request, dict):
        return "no request"
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or not method:
        return "no request.method"
    if not isinstance(url, str) or not url:
        return "no request.url"
    answer = None
    if isinstance(response, dict):
        status = response.get("status")
        answer = HarResponse(
            status=int(status) if _is_number(status) or (isinstance(status, str) and status.isdecimal()) else 0,
            headers=_raw_lines(response.get("headers")),
            error=_error(response.get("_error")) or _error(value.get("_error")),
            failure=_error(response.get("_failureText")),
            by_worker=response.get("_fetchedViaServiceWorker") is True,
        )
    started, time = value.get("startedDateTime"), value.get("time")
    initiator = value.get("_initiator")
    return HarEntry(
        request=HarRequest(method, url, _raw_lines(request.get("headers"))),
        response=answer,
        started=started if isinstance(started, str) else None,
        time=float(time) if _is_number(time) else None,
        resource_type=_text(value.get("_resourceType")),
        initiator=msgspec.Raw(_dumps(initiator)) if isinstance(initiator, dict) else EMPTY,
        initiator_detail=_text(value.get("_initiator_detail")),
        from_cache="disk" if value.get("_fromCache") or value.get("fromDiskCache") else None,
        server=_text(value.get("serverIPAddress")),
        by_worker=value.get("_fetchedViaServiceWorker") is True,
        connection_id=_text(value.get("_connectionId")),
        request_id=_text(value.get("_requestId")),
        monotonic=1.0 if _is_number(value.get("_monotonicTime")) else None,
        continued=value.get("_wasContinued") is True,
        fulfilled=value.get("_wasFulfilled") is True,
        aborted=value.get("_wasAborted") is True,
        pageref=_text(value.get("pageref")),
    )


def _is_number(value: Any) -> bool:
    # NaN and infinities are no numbers of JSON, but of Python's reader.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _error(value: Any) -> str | None:
    if isinstance(value, dict):
        value = next((v for k in ("message", "code", "name") if isinstance(v := value.get(k), str)), "error")
    return value if isinstance(value, str) and value else None


def _raw_lines(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_dumps([{"name": name, "value": text} for name, text in loose_lines(value)]))


def _dumps(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _named(log: dict[str, Any], key: str) -> Named:
    value = log.get(key)
    return Named(_text(value.get("name")) or "" if isinstance(value, dict) else "")


def _pages(log: dict[str, Any]) -> list[Page]:
    pages = log.get("pages")
    return [
        Page(_text(page.get("id")) or "", _text(page.get("title")) or "")
        for page in (pages if isinstance(pages, list) else [])
        if isinstance(page, dict)
    ]


def _titles(pages: list[Page]) -> dict[str, str]:
    return {page.id: page.title for page in pages if page.title.startswith(("http://", "https://"))}


def _ordered(entries: list[HarEntry], positions: list[int] | None) -> list[tuple[float, int, HarEntry]]:
    """By start; a preflight 2 ms later, so that its request, which a browser starts first, comes first."""
    from coranalyze.sources.entries import parse_time

    keyed = []
    previous = 0.0
    for i, entry in enumerate(entries):
        started = parse_time(entry.started) if entry.started else None
        at = previous if started is None else started
        previous = at
        is_preflight = entry.request.method == "OPTIONS" and b"ccess-control-request-method" in bytes(
            entry.request.headers
        ).lower()
        keyed.append((at + PREFLIGHT_AFTER_MS if is_preflight else at, positions[i] if positions else i, entry))
    keyed.sort(key=lambda item: item[:2])
    return keyed


def _features(entries: list[HarEntry]) -> dialects.Features:
    features = dialects.Features()
    for entry in entries:
        if entry.resource_type is not None:
            features.resource_types = True
            features.preflight_types |= entry.resource_type == "preflight"
        features.connection_ids |= entry.connection_id is not None
        features.playwright |= entry.monotonic is not None
        features.request_ids |= entry.request_id is not None
        features.routed |= bool(entry.continued or entry.fulfilled or entry.aborted)
        if not features.credentials:
            headers = bytes(entry.request.headers).lower()
            features.credentials = b'"cookie"' in headers or b'"authorization"' in headers or (
                entry.response is not None and b'"set-cookie"' in bytes(entry.response.headers).lower()
            )
        if not features.chromium_major:
            features.chromium_major = _chromium_major(bytes(entry.request.headers))
    return features


def _chromium_major(headers: bytes) -> int:
    at = headers.find(b"Chrome/")
    digits = headers[at + 7 : at + 10].split(b".")[0] if at >= 0 else b""
    return int(digits) if digits.isdigit() else 0


__all__ = ["Family", "HarCapture", "NotACapture", "read_entry"]
