"""HARs that `sanitize` wrote, read as the captures that they were made of."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from coranalyze.cors.headers import TOKEN
from coranalyze.cors.origin import origin_of
from coranalyze.exchange import Dialect, Exchange, Skipped
from coranalyze.sources.har_document import NO_LINES, Document, Entry, Tool, read_lines, status_of
from coranalyze.sources.har_writer import COPY, CREATOR
from coranalyze.sources.opened import Capture
from coranalyze.sources.redact import Redactor

_ID = re.compile(r"[A-Za-z0-9.\-_]{0,64}")


class _Kept(msgspec.Struct, gc=False):
    """What an entry says beyond HAR."""

    order: int = 0
    started: float | None = None
    ended: float | None = None
    error: str = ""
    resource_type: str = ""
    parent_id: str = ""
    page_url: str = ""
    provisional: bool = False
    cached: bool = False
    service_worker: bool = False
    made_up: bool = False
    pageless: bool = False
    close_code: int | None = None


_dialect = msgspec.json.Decoder(Dialect).decode
_kept = msgspec.json.Decoder(_Kept).decode
_decode_notes = msgspec.json.Decoder(list[str]).decode


def dialect_of(creator: Tool) -> Dialect | None:
    """The original's dialect; None where this is no such copy."""
    if creator.name != CREATOR:
        return None
    try:
        return _dialect(creator.dialect)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def open_copy(path: str, document: Document, dialect: Dialect, skipped: list[Skipped], keep_values: bool) -> Capture:
    """The capture in a copy, whose unusable entries are `skipped`. Redacted once more: anybody can have written it."""
    rows = document.rows

    def read(capture: Capture) -> Iterator[Exchange]:
        redactor = Redactor(keep_values)
        usable = [(_of(row), i, row) for i, row in enumerate(rows) if isinstance(row, Entry)]
        usable.sort(key=lambda each: (each[0].order, each[1]))
        for kept, i, row in usable:
            yield _exchange(i, row, kept, redactor, capture)

    return Capture(
        path,
        "har",
        dialect,
        read,
        entries=len(rows),
        skipped=skipped,
        notes=[*document.notes, *_notes(document.creator), COPY],
    )


def _notes(creator: Tool) -> list[str]:
    try:
        return _decode_notes(creator.notes)[:20]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []


def _of(row: Entry) -> _Kept:
    try:
        return _kept(row.kept)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Kept()


def _exchange(position: int, row: Entry, kept: _Kept, redactor: Redactor, capture: Capture) -> Exchange:
    request, response = row.request, row.response
    assert request is not None
    status, given = (response.status, response.headers) if response is not None else (None, NO_LINES)
    page = origin_of(kept.page_url)
    return Exchange(
        entry=position,
        method=request.method or "",
        url=redactor.url(request.url or ""),
        request=redactor.headers(_lines(request.headers, capture), redactor.request),
        response=redactor.headers(_lines(given, capture), redactor.response),
        status=status_of(status),
        started=kept.started,
        ended=kept.ended,
        error=redactor.text(kept.error),
        resource_type=kept.resource_type if TOKEN.fullmatch(kept.resource_type) else "",
        parent_id=kept.parent_id if _ID.fullmatch(kept.parent_id) else "",
        page_url=f"{page}/" if page is not None else "",
        provisional=kept.provisional,
        cached=kept.cached,
        service_worker=kept.service_worker,
        made_up=kept.made_up,
        pageless=kept.pageless,
        server_address=redactor.text((row.address or "")[:64]),
        close_code=kept.close_code,
    )


def _lines(raw: msgspec.Raw, capture: Capture) -> Iterator[tuple[str, str]]:
    for line in read_lines(raw, capture.note):
        yield line.name, line.value or ""
