"""HAR entries as typed structs, and the Exchange that is made of one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from coranalyze.cors.headers import Headers, is_token
from coranalyze.exchange import Exchange, Family
from coranalyze.sources.redact import Redactor

EMPTY = msgspec.Raw(b"[]")


class Line(msgspec.Struct, gc=False):
    name: str = ""
    value: str = ""


class HarRequest(msgspec.Struct, gc=False):
    method: str
    url: str
    headers: msgspec.Raw = EMPTY
    headersSize: float | None = None  # noqa: N815


class HarResponse(msgspec.Struct, gc=False):
    status: int = 0
    headers: msgspec.Raw = EMPTY
    error: str | None = msgspec.field(name="_error", default=None)
    failure: str | None = msgspec.field(name="_failureText", default=None)
    by_worker: bool | None = msgspec.field(name="_fetchedViaServiceWorker", default=None)


class HarEntry(msgspec.Struct, gc=False):
    """The fields of an entry that matter; everything else, bodies above all, is skipped unread."""

    request: HarRequest
    response: HarResponse | None = None
    started: str | None = msgspec.field(name="startedDateTime", default=None)
    time: float | None = None
    resource_type: str | None = msgspec.field(name="_resourceType", default=None)
    initiator: msgspec.Raw = msgspec.field(name="_initiator", default=EMPTY)
    initiator_detail: str | None = msgspec.field(name="_initiator_detail", default=None)
    initiator_type: str | None = msgspec.field(name="_initiator_type", default=None)
    from_cache: str | None = msgspec.field(name="_fromCache", default=None)
    server: str | None = msgspec.field(name="serverIPAddress", default=None)
    by_worker: bool | None = msgspec.field(name="_fetchedViaServiceWorker", default=None)
    connection_id: str | None = msgspec.field(name="_connectionId", default=None)
    request_id: str | None = msgspec.field(name="_requestId", default=None)
    monotonic: float | None = msgspec.field(name="_monotonicTime", default=None)
    continued: bool | None = msgspec.field(name="_wasContinued", default=None)
    fulfilled: bool | None = msgspec.field(name="_wasFulfilled", default=None)
    aborted: bool | None = msgspec.field(name="_wasAborted", default=None)
    pageref: str | None = None


_LINES = msgspec.json.Decoder(list[Line])
_PARENT = re.compile(r'"requestId"\s*:\s*"([^"]{1,80})"')
_STACK_URL = re.compile(r'"url"\s*:\s*"(https?://[^"/?#\\]{1,300})')
_SURROGATE = re.compile("[\udc80-\udcff]")


def header_lines(raw: msgspec.Raw | bytes) -> list[tuple[str, str]]:
    """The (name, value) lines of a HAR header array; what is no header line is left out."""
    try:
        return [(line.name, line.value) for line in _LINES.decode(raw)]
    except msgspec.MsgspecError:
        pass
    try:
        # Python's reader takes lone surrogates, which mitmproxy writes for bytes that are no UTF-8.
        return loose_lines(json.loads(bytes(raw)))
    except (ValueError, RecursionError):
        return []


def loose_lines(value: Any) -> list[tuple[str, str]]:
    """Header lines of anything: objects, [name, value] pairs, a plain object of names."""
    if isinstance(value, dict):
        value = [{"name": name, "value": text} for name, text in value.items()]
    lines = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            name, text = item.get("name"), item.get("value")
        elif isinstance(item, list) and len(item) == 2:
            name, text = item
        else:
            continue
        if isinstance(name, str):
            lines.append((name, text if isinstance(text, str) else "" if text is None else str(text)))
    return lines


class Exchanges:
    """Makes the exchanges of one input."""

    def __init__(self, redactor: Redactor, family: Family, merges_headers: bool, page_titles: dict[str, str]) -> None:
        self.redactor = redactor
        self.browser = family is Family.BROWSER
        self.merges_headers = merges_headers
        self.page_titles = page_titles

    def of(self, position: int, entry: HarEntry) -> Exchange:
        request, response = entry.request, entry.response
        sent = _real(header_lines(request.headers), self.merges_headers)
        redactor = self.redactor
        started = parse_time(entry.started) if entry.started else None
        status, error, received = None, "", Headers()
        if response is not None:
            status = response.status if response.status >= 100 else None
            error = response.error or response.failure or ""
            received = Headers([redactor.line(name, value, True) for name, value in _lines(header_lines(response.headers))])
        provisional = self.browser and _is_provisional(sent)
        resource_type = entry.resource_type or entry.initiator_type or ""
        return Exchange(
            entry=position,
            method=request.method,
            url=redactor.url(_without_fragment(request.url)),
            request=Headers([redactor.line(name, value, False) for name, value in sent]),
            response=received,
            status=status,
            started=started,
            ended=None if started is None else started + entry.time if entry.time and entry.time > 0 else started,
            error=error,
            resource_type=resource_type,
            parent_id=self._parent(entry) if request.method == "OPTIONS" else "",
            page_url=self._page(entry) if provisional else "",
            provisional=provisional,
            cached=bool(entry.from_cache),
            service_worker=bool(entry.by_worker or (response is not None and response.by_worker)),
            server_address=(entry.server or "").strip("[]"),
        )

    def _parent(self, entry: HarEntry) -> str:
        text = entry.initiator_detail or bytes(entry.initiator).decode("utf-8", "replace")
        match = _PARENT.search(text)
        return match[1] if match else ""

    def _page(self, entry: HarEntry) -> str:
        match = _STACK_URL.search(bytes(entry.initiator)[:20_000].decode("utf-8", "replace"))
        if match:
            return match[1] + "/"
        return self.page_titles.get(entry.pageref or "", "")


def _without_fragment(url: str) -> str:
    cut = url.find("#")
    return url if cut < 0 else url[:cut]


def _lines(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Lines whose name is one; bytes that a tool wrote as lone surrogates are bytes again."""
    if all(name.isascii() and value.isascii() for name, value in lines) and not any(n[:1] == ":" for n, _ in lines):
        return lines if all(map(_is_name, [n for n, _ in lines])) else [line for line in lines if _is_name(line[0])]
    return [(n, _SURROGATE.sub(lambda m: chr(ord(m[0]) - 0xDC00), v)) for n, v in lines if _is_name(n)]


