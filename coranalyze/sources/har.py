"""HAR files of every dialect → a Capture."""

import re
from collections.abc import Callable, Iterator

from msgspec import structs

from coranalyze.cors.headers import TOKEN
from coranalyze.cors.origin import HTTP_SCHEMES, origin_of
from coranalyze.exchange import Dialect, Exchange, Family, Skipped
from coranalyze.sources import dialects
from coranalyze.sources.dates import epoch_ms
from coranalyze.sources.dialects import Manner
from coranalyze.sources.har_document import Buffer, Document, Entry, Line, read_document, read_lines
from coranalyze.sources.initiator import Initiator, initiator_of
from coranalyze.sources.opened import Capture
from coranalyze.sources.order import in_order, preflights_come_first
from coranalyze.sources.redact import Kept, Redactor, Values

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.")
_SAMPLE = 1 << 18
"""Bytes of the file searched for a dialect's fields."""
_METHODS = frozenset({"GET", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "HEAD"})
_HOST_NAMES = frozenset({"Host", "host", ":authority", "HOST"})
_COOKIE_NAME = re.compile(rb'"name"\s*:\s*"(?:(?:set-)?cookie|authorization)"', re.IGNORECASE)
_CACHE_WORDS = ("Disk Cache", "Memory Cache")
_CHROME_VERSION = re.compile(rb"Chrome/(\d+)\.")
# Between these, DevTools did not show preflights: CORS had moved out of Blink, and had not yet come back to the panel.
_WITHOUT_PREFLIGHTS = range(79, 92)
_NETWORK_ERROR = re.compile(r"net::[A-Z_]+(?:\.[A-Za-z]+)?")


def open_har(path: str, data: Buffer, keep_values: bool) -> Capture:
    """The capture in `data`, which begins with `{`. Raises NoLog where there is no HAR log in it."""
    document = read_document(data)
    notes = document.notes
    manner = _manner(document, data, notes)
    notes += manner.notes
    skipped = _skip_unusable(document.rows)
    entries = document.rows
    starts = [epoch_ms(row.started) if isinstance(row, Entry) else None for row in entries]
    preflights = [i for i, row in enumerate(entries) if isinstance(row, Entry) and is_preflight(row)]
    dialect = _with_facts(manner, document, starts, preflights, data, notes)
    manner = structs.replace(manner, dialect=dialect)

    def read(capture: Capture) -> Iterator[Exchange]:
        return _exchanges(capture, document, manner, starts, preflights, Redactor(keep_values))

    return Capture(path, "har", dialect, read, entries=len(entries), skipped=skipped, notes=notes)


def _manner(document: Document, data: Buffer, notes: list[str]) -> Manner:
    name = (document.creator.name or "").strip()
    found = dialects.of_creator(name)
    if found is not None:
        return found
    found = dialects.of_features(bytes(data[:_SAMPLE]))
    if name and found is not dialects.UNKNOWN:
        notes.append(f"the creator of this file is unknown, its fields are those of {found.dialect.name}")
    return found


def _skip_unusable(rows: list[Entry | Skipped | None]) -> list[Skipped]:
    """Replace the rows of entries without a usable request by None; what was wrong with each."""
    skipped = []
    for i, row in enumerate(rows):
        reason = row.reason if isinstance(row, Skipped) else _unusable(row) if row is not None else ""
        if reason:
            rows[i] = None
            skipped.append(Skipped(i, reason))
    return skipped


def _unusable(entry: Entry) -> str:
    request = entry.request
    if request is None:
        return "the entry has no request"
    if request.method not in _METHODS and (not request.method or TOKEN.fullmatch(request.method) is None):
        return "the method is no token" if request.method else "the request has no method"
    url = request.url
    if not url:
        return "the request has no URL"
    if not url.startswith("http") and _ABSOLUTE.match(url) is None:
        return "the URL is not absolute"
    return ""


