"""HAR files of every dialect → a Capture."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import structs

from coranalyze.cors.headers import TOKEN
from coranalyze.cors.origin import HTTP_SCHEMES, origin_of
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.exchange import Exchange, Family, Skipped
from coranalyze.memo import Memo
from coranalyze.sources.dates import epoch_ms
from coranalyze.sources.dialects import Manner
from coranalyze.sources.har_copy import dialect_of, open_copy
from coranalyze.sources.har_document import Buffer, Document, Entry, Line, read_document, read_lines, status_of
from coranalyze.sources.har_facts import is_preflight, is_revalidation, manner_of, with_facts
from coranalyze.sources.har_mitmproxy import NO_END, bracketed, measured
from coranalyze.sources.initiator import Initiator, initiator_of
from coranalyze.sources.opened import Capture
from coranalyze.sources.order import in_order
from coranalyze.sources.redact import Redactor, Values
from coranalyze.sources.spelling import reach_in_lower_case
from coranalyze.sources.usable import unusable

_HOST_NAMES = frozenset({"Host", "host", ":authority", "HOST"})
_NETWORK_NAMES = _HOST_NAMES | {
    "Accept", "accept", "Accept-Encoding", "accept-encoding", "Connection", "connection", "Sec-Fetch-Mode",
    "sec-fetch-mode",
}  # fmt: skip
_CACHE_WORDS = ("Disk Cache", "Memory Cache")
_NETWORK_ERROR = re.compile(r"net::[A-Z_]+(?:\.[A-Za-z]+)?")


def open_har(path: str, data: Buffer, keep_values: bool) -> Capture:
    """The capture in `data`, which begins with `{`. Raises NoLog where there is no HAR log in it."""
    document = read_document(data)
    original = dialect_of(document.creator)
    if original is not None:
        return open_copy(path, document, original, _skip_unusable(document.rows, _unusable), keep_values)
    notes = document.notes
    manner = manner_of(document, data, notes)
    notes += manner.notes
    skipped = _skip_unusable(document.rows, _unusable_where_merged if manner.merged else _unusable)
    entries = document.rows
    starts = [epoch_ms(row.started) if type(row) is Entry else None for row in entries]
    preflights = [i for i, row in enumerate(entries) if type(row) is Entry and is_preflight(row)]
    dialect = with_facts(manner, document, starts, preflights, data, notes)
    manner = structs.replace(manner, dialect=dialect)

    def read(capture: Capture) -> Iterator[Exchange]:
        return _exchanges(capture, document, manner, starts, preflights, Redactor(keep_values))

    return Capture(path, "har", dialect, read, entries=len(entries), skipped=skipped, notes=notes)


def _skip_unusable(rows: list[Entry | Skipped | None], unusable_of: Callable[[Entry], str]) -> list[Skipped]:
    """Replace the rows of entries without a usable request by None; what was wrong with each."""
    skipped = []
    for i, row in enumerate(rows):
        reason = row.reason if isinstance(row, Skipped) else unusable_of(row) if row is not None else ""
        if reason:
            rows[i] = None
            skipped.append(Skipped(i, reason))
    return skipped


def _unusable(entry: Entry) -> str:
    request = entry.request
    if request is None:
        return "the entry has no request"
    return unusable(request.method or "", request.url or "")


def _unusable_where_merged(entry: Entry) -> str:
    reason = _unusable(entry)
    if reason or entry.request is None:
        return reason
    # Notes are taken when the entry is read.
    lines = read_lines(entry.request.headers, lambda _: None)
    hosts = sum(line.name in _HOST_NAMES for line in lines)
    return f"the entry holds the headers of {hosts} requests" if hosts > 1 else ""


def _exchanges(
    capture: Capture,
    document: Document,
    manner: Manner,
    starts: list[float | None],
    preflights: list[int],
    redactor: Redactor,
) -> Iterator[Exchange]:
    rows = document.rows
    entries = [row if isinstance(row, Entry) else None for row in rows]
    rows.clear()
    build = _Builder(manner, document, redactor, capture.note).exchange
    order = in_order(entries, starts, manner.dialect.family, preflights, lambda entry: initiator_of(entry).parent_id)
    for i in order:
        entry = entries[i]
        if entry is not None:
            entries[i] = None
            yield build(i, entry, starts[i])


class _Builder:
    """Builds the exchanges of one file; keeps what they share."""

    def __init__(self, manner: Manner, document: Document, redactor: Redactor, note: Callable[[str], None]) -> None:
        self._provisional = manner.dialect.family is Family.BROWSER or manner.chromium
        self._wire_names = _HOST_NAMES if manner.chromium else _NETWORK_NAMES
        self._chromium = manner.chromium
        self._doubled = manner.doubled
        self._hides_304 = manner.hides_304
        self._sized = manner.sized
        self._mitmproxy = manner.dialect.name == "mitmproxy"
        self._preflights_unmarked = manner.doubled or manner.dialect.name == "chrome-har-capturer"
        self._redactor = redactor
        self._note = note
        self._kinds = Memo(_kind)
        self._addresses = Memo(self._address)
        self._pages: dict[str | None, str] = {}
        for page in document.pages if manner.titles else ():
            origin = origin_of(page.title or "")
            if page.id is not None and origin is not None and origin.scheme in HTTP_SCHEMES:
                self._pages[page.id] = f"{origin}/"
        self._files_by_page = manner.chromium and bool(document.pages)
        self._has_initiators = manner.titles
        self._initiators = manner.titles and not self._pages

    def exchange(self, position: int, entry: Entry, started: float | None) -> Exchange:
        request, response, redactor = entry.request, entry.response, self._redactor
        assert request is not None
        assert request.method is not None
        assert request.url is not None
        lines = read_lines(request.headers, self._note)
        if self._doubled:
            lines = without_provisional(lines, request.url)
        asked, given = redactor.request, redactor.response
        # Inlined for speed: the value is looked at only where the name asks for it.
        kept: list[Any] = [found[line.value] if type(found := asked[line.name]) is Values else found for line in lines]
        answer: list[Any] = []
        status = None
        error = ""
        cached = worker = False
        if response is not None:
            status = status_of(response.status)
            answered = read_lines(response.headers, self._note)
            if self._chromium and status in REDIRECT_STATUS:
                _unite_locations(answered)
            if status == 200 and self._hides_304 and is_revalidation(lines, answered):
                status = 304
            if self._mitmproxy and reach_in_lower_case(request.version):
                for line in answered:
                    line.name = line.name.lower()
            answer = [found[line.value] if type(found := given[line.name]) is Values else found for line in answered]
            if response.error or response.failure:
                error = self._error(response.error or response.failure)
            cached = response.from_disk is True or response.from_prefetch is True
            worker = response.via_worker is True or response.from_worker is True
            if self._sized and response.headers_size == 0 and status is not None:
                worker = response.body_size == 0
                cached = not worker
        if entry.error and not error:
            error = self._error(entry.error)
        if entry.fetch_type:
            worker = worker or entry.fetch_type == "Service Worker"
            cached = cached or entry.fetch_type in _CACHE_WORDS
        ended = started
        duration = entry.time
        if self._mitmproxy:
            duration, has_end = measured(entry)
            if not (has_end or error or status in (None, 101)):
                error = NO_END
        if started is not None and duration is not None:
            ended = started + _duration(duration)
        kind = self._kinds[entry.kind] if entry.kind else ""
        if kind == "websocket" and not self._provisional:
            # The word of a proxy (mitmproxy), which has the whole handshake; a browser's record lacks its cookies.
            kind = ""
        parent = ""
        page = self._pages.get(entry.page, "")
        asks = self._initiators or (self._has_initiators and entry.page is None)
        if request.method == "OPTIONS" or (asks and not page):
            initiator = initiator_of(entry)
            parent, page = initiator.parent_id, page or self._page_of(initiator)
            if self._preflights_unmarked and initiator.kind == "preflight":
                kind = "preflight"
        address = entry.address
        # Three by position: CPython passes up to 15 keywords on the stack, more by way of a dictionary.
        return Exchange(
            position,
            request.method,
            redactor.url(request.url.strip() if not self._mitmproxy else bracketed(request.url.strip(), lines)),
            request=asked.headers(kept),
            response=given.headers(answer),
            status=status,
            started=started,
            ended=ended,
            error=error,
            resource_type=kind,
            parent_id=parent,
            page_url=page,
            provisional=self._provisional and not is_from_the_wire(lines, self._wire_names),
            cached=cached or bool(entry.cache) or entry.disk_cache is True,
            service_worker=worker,
            made_up=entry.fulfilled is True,
            pageless=self._files_by_page and entry.page is None,
            server_address=self._addresses[address] if address else "",
        )

    def _error(self, error: object) -> str:
        if isinstance(error, dict):
            error = error.get("message") or error.get("code") or "error"
        text = str(error)
        return text if _NETWORK_ERROR.fullmatch(text) else self._redactor.text(text)

    def _address(self, address: str) -> str:
        return self._redactor.text(address.strip("[]")) if len(address) < 64 else ""

    def _page_of(self, initiator: Initiator) -> str:
        """A script may be from anywhere, unless its URL is a blob's: that has the origin of who made it."""
        url = initiator.url
        script = url.removeprefix("blob:")
        origin = origin_of(script) if self._initiators or script != url else None
        return f"{origin}/" if origin is not None and origin.scheme in HTTP_SCHEMES else ""