@lru_cache(maxsize=16384)
def _is_name(name: str) -> bool:
    return is_token(name)


def _real(lines: list[tuple[str, str]], merges: bool) -> list[tuple[str, str]]:
    lines = _lines(lines)
    if not merges:
        return lines
    # chrome-har writes the provisional set, then the real one: of a name that stands twice the last counts.
    last = {name.lower(): (name, value) for name, value in lines}
    return list(last.values())


_WIRE_NAMES = frozenset({"host", "sec-fetch-mode", "accept-encoding", "connection", "proxy-connection"})


def _is_provisional(lines: list[tuple[str, str]]) -> bool:
    """Provisional headers are what the renderer asked for: nothing of what the network stack adds is among them."""
    return all(name.lower() not in _WIRE_NAMES for name, _ in lines)


_FAST = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(text: str) -> float | None:
    """Milliseconds since the epoch, UTC, of an ISO 8601 date-time; None where it is none."""
    match = _FAST.fullmatch(text.strip())
    if match is None:
        return _parse_year_beyond(text)
    minute = _minute(match[1], match[3] or "Z")
    return None if minute is None else minute + float(match[2]) * 1000


@lru_cache(maxsize=4096)
def _minute(minute: str, zone: str) -> float | None:
    try:
        parsed = datetime.strptime(minute, "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    offset = 0
    if zone != "Z":
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    return (parsed - _EPOCH - timedelta(minutes=offset)) / timedelta(milliseconds=1)


def _parse_year_beyond(text: str) -> float | None:
    """`+058063-05-13T…`, as a re-exported import has it: the year is moved into range, order is kept within it."""
    match = re.fullmatch(r"[+-](\d{5,6})(-\d\d-\d\dT.*)", text.strip())
    return None if match is None else parse_time(f"{2000 + int(match[1]) % 400:04}{match[2]}")