def _with_facts(
    manner: Manner, document: Document, starts: list[float | None], preflights: list[int], data: Buffer, notes: list[str]
) -> Dialect:
    """The dialect as this very file shows it: what was removed, who answered preflights, in which order they stand."""
    dialect = manner.dialect
    rows = document.rows
    if manner is dialects.CHROME:
        if not any(map(_has_credentials, rows)):
            dialect = structs.replace(dialect, credentials_recorded=False)
            notes.append(dialects.SANITIZED)
        version = _CHROME_VERSION.search(bytes(data[:_SAMPLE]))
        if not preflights and version is not None and int(version[1][:6]) in _WITHOUT_PREFLIGHTS:
            dialect = structs.replace(dialect, preflights_recorded=False)
            notes.append(dialects.NO_PREFLIGHTS)
    if manner is dialects.PLAYWRIGHT and any(
        row.continued or row.fulfilled or row.aborted for row in rows if isinstance(row, Entry)
    ):
        dialect = structs.replace(dialect, preflights_trusted=False)
        notes.append(dialects.ROUTED)
    if manner is dialects.FIREFOX and _one_page_for_all(document):
        notes.append(dialects.ONE_PAGE)
    may_vary = manner.order_varies or (
        manner is dialects.CHROME and not any(isinstance(row := rows[i], Entry) and row.kind == "preflight" for i in preflights)
    )
    if may_vary and preflights:
        first = preflights_come_first([row if isinstance(row, Entry) else None for row in rows], starts, preflights)
        if first is not None:
            dialect = structs.replace(dialect, family=Family.WIRE if first else Family.BROWSER)
    return dialect


def is_preflight(entry: Entry) -> bool:
    """OPTIONS with Access-Control-Request-Method; an explicit OPTIONS of a script is none."""
    request = entry.request
    if request is None or request.method != "OPTIONS":
        return False
    return entry.kind == "preflight" or b"access-control-request-method" in bytes(request.headers).lower()


def _has_credentials(row: Entry | Skipped | None) -> bool:
    if not isinstance(row, Entry) or row.request is None:
        return False
    lists = [row.request.headers] if row.response is None else [row.request.headers, row.response.headers]
    for raw in lists:
        lines = bytes(raw)
        # A plain search first: almost no list has any of the words.
        if (b'ookie"' in lines or b'uthorization"' in lines) and _COOKIE_NAME.search(lines):
            return True
    return False


