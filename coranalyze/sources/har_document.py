"""The bytes of a HAR → its log: creator, pages and entries, of which only what CORS needs is built.

A whole and well-typed file is decoded in one go. Where that fails, entries are decoded one by one, so that a bad one
costs only itself; where the JSON itself is broken, `salvage` finds the entries before the break.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from coranalyze.exchange import Skipped
from coranalyze.sources.salvage import Salvage, Torn, pieces_of

Buffer = bytes | memoryview
NO_LINES = Raw(b"[]")
NOTHING = Raw()
"""Where the field is missing: msgspec takes no `Raw | None`."""


class Line(Struct, gc=False):
    """A header; `value` is missing in some exports."""

    name: str = ""
    value: str | None = None


class Request(Struct, gc=False):
    method: str | None = None
    url: str | None = None
    headers: Raw = NO_LINES
    version: str | None = field(default=None, name="httpVersion")


class Response(Struct, gc=False):
    status: int | float | str | None = None
    headers: Raw = NO_LINES
    error: str | dict[str, Any] | None = field(default=None, name="_error")
    failure: str | None = field(default=None, name="_failureText")
    via_worker: bool | None = field(default=None, name="_fetchedViaServiceWorker")
    from_worker: bool | None = field(default=None, name="fromServiceWorker")
    from_disk: bool | None = field(default=None, name="fromDiskCache")
    from_prefetch: bool | None = field(default=None, name="fromPrefetchCache")
    headers_size: int | float | str | None = field(default=None, name="headersSize")
    body_size: int | float | str | None = field(default=None, name="bodySize")


class Entry(Struct, gc=False):
    """One entry of the log. Header arrays and the initiator stay slices of the input until they are asked for."""

    started: str | float | None = field(default=None, name="startedDateTime")
    time: float | str | None = None
    request: Request | None = None
    response: Response | None = None
    page: str | None = field(default=None, name="pageref")
    address: str | None = field(default=None, name="serverIPAddress")
    kind: str | None = field(default=None, name="_resourceType")
    initiator: Raw = field(default=NOTHING, name="_initiator")
    initiator_detail: Raw = field(default=NOTHING, name="_initiator_detail")
    error: str | dict[str, Any] | None = field(default=None, name="_error")
    cache: str | bool | None = field(default=None, name="_fromCache")
    disk_cache: bool | None = field(default=None, name="_fromDiskCache")
    fetch_type: str | None = field(default=None, name="_fetchType")
    continued: bool | None = field(default=None, name="_wasContinued")
    fulfilled: bool | None = field(default=None, name="_wasFulfilled")
    aborted: bool | None = field(default=None, name="_wasAborted")
    timings: Raw = NOTHING
    kept: Raw = field(default=NOTHING, name="_coranalyze")


class Tool(Struct):
    name: str | None = None
    version: str | float | None = None
    dialect: Raw = field(default=NOTHING, name="_dialect")
    notes: Raw = field(default=NO_LINES, name="_notes")


class Page(Struct):
    id: str | None = None
    title: str | None = None


class Log(Struct):
    creator: Tool | None = None
    pages: list[Page] | None = None
    entries: list[Entry] | None = None


class _File(Log):
    """A file: `{"log": …}`, the bare log, or a lone entry."""

    log: Log | None = None
    request: Raw = NOTHING


class _LooseLog(Struct):
    creator: Raw = NOTHING
    pages: Raw = NOTHING
    entries: Raw = NOTHING


class _LooseFile(_LooseLog):
    log: Raw = NOTHING
    request: Raw = NOTHING


class Document:
    """A log that was read: `rows` holds an `Entry`, or what was wrong with it, per position of the file."""

    def __init__(
        self, creator: Tool, pages: list[Page], rows: "list[Entry | Skipped | None]", notes: Iterable[str] = ()
    ) -> None:
        self.creator = creator
        self.pages = pages
        self.rows = rows
        """`None` is what iteration leaves behind."""
        self.notes = list(notes)


class NoLog(Exception):  # noqa: N818 - a verdict on the input
    """JSON or not, there is no HAR log in it. `keys`: what the outermost object has instead."""

    def __init__(self, reason: str, keys: tuple[str, ...] = (), broken: bool = False) -> None:
        super().__init__(reason)
        self.keys = keys
        self.broken = broken


NO_ENTRIES = "the log has no entries"
NOT_UTF8 = "not UTF-8: undecodable bytes were replaced"

_decode_file = msgspec.json.Decoder(_File).decode
_decode_loose_file = msgspec.json.Decoder(_LooseFile).decode
_decode_loose_log = msgspec.json.Decoder(_LooseLog).decode
_decode_raws = msgspec.json.Decoder(list[Raw]).decode
_decode_entry = msgspec.json.Decoder(Entry).decode
_decode_lines: Callable[[Raw], list[Line]] = msgspec.json.Decoder(list[Line]).decode
_parse: Callable[[str], Any] = json.JSONDecoder(strict=False, parse_int=float, parse_constant=lambda _: None).decode

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")

# UnicodeDecodeError is a ValueError and no MsgspecError.
_NOT_DECODED = (msgspec.MsgspecError, ValueError, RecursionError)


def read_document(data: Buffer) -> Document:
    """The log in `data`, which begins with `{`; raises NoLog."""
    try:
        file = _decode_file(data)
    except _NOT_DECODED:
        pass
    else:
        log = file.log or file
        if log.entries is not None:
            return Document(log.creator or Tool(), log.pages or [], list(log.entries))
    return _read_loose(data)


def _read_loose(data: Buffer) -> Document:
    """The log in JSON whose types may be wrong: every entry for itself."""
    try:
        outer = _decode_loose_file(data)
        file: _LooseLog = outer
        if outer.log is not NOTHING:
            file = _decode_loose_log(outer.log)
    except (msgspec.ValidationError, TypeError):
        raise NoLog("JSON whose `log` is no object", ("log",)) from None
    except _NOT_DECODED:
        return _read_broken(data)
    if file.entries is NOTHING:
        if outer.log is not NOTHING:
            return Document(_tool(file.creator), _pages(file.pages), [], [NO_ENTRIES])
        if outer.request is NOTHING:
            raise NoLog("JSON without a HAR log", _keys(data))
        raws: list[Any] = [data]
    else:
        try:
            raws = _decode_raws(file.entries)
        except msgspec.MsgspecError:
            return Document(_tool(file.creator), _pages(file.pages), [], [NO_ENTRIES])
    rows: list[Entry | Skipped | None] = [read_entry(raw, i) for i, raw in enumerate(raws)]
    return Document(_tool(file.creator), _pages(file.pages), rows)


def _read_broken(data: Buffer) -> Document:
    salvage = Salvage(memoryview(data))
    torn: Torn | None = None
    notes = []
    try:
        salvage.run()
    except Torn as caught:
        torn = caught
        notes.append(f"truncated: cut off at byte {torn.at}" if torn.cut else f"broken: not JSON at byte {torn.at}")
    if not salvage.entries_found:
        if torn is None:
            raise NoLog("JSON without a HAR log", tuple(salvage.keys))
        seen = "JSON" if salvage.keys else "text that begins like JSON"
        what = "cut off" if torn.cut else "broken"
        raise NoLog(f"{seen}, {what} at byte {torn.at} before any entry", tuple(salvage.keys), broken=True)
    if salvage.trailing is not None:
        notes.append(f"data after the end of the log, from byte {salvage.trailing} on, was left out")
    rows: list[Entry | Skipped | None] = []
    for start, end in salvage.entries:
        rows.append(read_entry(salvage.data[start:end], len(rows)))
    if torn is not None and salvage.torn_entry is not None:
        what = (
            f"cut off at byte {torn.at}" if torn.cut else f"not JSON at byte {torn.at}, nothing after it could be read"
        )
        rows.append(Skipped(len(rows), what))
    return Document(_tool(salvage.parts.get("creator")), _pages(salvage.parts.get("pages")), rows, notes)


def read_entry(raw: Any, position: int) -> Entry | Skipped:
    """One entry, read leniently where its types are wrong."""
    try:
        return _decode_entry(raw)
    except _NOT_DECODED:
        pass
    value = _loose(raw)
    if not isinstance(value, dict):
        deep = _is_deep(raw)
        return Skipped(position, "the entry is nested too deeply" if deep else "the entry is no JSON object")
    request, response = value.get("request"), value.get("response")
    return Entry(
        started=_text_or_number(value.get("startedDateTime")),
        time=_text_or_number(value.get("time")),
        request=_loose_request(request) if isinstance(request, dict) else None,
        response=_loose_response(response) if isinstance(response, dict) else None,
        page=_text(value.get("pageref")),
        address=_text(value.get("serverIPAddress")),
        kind=_text(value.get("_resourceType")),
        initiator=_raw(value.get("_initiator")),
        initiator_detail=_raw(value.get("_initiator_detail")),
        error=_error(value.get("_error")),
        cache=_text(value.get("_fromCache")) or value.get("_fromCache") is True,
        disk_cache=value.get("_fromDiskCache") is True,
        fetch_type=_text(value.get("_fetchType")),
        continued=value.get("_wasContinued") is True,
        fulfilled=value.get("_wasFulfilled") is True,
        aborted=value.get("_wasAborted") is True,
        timings=_raw(value.get("timings")),
    )


def read_lines(raw: Raw, note: Callable[[str], None]) -> list[Line]:
    """The header lines of an array; also `[name, value]` pairs and an object of names; nothing for anything else."""
    try:
        return _decode_lines(raw)
    except UnicodeDecodeError:
        note(NOT_UTF8)
    except _NOT_DECODED:
        pass
    value = _loose(raw)
    if isinstance(value, dict):
        value = list(value.items())
    lines = []
    for item in value if isinstance(value, list) else []:
        name = content = None
        if isinstance(item, dict):
            name, content = item.get("name"), item.get("value")
        elif isinstance(item, list | tuple) and len(item) == 2:
            name, content = item
        if isinstance(name, str):
            lines.append(Line(name, _header_value(content)))
    return lines


def _header_value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_header_value, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _loose(raw: Any) -> Any:
    """The value in a slice of JSON, or None; undecodable bytes and lone surrogates replaced."""
    try:
        return _without_surrogates(_parse(bytes(raw).decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None


def _is_deep(raw: Any) -> bool:
    try:
        _parse(bytes(raw).decode("utf-8", "replace"))
    except RecursionError:
        return True
    except ValueError:
        pass
    return False


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        if value.isascii():
            return value
        # mitmproxy writes bytes that are no UTF-8 as lone surrogates; they are bytes again.
        value = _ESCAPED_BYTE.sub(lambda match: chr(ord(match[0]) - 0xDC00), value)
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(item) for name, item in value.items()}
    return value


def _loose_request(value: dict[str, Any]) -> Request:
    version = _text(value.get("httpVersion"))
    return Request(_text(value.get("method")), _text(value.get("url")), _raw(value.get("headers")), version)


def _loose_response(value: dict[str, Any]) -> Response:
    return Response(
        status=_text_or_number(value.get("status")),
        headers=_raw(value.get("headers")),
        error=_error(value.get("_error")),
        failure=_text(value.get("_failureText")),
        via_worker=value.get("_fetchedViaServiceWorker") is True,
        from_worker=value.get("fromServiceWorker") is True,
        from_disk=value.get("fromDiskCache") is True,
        from_prefetch=value.get("fromPrefetchCache") is True,
        headers_size=_text_or_number(value.get("headersSize")),
        body_size=_text_or_number(value.get("bodySize")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _text_or_number(value: Any) -> str | float | None:
    return value if isinstance(value, str | float) else None


def _error(value: Any) -> str | dict[str, Any] | None:
    return value if isinstance(value, str | dict) else None


def _raw(value: Any) -> Raw:
    return Raw(msgspec.json.encode(value))


def _tool(raw: Any) -> Tool:
    value = None if raw is None else _loose(raw)
    return Tool(_text(value.get("name")), _text_or_number(value.get("version"))) if isinstance(value, dict) else Tool()


def _pages(raw: Any) -> list[Page]:
    value = None if raw is None else _loose(raw)
    pages = value if isinstance(value, list) else []
    return [Page(_text(page.get("id")), _text(page.get("title"))) for page in pages if isinstance(page, dict)]


def _keys(data: Buffer) -> tuple[str, ...]:
    """The keys of the outermost object."""
    return tuple(pieces_of(memoryview(data)))


def status_of(status: float | str | None) -> int | None:
    """100 to 999, else None: 0, -1, -2 and the like stand for no response."""
    if type(status) is int and 100 <= status <= 999:
        return status
    if isinstance(status, str):
        status = int(status) if status.isascii() and status.isdecimal() and len(status) == 3 else None
    return int(status) if status is not None and 100 <= status <= 999 else None