def _kind(kind: str) -> str:
    return kind.lower() if len(kind) < 32 and TOKEN.fullmatch(kind) else ""


def _unite_locations(lines: list[Line]) -> None:
    """Without raw headers Chromium's record joins the lines of a name; two equal Locations are one to it."""
    for line in lines:
        if line.value and line.name.lower() == "location":
            half = line.value[: len(line.value) // 2 - 1]
            if line.value == f"{half}, {half}":
                line.value = half


def is_from_the_wire(lines: list[Line], names: frozenset[str]) -> bool:
    """Provisional headers lack what the network stack adds: in Chromium every request on the wire names its host."""
    for line in lines:  # noqa: SIM110 - this is hot
        if line.name in names:
            return True
    return False


def without_provisional(lines: list[Line], url: str) -> list[Line]:
    """The real request headers where the provisional ones stand before them in one list, or those of the next hop
    after them: the last set that names the host of the URL.

    Each set comes from a dictionary: the longest end of the list without a repeated name.
    """
    # Chromium writes the host in both: they are equal to the byte.
    found, host = lines, url.partition("://")[2].partition("/")[0]
    end = len(lines)
    while end:
        start = _start_of_set(lines, end)
        last = lines[start:end]
        if not is_from_the_wire(last, _HOST_NAMES):
            break
        if any(line.name in _HOST_NAMES and line.value == host for line in last):
            return last
        if end == len(lines):
            found = last
        end = start
    return found


def _start_of_set(lines: list[Line], end: int) -> int:
    seen: set[str] = set()
    for i in range(end - 1, -1, -1):
        name = lines[i].name.lower()
        if name in seen:
            return i + 1
        seen.add(name)
    return 0


def _duration(time: float | str) -> float:
    """Milliseconds; 0 where unknown (-1) or no number."""
    if isinstance(time, str):
        try:
            time = float(time)
        except ValueError:
            return 0.0
    return time if 0 <= time < 1e12 else 0.0