def _one_page_for_all(document: Document) -> bool:
    """Firefox files everything under the page that was open last."""
    if len(document.pages) != 1:
        return False
    page = origin_of(document.pages[0].title or "")
    first = next((row.request.url for row in document.rows if isinstance(row, Entry) and row.request is not None), None)
    return page is not None and page.scheme in HTTP_SCHEMES and first is not None and origin_of(first) != page


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
        self._chromium = manner.chromium
        self._doubled = manner.doubled
        self._preflights_unmarked = manner.doubled or manner.dialect.name == "chrome-har-capturer"
        self._redactor = redactor
        self._note = note
        self._kinds: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._pages: dict[str | None, str] = {}
        for page in document.pages if manner.titles else ():
            origin = origin_of(page.title or "")
            if page.id is not None and origin is not None and origin.scheme in HTTP_SCHEMES:
                self._pages[page.id] = f"{origin}/"
        self._initiators = manner.titles and not self._pages

    def exchange(self, position: int, entry: Entry, started: float | None) -> Exchange:
        request, response, redactor = entry.request, entry.response, self._redactor
        assert request is not None
        assert request.method is not None
        assert request.url is not None
        lines = read_lines(request.headers, self._note)
        if self._doubled:
            lines = without_provisional(lines)
        asked, given = redactor.request, redactor.response
        # Inlined for speed: the value is looked at only where the name asks for it.
        kept = [
            found[line.value] if (found := asked[line.name]).__class__ is Values else found  # type: ignore[index]
            for line in lines
        ]
        answer: list[Kept] = []
        status = None
        error = ""
        cached = worker = False
        if response is not None:
            answer = [
                found[line.value] if (found := given[line.name]).__class__ is Values else found  # type: ignore[index,misc]
                for line in read_lines(response.headers, self._note)
            ]
            status = status_of(response.status)
            if response.error or response.failure:
                error = self._error(response.error or response.failure)
            cached = response.from_disk is True or response.from_prefetch is True
            worker = response.via_worker is True or response.from_worker is True
        if entry.error and not error:
            error = self._error(entry.error)
        if entry.fetch_type:
            worker = worker or entry.fetch_type == "Service Worker"
            cached = cached or entry.fetch_type in _CACHE_WORDS
        ended = started
        duration = entry.time
        if started is not None and duration is not None:
            ended = started + _duration(duration)
        kind = self._kind(entry.kind) if entry.kind else ""
        parent = ""
        page = self._pages.get(entry.page, "")
        if request.method == "OPTIONS" or (self._initiators and not page):
            initiator = initiator_of(entry)
            parent, page = initiator.parent_id, page or self._page_of(initiator)
            if self._preflights_unmarked and initiator.kind == "preflight":
                kind = "preflight"
        address = entry.address
        return Exchange(
            entry=position,
            method=request.method,
            url=redactor.url(request.url.strip()),
            request=asked.headers(kept),
            response=given.headers(answer),
            status=status,
            started=started,
            ended=ended,
            error=error,
            resource_type=kind,
            parent_id=parent,
            page_url=page,
            provisional=self._chromium and not _is_from_the_wire(lines),
            cached=cached or bool(entry.cache) or entry.disk_cache is True,
            service_worker=worker,
            server_address=self._address(address) if address else "",
        )

    def _error(self, error: object) -> str:
        if isinstance(error, dict):
            error = error.get("message") or error.get("code") or "error"
        text = str(error)
        return text if _NETWORK_ERROR.fullmatch(text) else self._redactor.text(text)

    def _kind(self, kind: str) -> str:
        known = self._kinds.get(kind)
        if known is None:
            known = self._kinds[kind] = kind.lower() if len(kind) < 32 and TOKEN.fullmatch(kind) else ""
        return known

    def _address(self, address: str) -> str:
        known = self._addresses.get(address)
        if known is None:
            known = self._addresses[address] = self._redactor.text(address.strip("[]")) if len(address) < 64 else ""
        return known

    def _page_of(self, initiator: Initiator) -> str:
        origin = origin_of(initiator.url) if self._initiators else None
        return f"{origin}/" if origin is not None and origin.scheme in HTTP_SCHEMES else ""


def _is_from_the_wire(lines: list[Line]) -> bool:
    """Chromium's provisional headers lack what the network stack adds; every request on the wire names its host."""
    for line in lines:  # noqa: SIM110 - this is hot
        if line.name in _HOST_NAMES:
            return True
    return False


def without_provisional(lines: list[Line]) -> list[Line]:
    """The real request headers where the provisional ones stand before them in one list.

    The real set comes from a dictionary: the longest end of the list without a repeated name.
    """
    seen: set[str] = set()
    for i in range(len(lines) - 1, -1, -1):
        name = lines[i].name.lower()
        if name in seen:
            return lines[i + 1 :] if _is_from_the_wire(lines[i + 1 :]) else lines
        seen.add(name)
    return lines


def status_of(status: float | str | None) -> int | None:
    """100 to 999, else None: 0, -1, -2 and the like stand for no response."""
    if isinstance(status, str):
        status = int(status) if status.isascii() and status.isdecimal() and len(status) == 3 else None
    return int(status) if status is not None and 100 <= status <= 999 else None


def _duration(time: float | str) -> float:
    """Milliseconds; 0 where unknown (-1) or no number."""
    if isinstance(time, str):
        try:
            time = float(time)
        except ValueError:
            return 0.0
    return time if 0 <= time < 1e12 else 0.0
